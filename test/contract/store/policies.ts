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
      const due = async (kind: 'ask' | 'route', now: number, limit = 10) =>
        (await store.timersDue(kind, limit, now)).map(({ subject }) => subject);
      expect(await due('ask', 6)).toEqual([]);
      expect(await due('ask', 10)).toEqual(['ord_1']);
      // However many of another kind are due before.
      expect(await due('route', 10, 1)).toEqual(['ord_2']);
      expect(await due('route', 10)).toEqual(['ord_2', 'ord_1']);
    });

    it('end; one that was set anew meanwhile stays', async () => {
      const { store } = given();
      await write(store, { timer: { subject: 'cus_1', kind: 'route', dueAt: 5 } });
      await write(store, { timer: { subject: 'cus_1', kind: 'route', dueAt: null, was: 4 } });
      expect(await store.timersDue('route', 10, 9)).toHaveLength(1);
      await write(store, { timer: { subject: 'cus_1', kind: 'route', dueAt: null, was: 5 } });
      expect(await store.timersDue('route', 10, 9)).toEqual([]);
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

  describe('versions of a policy', () => {
    it('are kept, together with what became of them', async () => {
      const harness = given();
      await put(harness.store, [version(1, 'active')]);
      const changed = { ...version(1, 'retired'), effectiveUntil: 9, life: { retired: { at: 9 } } };
      await put(harness.store, [changed, { ...version(2, 'active'), effectiveFrom: 7, shadow: true }]);
      const store = await harness.reopen();
      const second = { ...version(2, 'active'), effectiveFrom: 7, shadow: true };
      expect(await store.policies('routing')).toEqual([changed, second]);
      expect(await store.policies('returns')).toEqual([]);
      const { items } = await store.audit({}, 10, null);
      expect(items).toHaveLength(2);
    });

    it('that are scheduled, active or decide beside are told apart from the others', async () => {
      const { store } = given();
      const rows = [version(1, 'retired'), version(2, 'active'), version(3, 'scheduled'), version(4, 'checked')];
      await put(store, [...rows, { ...version(5, 'draft'), shadow: true }]);
      expect((await store.runningPolicies()).map((one) => `${one.version} ${one.state} ${one.shadow}`)).toEqual([
        ...['2 active false', '3 scheduled false', '5 draft true'],
      ]);
    });

    it('change as one that decides on what is there; where it throws nothing is written', async () => {
      const { store } = given();
      const next = () =>
        store.changePolicy('routing', (versions) => ({
          ...{ versions: [version(versions.length + 1, 'draft')], audit: [audit] },
          answer: versions.length + 1,
        }));
      const numbers = await Promise.all([1, 2, 3, 4].map(next));
      expect(numbers.sort()).toEqual([1, 2, 3, 4]);
      const refused = store.changePolicy('routing', () => {
        throw new Error('no');
      });
      await expect(refused).rejects.toThrow('no');
      expect((await store.policies('routing')).map((one) => one.version)).toEqual([1, 2, 3, 4]);
    });
  });

  it('of a change of versions all is written or nothing', async () => {
    const { store } = given();
    await put(store, [version(1, 'active')]);
    await expect(put(store, [version(2, 'draft'), version(3, 'active')])).rejects.toThrow();
    expect((await store.policies('routing')).map((one) => one.version)).toEqual([1]);
    expect((await store.audit({}, 10, null)).items).toHaveLength(1);
    await put(store, [version(2, 'draft')]);
    expect(await store.policies('routing')).toHaveLength(2);
  });

  describe('decisions by a policy', () => {
    it('are listed since a time, the newest first', async () => {
      const { store } = given();
      const made = [1, 2, 3, 4].map((no) => decision(`dec_${no}`, { at: no, subject: `ord_${no}` }));
      await write(store, ...made.map((one) => ({ decision: one })), {
        decision: decision('dec_9', { policy: 'returns', at: 5 }),
      });
      const page = await store.decisionsBy('routing', 2, 2, null);
      expect(page.items.map(({ id }) => id)).toEqual(['dec_4', 'dec_3']);
      const rest = await store.decisionsBy('routing', 2, 2, page.next);
      expect(rest).toEqual({ items: [made[1]], next: null });
      expect((await store.decisionsBy('returns', 2, 2, null)).items.map(({ id }) => id)).toEqual(['dec_9']);
    });
  });

  describe('what a candidate would decide otherwise', () => {
    it('is counted and kept, the newest of it', async () => {
      const { store } = given();
      await put(store, [version(1, 'active'), { ...version(2, 'checked'), shadow: true }]);
      const shadow = (no: number) => ({
        ...{ policy: 'routing', version: 2, decision: `dec_${no}`, subject: 'ord_1', at: no },
        detail: { changes: [] },
      });
      await write(store, ...[1, 2, 3, 4].map((no) => ({ shadow: shadow(no) })));
      const of = { policy: 'routing', version: 2 };
      await store.countShadow(of, { seen: 9, different: 4 }, 3);
      await store.countShadow(of, { seen: 1, different: 0 }, 3);
      const [, second] = await store.policies('routing');
      expect([second?.shadowSeen, second?.shadowDifferent]).toEqual([10, 4]);
      const page = await store.shadowDifferences('routing', 2, 2, null);
      expect(page.items).toEqual([shadow(4), shadow(3)]);
      expect(await store.shadowDifferences('routing', 2, 2, page.next)).toEqual({ items: [shadow(2)], next: null });
      await expect(store.shadowDifferences('routing', 2, 2, 'x')).rejects.toThrow(RangeError);
    });
  });
}

const audit = { at: 1, actor: 'start', action: 'policy.activate', target: 'routing@1', recordId: null, detail: {} };

const version = (no: number, state: PolicyRow['state']): PolicyRow => ({
  ...{ policy: 'routing', version: no, state, digest: `d${no}`, document: 'a: 1', warehouses: 'b: 2' },
  ...{ createdAt: no, createdBy: 'start', effectiveFrom: null, effectiveUntil: null, life: {} },
  ...{ scope: '', shadow: false, shadowSeen: 0, shadowDifferent: 0 },
});

const put = (store: Store, versions: PolicyRow[]): Promise<void> =>
  store.changePolicy('routing', () => ({ versions, audit: [audit], answer: undefined }));
