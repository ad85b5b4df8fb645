// Runs the comparisons of systems with the hub: on request, on schedule, for a new system, and on after a stop.
import { setMaxListeners } from 'node:events';
import type { Clock } from '../../clock.ts';
import type { Connection } from '../../connector/connection.ts';
import { ConnectorError } from '../../connector/contract.ts';
import type { AlertKind, Core, LagView } from '../../core/core.ts';
import { problem } from '../../core/problem.ts';
import type { Log } from '../../log.ts';
import type { RecordType } from '../../model/records.ts';
import { longestDelay, retryDelay } from '../retry-delay.ts';
import { lookForAbsent, readPage, type StepDeps } from './reading.ts';
import { driftOf, newType, type Run, type RunOfType, readRun, rowOf } from './run.ts';
import { Seen } from './seen.ts';

export interface ReconciledSystem {
  connection: Connection;
  /** Types that are mapped and can be listed. */
  records: readonly RecordType[];
  /** Absent: only on request. */
  everyMs?: number | undefined;
  /** What a scheduled run does with what drifts. */
  repair: boolean;
  /** What a new system holds is taken before anything is sent to it. */
  load: boolean;
}

/** When a system may be asked, as its deliveries see it. */
export interface Lane {
  /** ms; undefined while it is paused or refuses our credentials. */
  waitMs(system: string): number | undefined;
  asked(system: string): void;
  failed(system: string, error: ConnectorError): void;
}

export interface ReconcilerDeps {
  core: Pick<Core, 'compare' | 'held' | 'absent' | 'cursor' | 'saveCursor' | 'fill' | 'saveDeed' | 'lag'>;
  systems: readonly ReconciledSystem[];
  lane: Lane;
  clock: Clock;
  log: Log;
  metrics: { alert(kind: AlertKind): void; reconciled(run: Run): void };
  /** Other processes work on the same database. */
  shared: boolean;
  /** 0 ≤ x < 1. */
  random(): number;
  newOwner(): string;
}

export interface Wish {
  actor: string;
  repair: boolean;
  records?: readonly RecordType[];
}

export interface Reconciler {
  start(): void;
  /** Resolves when the step under way is kept; never rejects. */
  stop(): Promise<void>;
  /** @throws ProblemError 409 while one is under way or where the system cannot be paged through */
  begin(system: string, wish: Wish): Promise<Run>;
  run(system: string): Promise<Run | undefined>;
  /** Types of a system that can be reconciled. */
  records(system: string): readonly RecordType[];
}

const lookEveryMs = 30_000;
/** A run that came no further for so long has lost its process. */
const lostAfterMs = 120_000;
const pausedLookMs = 1_000;
const leastGraceMs = 120_000;
/** Failures in a row after which a run is given up. */
const mostFailures = 12;

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const loops = new Map(
    deps.systems.map((system) => [system.connection.system, new SystemRuns(system, deps, closing.signal)]),
  );
  let cancel: () => void = () => undefined;
  let looking: Promise<unknown> = Promise.resolve();
  const look = (first: boolean): void => {
    looking = Promise.all([...loops.values()].map((loop) => loop.look(first))).then(() => {
      if (!closing.signal.aborted) cancel = deps.clock.after(lookEveryMs, () => look(false));
    });
  };
  return {
    start: () => look(true),
    stop: async () => {
      closing.abort();
      cancel();
      await looking;
      await Promise.all([...loops.values()].map((loop) => loop.ended));
    },
    begin: async (system, wish) => {
      const loop = loops.get(system);
      if (!loop || loop.records.length === 0)
        throw problem(
          'conflict',
          `${system} cannot be reconciled: nothing of it that is mapped can be paged through; its connector has no list (of http: set records.<type>.list)`,
        );
      return loop.begin({ ...wish, load: false });
    },
    run: async (system) => readRun(await deps.core.cursor(rowOf(system))),
    records: (system) => loops.get(system)?.records ?? [],
  };
}

class SystemRuns {
  /** Resolves when nothing is under way any more. */
  ended: Promise<void> = Promise.resolve();
  readonly #system: ReconciledSystem;
  readonly #deps: ReconcilerDeps;
  readonly #signal: AbortSignal;
  #active = false;

  constructor(system: ReconciledSystem, deps: ReconcilerDeps, signal: AbortSignal) {
    this.#system = system;
    this.#deps = deps;
    this.#signal = signal;
  }

  get records(): readonly RecordType[] {
    return this.#system.records;
  }

