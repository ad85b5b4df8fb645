// Facts about returns, their lives, breakers, exposure, evidence: written in the commit of a decision, and seen by the next.
import { describe, expect, it } from 'vitest';
import { breakerQuery, customerQuery, lifeQuery, orderQuery, storeQuery } from '../../../src/store/draft.ts';
import type {
  EvidenceRow,
  OrderFactRow,
  PolicyBreakerRow,
  ReturnFactRow,
  StoreTotalsRow,
} from '../../../src/store/rows.ts';
import type { Query, ReturnWrite, Store } from '../../../src/store/store.ts';
import type { Harness } from './harness.ts';

const order = (orderId: string, more: Partial<OrderFactRow> = {}): OrderFactRow => ({
  ...{ orderId, customerId: 'cus_1', status: 'closed', currency: 'CNY', paidMinor: 5200, refundedMinor: 0 },
  ...{ deliveredAt: 10, pieces: 2, itemsMinor: 5200 },
  ...more,
});
const returned = (returnId: string, more: Partial<ReturnFactRow> = {}): ReturnFactRow => ({
  ...{ returnId, orderId: 'ord_1', customerId: 'cus_1', storeId: 'a:b', requestedAt: 20, decidedAt: 20 },
  ...{ approvedAt: 20, status: 'open', fault: 'customer', currency: 'CNY', isRefundFirst: true },
  lines: [{ orderLine: '1', quantity: 1, unitPriceMinor: 2600, amountMinor: 2600 }],
  ...{ receivedAt: null, shipBackBy: 30, refundedAt: null },
  ...more,
});
const breaker = (scopeKey: string, more: Partial<PolicyBreakerRow> = {}): PolicyBreakerRow => ({
  ...{ breaker: 'red', scopeKey, state: 'open', openedAt: 5, until: 9, closedAt: null, trips: 1 },
  ...{ permitsLeft: 0, passed: 0, override: { by: 'ops', reason: 'it was fraud', until: 8 } },
  ...more,
});
const picture = (returnId: string, at: number): EvidenceRow => ({
  ...{ returnId, customerId: 'cus_1', at, sha256: 'aa', keptSha256: 'bb', type: 'jpeg', size: 9, width: 640 },
  ...{ height: 480, pictureHash: '00ff00ff00ff00ff', outcome: 'pass' },
});

const write = (store: Store, ...returns: ReturnWrite[]): Promise<void> =>
  store.transact([], () => ({ write: { returns }, answer: undefined }));
const ask = <T>(store: Store, query: Query<T>): Promise<T | undefined> =>
  store.transact([query], (state) => ({ write: {}, answer: state.query(query) }));

