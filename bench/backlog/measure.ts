// Opens a database with a backlog as a hub would, claims and settles in batches, and says how that went.
import type { InFlightRow } from '../../src/store/rows.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Claim } from '../../src/store/store.ts';

export interface BacklogResult {
  behind: number;
  history: number;
  perSecond: number;
  claimMs: { p50: number; p99: number };
  openSeconds: number;
  megabytes: number;
}

const batch = 100;
/** The small backlog must not run dry, and a cold start must not decide. */
const warmUp = 2_000;
const measured = 6_000;

export async function measureBacklog(path: string, random: (bytes: number) => Uint8Array): Promise<BacklogResult> {
  const opening = performance.now();
  const store = await openSqlite({ path, now: () => Date.now(), random });
  const openSeconds = (performance.now() - opening) / 1000;
  const behind = (await store.counts()).reduce((sum, { count }) => sum + count, 0);
  const history = await store.head();
  await drain(store, warmUp);
  const started = performance.now();
  const claims = await drain(store, measured);
  const perSecond = measured / ((performance.now() - started) / 1000);
  const megabytes = process.memoryUsage.rss() / 1024 / 1024;
  await store.close();
  return {
    behind,
    history,
    perSecond,
    claimMs: { p50: quantile(claims, 0.5), p99: quantile(claims, 0.99) },
    openSeconds,
    megabytes,
  };
}

/** @returns how long each claim took, ms */
async function drain(store: SqliteStore, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let done = 0; done < count; done += batch) {
    const started = performance.now();
    const sends = await store.claim('crm', batch, send);
    took.push(performance.now() - started);
    await Promise.all(sends.map((recordId) => settle(store, recordId)));
  }
  return took;
}

const send: Claim<string> = (state, row, { now }) => {
  const record = state.record(row.recordId);
  if (!record) throw new Error(`${row.recordId} is gone`);
  const { data, version } = record.row;
  const { system, type, recordId, wantedSeq: seq } = row;
  const key = `${system}:${type}:${recordId}:${seq}`;
  const what = { op: 'update' as const, body: JSON.stringify(data), image: data, payload: null, older: [] };
  const flight: InFlightRow = { system, type, recordId, key, seq, version, ...what, sentAt: now, token: key };
  return { write: { inFlight: [flight] }, send: recordId };
};

function settle(store: SqliteStore, recordId: string): Promise<void> {
  return store.transact([recordId], (state) => {
    const record = state.record(recordId);
    const row = record?.replicas.get('crm');
    const flight = record?.inFlight('crm');
    if (!row || !flight) throw new Error(`${recordId} has no send`);
    const synced = { ...row, state: 'synced' as const, syncedSeq: flight.seq, behindSince: null, dueAt: null };
    const memory = { image: flight.image, syncedVersion: flight.version, past: {}, seen: {}, sentAt: flight.sentAt };
    const images = [{ system: 'crm', recordId, image: { memory, payload: null } }];
    return { write: { replicas: [synced], images, settled: [{ system: 'crm', recordId }] }, answer: undefined };
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
