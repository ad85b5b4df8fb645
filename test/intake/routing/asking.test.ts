// An address that changes after the push: the warehouse is asked, and its answer decides.
import { afterEach, describe, expect, it } from 'vitest';
import type { SystemSetup } from '../../../src/core/catalog.ts';
import type { Asked, Asking } from '../../../src/core/core.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { fourSystems, type Result, type Scene, scene } from '../../core/scene.ts';
import { inForce, milkPowder } from './words.ts';

let hub: Scene;
let id: string;
afterEach(() => hub.close());

/** The order is pushed and everybody holds it; the warehouse can be asked so. */
async function pushed(verbs: SystemSetup['verbs']): Promise<void> {
  const systems = fourSystems().map((one) => (one.id === 'wms' && verbs ? { ...one, verbs } : one));
  hub = await scene({ routing: inForce(), systems });
  ({ id } = await hub.say('shop', milkPowder()));
  await deliverAll();
}

async function deliverAll(): Promise<void> {
  const ids: Record<string, string> = { crm: '8812', 'wms.order': 'W-7', 'wms.shipment': 'D-0', 'crm.coupon': '3001' };
  // The coupon waits until the CRM has its order.
  for (const system of ['crm', 'crm', 'wms', 'shop'])
    for (const send of await hub.due(system)) await hub.deliver(send, ids[`${system}.${send.record}`] ?? ids[system]);
}

const newAddress = (street = '新街 9 号'): Promise<Result> =>
  hub.say('crm', { record: 'order', id: '8812', data: { id: '8812', receiver: { address: street } } });
const dataOf = async (): Promise<JsonObject> => (await hub.record('order', id)).data;
const streetOf = async () => ((await dataOf()).shipTo as JsonObject).street;
const shipment = async (generation = 0) => hub.core.record({ type: 'shipment', id: `logistics/${id}/${generation}` });
const request = async (requestId: string) => (await hub.core.record({ type: 'change_request', id: requestId }))?.data;
const tasks = async () => (await hub.core.tasks('open', 100, null)).items.map(({ data }) => data);
const requestIn = ({ pending }: Result): string => (pending as unknown as { request: string }[])[0]?.request ?? '';
const question = async (): Promise<Asking> => {
  const [one, ...more] = await hub.core.toAsk(10);
  if (!one || more.length > 0) throw new Error(`${more.length + (one ? 1 : 0)} questions instead of one`);
  return one;
};
const answer = async (said: Asked): Promise<Asking> => {
  const one = await question();
  await hub.core.asked(one.id, said);
  return one;
};
const replicaIn = async (system: string) =>
  (await hub.record('order', id)).replicas.find((one) => one.system === system);