export function returnsContract(given: () => Harness): void {
  describe('facts', () => {
    it('are those of a customer, with what was folded into it and with the delivery of its last parcel', async () => {
      const harness = given();
      const moved = { seq: 7, orderId: 'ord_1', customerId: 'cus_0', at: 15 };
      const places = { from: { division: '31', street: 'a' }, to: { division: '11', street: 'b' } };
      await write(
        harness.store,
        { order: order('ord_1') },
        { order: order('ord_2', { customerId: 'cus_0', deliveredAt: null }) },
        { order: order('ord_3', { customerId: 'cus_2' }) },
        { shipment: { shipmentId: 's/1', orderId: 'ord_2', deliveredAt: 11, shipped: { '1': 2 } } },
        { shipment: { shipmentId: 's/2', orderId: 'ord_2', deliveredAt: 12, shipped: {} } },
        { return: returned('ret_1') },
        { addressChange: { ...moved, ...places } },
        { alias: { customerId: 'cus_0', into: 'cus_9' } },
        { alias: { customerId: 'cus_9', into: 'cus_1' } },
      );
      const store = await harness.reopen();
      expect(await ask(store, customerQuery('cus_1', 15))).toEqual({
        orders: expect.toSatisfy(
          (found: OrderFactRow[]) =>
            JSON.stringify(found.map(({ orderId, deliveredAt }) => [orderId, deliveredAt]).sort()) ===
            '[["ord_1",10],["ord_2",12]]',
        ),
        returns: [returned('ret_1')],
        addressChanges: [{ ...moved, ...places }],
      });
      expect(await ask(store, customerQuery('cus_1', 16))).toMatchObject({ addressChanges: [] });
      expect(await ask(store, orderQuery('ord_2'))).toMatchObject({
        returns: [],
        shipments: [{ shipped: { '1': 2 } }, { shipped: {} }],
      });
    });

    it('are replaced whole, and seen by the next decide of the same group', async () => {
      const { store } = given();
      const [, seen] = await Promise.all([
        write(store, { order: order('ord_1') }, { order: order('ord_1', { status: 'open' }) }),
        ask(store, customerQuery('cus_1', 0)),
      ]);
      expect(seen?.orders).toEqual([order('ord_1', { status: 'open' })]);
    });

    it('of a store count who is late, and add up what is out; decisions of one group see each other', async () => {
      const { store } = given();
      await write(
        store,
        { return: returned('ret_1') },
        { return: returned('ret_2', { receivedAt: 25 }) },
        { return: returned('ret_3', { isRefundFirst: false }) },
        { return: returned('ret_4', { decidedAt: 3 }) },
        { return: returned('ret_5', { status: 'closed' }) },
        { return: returned('ret_6', { status: 'cancelled' }) },
      );
      const totals = storeQuery('a:b', 10, 30);
      const spend = (most: number): Promise<boolean> =>
        store.transact([totals], (state) => {
          const { exposureMinor } = state.query(totals) as StoreTotalsRow;
          const may = exposureMinor + 100 <= most;
          return { write: may ? { returns: [{ exposure: { storeId: 'a:b', byMinor: 100 } }] } : {}, answer: may };
        });
      const spent = await Promise.all(Array.from({ length: 8 }, () => spend(300)));
      expect(spent.filter((may) => may)).toHaveLength(3);
      expect(await ask(store, totals)).toEqual({ refundFirstDecided: 4, refundFirstOverdue: 2, exposureMinor: 300 });
      expect(await ask(store, storeQuery('a:b', 10, 29))).toMatchObject({ refundFirstOverdue: 0 });
      await expect(store.transact([], (state) => ({ write: {}, answer: state.query(totals) }))).rejects.toThrow(
        'read but not asked for',
      );
    });
  });

  it('keeps the lives of returns', async () => {
    const harness = given();
    await write(harness.store, { life: { returnId: 'ret_1', life: { seen: ['a'] } } });
    const [, seen] = await Promise.all([
      write(harness.store, { life: { returnId: 'ret_1', life: { seen: ['a', 'b'] } } }),
      ask(harness.store, lifeQuery('ret_1')),
    ]);
    expect(seen).toEqual({ seen: ['a', 'b'] });
    expect(await ask(await harness.reopen(), lifeQuery('ret_1'))).toEqual({ seen: ['a', 'b'] });
    expect(await ask(harness.store, lifeQuery('ret_2'))).toBeUndefined();
  });

  it('keeps breakers by scope key, and lists them in pages', async () => {
    const { store } = given();
    const all = ['cus_1', 'cus_2', 'cus_3'].map((key) => breaker(key, key === 'cus_2' ? { override: null } : {}));
    await write(store, ...all.map((one) => ({ breaker: one })));
    expect(await ask(store, breakerQuery('red', 'cus_2'))).toEqual(all[1]);
    expect(await ask(store, breakerQuery('red', 'cus_4'))).toBeUndefined();
    const page = await store.policyBreakers(2, null);
    expect(page.items).toEqual(all.slice(0, 2));
    expect(await store.policyBreakers(2, page.next)).toEqual({ items: all.slice(2), next: null });
    await expect(store.policyBreakers(2, 'x')).rejects.toThrow(RangeError);
  });

  it('keeps what was shown for returns, in order', async () => {
    const { store } = given();
    await write(store, ...[1, 5, 6].map((at) => ({ evidence: picture(`ret_${at % 2}`, at) })));
    expect(await store.evidenceOf('ret_1')).toEqual([picture('ret_1', 1), picture('ret_1', 5)]);
    const first = await store.evidenceAfter(0, 2, 1);
    expect(first.map(({ row }) => row)).toEqual([picture('ret_1', 5)]);
    expect(await store.evidenceAfter(first[0]?.no ?? 0, 2, 9)).toMatchObject([{ row: { at: 6 } }]);
  });
}
