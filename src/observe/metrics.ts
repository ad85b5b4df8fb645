// What is counted and timed, under the names of the HTTP contract; every configured series exists with 0 from the start.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type AlertKind, alertKinds, type LagView } from '../core/core.ts';
import { type ReplicaState, replicaStates } from '../store/rows.ts';
import { watchEventLoop } from './event-loop.ts';
import { type Bucket, quantile } from './quantiles.ts';

export type BreakerState = 'closed' | 'half_open' | 'open';

export interface Metrics {
  /** `status` as in the answer to a change, or `repeated`. */
  changeTaken(system: string, status: string, count?: number): void;
  attempt(system: string, outcome: string): void;
  /** Committed → synced. */
  synced(system: string, record: string, seconds: number): void;
  commit(seconds: number): void;
  alert(kind: AlertKind): void;
  /** @param at ms since 1970 */
  feedPolled(system: string, at: number): void;
  breaker(system: string, state: BreakerState): void;
  /** What the newest comparison of a system found so far. */
  reconciled(run: ReconciledRun): void;
  /** The relay's loop has gone round. @param at ms since 1970 */
  heartbeat(at: number): void;
  /** ms since 1970; undefined before the first poll of this process. */
  lastFeedPoll(system: string): number | undefined;
  syncDurations(): Promise<Map<string, SyncDuration>>;
  /** The text for Prometheus; lag and replicas are those handed in. */
  expose(lag: readonly LagView[]): Promise<{ contentType: string; text: string }>;
  close(): void;
}

/** @see src/intake/reconcile/run.ts */
export interface ReconciledRun {
  system: string;
  endedAt: number | null;
  types: { record: string; counts: Record<string, number>; repaired: number; fields: Record<string, number> }[];
}

interface SyncDuration {
  p50: number | null;
  p99: number | null;
}

interface MeteredSystem {
  id: string;
  pulls: boolean;
  records: readonly string[];
}

const attemptOutcomes = [
  'delivered',
  'retry',
  'throttled',
  'timeout',
  'unauthorized',
  'rejected',
  'invalid',
  'not_found',
  'unclear',
  'parked',
] as const;
const driftKinds = ['unknown', 'differs', 'absent', 'unreadable', 'ambiguous'] as const;
const changeStatuses = ['accepted', 'unchanged', 'partial', 'refused', 'pending', 'invalid', 'repeated'];
const breakerValues: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 };
const syncBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 86_400,
];
const commitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createMetrics(systems: readonly MeteredSystem[]): Metrics {
  const registers = [new Registry()];
  const series = makeSeries(registers);
  const loop = watchEventLoop();
  const polls = new Map<string, number>();
  collectDefaultMetrics({ register: registers[0] as Registry });
  for (const system of systems) startAtZero(series, system);
  for (const kind of alertKinds) series.alerts.inc({ kind }, 0);
  return {
    changeTaken: (system, status, count = 1) => series.changes.inc({ system, status }, count),
    attempt: (system, outcome) => series.attempts.inc({ system, outcome }),
    synced: (system, record, seconds) => series.syncDuration.observe({ system, record }, seconds),
    commit: (seconds) => series.commitDuration.observe(seconds),
    alert: (kind) => series.alerts.inc({ kind }),
    feedPolled: (system, at) => {
      polls.set(system, at);
      series.feedLastPoll.set({ system }, at / 1000);
    },
    breaker: (system, state) => series.breaker.set({ system }, breakerValues[state]),
    reconciled: (run) => fillDrift(series, run),
    heartbeat: (at) => series.heartbeat.set(at / 1000),
    lastFeedPoll: (system) => polls.get(system),
    syncDurations: async () => durationsOf(await series.syncDuration.get()),
    expose: async (lag) => {
      fillLag(series, systems, lag);
      series.eventLoopLag.set(loop.p99());
      const [register] = registers as [Registry];
      return { contentType: register.contentType, text: await register.metrics() };
    },
    close: () => loop.stop(),
  };
}

type Series = ReturnType<typeof makeSeries>;

