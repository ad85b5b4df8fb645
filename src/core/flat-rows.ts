// The rows that cross between the threads by the thousand, laid end to end: a third cheaper than as many objects.
import type { Send, Settled, Settlement } from './core.ts';

export interface FlatRows<T> {
  flat(rows: readonly T[]): unknown[];
  rows(flat: readonly unknown[]): T[];
}

/** @param named every member of a row; none may be optional, since a row gets back all of them */
function flatRows<T extends Required<T>>(named: Record<keyof T, 0>): FlatRows<T> {
  const names = Object.keys(named) as (keyof T)[];
  return {
    flat: (rows) => {
      const flat: unknown[] = [];
      for (const row of rows) for (const name of names) flat.push(row[name]);
      return flat;
    },
    rows: (flat) => {
      const rows: T[] = [];
      for (let at = 0; at < flat.length; ) {
        const row: Partial<T> = {};
        for (const name of names) row[name] = flat[at++] as T[keyof T];
        rows.push(row as T);
      }
      return rows;
    },
  };
}

export const sendRows = flatRows<Send>({
  ...{ system: 0, record: 0, recordId: 0, externalId: 0, op: 0, key: 0, seq: 0, body: 0, match: 0 },
  ...{ traceparent: 0, repeat: 0, token: 0, attempts: 0, lastAttemptAt: 0 },
});

export const settlementRows = flatRows<Settlement>({
  ...{ system: 0, recordId: 0, seq: 0, token: 0, outcome: 0, startedAt: 0, durationMs: 0 },
});

export const settledRows = flatRows<Settled>({ system: 0, recordId: 0, state: 0, outcome: 0 });
