// What crosses between the threads by the thousand, laid end to end: every object and member name in a message has its price.
import type { RecordType } from '../model/records.ts';
import type { CoreEvents, Send, Settled, Settlement } from './core.ts';

/** Both directions written out: by member names in a loop they cost twice as much. */
export interface FlatRows<T> {
  flat(rows: readonly T[]): unknown[];
  rows(flat: readonly unknown[]): T[];
}

export const sendRows: FlatRows<Send> = {
  flat: (sends) => {
    const flat: unknown[] = [];
    for (const send of sends) {
      flat.push(send.system, send.record, send.recordId, send.externalId, send.op, send.key, send.seq, send.body);
      flat.push(send.traceparent, send.repeat, send.token, send.attempts, send.lastAttemptAt, send.lastError);
      flat.push(send.match.length);
      for (const { field, value } of send.match) flat.push(field, value);
    }
    return flat;
  },
  rows: (flat) => {
    const sends: Send[] = [];
    for (let at = 0; at < flat.length; ) {
      const matchAt = at + 15;
      const next = matchAt + 2 * (flat[at + 14] as number);
      sends.push({
        system: flat[at] as string,
        record: flat[at + 1] as RecordType,
        recordId: flat[at + 2] as string,
        externalId: flat[at + 3] as string | null,
        op: flat[at + 4] as Send['op'],
        key: flat[at + 5] as string,
        seq: flat[at + 6] as number,
        body: flat[at + 7] as string,
        match: matchIn(flat, matchAt, next),
        traceparent: flat[at + 8] as string | null,
        repeat: flat[at + 9] as boolean,
        token: flat[at + 10] as string,
        attempts: flat[at + 11] as number,
        lastAttemptAt: flat[at + 12] as number | null,
        lastError: flat[at + 13] as string | null,
      });
      at = next;
    }
    return sends;
  },
};

function matchIn(flat: readonly unknown[], from: number, to: number): Send['match'] {
  const match: Send['match'] = [];
  for (let at = from; at < to; at += 2) match.push({ field: flat[at] as string, value: flat[at + 1] as string });
  return match;
}

/** Only what did not arrive has more to say than an id and a status. */
export const settlementRows: FlatRows<Settlement> = {
  flat: (settlements) => {
    const flat: unknown[] = [];
    for (const { system, recordId, seq, token, outcome, startedAt, durationMs } of settlements) {
      flat.push(system, recordId, seq, token, startedAt, durationMs);
      if (isDelivered(outcome)) flat.push(undefined, outcome.externalId, outcome.status);
      else flat.push(outcome, undefined, undefined);
    }
    return flat;
  },
  rows: (flat) => {
    const settlements: Settlement[] = [];
    for (let at = 0; at < flat.length; at += 9) {
      settlements.push({
        system: flat[at] as string,
        recordId: flat[at + 1] as string,
        seq: flat[at + 2] as number,
        token: flat[at + 3] as string,
        outcome:
          (flat[at + 6] as Settlement['outcome'] | undefined) ??
          delivered(flat[at + 7] as string | undefined, flat[at + 8] as number | undefined),
        startedAt: flat[at + 4] as number,
        durationMs: flat[at + 5] as number,
      });
    }
    return settlements;
  },
};

type Delivered = Exclude<Settlement['outcome'], { message: string }>;

const isDelivered = (outcome: Settlement['outcome']): outcome is Delivered => outcome.kind === 'delivered';

function delivered(externalId: string | undefined, status: number | undefined): Delivered {
  const outcome: Delivered = { kind: 'delivered' };
  if (externalId !== undefined) outcome.externalId = externalId;
  if (status !== undefined) outcome.status = status;
  return outcome;
}

export const settledRows: FlatRows<Settled> = {
  flat: (all) => {
    const flat: unknown[] = [];
    for (const { system, recordId, state, outcome } of all) flat.push(system, recordId, state, outcome);
    return flat;
  },
  rows: (flat) => {
    const all: Settled[] = [];
    for (let at = 0; at < flat.length; at += 4) {
      all.push({
        system: flat[at] as string,
        recordId: flat[at + 1] as string,
        state: flat[at + 2] as Settled['state'],
        outcome: flat[at + 3] as string,
      });
    }
    return all;
  },
};

export type Synced = CoreEvents['synced'][number];

export const syncedRows: FlatRows<Synced> = {
  flat: (all) => {
    const flat: unknown[] = [];
    for (const { system, record, seconds } of all) flat.push(system, record, seconds);
    return flat;
  },
  rows: (flat) => {
    const all: Synced[] = [];
    for (let at = 0; at < flat.length; at += 3) {
      all.push({ system: flat[at] as string, record: flat[at + 1] as RecordType, seconds: flat[at + 2] as number });
    }
    return all;
  },
};
