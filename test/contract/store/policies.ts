// What deciding by policies leaves: decisions, timers, orders by customer, versions.
import { describe, expect, it } from 'vitest';
import { decisionKey } from '../../../src/store/draft.ts';
import type { DecisionRow, PolicyRow } from '../../../src/store/rows.ts';
import type { PolicyWrite, Store } from '../../../src/store/store.ts';
import type { Harness } from './harness.ts';

const decision = (id: string, more: Partial<DecisionRow> = {}): DecisionRow => ({
  ...{ id, policy: 'routing', version: 1, subject: 'ord_1', at: 5, factsHash: 'ab', error: null },
  ...{
    facts: { order: { id: 'ord_1' } },
    outcome: { haltedBy: null },
    effects: [{ slot: 'tags' }],
    kept: { tags: [] },
  },
  ...more,
});
const write = (store: Store, ...policy: PolicyWrite[]): Promise<void> =>
  store.transact([], () => ({ write: { policy }, answer: undefined }));

export function policiesContract(given: () => Harness): void {
  describe('decisions', () => {
    it('are found by id, and listed for a record with the newest first', async () => {
      const harness = given();
      const made = [1, 2, 3].map((no) => decision(`dec_${no}`, { at: no }));
      await write(harness.store, ...made.map((one) => ({ decision: one })), {
        decision: decision('dec_4', { subject: 'ord_2' }),
      });
      const store = await harness.reopen();
      expect(await store.decision('dec_2')).toEqual(made[1]);
      expect(await store.decision('dec_9')).toBeUndefined();
      const page = await store.decisionsOf('ord_1', 2, null);
      expect(page.items).toEqual([made[2], made[1]]);
      expect(await store.decisionsOf('ord_1', 2, page.next)).toEqual({ items: [made[0]], next: null });
      await expect(store.decisionsOf('ord_1', 2, 'x')).rejects.toThrow(RangeError);
    });

    it('the newest about a record is seen by the next decide of the same group', async () => {
      const { store } = given();
      const key = decisionKey('ord_1');
      const [, seen] = await Promise.all([
        write(store, { decision: decision('dec_1') }),
        store.transact([key], (state) => ({ write: {}, answer: state.decision(key)?.id })),
      ]);
      expect(seen).toBe('dec_1');
      await expect(store.transact([], (state) => ({ write: {}, answer: state.decision(key) }))).rejects.toThrow(
        'read but not asked for',
      );
    });
  });

  describe('timers', () => {
    it('are due by time, one of a kind for each record; a later one takes the place of the earlier', async () => {
      const { store } = given();
      await write(
        store,
        { timer: { subject: 'ord_1', kind: 'route', dueAt: 10 } },
        { timer: { subject: 'ord_2', kind: 'route', dueAt: 5 } },
        { timer: { subject: 'ord_1', kind: 'ask', dueAt: 7 } },
        { timer: { subject: 'ord_2', kind: 'route', dueAt: 8 } },
      );
      const due = async (now: number) =>
        (await store.timersDue(10, now)).map(({ subject, kind }) => `${subject} ${kind}`);
      expect(await due(6)).toEqual([]);
      expect(await due(10)).toEqual(['ord_1 ask', 'ord_2 route', 'ord_1 route']);
    });

    it('end; one that was set anew meanwhile stays', async () => {
      const { store } = given();
      await write(store, { timer: { subject: 'cus_1', kind: 'route', dueAt: 5 } });
      await write(store, { timer: { subject: 'cus_1', kind: 'route', dueAt: null, was: 4 } });
      expect(await store.timersDue(10, 9)).toHaveLength(1);
      await write(store, { timer: { subject: 'cus_1', kind: 'route', dueAt: null, was: 5 } });
      expect(await store.timersDue(10, 9)).toEqual([]);
    });
  });

  it('orders that may be routed again are listed by customer, in slices', async () => {
    const { store } = given();
    const of = (orderId: string, customerId: string | null) => ({ routable: { orderId, customerId } });
    await write(store, of('ord_1', 'cus_1'), of('ord_2', 'cus_1'), of('ord_3', 'cus_2'), of('ord_4', 'cus_1'));
    await write(store, of('ord_4', 'cus_2'), of('ord_3', null));
    expect(await store.routableOrders('cus_1', 1, null)).toEqual({ items: ['ord_1'], next: 'ord_1' });
    expect(await store.routableOrders('cus_1', 1, 'ord_1')).toEqual({ items: ['ord_2'], next: null });
    expect(await store.routableOrders('cus_2', 9, null)).toEqual({ items: ['ord_4'], next: null });
  });

  it('versions of a policy are kept, together with what became of them', async () => {
    const harness = given();
    const version = (no: number, state: PolicyRow['state']): PolicyRow => ({
      ...{ policy: 'routing', version: no, state, digest: `d${no}`, document: 'a: 1', warehouses: 'b: 2' },
      ...{ createdAt: no, createdBy: 'start' },
    });
    const audit = { at: 1, actor: 'start', action: 'policy.activate', target: 'routing@1', recordId: null, detail: {} };
    await harness.store.savePolicies([version(1, 'active')], audit);
    await harness.store.savePolicies([version(1, 'retired'), version(2, 'active')], audit);
    const store = await harness.reopen();
    expect(await store.policies('routing')).toEqual([version(1, 'retired'), version(2, 'active')]);
    expect(await store.policies('returns')).toEqual([]);
  });
}
