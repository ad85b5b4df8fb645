// The stories of "one order through the tables", each driven from outside and read back as rows.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Send } from '../../src/core/core.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type Engine, type Result, type Scene, scene } from './scene.ts';
import { addressB, addressC, shopOrder } from './words.ts';

export function walkthroughStories(engine: Engine): void {
  let hub: Scene;
  beforeEach(async () => {
    hub = await scene({ engine });
  });
  afterEach(() => hub.close());

  const first = (sends: Send[]): Send => {
    const [send] = sends;
    if (!send || sends.length !== 1) throw new Error(`${sends.length} sends instead of one`);
    return send;
  };
  const body = (send: Send): JsonObject => JSON.parse(send.body) as JsonObject;
  const order = (more: object = {}): object => ({ record: 'order', data: shopOrder(more) });

  /** Order 1001 is known, and CRM and WMS hold it. */
  async function known(): Promise<Result> {
    const made = await hub.say('shop', order());
    await hub.deliver(first(await hub.due('crm')), '8812');
    await hub.deliver(first(await hub.due('wms')), 'W-7');
    return made;
  }

  const crmSays = (address: string, at?: string): object => ({
    record: 'order',
    id: '8812',
    ...(at !== undefined && { at }),
    data: { id: '8812', receiver: { address } },
  });

  describe('1. a new order', () => {
    it('is accepted as version 1 and makes every other system fall behind', async () => {
      const made = await hub.say('shop', order());
      expect(made).toMatchObject({ status: 'accepted', record: 'order', version: 1 });
      const { data, replicas } = await hub.record('order', made.id);
      expect(data).toMatchObject({ number: 'SO-1001', payable: { amount: 52000, currency: 'CNY' } });
      expect(replicas.map(({ system, externalId, state }) => [system, externalId, state])).toEqual(
        expect.arrayContaining([
          ['shop', '1001', 'synced'],
          ['crm', null, 'behind'],
          ['wms', null, 'behind'],
          ['erp', null, 'behind'],
        ]),
      );
    });

    it('is created in the CRM under a key that names the state', async () => {
      const made = await hub.say('shop', order());
      const send = first(await hub.due('crm'));
      expect(send).toMatchObject({ op: 'create', key: `crm:order:${made.id}:${made.seq}`, repeat: false });
      expect(body(send)).toMatchObject({ orderNo: 'SO-1001', amountFen: 52000 });
      await hub.deliver(send, '8812');
      expect(await hub.replica(made.id, 'crm')).toMatchObject({
        state: 'synced',
        externalId: '8812',
        syncedVersion: 1,
      });
    });
  });

  describe('2. edits while the WMS is down', () => {
    it('are one delivery that carries the newest state', async () => {
      const made = await known();
      for (const street of ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', '新街 9 号'])
        await hub.say('crm', crmSays(street));
      const send = first(await hub.due('wms'));
      expect(send.op).toBe('update');
      expect(body(send)).toMatchObject({ consignee: { address: '新街 9 号' } });
      await hub.deliver(send);
      expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'synced', syncedVersion: 11 });
      expect(await hub.due('wms')).toEqual([]);
      const { items } = await hub.core.timeline(made.id, 50, null);
      expect(items.filter(({ change }) => change?.op === 'updated')).toHaveLength(10);
    });

    it('spend no attempt while the system is suspected', async () => {
      const made = await known();
      await hub.say('crm', crmSays('b'));
      const send = first(await hub.due('wms'));
      await hub.fail(send, { kind: 'unavailable', message: 'connection refused', sent: false, suspectedMs: 5000 });
      expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'behind', attempts: 0 });
      expect(await hub.due('wms')).toEqual([]);
      hub.pass(5000);
      expect(await hub.due('wms')).toHaveLength(1);
    });
  });

  describe('3. a system that cuts', () => {
    it('does not look like an editor when it says its cut note again', async () => {
      const made = await known();
      const [page] = [await hub.core.feed({ system: 'erp', after: null, limit: 10 })];
      if ('gone' in page) throw new Error('gone');
      const row = JSON.parse(page.items[0]?.data ?? '{}') as JsonObject;
      expect([...String(row.FNote)]).toHaveLength(40);
      await hub.core.feed({ system: 'erp', after: page.next, limit: 10 });
      const said = await hub.say('erp', { record: 'order', id: 'E-1', data: { ...row, FID: 'E-1' } });
      expect(said.status).toBe('unchanged');
      expect((await hub.record('order', made.id)).data.buyerNote).toBe(shopOrder().note);
    });
  });

  describe('4. a late echo', () => {
    it('without a time changes nothing and is flagged ambiguous', async () => {
      const made = await known();
      await hub.say('shop', order({ ship_to: addressB, updated_at: '2026-11-23T05:00:01Z' }));
      await hub.deliver(first(await hub.due('crm')));
      const late = await hub.say('crm', crmSays('老街 1 号'));
      expect(late).toMatchObject({ status: 'unchanged', ambiguous: ['shipTo'] });
      expect((await hub.record('order', made.id)).data.shipTo).toMatchObject({ street: '新街 9 号' });
    });

    it('with a time newer than our last send is an edit', async () => {
      const made = await known();
      await hub.say('shop', order({ ship_to: addressB, updated_at: '2026-11-23T05:00:00.001Z' }));
      await hub.deliver(first(await hub.due('crm')));
      const edit = await hub.say('crm', crmSays('老街 1 号', '2026-11-23T05:00:30.000Z'));
      expect(edit.status).toBe('accepted');
      expect((await hub.record('order', made.id)).data.shipTo).toMatchObject({ street: '老街 1 号' });
    });
  });

  describe('5. the answer to a create is lost', () => {
    it('repeats the same bytes under the same key before anything newer', async () => {
      const made = await hub.say('shop', order());
      const send = first(await hub.due('crm'));
      await hub.fail(send, { kind: 'timeout', message: 'no answer', sent: true });
      await hub.say('shop', order({ ship_to: addressB, updated_at: '2026-11-23T05:00:01Z' }));
      hub.pass(60_000);
      const again = first(await hub.due('crm'));
      expect(again).toMatchObject({ key: send.key, body: send.body, op: 'create', repeat: true });
      await hub.deliver(again, '8812');
      const update = first(await hub.due('crm'));
      expect(update).toMatchObject({ op: 'update', externalId: '8812' });
      expect(update.key).not.toBe(send.key);
      expect(body(update)).toMatchObject({ receiver: { address: '新街 9 号' } });
      await hub.deliver(update);
      expect(await hub.replica(made.id, 'crm')).toMatchObject({ state: 'synced', externalId: '8812' });
    });

    it('makes a word about the unknown object wait until the create is settled', async () => {
      const made = await hub.say('shop', order());
      const send = first(await hub.due('crm'));
      const word = await hub.say('crm', { record: 'order', id: '8812', data: { id: '8812', staffMemo: 'VIP' } });
      expect(word).toMatchObject({ status: 'pending', pending: { reason: 'create' } });
      await hub.deliver(send, '8812');
      // It is taken up behind the answer.
      await vi.waitFor(async () => {
        expect((await hub.record('order', made.id)).data).toMatchObject({ sellerNote: 'VIP' });
      }, 60_000);
    });
  });

  describe('6. an edit overtakes a push', () => {
    it('goes out again after the push, so that all end at the edit', async () => {
      const made = await known();
      await hub.say('shop', order({ ship_to: addressB, updated_at: '2026-11-23T05:00:01Z' }));
      const push = first(await hub.due('crm'));
      const edit = await hub.say('crm', crmSays('第三街 3 号', '2026-11-23T05:00:02.000Z'));
      expect(edit.status).toBe('accepted');
      await hub.deliver(push);
      expect(await hub.replica(made.id, 'crm')).toMatchObject({ state: 'behind' });
      const again = first(await hub.due('crm'));
      expect(body(again)).toMatchObject({ receiver: { address: addressC.street } });
      expect(again.key).not.toBe(push.key);
      await hub.deliver(again);
      expect(await hub.replica(made.id, 'crm')).toMatchObject({ state: 'synced' });
      expect((await hub.record('order', made.id)).data.shipTo).toMatchObject({ street: addressC.street });
    });
  });

  describe('7. a refusal', () => {
    it('has a change of its own and puts the source right under its key', async () => {
      const made = await known();
      const page = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      if ('gone' in page) throw new Error('gone');
      const row = JSON.parse(page.items[0]?.data ?? '{}') as JsonObject;
      await hub.core.acknowledge('erp', [{ record: 'order', id: made.id, seq: made.seq, externalId: 'E-1' }]);
      const said = await hub.say('erp', {
        record: 'order',
        id: 'E-1',
        data: { ...row, FID: 'E-1', FAllAmount: '999.00' },
      });
      expect(said).toMatchObject({ status: 'refused', refused: [{ unit: 'money', reason: 'not_a_writer' }] });
      expect((await hub.record('order', made.id)).version).toBe(1);
      const next = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      if ('gone' in next) throw new Error('gone');
      expect(next.items[0]).toMatchObject({ seq: said.seq, op: 'update', externalId: 'E-1' });
      expect(JSON.parse(next.items[0]?.data ?? '{}')).toMatchObject({ FAllAmount: '520.00' });
    });
  });

  describe('8. the ERP polls', () => {
    it('acknowledges what was served, not what changed since', async () => {
      const made = await known();
      const page = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      if ('gone' in page) throw new Error('gone');
      expect(page.items).toHaveLength(1);
      expect(page.items[0]).toMatchObject({ op: 'create', seq: made.seq, externalId: null });
      const edit = await hub.say('crm', crmSays('新街 9 号'));
      const next = await hub.core.feed({ system: 'erp', after: page.next, limit: 10 });
      if ('gone' in next) throw new Error('gone');
      expect(next.items).toMatchObject([{ id: made.id, op: 'update', seq: edit.seq }]);
      expect(await hub.replica(made.id, 'erp')).toMatchObject({ state: 'behind', syncedVersion: 1 });
      const last = await hub.core.feed({ system: 'erp', after: next.next, limit: 10 });
      expect(last).toMatchObject({ items: [], more: false });
      expect(await hub.replica(made.id, 'erp')).toMatchObject({ state: 'synced', syncedVersion: 2 });
    });

    it('serves the same page again to a poller that lost it', async () => {
      await known();
      const once = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      const twice = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      expect(twice).toEqual(once);
    });
  });

  describe('9. dead and alive', () => {
    const refuse = async (): Promise<Result> => {
      const made = await hub.say('shop', order());
      await hub.fail(first(await hub.due('wms')), {
        kind: 'rejected',
        message: 'address outside delivery area',
        status: 422,
        sent: true,
      });
      return made;
    };

    it('a refusal is a dead letter with the words of the system', async () => {
      const made = await refuse();
      const { items } = await hub.core.deadLetters({}, 10, null);
      expect(items).toMatchObject([
        { system: 'wms', recordId: made.id, kind: 'rejected', message: 'address outside delivery area' },
      ]);
      expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'dead', lagSeconds: 0 });
    });

    it('a newer change brings it back and closes the dead letter', async () => {
      const made = await refuse();
      await hub.say('shop', order({ ship_to: addressB, updated_at: '2026-11-23T05:00:01Z' }));
      const send = first(await hub.due('wms'));
      expect(body(send)).toMatchObject({ consignee: { address: '新街 9 号' } });
      await hub.deliver(send, 'W-7');
      expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'synced' });
      const { items } = await hub.core.deadLetters({ state: 'closed' }, 10, null);
      expect(items).toMatchObject([{ closed: { as: 'superseded' } }]);
    });

    it('a replay sends the newest state under a number of its own', async () => {
      const made = await refuse();
      const { items } = await hub.core.deadLetters({}, 10, null);
      const { seq } = await hub.core.replay(items[0]?.id ?? '', undefined, 'ops');
      const send = first(await hub.due('wms'));
      expect(send.key).toBe(`wms:order:${made.id}:${seq}`);
      expect(Number(seq)).toBeGreaterThan(Number(made.seq));
      await expect(hub.core.replay(items[0]?.id ?? '', undefined, 'ops')).rejects.toMatchObject({
        problem: { status: 409 },
      });
    });
  });

  describe('10. one order, three webhooks', () => {
    it('is one order, and the repeats get the first answer again', async () => {
      const change = order();
      const made = await hub.say('shop', change, 'evt-1');
      const again = await hub.say('shop', change, 'evt-1');
      expect(again).toEqual({ ...made, repeated: true });
      const third = await hub.say('shop', change, 'evt-2');
      expect(third).toMatchObject({ status: 'unchanged', id: made.id, version: 1 });
    });

    it('survives a restart between them', async () => {
      const made = await hub.say('shop', order(), 'evt-1');
      await hub.restart();
      expect(await hub.say('shop', order(), 'evt-1')).toEqual({ ...made, repeated: true });
    });

    it('refuses the same key for another body', async () => {
      await hub.say('shop', order(), 'evt-1');
      await expect(hub.say('shop', order({ total: '1.00' }), 'evt-1')).rejects.toMatchObject({
        problem: { status: 422 },
      });
    });
  });
}
