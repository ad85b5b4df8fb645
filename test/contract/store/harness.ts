// What a store has to offer to be put to the contract, and rows to write into it.
import type { ChangeRow, InFlightRow, RecordRow, ReplicaRow } from '../../../src/store/rows.ts';
import type { Claim, Context, Decide, Store } from '../../../src/store/store.ts';

/** Time stands still until a test moves it. */
export class TestClock {
  #now = Date.UTC(2026, 0, 15, 12);
  #timers: { at: number; run: () => void }[] = [];

  readonly now = (): number => this.#now;

  readonly schedule = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter((one) => one.at <= this.#now);
    this.#timers = this.#timers.filter((one) => one.at > this.#now);
    for (const timer of due) timer.run();
  }
}

export interface Harness {
  store: Store;
  clock: TestClock;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<Store>;
  /** A path or name that a backup can be written to, and a store over what was written there. */
  backupTo(): { target: string; open(): Promise<Store> };
  /** Like a restored backup: other epoch, same data. */
  close(): Promise<void>;
}

export type Factory = () => Promise<Harness>;

export const address = (street: string) => ({ shipTo: { street, city: '杭州' } });

export function record(id: string, over: Partial<RecordRow> = {}): RecordRow {
  const data = address('A');
  const stamps = { shipTo: { source: 'shop', at: 1, version: 1 } };
  return {
    type: 'order',
    id,
    version: 1,
    data,
    stamps,
    deleted: false,
    mergedInto: null,
    createdAt: 1,
    updatedAt: 1,
    ...over,
  };
}

export function replica(recordId: string, system: string, over: Partial<ReplicaRow> = {}): ReplicaRow {
  const counts = { wantedSeq: 1, wantedVersion: 1, syncedSeq: 0, attempts: 0, deliveries: 0 };
  const none = { externalId: null, behindSince: null, dueAt: null, lastAttemptAt: null, lastError: null };
  const rest = { parkedOn: null, mapping: null, lastDeliveredAt: null };
  return { system, type: 'order', recordId, state: 'synced', ...counts, ...none, ...rest, ...over };
}

export const behind = (
  recordId: string,
  system: string,
  dueAt: number | null,
  over: Partial<ReplicaRow> = {},
): ReplicaRow => replica(recordId, system, { state: 'behind', behindSince: dueAt ?? 1, dueAt, ...over });

export function change(seq: number, recordId: string, over: Partial<ChangeRow> = {}): ChangeRow {
  const what = { source: 'shop', op: 'updated' as const, units: {}, refused: [], ambiguous: [], resend: null };
  return {
    seq,
    type: 'order',
    recordId,
    version: 1,
    ...what,
    occurredAt: seq,
    recordedAt: seq,
    traceparent: null,
    ...over,
  };
}

export function inFlight(row: ReplicaRow, over: Partial<InFlightRow> = {}): InFlightRow {
  const { system, type, recordId } = row;
  const key = `${system}:${type}:${recordId}:${row.wantedSeq}`;
  const sent = {
    key,
    seq: row.wantedSeq,
    version: 1,
    op: 'update' as const,
    body: '{"a":1}',
    image: address('A'),
    payload: null,
  };
  return { system, type, recordId, ...sent, older: [], sentAt: 1, token: 'token', ...over };
}

/** Makes a record with replicas of the systems named, each due now, and answers its id. */
export const makeOrder =
  (systems: readonly string[], over: (context: Context) => Partial<ReplicaRow> = () => ({})): Decide<string> =>
  (_state, context) => {
    const id = context.newId('ord_');
    const seq = context.nextSeq();
    const replicas = systems.map((system) => behind(id, system, context.now, { wantedSeq: seq, ...over(context) }));
    const written = { op: 'created' as const, recordedAt: context.now };
    return { write: { records: [record(id)], replicas, changes: [change(seq, id, written)] }, answer: id };
  };

/** Sends whatever it is given. */
export const sendAll: Claim<{ recordId: string; system: string; key: string }> = (_state, row) => {
  const flight = inFlight(row);
  return { write: { inFlight: [flight] }, send: { recordId: row.recordId, system: row.system, key: flight.key } };
};

/** The replica is in step at the seq that was sent. */
export const settle =
  (system: string, recordId: string): Decide<void> =>
  (state) => {
    const row = state.record(recordId)?.replicas.get(system);
    if (!row) throw new Error(`no replica ${system} ${recordId}`);
    const synced: ReplicaRow = { ...row, state: 'synced', syncedSeq: row.wantedSeq, behindSince: null, dueAt: null };
    return { write: { replicas: [synced], settled: [{ system, recordId }] }, answer: undefined };
  };

export const keepNothing = { changes: 0, intakeKeys: 0, attempts: 0, deadLetters: 0 };
