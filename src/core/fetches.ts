// Changes that only named a record: handed out to be fetched, and taken, put off or dropped by what came of it.
import type { Intake } from '../intake/intake.ts';
import { JsonFault } from '../model/json.ts';
import type { WaitingRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { World } from './catalog.ts';
import type { Core } from './core.ts';
import { ProblemError } from './problem.ts';

const day = 24 * 3_600_000;

export function createFetches(
  store: Store,
  world: World,
  intake: Intake,
  now: () => number,
): { due: Core['toFetch']; fetched: Core['fetched'] } {
  const handedOut = new Map<string, WaitingRow>();
  const drop = (row: WaitingRow, why: string): Promise<void> => {
    const { system, type, externalId } = row;
    world.notes.alert({ kind: 'fetch_failed', system, message: `${type} ${externalId} of ${system}: ${why}` });
    return store.transact([], () => ({ write: { waited: [row.id] }, answer: undefined }));
  };
  const later = (row: WaitingRow, ms: number): Promise<void> =>
    store.transact([], (_state, context) => {
      const again = { ...row, attempts: row.attempts + 1, dueAt: context.now + ms };
      return { write: { waiting: [again] }, answer: undefined };
    });
  const take = async (row: WaitingRow, payload: string): Promise<void> => {
    try {
      const result = await intake.takeFetched(row, payload);
      if (result.status === 'invalid')
        await drop(row, result.faults?.map(({ path, message }) => `${path} ${message}`).join('; ') ?? 'invalid');
    } catch (error) {
      if (!(error instanceof JsonFault) && !(error instanceof ProblemError)) throw error;
      await drop(row, error.message);
    }
  };
  const conclude = (row: WaitingRow, result: Parameters<Core['fetched']>[1]): Promise<void> => {
    if ('payload' in result && result.payload !== null) return take(row, result.payload);
    if ('payload' in result) return drop(row, 'the system does not know it');
    const limit = world.catalog.system(row.system)?.limits.maxAge ?? 3 * day;
    if (now() - row.at > limit) return drop(row, `given up: ${result.message}`);
    return later(row, result.retryInMs);
  };
  return {
    due: async (asked) => {
      const rows = await store.waitingDue({ ...asked, now: now() });
      return rows.map((row) => {
        handedOut.set(row.id, row);
        const { id, system, type: record, externalId, item, attempts } = row;
        return { id, system, record, externalId, item, attempts };
      });
    },
    fetched: async (id, result) => {
      const row = handedOut.get(id);
      if (!row) return;
      await conclude(row, result);
      // Only now: what could not be written may be said again.
      handedOut.delete(id);
    },
  };
}
