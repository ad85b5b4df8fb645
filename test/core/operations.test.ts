// What a person does: edits, holds, releases, replays, discards, tasks.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Send } from '../../src/core/core.ts';
import { type Result, type Scene, scene } from './scene.ts';
import { addressA, addressB, shopOrder } from './words.ts';

let hub: Scene;
let made: Result;
beforeEach(async () => {
  hub = await scene();
  made = await hub.say('shop', { record: 'order', data: shopOrder() });
});
afterEach(() => hub.close());

const patch = (body: object | string, ifMatch = '1') =>
  hub.core.patch({
    address: { type: 'order', id: made.id },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ifMatch,
    actor: 'mei',
  });
const first = async (system: string): Promise<Send> => {
  const [send] = await hub.due(system);
  if (!send) throw new Error(`nothing is due to ${system}`);
  return send;
};

describe('a patch', () => {
  it('is an edit by the console that every system gets', async () => {
    await hub.deliver(await first('crm'), '8812');
    const view = await patch({ shipTo: { street: '新街 9 号' } });
    expect(view).toMatchObject({ version: 2, data: { shipTo: { street: '新街 9 号', city: '上海市' } } });
    expect(view.units.shipTo).toMatchObject({ source: 'console', version: 2 });
    expect(JSON.parse((await first('crm')).body)).toMatchObject({ receiver: { address: '新街 9 号' } });
  });

  it('of another version is refused, with the version that there is', async () => {
    await expect(patch({ buyerNote: 'x' }, '7')).rejects.toMatchObject({
      problem: { status: 412, extra: { version: 1 } },
    });
  });

  it('of fields that an order does not have lists each of them', async () => {
    await expect(patch({ shipTo: { streat: 'x' }, nonsense: 1, totals: { items: 'a' } })).rejects.toMatchObject({
      problem: {
        status: 400,
        faults: expect.arrayContaining([
          expect.objectContaining({ path: '/shipTo/streat' }),
          expect.objectContaining({ path: '/nonsense' }),
          expect.objectContaining({ path: '/totals/items' }),
        ]),
      },
    });
  });

  it('of a unit that nobody may change by hand is refused as a whole', async () => {
    await expect(patch({ number: 'SO-2' })).rejects.toMatchObject({
      problem: { status: 409, extra: { refused: [{ unit: 'number', reason: 'not_a_writer' }] } },
    });
    expect((await hub.record('order', made.id)).version).toBe(1);
  });

  it('that says what is there already changes nothing', async () => {
    expect((await patch({ buyerNote: shopOrder().note })).version).toBe(1);
  });

  it('must be JSON', async () => {
    await expect(patch('{"a":')).rejects.toMatchObject({ problem: { status: 400 } });
    await expect(patch('[1]')).rejects.toMatchObject({ problem: { status: 400 } });
  });
});

describe('holding a replica', () => {
  it('keeps it as it is until it is released, then sends the newest state', async () => {
    await hub.deliver(await first('wms'), 'W-7');
    await hub.core.holdReplica('order', made.id, 'wms', true, { actor: 'mei' });
    await hub.say('shop', {
      record: 'order',
      data: shopOrder({ ship_to: addressB, updated_at: '2026-11-23T05:00:01Z' }),
    });
    expect(await hub.due('wms')).toEqual([]);
    expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'held', lagSeconds: 0 });
    await hub.core.holdReplica('order', made.id, 'wms', false, { actor: 'mei' });
    expect(JSON.parse((await first('wms')).body)).toMatchObject({ consignee: { address: addressB.street } });
  });

  it('cannot be released when it is not held', async () => {
    await expect(hub.core.holdReplica('order', made.id, 'wms', false, { actor: 'mei' })).rejects.toMatchObject({
      problem: { status: 409 },
    });
  });
});

describe('a send that may have arrived and must not be repeated', () => {
  it('is unclear, counts as lag, and goes out again only when a person says so', async () => {
    const send = await first('wms');
    expect(await hub.fail(send, { kind: 'unclear', message: 'no answer', sent: true })).toBe('unclear');
    hub.pass(86_400_000);
    expect(await hub.due('wms')).toEqual([]);
    const replica = await hub.replica(made.id, 'wms');
    expect(replica.state).toBe('unclear');
    expect(replica.lagSeconds).toBeGreaterThan(86_000);
    await hub.core.holdReplica('order', made.id, 'wms', false, { actor: 'mei' });
    const again = await first('wms');
    expect(again).toMatchObject({ op: 'create', repeat: false });
    expect(again.seq).toBeGreaterThan(send.seq);
  });

  it('is settled by a word of the system about that very object', async () => {
    await hub.fail(await first('wms'), { kind: 'unclear', message: 'no answer', sent: true });
    await hub.say('wms', { record: 'order', data: { id: 'W-7', order_code: 'SO-1001', stage: 'PICKING' } });
    expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'behind', externalId: 'W-7' });
    expect(await first('wms')).toMatchObject({ op: 'update', externalId: 'W-7' });
  });
});

