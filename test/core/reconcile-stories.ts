// What a system holds, compared with the records and put right, over either engine.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompareRequest, Send } from '../../src/core/core.ts';
import { type Engine, fourSystems, type Result, type Scene, scene } from './scene.ts';
import { addressB, shopOrder } from './words.ts';

export function reconcileStories(engine?: Engine): void {
  let hub: Scene;
  let made: Result;
  beforeEach(async () => {
    hub = await scene({
      engine,
      systems: fourSystems().map((system) => (system.id === 'erp' ? system : { ...system, deletes: 'all' as const })),
    });
    made = await hub.say('shop', { record: 'order', data: shopOrder() });
  });
  afterEach(() => hub.close());

  const first = async (system: string): Promise<Send> => {
    const [send] = await hub.due(system);
    if (!send) throw new Error(`nothing is due to ${system}`);
    return send;
  };
  /** @returns what the system then holds */
  const arrive = async (system: string, id: string): Promise<Record<string, unknown>> => {
    const send = await first(system);
    await hub.deliver(send, id);
    return { ...(JSON.parse(send.body) as object), id };
  };
  const look = async (system: string, data: object, more: Partial<CompareRequest> = {}) => {
    hub.pass(10);
    const items = [{ data: JSON.stringify(data) }];
    const asked = { system, record: 'order' as const, items, askedAt: hub.now(), graceMs: 0, ...more };
    return (await hub.core.compare(asked))[0];
  };
  const audit = async () =>
    (await hub.core.audit({ recordId: made.id }, 10, null)).items.map(({ actor, action, detail }) => ({
      actor,
      action,
      detail,
    }));
  const resends = async () =>
    (await hub.core.timeline(made.id, 20, null)).items.flatMap(({ change }) => change?.resend ?? []);

  describe('what a system holds', () => {
    it('is the same where it says what was sent, in whatever spelling', async () => {
      const held = await arrive('wms', 'W-1');
      expect(await look('wms', held)).toEqual({ verdict: 'same', externalId: 'W-1', recordId: made.id });
      const consignee = { ...(held.consignee as object), province: '上海市' };
      expect(await look('wms', { ...held, consignee, shelf: 7 })).toMatchObject({ verdict: 'same' });
      expect(await look('shop', shopOrder())).toMatchObject({ verdict: 'same' });
    });

    it('differs by field, in the words of the record, and says no value', async () => {
      const held = await arrive('wms', 'W-1');
      const lines = (held.lines as object[]).map((line) => ({ ...line, qty: 9 }));
      const consignee = { ...(held.consignee as object), address: '别处 1 号' };
      const found = await look('wms', { ...held, note: 'something else', lines, consignee });
      expect(found).toEqual({
        verdict: 'differs',
        externalId: 'W-1',
        recordId: made.id,
        fields: ['buyerNote', 'lines.quantity', 'shipTo'],
      });
      expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'synced' });
    });

    it('is pending while it is behind, in flight, or moved since the system was asked', async () => {
      const held = await arrive('wms', 'W-1');
      const wrong = { ...held, note: 'something else' };
      const askedAt = hub.now();
      await hub.say('shop', { record: 'order', data: shopOrder({ note: 'new' }) });
      expect(await look('wms', wrong)).toMatchObject({ verdict: 'pending' });
      const send = await first('wms');
      expect(await look('wms', wrong)).toMatchObject({ verdict: 'pending' });
      await hub.deliver(send);
      expect(await look('wms', wrong, { askedAt })).toMatchObject({ verdict: 'pending' });
      expect(await look('wms', wrong)).toMatchObject({ verdict: 'differs' });
    });

    it('is pending where the system itself changed it just now: its word is on its way', async () => {
      const changed = shopOrder({ ship_to: addressB, updated_at: new Date(hub.now()).toISOString() });
      expect(await look('shop', changed, { graceMs: 60_000 })).toMatchObject({ verdict: 'pending' });
      expect(await look('shop', changed)).toMatchObject({ verdict: 'differs', fields: ['shipTo'] });
      const unheardOf = shopOrder({ id: '7', order_number: 'SO-7', updated_at: new Date(hub.now()).toISOString() });
      expect(await look('shop', unheardOf, { graceMs: 60_000 })).toMatchObject({ verdict: 'pending' });
    });

    it('is unknown, unreadable or ambiguous, each by its name', async () => {
      expect(await look('shop', shopOrder({ id: '7', order_number: 'SO-7' }))).toEqual({
        verdict: 'unknown',
        externalId: '7',
      });
      expect(await look('crm', { id: '8812', orderNo: 'SO-1001' })).toMatchObject({
        verdict: 'unknown',
        recordId: made.id,
      });
      expect(await look('shop', shopOrder({ state: 'melted' }))).toMatchObject({ verdict: 'unreadable' });
      expect(await look('shop', { state: 'open' })).toMatchObject({ verdict: 'unreadable', externalId: null });
      expect(await look('shop', shopOrder({ id: '7' }))).toMatchObject({ verdict: 'ambiguous' });
      const items = [{ id: '9', data: 'no JSON' }];
      const [broken] = await hub.core.compare({ system: 'shop', record: 'order', items, askedAt: 0, graceMs: 0 });
      expect(broken).toMatchObject({ verdict: 'unreadable', externalId: '9' });
    });
  });

  describe('a repair', () => {
    const repair = 'mei';

    it('takes what the system changed and nobody heard of, by the rules of the merge', async () => {
      await arrive('wms', 'W-1');
      hub.pass(60_000);
      const changed = shopOrder({ ship_to: addressB, updated_at: '2026-11-23T04:30:00Z' });
      expect(await look('shop', changed)).toMatchObject({ verdict: 'differs', fields: ['shipTo'] });
      expect(await look('shop', changed, { repair })).toMatchObject({ repaired: 'taken' });
      const { data } = await hub.record('order', made.id);
      expect(data).toMatchObject({ shipTo: { street: '新街 9 号' } });
      expect(await hub.replica(made.id, 'wms')).toMatchObject({ state: 'behind' });
      expect(await audit()).toEqual([
        { actor: 'mei', action: 'replica.repair', detail: { system: 'shop', how: 'taken', fields: ['shipTo'] } },
      ]);
      expect(await look('shop', changed)).toMatchObject({ verdict: 'same' });
    });

    it('sends again what the system holds otherwise, for a reason of its own, and only what differs', async () => {
      const held = await arrive('crm', '8812');
      const wrong = { ...held, memo: 'not ours' };
      expect(await look('crm', wrong, { repair })).toMatchObject({ fields: ['buyerNote'], repaired: 'sent' });
      expect(await resends()).toEqual(['reconcile']);
      expect(await audit()).toEqual([
        { actor: 'mei', action: 'replica.repair', detail: { system: 'crm', how: 'sent', fields: ['buyerNote'] } },
      ]);
      const send = await first('crm');
      expect(send).toMatchObject({ op: 'update', externalId: '8812' });
      expect(JSON.parse(send.body)).toEqual({ memo: shopOrder().note });
      await hub.deliver(send);
      expect(await look('crm', held, { repair })).toEqual({ verdict: 'same', externalId: '8812', recordId: made.id });
      expect(await hub.due('crm')).toEqual([]);
    });

    it('writes the whole object where that is how it is written, and keeps what the system added', async () => {
      const held = await arrive('wms', 'W-1');
      const consignee = { ...(held.consignee as object), address: '别处 1 号' };
      expect(await look('wms', { ...held, consignee, shelf: 7 }, { repair })).toMatchObject({ repaired: 'sent' });
      expect(JSON.parse((await first('wms')).body)).toMatchObject({ consignee: held.consignee, shelf: 7 });
    });

    it('makes a record of what nobody knew, couples by the match keys first, and tells every other system', async () => {
      expect(await look('crm', { id: '8812', orderNo: 'SO-1001', staffMemo: 'x' }, { repair })).toMatchObject({
        recordId: made.id,
        repaired: 'made',
      });
      expect(await hub.replica(made.id, 'crm')).toMatchObject({ externalId: '8812' });
      const lost = await look('shop', shopOrder({ id: '7', order_number: 'SO-7' }), { repair });
      expect(lost).toMatchObject({ verdict: 'unknown', repaired: 'made' });
      const sends = await hub.due('wms');
      expect(sends.map(({ recordId }) => recordId).sort()).toEqual([made.id, lost?.recordId].sort());
      expect(await look('shop', shopOrder({ state: 'open', id: '8', order_number: null }), { repair })).toMatchObject({
        verdict: 'unknown',
        message: expect.stringContaining('number'),
      });
    });

    it('changes nothing where nothing drifts, and nothing that moves', async () => {
      const held = await arrive('wms', 'W-1');
      const before = await hub.core.timeline(made.id, 20, null);
      await look('wms', held, { repair });
      await look('shop', shopOrder({ ship_to: addressB }), { repair, askedAt: 0 });
      expect(await hub.core.timeline(made.id, 20, null)).toEqual(before);
      expect(await audit()).toEqual([]);
    });

    it('does not bring back what was deleted', async () => {
      const { id } = await hub.say('shop', { record: 'customer', data: { id: 'c1', customer_number: 'K-1' } });
      await hub.say('shop', { record: 'customer', id: 'c1', op: 'delete' });
      const held = { id: 'k1', customerNo: 'K-1', displayName: 'A' };
      expect(await look('crm', held, { record: 'customer', repair })).toMatchObject({
        verdict: 'ignored',
        recordId: id,
      });
      expect(await hub.record('customer', id)).toMatchObject({ deleted: true });
    });
  });

  describe('what a system does not have any more', () => {
    const absent = async (system: string, externalId: string, repair?: string) => {
      hub.pass(10);
      const items = [{ recordId: made.id, externalId }];
      const asked = { system, record: 'order' as const, items, askedAt: hub.now() };
      return (await hub.core.absent({ ...asked, ...(repair !== undefined && { repair }) }))[0];
    };

    it('is looked for among the copies that it should have', async () => {
      expect(await hub.core.held('wms', 'order', 10, null)).toEqual({ items: [], next: null });
      await arrive('wms', 'W-1');
      expect(await hub.core.held('wms', 'order', 10, null)).toEqual({
        items: [{ recordId: made.id, externalId: 'W-1' }],
        next: null,
      });
    });

    it('is told, and on request made there anew', async () => {
      await arrive('wms', 'W-1');
      expect(await absent('wms', 'W-1')).toEqual({ verdict: 'absent', externalId: 'W-1', recordId: made.id });
      expect(await absent('wms', 'another')).toMatchObject({ verdict: 'ignored' });
      expect(await absent('wms', 'W-1', 'mei')).toMatchObject({ verdict: 'absent', repaired: 'sent' });
      expect(await first('wms')).toMatchObject({ op: 'create', externalId: null });
      expect(await absent('wms', 'W-1', 'mei')).toMatchObject({ verdict: 'ignored' });
      expect(await resends()).toEqual(['reconcile']);
    });

    it('is left to a person where the system itself had brought it', async () => {
      expect(await absent('shop', '1001', 'mei')).toMatchObject({
        verdict: 'absent',
        message: expect.stringContaining('came from there'),
      });
      expect(await hub.replica(made.id, 'shop')).toMatchObject({ state: 'synced', externalId: '1001' });
    });
  });

  describe('a new system whose objects are read first', () => {
    it('gets nothing before that, and then only what it does not have', async () => {
      await hub.close();
      const systems = fourSystems().map((one) => (one.id === 'crm' ? { ...one, loadsFirst: ['order' as const] } : one));
      hub = await scene({ engine, systems: systems.filter(({ id }) => id !== 'crm') });
      const known = await hub.say('shop', { record: 'order', data: shopOrder() });
      const second = await hub.say('shop', { record: 'order', data: shopOrder({ id: '2', order_number: 'SO-2' }) });
      await hub.restart({ systems });
      expect(await hub.due('crm')).toEqual([]);
      const there = { id: '8812', orderNo: 'SO-1001', memo: 'old' };
      expect(await look('crm', there, { repair: 'hub' })).toMatchObject({ recordId: known.id, repaired: 'made' });
      await hub.core.saveCursor('loaded:crm:order', 'done');
      await hub.core.fill();
      const sends = await hub.due('crm');
      expect(sends.map(({ op, recordId }) => ({ op, recordId }))).toEqual(
        expect.arrayContaining([{ op: 'create', recordId: second.id }]),
      );
      expect(sends.find(({ recordId }) => recordId === known.id)?.op ?? 'update').toBe('update');
    });
  });
}