describe('a warehouse that can change what it has', () => {
  const verbs = { ask: ['shipment' as const] };

  it('is asked, and until it answers nothing changes', async () => {
    await pushed(verbs);
    const said = await newAddress();
    expect(said).toMatchObject({ status: 'pending', pending: [{ unit: 'shipTo' }] });
    expect(said.refused).toBeUndefined();
    expect(await streetOf()).toBe('老街 1 号');
    expect((await hub.record('order', id)).pendingChanges).toEqual([{ unit: 'shipTo', request: requestIn(said) }]);
    expect(await request(requestIn(said))).toMatchObject({ state: 'proposed', unit: 'shipTo', askedBy: 'crm' });
    const asked = await question();
    expect(asked).toMatchObject({ system: 'wms', verb: 'ask', record: 'shipment', externalId: 'D-0', again: false });
    expect(JSON.parse(asked.body ?? '{}')).toMatchObject({ consignee: { address: '新街 9 号' } });
    expect(await request(requestIn(said))).toMatchObject({ state: 'requested' });
    expect(await hub.core.toAsk(10)).toEqual([]);
    expect(await hub.due('crm')).toEqual([]);
  });

  it('says yes: the order changes in place, the shipment follows, and it is sent nothing that it agreed to', async () => {
    await pushed(verbs);
    const { pending } = await newAddress();
    await answer({ verdict: 'yes' });
    expect(await streetOf()).toBe('新街 9 号');
    const { units, pendingChanges } = await hub.record('order', id);
    expect(units.shipTo).toMatchObject({ source: 'crm' });
    expect(pendingChanges).toBeUndefined();
    expect((await shipment())?.data).toMatchObject({ generation: 0, shipTo: { street: '新街 9 号' } });
    expect((await shipment())?.replicas[0]).toMatchObject({ system: 'wms', state: 'synced' });
    expect(await shipment(1)).toBeUndefined();
    expect(await request(requestIn({ pending } as Result))).toMatchObject({ state: 'accepted' });
    expect((await hub.due('wms')).map(({ record }) => record)).toEqual(['order']);
    expect(await hub.due('crm')).toEqual([]);
    expect(await replicaIn('crm')).toMatchObject({ state: 'synced' });
  });

  it('says no: the order stays, the CRM gets it back, and a person is told', async () => {
    await pushed(verbs);
    const said = await newAddress();
    await answer({ verdict: 'no' });
    expect(await streetOf()).toBe('老街 1 号');
    expect(await request(requestIn(said))).toMatchObject({ state: 'rejected', answer: 'wms said no' });
    expect(JSON.parse((await hub.due('crm'))[0]?.body ?? '{}')).toMatchObject({ receiver: { address: '老街 1 号' } });
    expect(await tasks()).toMatchObject([{ kind: 'request_declined', unit: 'shipTo', recordId: id }]);
    expect((await hub.record('order', id)).pendingChanges).toBeUndefined();
  });

  it('has not decided yet: it is looked at again, and never asked twice', async () => {
    await pushed(verbs);
    await newAddress();
    const first = await answer({ verdict: 'pending' });
    hub.pass(10_000);
    const second = await answer({ verdict: 'yes' });
    expect([first.again, second.again]).toEqual([false, true]);
    expect(second.key).toBe(first.key);
    expect(await streetOf()).toBe('新街 9 号');
  });

  it('whose answer was lost is only looked at; without one in time the old state is sent again', async () => {
    await pushed(verbs);
    const said = await newAddress();
    await answer({ failure: 'no answer', sent: true });
    expect(await request(requestIn(said))).toMatchObject({ state: 'unknown', answer: 'no answer' });
    hub.pass(10_000);
    await hub.restart();
    expect((await answer({ failure: 'no answer', sent: true })).again).toBe(true);
    hub.pass(10 * 60_000);
    expect(await hub.core.toAsk(10)).toEqual([]);
    expect(await request(requestIn(said))).toMatchObject({ state: 'expired', answer: 'nobody answered in time' });
    expect(await streetOf()).toBe('老街 1 号');
    expect((await shipment())?.replicas[0]).toMatchObject({ state: 'behind' });
    expect(await replicaIn('crm')).toMatchObject({ state: 'behind' });
    expect((await tasks()).map(({ kind }) => kind)).toEqual(['request_declined']);
  });

  it('that was not reached is asked again, as if for the first time', async () => {
    await pushed(verbs);
    await newAddress();
    await answer({ failure: 'connect ECONNREFUSED', sent: false });
    hub.pass(10_000);
    expect((await question()).again).toBe(false);
  });

  it('is asked about the newest address only, as long as it was not asked', async () => {
    await pushed(verbs);
    const first = await newAddress();
    const second = await newAddress('江边 1 号');
    expect(await request(requestIn(first))).toMatchObject({ state: 'superseded' });
    await answer({ verdict: 'yes' });
    expect(await streetOf()).toBe('江边 1 号');
    expect(await request(requestIn(second))).toMatchObject({ state: 'accepted' });
  });

  it('that was asked already is not asked a second thing: the newer address is refused', async () => {
    await pushed(verbs);
    await newAddress();
    const asked = await question();
    expect(await newAddress('江边 1 号')).toMatchObject({ status: 'refused', refused: [{ reason: 'frozen' }] });
    await hub.core.asked(asked.id, { verdict: 'yes' });
    expect(await streetOf()).toBe('新街 9 号');
  });

  it('whose parcel has left when it says yes: nothing changes', async () => {
    await pushed(verbs);
    const said = await newAddress();
    const asked = await question();
    await hub.say('wms', { record: 'shipment', id: 'D-0', data: { id: 'D-0', stage: 'SHIPPED' } });
    await hub.core.asked(asked.id, { verdict: 'yes' });
    expect(await streetOf()).toBe('老街 1 号');
    expect(await request(requestIn(said))).toMatchObject({
      state: 'rejected',
      answer: 'the parcel has left meanwhile',
    });
    expect((await tasks()).map(({ kind }) => kind)).toEqual(['request_declined']);
  });

  it('is asked for a person too', async () => {
    await pushed(verbs);
    const { shipTo } = await dataOf();
    const body = JSON.stringify({ shipTo: { ...(shipTo as JsonObject), street: '江边 1 号' } });
    const view = await hub.core.patch({ address: { type: 'order', id }, body, ifMatch: '*', actor: 'ops' });
    expect(view.pendingChanges).toMatchObject([{ unit: 'shipTo' }]);
    await answer({ verdict: 'yes' });
    expect(await streetOf()).toBe('江边 1 号');
  });
});

