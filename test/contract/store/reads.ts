// What is listed: changes in order, the feed, histories, counts, dead letters, waiting changes.
import { describe, expect, it } from 'vitest';
import type { AuditRow, DeadLetterRow, WaitingRow } from '../../../src/store/rows.ts';
import type { Store } from '../../../src/store/store.ts';
import { behind, change, type Harness, keepNothing, makeOrder, record, sendAll, settle } from './harness.ts';

const count = 23;

async function makeMany(store: Store, systems: string[] = []): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => store.transact([], makeOrder(systems))));
}

export function readsContract(given: () => Harness): void {
  describe('changes', () => {
    it.each([1, 2, 7, 100])('gives every change once, in order, by pages of %i', async (size) => {
      const { store } = given();
      await makeMany(store);
      const seen: number[] = [];
      for (let after = 0; ; ) {
        const page = await store.changesAfter(after, size, {});
        if (page.length === 0) break;
        seen.push(...page.map(({ seq }) => seq));
        after = page.at(-1)?.seq ?? after;
      }
      expect(seen).toEqual(Array.from({ length: count }, (_, place) => place + 1));
      expect(await store.head()).toBe(count);
    });

    it('filters by type and source and leaves out what changed nothing', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder([]));
      await store.transact([id], (_state, { nextSeq }) => {
        const refused = change(nextSeq(), id, { op: 'none', source: 'crm' });
        return { write: { changes: [refused, change(nextSeq(), id, { source: 'crm' })] }, answer: 0 };
      });
      const seqs = async (filter: Parameters<Store['changesAfter']>[2]) =>
        (await store.changesAfter(0, 10, filter)).map(({ seq }) => seq);
      expect(await seqs({})).toEqual([1, 3]);
      expect(await seqs({ source: 'crm' })).toEqual([3]);
      expect(await seqs({ type: 'shipment' })).toEqual([]);
    });

    it('never gives a position twice, not after pruning everything, nor after a restart or a failure', async () => {
      const harness = given();
      await makeMany(harness.store);
      await expect(
        harness.store.transact([], (_state, { nextSeq }) => {
          nextSeq();
          throw new Error('after taking a number');
        }),
      ).rejects.toThrow();
      await harness.store.prune(harness.clock.now() + 1, keepNothing, 1_000);
      const store = await harness.reopen();
      const id = await store.transact([], makeOrder([]));
      const after = await store.changesAfter(count, 10, {});
      expect(after.map(({ recordId }) => recordId)).toEqual([id]);
      expect(after[0]?.seq).toBeGreaterThan(count);
    });
  });

  describe('feed', () => {
    it('gives what a polling system is to know, by change number, without what waits or was given up', async () => {
      const { store, clock } = given();
      const polled = (over = {}) => makeOrder(['erp'], () => ({ dueAt: null, ...over }));
      const first = await store.transact([], polled());
      for (const state of ['parked', 'dead', 'held', 'unclear', 'synced'] as const)
        await store.transact([], polled({ state }));
      const last = await store.transact([], polled());
      const rows = await store.feed('erp', 0, 10, undefined);
      expect(rows.map(({ replica }) => [replica.recordId, replica.wantedSeq])).toEqual([
        [first, 1],
        [last, 7],
      ]);
      expect(rows[0]?.changedAt).toBe(clock.now());
      expect((await store.feed('erp', 1, 10, 'order')).map(({ replica }) => replica.recordId)).toEqual([last]);
      expect(await store.feed('erp', 0, 10, 'shipment')).toEqual([]);
      expect(await store.feed('crm', 0, 10, undefined)).toEqual([]);
    });

    it('shows a newer change once, at its new place', async () => {
      const { store } = given();
      const first = await store.transact(
        [],
        makeOrder(['erp'], () => ({ dueAt: null })),
      );
      const second = await store.transact(
        [],
        makeOrder(['erp'], () => ({ dueAt: null })),
      );
      await store.transact([first], (_state, { nextSeq }) => {
        const seq = nextSeq();
        return {
          write: { replicas: [behind(first, 'erp', null, { wantedSeq: seq })], changes: [change(seq, first)] },
          answer: 0,
        };
      });
      expect((await store.feed('erp', 0, 10, undefined)).map(({ replica }) => replica.recordId)).toEqual([
        second,
        first,
      ]);
    });

    it('does not show what a claim has taken', async () => {
      const { store } = given();
      await store.transact([], makeOrder(['crm']));
      await store.claim('crm', 1, sendAll);
      expect(await store.feed('crm', 0, 10, undefined)).toEqual([]);
    });
  });

  describe('history', () => {
    it('merges changes, attempts, dead letters and reviews of one record, newest first, by pages of any size', async () => {
      const { store } = given();
      const id = await store.transact([], (_state, { newId, nextSeq }) => {
        const made = newId('ord_');
        const changes = [10, 30, 50].map((recordedAt) => change(nextSeq(), made, { recordedAt }));
        const deed = (recordId: string, action: string, at: number): AuditRow => ({
          ...{ at, actor: 'mei', action, target: recordId, recordId },
          detail: { decision: 'approve' },
        });

        const attempts = [20, 40, 60].map((at) => attempt(made, at));
        const audit = [
          deed(made, 'return.review', 25),
          deed(made, 'return.event', 26),
          deed('ret_other', 'return.review', 27),
          deed(made, 'return.review', 55),
        ];
        const rows = { records: [record(made)], changes, attempts, audit, deadLetters: [deadLetter('dl_1', made, 45)] };
        return { write: rows, answer: made };
      });
      const other = await store.transact([], makeOrder(['crm']));
      await store.transact([other], () => ({ write: { attempts: [attempt(other, 35)] }, answer: 0 }));
      for (const size of [1, 2, 3, 100]) {
        const seen: string[] = [];
        let before: string | null = null;
        do {
          const page: Awaited<ReturnType<Store['history']>> = await store.history(id, size, before);
          for (const { change: changed, attempt: tried, deadLetter: dead, review } of page.items) {
            if (review) seen.push(`review ${review.at} by ${review.actor}: ${review.detail.decision}`);
            else seen.push(changed ? `change ${changed.seq}` : tried ? `attempt ${tried.at}` : `dead ${dead?.id}`);
          }
          before = page.next;
        } while (before !== null);
        const expected = [
          ...['attempt 60', 'review 55 by mei: approve', 'change 3', 'dead dl_1', 'attempt 40', 'change 2'],
          ...['review 25 by mei: approve', 'attempt 20', 'change 1'],
        ];
        expect(seen, `pages of ${size}`).toEqual(expected);
      }
      expect((await store.history('ord_none', 5, null)).items).toEqual([]);
    });
  });

  describe('counts', () => {
    it('follows every commit and a restart, and names the oldest that is behind', async () => {
      const harness = given();
      const { store, clock } = harness;
      const oldest = await store.transact([], makeOrder(['crm', 'wms']));
      clock.advance(1_000);
      const next = await store.transact([], makeOrder(['crm']));
      expect(sorted(await store.counts())).toEqual(['crm order behind 2', 'wms order behind 1']);
      expect(await oldestOf(store)).toEqual([`crm order ${oldest}`, `wms order ${oldest}`]);
      await store.claim('crm', 1, sendAll);
      await store.transact([oldest], settle('crm', oldest));
      await store.transact([oldest], (state) => {
        const row = state.record(oldest)?.replicas.get('wms');
        if (!row) throw new Error('gone');
        return { write: { replicas: [{ ...row, state: 'dead', dueAt: null }] }, answer: 0 };
      });
      const expected = ['crm order behind 1', 'crm order synced 1', 'wms order dead 1'];
      expect(sorted(await store.counts())).toEqual(expected);
      expect(await oldestOf(store)).toEqual([`crm order ${next}`]);
      expect(sorted(await (await harness.reopen()).counts())).toEqual(expected);
    });
  });

  describe('the oldest that is behind', () => {
    it('is one that is claimed, too, across a restart, a newer change and a failure of its group', async () => {
      const harness = given();
      const { clock } = harness;
      let { store } = harness;
      const [oldest, next] = await makeThree(store, clock);
      await store.claim('crm', 1, sendAll);
      expect(await oldestOf(store)).toEqual([`crm order ${oldest}`]);
      await store.claim('crm', 1, sendAll);
      await store.transact([oldest], (state, { nextSeq }) => {
        const row = state.record(oldest)?.replicas.get('crm');
        if (!row) throw new Error('gone');
        return { write: { replicas: [{ ...row, wantedSeq: nextSeq() }] }, answer: 0 };
      });
      const failing = store.transact([oldest], () => ({
        write: { settled: [oldest, 'ord_none'].map((recordId) => ({ system: 'crm', recordId })) },
        answer: 0,
      }));
      await expect(failing).rejects.toThrow('ord_none');
      expect(await oldestOf(store)).toEqual([`crm order ${oldest}`]);
      store = await harness.reopen();
      expect(await oldestOf(store)).toEqual([`crm order ${oldest}`]);
      await store.transact([oldest], settle('crm', oldest));
      expect(await oldestOf(store)).toEqual([`crm order ${next}`]);
    });

    it('is one that waits, when what is claimed is younger', async () => {
      const { store, clock } = given();
      const [oldest] = await makeThree(store, clock);
      await store.claim('crm', 3, (state, row, context) =>
        row.recordId === oldest
          ? { write: { replicas: [{ ...row, dueAt: context.now + 60_000 }] } }
          : sendAll(state, row, context),
      );
      expect(await oldestOf(store)).toEqual([`crm order ${oldest}`]);
    });
  });

  describe('dead letters', () => {
    it('lists by filter, newest first, closes with a replica, and keeps closed ones', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder(['crm']));
      const letters = ['dl_1', 'dl_2', 'dl_3'].map((name, place) => deadLetter(name, id, place));
      await store.transact([id], () => ({ write: { deadLetters: letters }, answer: 0 }));
      const list = async (filter: Parameters<Store['deadLetters']>[0]) =>
        (await store.deadLetters(filter, 10, null)).items.map((one) => one.id);
      expect(await list({ state: 'open' })).toEqual(['dl_3', 'dl_2', 'dl_1']);
      expect(await list({ state: 'open', since: 1, system: 'crm', record: 'order', kind: 'rejected' })).toEqual([
        'dl_3',
        'dl_2',
      ]);
      expect(await list({ state: 'all', system: 'wms' })).toEqual([]);
      const page = await store.deadLetters({ state: 'all' }, 2, null);
      expect((await store.deadLetters({ state: 'all' }, 2, page.next)).items.map((one) => one.id)).toEqual(['dl_1']);
      const closed = { as: 'superseded' as const, at: 9, by: 'hub', reason: 'newer' };
      await store.transact([id], () => {
        return {
          write: {
            closeDeadLetters: [{ system: 'crm', recordId: id, closed }],
            deadLetters: [deadLetter('dl_4', id, 9)],
          },
          answer: 0,
        };
      });
      expect(await list({ state: 'open' })).toEqual(['dl_4']);
      expect(await store.deadLetter('dl_2')).toEqual({ ...deadLetter('dl_2', id, 1), closed });
      expect(await list({ state: 'closed' })).toEqual(['dl_3', 'dl_2', 'dl_1']);
      expect(await store.deadLetter('dl_9')).toBeUndefined();
    });
  });

  describe('records and waiting changes', () => {
    it('pages through the records of a type', async () => {
      const { store } = given();
      const ids = await makeMany(store);
      await store.transact([], (_state, { newId }) => {
        return { write: { records: [record(newId('tsk_'), { type: 'task' })] }, answer: 0 };
      });
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<Store['recordsOf']>> = await store.recordsOf('order', 5, after);
        seen.push(...page.items.map((row) => row.id));
        after = page.next;
      } while (after !== null);
      expect(seen.sort()).toEqual(ids.sort());
    });

    it('finds records whose replica another mapping made', async () => {
      const { store } = given();
      const mapped = (mapping: string) => makeOrder(['crm'], () => ({ mapping }));
      const old = await store.transact([], mapped('a'));
      await store.transact([], mapped('b'));
      expect(await store.remap('crm', 'order', 'b', null, 10)).toEqual({ records: [old], next: null });
      expect((await store.remap('wms', 'order', 'b', null, 10)).records).toEqual([]);
    });

    it('keeps changes that wait, until they are taken', async () => {
      const { store } = given();
      const fetch = waiting('wait_1', { reason: 'fetch', dueAt: 50 });
      const create = waiting('wait_2', { reason: 'create', at: 2 });
      await store.transact([], () => ({ write: { waiting: [fetch, create] }, answer: 0 }));
      const due = (now: number) => store.waitingDue({ limit: 10, now, except: [] });
      expect(await due(49)).toEqual([]);
      expect(await due(50)).toEqual([fetch]);
      expect(await store.waitingFor('crm', 'order')).toEqual([fetch, create]);
      const later = { ...fetch, dueAt: 90, attempts: 1 };
      await store.transact([], () => ({ write: { waiting: [later], waited: ['wait_2'] }, answer: 0 }));
      expect(await store.waitingFor('crm', 'order')).toEqual([later]);
      expect(await store.waitingFor('crm', 'shipment')).toEqual([]);
    });

    it('tells what waits to be fetched of each system, however much of another is older', async () => {
      const { store } = given();
      const of = (system: string, dueAts: number[]) =>
        dueAts.map((dueAt) => waiting(`wait_${system}_${dueAt}`, { system, reason: 'fetch', dueAt }));
      const [crm, erp, wms] = [of('crm', [5, 3, 1]), of('erp', [9]), of('wms', [20])];
      await store.transact([], () => ({ write: { waiting: [...crm, ...erp, ...wms] }, answer: 0 }));
      const due = async (except: string[]) =>
        (await store.waitingDue({ limit: 2, now: 10, except })).map(({ system, dueAt }) => `${system} ${dueAt}`);
      expect(await due([])).toEqual(['crm 1', 'crm 3', 'erp 9']);
      expect(await due(['crm'])).toEqual(['erp 9']);
      expect(await due(['crm', 'erp', 'shop'])).toEqual([]);
    });
  });
}

