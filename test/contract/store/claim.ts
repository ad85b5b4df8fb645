// The verb claim: standing claims, never the same replica twice, sends stored before they are handed out.
import { describe, expect, it } from 'vitest';
import type { ReplicaRow } from '../../../src/store/rows.ts';
import type { Claim, Context } from '../../../src/store/store.ts';
import { behind, type Harness, inFlight, makeOrder, sendAll, settle } from './harness.ts';

export function claimContract(given: () => Harness): void {
  describe('claim', () => {
    it('takes what is due, oldest first, up to the limit', async () => {
      const { store, clock } = given();
      const ids: string[] = [];
      for (let place = 0; place < 5; place++) {
        ids.push(await store.transact([], makeOrder(['crm'])));
        clock.advance(1);
      }
      const sends = await store.claim('crm', 3, sendAll);
      expect(sends.map(({ recordId }) => recordId)).toEqual(ids.slice(0, 3));
    });

    it('waits for the first due replica of its system and is filled by the group that makes it', async () => {
      const { store } = given();
      const claim = store.claim('crm', 10, sendAll);
      await store.transact([], makeOrder(['wms']));
      const id = await store.transact([], makeOrder(['crm', 'wms']));
      expect((await claim).map(({ recordId }) => recordId)).toEqual([id]);
      expect((await store.unsettled()).map(({ system }) => system)).toEqual(['crm']);
    });

    it('wakes when a later due time comes', async () => {
      const { store, clock } = given();
      const id = await store.transact(
        [],
        makeOrder(['crm'], ({ now }) => ({ dueAt: now + 5_000 })),
      );
      let woken = false;
      const claim = store.claim('crm', 10, sendAll).then((sends) => {
        woken = true;
        return sends;
      });
      await store.head();
      await store.transact([], () => ({ write: {}, answer: 0 }));
      clock.advance(4_999);
      await store.transact([], () => ({ write: {}, answer: 0 }));
      expect(woken).toBe(false);
      clock.advance(1);
      expect((await claim).map(({ recordId }) => recordId)).toEqual([id]);
    });

    it('never gives the same replica to two claimers', async () => {
      const { store } = given();
      await Promise.all(Array.from({ length: 40 }, () => store.transact([], makeOrder(['crm']))));
      const ended = new AbortController();
      const claims = Array.from({ length: 8 }, () => store.claim('crm', 7, sendAll, ended.signal));
      const filled = await Promise.all(claims.slice(0, 6));
      ended.abort();
      const taken = [...filled, ...(await Promise.all(claims.slice(6)))].flat().map(({ recordId }) => recordId);
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken).toHaveLength(40);
    });

    it('does not claim again before the replica is settled, nor when it falls behind meanwhile', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder(['crm']));
      await store.claim('crm', 1, sendAll);
      await store.transact([id], (state, context) => {
        const row = state.record(id)?.replicas.get('crm');
        if (!row) throw new Error('gone');
        return { write: { replicas: [{ ...row, wantedSeq: context.nextSeq() }] }, answer: 0 };
      });
      const ended = new AbortController();
      const second = store.claim('crm', 1, sendAll, ended.signal);
      await store.transact([], makeOrder(['wms']));
      ended.abort();
      expect(await second).toEqual([]);
      await store.transact([id], (state, context) => {
        const row = state.record(id)?.replicas.get('crm');
        if (!row) throw new Error('gone');
        const again = { ...row, syncedSeq: 1, dueAt: context.now };
        return { write: { replicas: [again], settled: [{ system: 'crm', recordId: id }] }, answer: 0 };
      });
      expect(await store.claim('crm', 1, sendAll)).toHaveLength(1);
    });

    it('stores the send in the same commit, whole, and forgets it when it is settled', async () => {
      const harness = given();
      const id = await harness.store.transact([], makeOrder(['crm']));
      await harness.store.claim('crm', 1, sendAll);
      const before = await harness.store.unsettled();
      const store = await harness.reopen();
      expect(await store.unsettled()).toEqual(before);
      expect(before).toEqual([inFlight(behind(id, 'crm', null, { wantedSeq: 1 }))]);
      await store.transact([id], settle('crm', id));
      expect(await store.unsettled()).toEqual([]);
      expect(await store.read([id], (state) => state.record(id)?.inFlight('crm'))).toBeUndefined();
    });

    it('lets a decision look at further keys and write instead of sending', async () => {
      const { store } = given();
      const target = await store.transact([], makeOrder([]));
      const id = await store.transact([], makeOrder(['crm']));
      let rounds = 0;
      const asking: Claim<never> = (state, row) => {
        rounds += 1;
        if (rounds === 1) return { need: [target] };
        const parkedOn = state.record(target)?.row.id ?? null;
        return { write: { replicas: [{ ...row, state: 'parked', parkedOn }] } };
      };
      const ended = new AbortController();
      const claim = store.claim('crm', 1, asking, ended.signal);
      await store.transact([], () => ({ write: {}, answer: 0 }));
      const row = await store.read([id], (state) => state.record(id)?.replicas.get('crm'));
      expect(row).toMatchObject({ state: 'parked', parkedOn: target, dueAt: null });
      ended.abort();
      expect(await claim).toEqual([]);
    });

    it('lets the others go on when one cannot be decided, and asks about that one again later', async () => {
      const { store, clock } = given();
      const bad = await store.transact([], makeOrder(['crm']));
      const good = await store.transact([], makeOrder(['crm']));
      let broken = true;
      const decide: typeof sendAll = (state, row, context) => {
        if (broken && row.recordId === bad) throw new Error('cannot be mapped');
        return sendAll(state, row, context);
      };
      expect((await store.claim('crm', 5, decide)).map(({ recordId }) => recordId)).toEqual([good]);
      const error = await store.read([bad], (state) => state.record(bad)?.replicas.get('crm')?.lastError);
      expect(error).toMatchObject({ kind: 'internal', message: 'cannot be mapped' });
      broken = false;
      clock.advance(60_000);
      expect((await store.claim('crm', 5, decide)).map(({ recordId }) => recordId)).toEqual([bad]);
    });

    it.each([
      ['nothing', () => ({ write: {} })],
      [
        'to try at once',
        (_state: unknown, row: ReplicaRow, { now }: Context) => ({ write: { replicas: [{ ...row, dueAt: now }] } }),
      ],
    ] as [string, typeof sendAll][])(
      'treats a claim that is decided to do %s as undecided',
      async (_what, undecided) => {
        const { store } = given();
        const bad = await store.transact([], makeOrder(['crm']));
        const good = await store.transact([], makeOrder(['crm']));
        const forgetful: typeof sendAll = (state, row, context) =>
          row.recordId === bad ? undecided(state, row, context) : sendAll(state, row, context);
        expect((await store.claim('crm', 5, forgetful)).map(({ recordId }) => recordId)).toEqual([good]);
        const row = await store.read([bad], (state) => state.record(bad)?.replicas.get('crm'));
        expect(row?.lastError?.kind).toBe('internal');
        expect(row?.dueAt).not.toBeNull();
      },
    );

    it('ends a wait with an empty list when its signal is aborted', async () => {
      const { store } = given();
      const ended = new AbortController();
      const claim = store.claim('crm', 1, sendAll, ended.signal);
      ended.abort();
      expect(await claim).toEqual([]);
      await store.transact([], makeOrder(['crm']));
      expect(await store.unsettled()).toEqual([]);
    });

    it('makes waiters of a record due when it has come', async () => {
      const { store } = given();
      const target = await store.transact([], makeOrder([]));
      const parked = { state: 'parked' as const, parkedOn: target, dueAt: null };
      const waiters = [
        await store.transact(
          [],
          makeOrder(['crm'], () => parked),
        ),
        await store.transact(
          [],
          makeOrder(['crm'], () => parked),
        ),
      ];
      const elsewhere = await store.transact(
        [],
        makeOrder(['wms'], () => parked),
      );
      const claim = store.claim('crm', 5, sendAll);
      await store.transact([target], () => ({
        write: { unpark: [{ system: 'crm', recordId: target, moves: false }] },
        answer: 0,
      }));
      expect((await claim).map(({ recordId }) => recordId).sort()).toEqual(waiters.sort());
      expect(await store.read([elsewhere], (state) => state.record(elsewhere)?.replicas.get('wms')?.state)).toBe(
        'parked',
      );
    });
  });
}