describe('a warehouse that can only cancel', () => {
  const verbs = { hold: ['shipment' as const], cancel: ['shipment' as const] };

  it('holds, cancels, and gets it anew with the new address, in one transaction', async () => {
    await pushed(verbs);
    await newAddress();
    expect(await answer({ verdict: 'yes' })).toMatchObject({ verb: 'hold' });
    expect(await streetOf()).toBe('老街 1 号');
    expect(await answer({ verdict: 'yes' })).toMatchObject({ verb: 'cancel', again: false });
    expect(await dataOf()).toMatchObject({
      ...{ shipTo: { street: '新街 9 号' }, fulfillmentGeneration: 1, fulfillmentStatus: 'released' },
    });
    expect((await shipment(0))?.data).toMatchObject({ status: 'cancelled', shipTo: { street: '老街 1 号' } });
    expect((await shipment(1))?.data).toMatchObject({
      ...{ number: 'SO-1001-1', status: 'requested', shipTo: { street: '新街 9 号' } },
    });
    expect(await tasks()).toEqual([]);
  });

  it('confirms by its own report', async () => {
    await pushed(verbs);
    const said = await newAddress();
    await answer({ verdict: 'yes' });
    await answer({ verdict: 'pending' });
    await hub.say('wms', { record: 'shipment', id: 'D-0', data: { id: 'D-0', stage: 'CANCELLED' } });
    expect(await request(requestIn(said))).toMatchObject({ state: 'accepted' });
    expect((await shipment(1))?.data).toMatchObject({ shipTo: { street: '新街 9 号' } });
    hub.pass(60_000);
    expect(await hub.core.toAsk(10)).toEqual([]);
    expect(await shipment(2)).toBeUndefined();
  });

  it('refuses to cancel: nothing is pushed anew', async () => {
    await pushed(verbs);
    await newAddress();
    await answer({ verdict: 'yes' });
    await answer({ verdict: 'no' });
    expect(await streetOf()).toBe('老街 1 号');
    expect(await shipment(1)).toBeUndefined();
    expect(await tasks()).toMatchObject([{ reason: 'wms said no; it may hold the parcel since it was asked to' }]);
  });

  it('is told to hold the parcel of an order that a person holds; a no is for a person', async () => {
    await pushed(verbs);
    const body = JSON.stringify({ holds: { manual: { code: 'manual', reason: 'asked by phone', by: 'ops' } } });
    await hub.core.patch({ address: { type: 'order', id }, body, ifMatch: '*', actor: 'ops' });
    expect(await answer({ verdict: 'no' })).toMatchObject({ verb: 'hold', externalId: 'D-0' });
    expect(await tasks()).toMatchObject([
      { kind: 'request_declined', title: 'the parcel of order SO-1001 is not held by wms' },
    ]);
    expect(await shipment(1)).toBeUndefined();
  });

  it('says that it cancelled what it had reported as shipped: the order is not opened again, and a person is told', async () => {
    await pushed(verbs);
    await hub.say('shop', milkPowder({ state: 'cancelled', updated_at: '2026-11-23T04:30:00Z' }));
    const asked = await question();
    await hub.say('wms', { record: 'shipment', id: 'D-0', data: { id: 'D-0', stage: 'SHIPPED' } });
    await hub.core.asked(asked.id, { verdict: 'yes' });
    expect(await dataOf()).toMatchObject({ fulfillmentStatus: 'shipped' });
    expect((await tasks()).map(({ kind }) => kind).sort()).toEqual(['late_shipment', 'request_declined']);
  });

  it('is told to cancel the parcel of an order that was cancelled', async () => {
    await pushed(verbs);
    await hub.say('shop', milkPowder({ state: 'cancelled', updated_at: '2026-11-23T04:30:00Z' }));
    expect(await answer({ verdict: 'yes' })).toMatchObject({ verb: 'cancel' });
    expect(await dataOf()).toMatchObject({ fulfillmentGeneration: 1, fulfillmentStatus: 'unfulfilled' });
    expect((await shipment(0))?.data).toMatchObject({ status: 'cancelled' });
    expect(await shipment(1)).toBeUndefined();
  });
});