  get #id(): string {
    return this.#system.connection.system;
  }

  /** Goes on with what a process has left, or begins what is due. @param first nothing of this process runs yet */
  async look(first: boolean): Promise<void> {
    if (this.#active || this.records.length === 0 || this.#signal.aborted) return;
    try {
      const last = await this.#kept();
      // Another process may have run it.
      if (last) this.#deps.metrics.reconciled(last);
      const now = this.#deps.clock.now();
      if (last?.state === 'running') {
        const isLost = (first && !this.#deps.shared) || now - last.movedAt > lostAfterMs;
        if (isLost) await this.#takeUp(last);
        return;
      }
      const { everyMs, repair } = this.#system;
      const unread = await this.#unread();
      if (unread.length > 0) await this.begin({ actor: 'hub', repair: true, records: unread, load: true });
      else if (everyMs !== undefined && (!last || now - last.startedAt >= everyMs))
        await this.begin({ actor: 'hub', repair, load: false });
    } catch (error) {
      if (!this.#signal.aborted) this.#deps.log.error({ err: error, system: this.#id }, 'reconciling did not begin');
    }
  }

  async begin({ actor, repair, records = this.records, load }: Wish & { load: boolean }): Promise<Run> {
    const { core, clock } = this.#deps;
    const last = await this.#kept();
    const now = clock.now();
    if (this.#active || (last?.state === 'running' && now - last.movedAt <= lostAfterMs))
      throw problem(
        'conflict',
        `${this.#id} is being reconciled, since ${new Date(last?.startedAt ?? now).toISOString()}`,
      );
    this.#active = true;
    try {
      const lag = await core.lag();
      const run: Run = {
        ...{ system: this.#id, owner: this.#deps.newOwner(), state: 'running', actor, repair, load },
        ...{ startedAt: now, movedAt: now, endedAt: null, found: [], reason: null },
        types: records.map((record) => newType(record, expectedOf(lag, this.#id, record))),
      };
      const detail = { repair, records: [...records], ...(load && { load }) };
      await core.saveDeed({ actor, action: 'system.reconcile', target: this.#id, detail });
      await core.saveCursor(rowOf(this.#id), JSON.stringify(run));
      this.ended = this.#drive(run);
      return structuredClone(run);
    } catch (error) {
      this.#active = false;
      throw error;
    }
  }

  async #takeUp(run: Run): Promise<void> {
    this.#active = true;
    run.owner = this.#deps.newOwner();
    this.#leaveOut(run);
    for (const type of run.types) if (type.phase !== 'done') type.resumed = hasBegun(type);
    try {
      await this.#deps.core.saveCursor(rowOf(this.#id), JSON.stringify(run));
    } catch (error) {
      this.#active = false;
      throw error;
    }
    this.#deps.log.info({ system: this.#id }, 'reconciling goes on where it was left');
    this.ended = this.#drive(run);
  }

  /** A newer program knows more types, and a mapping may be gone since: those are left to whoever can page through them. */
  #leaveOut(run: Run): void {
    const left = run.types.filter(({ record, phase }) => phase !== 'done' && !this.records.includes(record));
    if (left.length === 0) return;
    run.types = run.types.filter((type) => !left.includes(type));
    const records = left.map(({ record }) => record);
    const message = `the comparison of ${this.#id} goes on without ${records.join(', ')}, which this program cannot page through`;
    this.#deps.log.warn({ system: this.#id, records }, message);
  }

  /** Types of which a new system's objects are to be read first, and are not yet. */
  async #unread(): Promise<RecordType[]> {
    const { core } = this.#deps;
    if (!this.#system.load) return [];
    const unread: RecordType[] = [];
    for (const record of this.records) {
      const known =
        (await core.cursor(`loaded:${this.#id}:${record}`)) ?? (await core.cursor(`filled:${this.#id}:${record}`));
      if (known === undefined) unread.push(record);
    }
    return unread;
  }

  async #kept(): Promise<Run | undefined> {
    return readRun(await this.#deps.core.cursor(rowOf(this.#id)));
  }

  /** Never rejects. */
  async #drive(run: Run): Promise<void> {
    const seen = new Map<RecordType, Seen>();
    let failures = 0;
    while (!this.#signal.aborted) {
      const type = run.types.find(({ phase }) => phase !== 'done');
      try {
        if (!type) {
          await this.#finish(run);
          break;
        }
        await this.#step(run, type, seen);
        failures = 0;
        if (this.#signal.aborted || !(await this.#keep(run))) break;
      } catch (error) {
        if (this.#signal.aborted) break;
        failures += 1;
        if (!(await this.#goesOn(run, error, failures))) break;
      }
    }
    this.#active = false;
  }

  async #step(run: Run, type: RunOfType, seen: Map<RecordType, Seen>): Promise<void> {
    const known = seen.get(type.record) ?? new Seen();
    seen.set(type.record, known);
    const step = { run, type, connection: this.#system.connection, seen: known, graceMs: this.#grace(type.record) };
    const { core, clock } = this.#deps;
    const deps: StepDeps = {
      core,
      now: clock.now,
      permit: () => this.#permit(run),
      pause: (ms) => pause(clock, ms, this.#signal),
      signal: this.#signal,
    };
    await (type.phase === 'reading' ? readPage(step, deps) : lookForAbsent(step, deps));
    run.reason = null;
  }

  /** What a poll will bring is no drift before its next turn. */
  #grace(record: RecordType): number {
    const poll = this.#system.connection.abilities.polls.find((one) => one.record === record);
    return Math.max(leastGraceMs, 2 * (poll?.everyMs ?? 0));
  }

  async #permit(run: Run): Promise<void> {
    const { lane, clock } = this.#deps;
    for (;;) {
      const wait = lane.waitMs(this.#id);
      if (wait === 0 || this.#signal.aborted) break;
      if (wait === undefined && run.reason === null) {
        run.reason = `${this.#id} is paused, or refuses our credentials`;
        await this.#keep(run);
      }
      await pause(clock, wait ?? pausedLookMs, this.#signal);
      // A long pause is no loss of the process.
      if (clock.now() - run.movedAt > lostAfterMs / 2) await this.#keep(run);
    }
    this.#signal.throwIfAborted();
    lane.asked(this.#id);
  }

  /** @returns false when another process has taken the run over */
  async #keep(run: Run): Promise<boolean> {
    const { core, clock } = this.#deps;
    if ((await this.#kept())?.owner !== run.owner) return false;
    run.movedAt = clock.now();
    await core.saveCursor(rowOf(this.#id), JSON.stringify(run));
    return true;
  }

  /** @returns whether it is tried again */
  async #goesOn(run: Run, error: unknown, failures: number): Promise<boolean> {
    const { lane, clock, random, log } = this.#deps;
    const message = error instanceof Error ? error.message : String(error);
    const isSystem = error instanceof ConnectorError;
    if (isSystem) lane.failed(this.#id, error);
    if ((isSystem && isFinal(error)) || failures > mostFailures) return this.#giveUp(run, message);
    const isRefused = isSystem && error.kind === 'unauthorized';
    const retryInMs = isRefused ? longestDelay : retryDelay(failures, random(), error);
    log.warn({ system: this.#id, retryInMs, err: error }, `reconciling ${this.#id} stands still and is tried again`);
    run.reason = message;
    try {
      if (!(await this.#keep(run))) return false;
    } catch {
      // The store is what failed; the next step finds out whether it is back.
    }
    await pause(clock, Math.min(retryInMs, lostAfterMs / 2), this.#signal);
    return !this.#signal.aborted;
  }

  async #giveUp(run: Run, message: string): Promise<false> {
    const { metrics, log, clock } = this.#deps;
    Object.assign(run, { state: 'failed', reason: message, endedAt: clock.now() });
    metrics.alert('reconcile_failed');
    log.error({ alert: 'reconcile_failed', system: this.#id, reason: message }, `${this.#id} could not be reconciled`);
    await this.#keep(run).catch((error: unknown) => log.error({ err: error }, 'the end of a run was not kept'));
    return false;
  }

  async #finish(run: Run): Promise<void> {
    const { core, metrics, log, clock } = this.#deps;
    if (run.load) {
      for (const { record } of run.types) await core.saveCursor(`loaded:${this.#id}:${record}`, String(clock.now()));
      await core.fill();
    }
    Object.assign(run, { state: 'done', reason: null, endedAt: clock.now() });
    await this.#keep(run);
    metrics.reconciled(run);
    const drift = run.types.reduce((sum, type) => sum + driftOf(type), 0);
    const repaired = run.types.reduce((sum, type) => sum + type.repaired, 0);
    const left = drift - repaired;
    if (left > 0 && !run.load) {
      metrics.alert('drift');
      log.warn(
        { alert: 'drift', system: this.#id, drift, repaired },
        `${left} copies in ${this.#id} are not as they should be`,
      );
    } else log.info({ system: this.#id, drift, repaired }, `${this.#id} was reconciled`);
  }
}

const hasBegun = ({ cursor, after, phase }: RunOfType): boolean =>
  cursor !== undefined || after !== null || phase === 'looking';

/** What will not get better by waiting. */
const isFinal = ({ kind }: ConnectorError): boolean =>
  kind === 'rejected' || kind === 'invalid' || kind === 'forbidden' || kind === 'not_found';

function expectedOf(lag: readonly LagView[], system: string, record: RecordType): number {
  const found = lag.find((one) => one.system === system)?.records.find((one) => one.record === record);
  if (!found) return 0;
  const { synced, behind, parked, unclear, dead, held } = found;
  return synced + behind + parked + unclear + dead + held;
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done);
  });
}