describe('dead letters', () => {
  beforeEach(async () => {
    await hub.fail(await first('wms'), { kind: 'rejected', message: 'no such area', status: 422, sent: true });
  });
  const letter = async () => (await hub.core.deadLetters({}, 10, null)).items[0]?.id ?? '';

  it('are edited and replayed in one step', async () => {
    const id = await letter();
    const { seq } = await hub.core.replay(id, JSON.stringify({ shipTo: { street: '新街 9 号' } }), 'mei');
    const send = await first('wms');
    expect(send.seq).toBe(Number(seq));
    expect(JSON.parse(send.body)).toMatchObject({ consignee: { address: '新街 9 号' } });
    expect(await hub.core.deadLetter(id)).toMatchObject({ closed: { as: 'replayed', by: 'mei' } });
  });

  it('are counted by a dry run and replayed by the run', async () => {
    expect(await hub.core.replayMany({ system: 'wms' }, true, 'mei')).toEqual({ count: 1 });
    expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'dead' });
    expect(await hub.core.replayMany({ system: 'crm' }, false, 'mei')).toEqual({ count: 0 });
    expect(await hub.core.replayMany({ system: 'wms' }, false, 'mei')).toEqual({ count: 1 });
    expect(await hub.due('wms')).toHaveLength(1);
  });

  it('are discarded with a reason, and the next change arms the replica again', async () => {
    const id = await letter();
    const closed = await hub.core.discard(id, 'cancelled by phone', 'mei');
    expect(closed.closed).toMatchObject({ as: 'discarded', by: 'mei', reason: 'cancelled by phone' });
    expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'synced' });
    await hub.say('shop', {
      record: 'order',
      data: shopOrder({ ship_to: addressB, updated_at: '2026-11-23T05:00:01Z' }),
    });
    expect(await hub.due('wms')).toHaveLength(1);
  });
});

describe('a record that spends its attempts', () => {
  it('is dead after the last one', async () => {
    for (const _ of [1, 2, 3]) {
      hub.pass(60_000);
      await hub.fail(await first('wms'), { kind: 'timeout', message: 'no answer', sent: true });
    }
    expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'dead', attempts: 3 });
    const [found] = (await hub.core.deadLetters({}, 10, null)).items;
    expect(found).toMatchObject({ kind: 'timeout', attempts: 3 });
    expect(found?.message).toContain('given up after 3 attempts');
  });
});

describe('a send that was never settled and one after it that was refused', () => {
  it('leave no value behind that the hub does not know of', async () => {
    const at = (second: number) => `2026-11-23T05:01:0${second}Z`;
    const says = (street: string, second: number) =>
      hub.say('shop', {
        record: 'order',
        data: shopOrder({ ship_to: { ...addressB, street }, updated_at: at(second) }),
      });
    await hub.deliver(await first('crm'), '8812');
    await says('second street', 1);
    await hub.fail(await first('crm'), { kind: 'timeout', message: 'no answer', sent: true });
    await says('third street', 2);
    hub.pass(60_000);
    await hub.fail(await first('crm'), { kind: 'rejected', message: 'no such street', status: 422, sent: true });
    await says(String(addressA.street), 3);
    expect(JSON.parse((await first('crm')).body)).toMatchObject({ receiver: { address: addressA.street } });
  });
});

describe('what is gone in the system that is updated', () => {
  it('is made again as a new object, under a number of its own', async () => {
    await hub.deliver(await first('wms'), 'W-7');
    await hub.say('shop', {
      record: 'order',
      data: shopOrder({ ship_to: addressB, updated_at: '2026-11-23T05:00:01Z' }),
    });
    const update = await first('wms');
    await hub.fail(update, { kind: 'not_found', message: '404 from PUT /orders/W-7', status: 404, sent: true });
    const again = await first('wms');
    expect(again).toMatchObject({ op: 'create', externalId: null });
    expect(again.seq).toBeGreaterThan(update.seq);
  });
});

describe('a task', () => {
  it('is opened by a refused edit and answered with one of its options', async () => {
    await hub.deliver(await first('wms'), 'W-7');
    await hub.deliver(await first('crm'), '8812');
    await hub.say('wms', { record: 'order', data: { id: 'W-7', stage: 'SHIPPED' } });
    const late = await hub.say('crm', {
      record: 'order',
      id: '8812',
      data: { id: '8812', receiver: { address: '晚街' } },
    });
    expect(late).toMatchObject({ status: 'refused', refused: [{ unit: 'shipTo', reason: 'frozen' }] });
    const { items } = await hub.core.tasks('open', 10, null);
    expect(items).toMatchObject([{ data: { kind: 'refused_edit', recordId: made.id, unit: 'shipTo', state: 'open' } }]);
    const id = items[0]?.id ?? '';
    await expect(hub.core.taskDone(id, 'whatever', undefined, 'mei')).rejects.toMatchObject({
      problem: { status: 400 },
    });
    const done = await hub.core.taskDone(id, 'keep', 'asked the customer', 'mei');
    expect(done.data).toMatchObject({ state: 'done', decision: 'keep', decidedBy: 'mei' });
    expect((await hub.core.tasks('open', 10, null)).items).toEqual([]);
    await expect(hub.core.taskDone(id, 'keep', undefined, 'mei')).rejects.toMatchObject({ problem: { status: 409 } });
  });
});

describe('a change that names no data', () => {
  it('of a system that cannot be asked for it says what to do', async () => {
    const said = await hub.say('erp', { record: 'order', id: 'E-1' });
    expect(said).toMatchObject({
      status: 'invalid',
      faults: [{ path: '/data', message: expect.stringContaining('send it') }],
    });
  });
});
