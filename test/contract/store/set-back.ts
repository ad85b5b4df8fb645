// A clock that was ahead and is right again when the store is opened anew: nothing waits for what only that clock had come to.
import { describe, expect, it } from 'vitest';
import type { LastError, ReplicaRow, WaitingRow } from '../../../src/store/rows.ts';
import type { Store } from '../../../src/store/store.ts';
import { type Harness, makeOrder, sendAll } from './harness.ts';

const minute = 60_000;

export function setBackContract(given: () => Harness): void {
  /** Written under a clock that is `ahead`; then it is right, and the store is opened again. */
  async function afterwards(ahead: number, over: (now: number, right: number) => Partial<ReplicaRow>) {
    const { store, clock } = given();
    const right = clock.now();
    clock.advance(ahead);
    const id = await store.transact(
      [],
      makeOrder(['crm'], ({ now }) => over(now, right)),
    );
    clock.advance(-ahead);
    return { right, id, reopened: await given().reopen() };
  }

  /** What is due when, in ms from the right time. */
  async function dueAfter(ahead: number, over: (now: number, right: number) => Partial<ReplicaRow>) {
    const { right, id, reopened } = await afterwards(ahead, over);
    return (await dueAt(reopened, id)) - right;
  }

  const dueAt = (store: Store, id: string): Promise<number> =>
    store.read([id], (state) => state.record(id)?.replicas.get('crm')?.dueAt ?? Number.NaN);

  const failed = (at: number, wait: number, kind = 'throttled'): Pick<ReplicaRow, 'lastAttemptAt' | 'lastError'> => ({
    lastAttemptAt: at,
    lastError: { kind, message: 'later', at, until: at + wait },
  });

  describe('a clock that was set back', () => {
    it('lets what was due when it fell behind be due now', async () => {
      expect(await dueAfter(10 * minute, (now) => ({ behindSince: now, dueAt: now }))).toBe(0);
    });

    it('lets what was released and never tried be due now', async () => {
      expect(await dueAfter(10 * minute, (now) => ({ behindSince: now - 60 * minute, dueAt: now }))).toBe(0);
    });

    it('lets what failed under the clock of before wait for as long as was meant', async () => {
      const over = (now: number) => ({ behindSince: now, dueAt: now + 700, attempts: 3, ...failed(now, 700) });
      expect(await dueAfter(120 * minute, over)).toBe(700);
    });

    it('lets what was told to wait, and became due under the clock of before, wait to the end of that time', async () => {
      const told = (wait: number) => (now: number, right: number) => ({
        behindSince: right - 5,
        dueAt: now,
        ...failed(right - 1, wait),
      });
      expect(await dueAfter(10 * minute, told(300))).toBe(299);
    });

    it('lets what was told to wait, and taken up under the clock of before after that, be due now', async () => {
      const told = (now: number, right: number) => ({
        behindSince: right - 5,
        dueAt: now,
        ...failed(right - 400, 300),
      });
      expect(await dueAfter(10 * minute, told)).toBe(0);
    });

    it('leaves the wait that a system asked for as it was', async () => {
      const told = (_now: number, right: number) => ({
        behindSince: right - 5,
        dueAt: right - 1 + 30 * minute,
        ...failed(right - 1, 30 * minute),
      });
      expect(await dueAfter(10 * minute, told)).toBe(30 * minute - 1);
    });

    it('leaves what an older program wrote of a system that asked to wait', async () => {
      const lastError = (at: number): LastError => ({ kind: 'throttled', message: 'later', at });
      const told = (_now: number, right: number) => ({
        behindSince: right - 5,
        dueAt: right + 30 * minute,
        lastAttemptAt: right - 1,
        lastError: lastError(right - 1),
      });
      expect(await dueAfter(10 * minute, told)).toBe(30 * minute);
    });

    it('lets what was tried before, and became due under the clock of before, be due now', async () => {
      const over = (now: number, right: number) => ({ behindSince: right - 5, dueAt: now, lastAttemptAt: right - 1 });
      expect(await dueAfter(10 * minute, over)).toBe(0);
    });

    it.each([0, -10 * minute])('changes nothing where it was not ahead: %d ms', async (ahead) => {
      const over = (now: number) => ({
        behindSince: now - 9,
        dueAt: now + 20 * minute,
        ...failed(now - 2, 20 * minute + 2),
      });
      expect(await dueAfter(ahead, over)).toBe(ahead + 20 * minute);
    });

    it('hands it out, and counts no wait twice at the next start', async () => {
      const over = (now: number) => ({ behindSince: now, dueAt: now + 700, ...failed(now, 700) });
      const { id, right } = await afterwards(10 * minute, over);
      const { clock } = given();
      clock.advance(400);
      const store = await given().reopen();
      expect((await dueAt(store, id)) - right).toBe(700);
      clock.advance(300);
      expect((await store.claim('crm', 1, sendAll)).map(({ recordId }) => recordId)).toEqual([id]);
    });

    it('goes through more than one slice of them, each once', async () => {
      const { store, clock } = given();
      const right = clock.now();
      clock.advance(10 * minute);
      const make = makeOrder(['crm'], ({ now }) => ({ behindSince: now, dueAt: now + 700, ...failed(now, 700) }));
      const ids = await Promise.all(Array.from({ length: 205 }, () => store.transact([], make)));
      clock.advance(-10 * minute);
      const reopened = await given().reopen();
      const due = await reopened.read(ids, (state) => ids.map((id) => state.record(id)?.replicas.get('crm')?.dueAt));
      expect(new Set(due)).toEqual(new Set([right + 700]));
    });

    it('looks at once for what is to be fetched, and at timers that it had come to', async () => {
      const { store, clock } = given();
      const right = clock.now();
      const fetch: Omit<WaitingRow, 'at' | 'dueAt'> = {
        ...{ id: 'wait_1', system: 'crm', type: 'order', externalId: '1', reason: 'fetch' },
        ...{ item: '{}', attempts: 1, createsUpTo: 0 },
      };
      clock.advance(10 * minute);
      const ahead = clock.now();
      await store.transact([], makeOrder(['crm']));
      const timers = [ahead, ahead + minute].map((due, place) => ({
        timer: { subject: `rma_${place}`, kind: 'return' as const, dueAt: due },
      }));
      const waiting = [{ ...fetch, at: ahead, dueAt: ahead + 5 }];
      await store.transact([], () => ({ write: { waiting, policy: timers }, answer: 0 }));
      clock.advance(-10 * minute);
      const reopened = await given().reopen();
      expect(await reopened.waitingDue({ limit: 9, now: right, except: [] })).toMatchObject([
        { at: right, dueAt: right },
      ]);
      expect(await reopened.timersDue('return', 9, right)).toMatchObject([{ subject: 'rma_0', dueAt: right }]);
    });
  });
}