function makeSeries(registers: Registry[]) {
  const of = (name: string, help: string, ...labelNames: string[]) => ({
    name: `syncline_${name}`,
    help,
    labelNames,
    registers,
  });
  return {
    lag: new Gauge(
      of('sync_lag_seconds', 'Age of the oldest unsynced change; 0 when there is none', 'system', 'record'),
    ),
    syncDuration: new Histogram({
      ...of('sync_duration_seconds', 'From the commit of a change to its arrival in the system', 'system', 'record'),
      buckets: syncBuckets,
    }),
    replicas: new Gauge(of('replicas', 'Replicas by state', 'system', 'state')),
    attempts: new Counter(
      of('attempts_total', 'Attempts to bring a replica up to date, by outcome', 'system', 'outcome'),
    ),
    changes: new Counter(of('changes_total', 'Changes received, by what became of them', 'system', 'status')),
    breaker: new Gauge(of('breaker_state', '0 closed, 1 half-open, 2 open', 'system')),
    drift: new Gauge(
      of(
        'reconcile_drift',
        'Copies found otherwise than they should be, repaired ones too',
        'system',
        'record',
        'kind',
      ),
    ),
    driftFields: new Gauge(of('reconcile_fields', 'Records in which a field differs', 'system', 'record', 'field')),
    repaired: new Gauge(of('reconcile_repaired', 'Copies that the newest run put right', 'system', 'record')),
    reconciled: new Gauge(
      of('reconcile_end_timestamp_seconds', 'When a system was last reconciled; 0 before the first time', 'system'),
    ),
    /** Of the newest run: `<system> <record>` → fields that differed. */
    fieldsOf: new Map<string, string[]>(),
    feedLastPoll: new Gauge(
      of('feed_last_poll_timestamp_seconds', 'When a polling system last asked its feed; 0 before', 'system'),
    ),
    commitDuration: new Histogram({
      ...of('commit_duration_seconds', 'Time of one durable group commit'),
      buckets: commitBuckets,
    }),
    eventLoopLag: new Gauge(of('event_loop_lag_seconds', 'Event loop lag, p99 since the last scrape')),
    alerts: new Counter(of('alerts_total', 'Alerts raised, by kind', 'kind')),
    heartbeat: new Gauge(of('relay_heartbeat_timestamp_seconds', 'When the relay last went round')),
  };
}

function startAtZero(series: Series, system: MeteredSystem): void {
  for (const record of system.records) {
    series.lag.set({ system: system.id, record }, 0);
    series.syncDuration.zero({ system: system.id, record });
    for (const kind of driftKinds) series.drift.set({ system: system.id, record, kind }, 0);
  }
  series.reconciled.set({ system: system.id }, 0);
  for (const state of replicaStates) series.replicas.set({ system: system.id, state }, 0);
  for (const outcome of attemptOutcomes) series.attempts.inc({ system: system.id, outcome }, 0);
  for (const status of changeStatuses) series.changes.inc({ system: system.id, status }, 0);
  series.breaker.set({ system: system.id }, 0);
  if (system.pulls) series.feedLastPoll.set({ system: system.id }, 0);
}

function fillLag(series: Series, systems: readonly MeteredSystem[], lag: readonly LagView[]): void {
  for (const { id, records } of systems) {
    for (const record of records) series.lag.set({ system: id, record }, 0);
    for (const state of replicaStates) series.replicas.set({ system: id, state }, 0);
  }
  for (const { system, records } of lag) {
    for (const record of records) series.lag.set({ system, record: record.record }, record.lagSeconds);
    for (const state of replicaStates) series.replicas.set({ system, state }, countOf(records, state));
  }
}

function fillDrift(series: Series, { system, types, endedAt }: ReconciledRun): void {
  for (const { record, counts, repaired, fields } of types) {
    for (const kind of driftKinds) series.drift.set({ system, record, kind }, counts[kind] ?? 0);
    series.repaired.set({ system, record }, repaired);
    for (const field of series.fieldsOf.get(`${system} ${record}`) ?? [])
      series.driftFields.remove({ system, record, field });
    for (const [field, count] of Object.entries(fields)) series.driftFields.set({ system, record, field }, count);
    series.fieldsOf.set(`${system} ${record}`, Object.keys(fields));
  }
  if (endedAt !== null) series.reconciled.set({ system }, endedAt / 1000);
}

/** Replicas of one state over all record types. */
export const countOf = (records: LagView['records'], state: ReplicaState): number =>
  records.reduce((sum, record) => sum + record[state], 0);

type HistogramValues = Awaited<ReturnType<Series['syncDuration']['get']>>;

function durationsOf(histogram: HistogramValues): Map<string, SyncDuration> {
  const bySystem = new Map<string, Map<number, number>>();
  for (const { metricName, labels, value } of histogram.values) {
    if (!metricName?.endsWith('_bucket')) continue;
    const system = String(labels.system);
    const le = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    const buckets = bySystem.get(system) ?? new Map<number, number>();
    bySystem.set(system, buckets.set(le, (buckets.get(le) ?? 0) + value));
  }
  return new Map(
    [...bySystem].map(([system, counts]) => [system, quantiles([...counts].map(([le, count]) => ({ le, count })))]),
  );
}

const quantiles = (buckets: Bucket[]): SyncDuration => ({ p50: quantile(buckets, 0.5), p99: quantile(buckets, 0.99) });