describe('a warehouse that can only be sent a change', () => {
  const verbs = { update: ['shipment' as const] };
  /** The object as it is there once it holds what it was sent, or with another street. */
  const copyAfter = ({ body = '{}' }: Asking, address?: string): string => {
    const held = JSON.parse(body) as { consignee: object };
    return JSON.stringify({ id: 'D-0', ...held, consignee: { ...held.consignee, ...(address && { address }) } });
  };
  const sentTo = async (system: string) => {
    const sends = (await hub.due(system)).filter(({ record }) => record === 'shipment');
    return sends.map(({ body }) => (JSON.parse(body) as { consignee: { address: string } }).consignee.address);
  };

  it('is sent it as a question: its whole copy, with nothing new but what is proposed', async () => {
    await pushed(verbs);
    const said = await newAddress();
    expect(said).toMatchObject({ status: 'pending', pending: [{ unit: 'shipTo' }] });
    expect(await streetOf()).toBe('老街 1 号');
    const asked = await question();
    expect(asked).toMatchObject({
      ...{ system: 'wms', verb: 'update', record: 'shipment', recordId: `logistics/${id}/0`, externalId: 'D-0' },
      ...{ again: false, match: [{ field: 'number', value: 'SO-1001-0' }] },
    });
    expect(JSON.parse(asked.body ?? '{}')).toMatchObject({
      ...{ warehouse_code: 'WH-COLD-01', consignee: { address: '新街 9 号' } },
      lines: [{ line_no: '1', item_code: 'MILK-1', qty: 2 }],
    });
  });

  it('does it: the order and the parcel change, in the same generation, and it is sent nothing again', async () => {
    await pushed(verbs);
    await newAddress();
    await answer({ verdict: 'yes' });
    expect(await streetOf()).toBe('新街 9 号');
    expect((await shipment())?.data).toMatchObject({ generation: 0, shipTo: { street: '新街 9 号' } });
    expect((await shipment())?.replicas[0]).toMatchObject({ system: 'wms', state: 'synced' });
    expect(await shipment(1)).toBeUndefined();
    expect(await sentTo('wms')).toEqual([]);
    expect(await tasks()).toEqual([]);
  });

  it('refuses: all stays, the CRM gets the old address, and a person reads why', async () => {
    await pushed(verbs);
    await newAddress();
    await answer({ verdict: 'no', said: 'ALREADY PACKED' });
    expect(await streetOf()).toBe('老街 1 号');
    expect(await replicaIn('crm')).toMatchObject({ state: 'behind' });
    expect(await sentTo('wms')).toEqual([]);
    expect(await tasks()).toMatchObject([{ kind: 'request_declined', reason: 'wms said no: ALREADY PACKED' }]);
  });

  it.each([
    ['holds the new address: that is the yes', (asked: Asking) => copyAfter(asked), '新街 9 号'],
    ['holds the old one: it is looked at again', (asked: Asking) => copyAfter(asked, '老街 1 号'), '老街 1 号'],
    ['says nothing of an address: that is no yes', () => JSON.stringify({ id: 'D-0' }), '老街 1 号'],
    ['answers with what cannot be read', () => '<html>', '老街 1 号'],
  ])('whose answer was lost is looked at, and %s', async (_, found, street) => {
    await pushed(verbs);
    const said = await newAddress();
    const asked = await answer({ failure: 'no answer', sent: true });
    expect(await request(requestIn(said))).toMatchObject({ state: 'unknown' });
    hub.pass(10_000);
    const looked = await answer({ found: found(asked) });
    expect(looked).toMatchObject({ verb: 'update', again: true });
    expect(looked.body).toBeUndefined();
    expect(await streetOf()).toBe(street);
    hub.pass(10_000);
    expect((await hub.core.toAsk(10)).length).toBe(street === '老街 1 号' ? 1 : 0);
  });

  it('has the parcel no more: nothing changes, and a person is told', async () => {
    await pushed(verbs);
    await newAddress();
    await answer({ failure: 'no answer', sent: true });
    hub.pass(10_000);
    await answer({ found: null });
    expect(await streetOf()).toBe('老街 1 号');
    expect(await tasks()).toMatchObject([{ reason: 'wms has it no more' }]);
  });

  it.each(['update' as const, 'ask' as const])(
    'still unknown when the time is over: the old address is sent to it again (%s)',
    async (verb) => {
      await pushed({ [verb]: ['shipment' as const] });
      await newAddress();
      await answer({ failure: 'no answer', sent: true });
      hub.pass(11 * 60_000);
      expect(await hub.core.toAsk(10)).toEqual([]);
      expect(await streetOf()).toBe('老街 1 号');
      expect(await sentTo('wms')).toEqual(['老街 1 号']);
      expect((await tasks()).map(({ kind }) => kind)).toEqual(['request_declined']);
    },
  );

  it('is sent what is on its way first, and asked then', async () => {
    await pushed(verbs);
    const body = JSON.stringify({ warehouseId: 'WH-SH-01' });
    const address = { type: 'shipment' as const, id: `logistics/${id}/0` };
    await hub.core.patch({ address, body, ifMatch: '*', actor: 'ops' });
    await newAddress();
    expect(await hub.core.toAsk(10)).toEqual([]);
    const [send] = (await hub.due('wms')).filter(({ record }) => record === 'shipment');
    if (!send) throw new Error('nothing is sent');
    await hub.deliver(send);
    hub.pass(2_000);
    expect(JSON.parse((await question()).body ?? '{}')).toMatchObject({
      ...{ warehouse_code: 'WH-SH-01', consignee: { address: '新街 9 号' } },
    });
  });

  it('that was sent something else while it was asked is told again, for nobody knows which came last', async () => {
    await pushed(verbs);
    await newAddress();
    const asked = await question();
    const address = { type: 'shipment' as const, id: `logistics/${id}/0` };
    const body = JSON.stringify({ warehouseId: 'WH-SH-01' });
    await hub.core.patch({ address, body, ifMatch: '*', actor: 'ops' });
    for (const send of await hub.due('wms')) if (send.record === 'shipment') await hub.deliver(send);
    await hub.core.asked(asked.id, { verdict: 'yes' });
    expect(await streetOf()).toBe('新街 9 号');
    expect(await sentTo('wms')).toEqual(['新街 9 号']);
  });

  it('agrees when the parcel has left: the order stays, and it is told the old address', async () => {
    await pushed(verbs);
    await newAddress();
    const asked = await question();
    await hub.say('wms', { record: 'shipment', id: 'D-0', data: { id: 'D-0', stage: 'SHIPPED' } });
    await hub.core.asked(asked.id, { verdict: 'yes' });
    expect(await streetOf()).toBe('老街 1 号');
    expect(await sentTo('wms')).toEqual(['老街 1 号']);
    expect(await tasks()).toMatchObject([{ reason: 'the parcel has left meanwhile' }]);
  });

  it('could not be asked in time: refused, and nothing is sent', async () => {
    await pushed(verbs);
    await newAddress();
    await answer({ failure: 'connect ECONNREFUSED', sent: false });
    hub.pass(11 * 60_000);
    expect(await hub.core.toAsk(10)).toEqual([]);
    expect((await tasks()).map(({ kind }) => kind)).toEqual(['request_declined']);
  });

  it('and can cancel is sent the change, as long as that can be written', async () => {
    await pushed({ ...verbs, cancel: ['shipment'] });
    await newAddress();
    expect((await question()).verb).toBe('update');
  });
});

it('what the warehouse has never seen it is not asked about', async () => {
  const systems = fourSystems().map((one) =>
    one.id === 'wms' ? { ...one, verbs: { ask: ['shipment' as const] } } : one,
  );
  hub = await scene({ routing: inForce(), systems });
  ({ id } = await hub.say('shop', milkPowder()));
  for (const send of await hub.due('crm')) await hub.deliver(send, send.record === 'order' ? '8812' : '3001');
  await newAddress();
  expect(await hub.core.toAsk(10)).toEqual([]);
  expect(await streetOf()).toBe('新街 9 号');
  const sends = await hub.due('wms');
  expect(JSON.parse(sends.find(({ record }) => record === 'shipment')?.body ?? '{}')).toMatchObject({
    consignee: { address: '新街 9 号' },
  });
});

it('a warehouse that cannot be asked: refused, put right and for a person, as without a policy', async () => {
  await pushed(undefined);
  expect(await newAddress()).toMatchObject({ status: 'refused', refused: [{ unit: 'shipTo', reason: 'frozen' }] });
  expect(await tasks()).toMatchObject([{ kind: 'refused_edit' }]);
});