const attempt = (recordId: string, at: number) => {
  const what = { outcome: 'retry', message: 'HTTP 500', status: 500, durationMs: 12 };
  return { at, system: 'crm', type: 'order' as const, recordId, seq: 1, ...what };
};

function deadLetter(id: string, recordId: string, since: number): DeadLetterRow {
  const what = { attempts: 2, kind: 'rejected', message: 'outside delivery area', payload: '{"a":1}' };
  const response = { status: 422, body: '{"error":"area"}' };
  return { id, system: 'crm', type: 'order', recordId, seq: 1, since, ...what, response, closed: null };
}

const waiting = (id: string, over: Partial<WaitingRow>): WaitingRow => {
  const what = {
    system: 'crm',
    type: 'order' as const,
    externalId: '8812',
    reason: 'fetch' as const,
    createsUpTo: 0,
    item: '{"id":"8812"}',
  };
  return { id, ...what, at: 1, dueAt: 1, attempts: 0, ...over };
};

/** A second lies between the one and the next. */
async function makeThree(store: Store, clock: Harness['clock']): Promise<[string, string, string]> {
  const make = async (): Promise<string> => {
    clock.advance(1_000);
    return store.transact([], makeOrder(['crm']));
  };
  return [await make(), await make(), await make()];
}

const sorted = (counts: Awaited<ReturnType<Store['counts']>>): string[] =>
  counts.map((one) => `${one.system} ${one.type} ${one.state} ${one.count}`).sort();

const oldestOf = async (store: Store): Promise<string[]> =>
  (await store.oldestBehind()).map((one) => `${one.system} ${one.type} ${one.recordId}`).sort();
