// One decision within a group: made as soon as everything that it needs is loaded, and written into the group's rows.
import { askedTooOften, type Chance, contextOf, LoadedState, rounds } from '../engine/decide.ts';
import { BadDecision } from '../errors.ts';
import type { ReplicaRow } from '../rows.ts';
import type { Claim, Decide, Key, Writes } from '../store.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import { GroupSet } from './group-set.ts';
import { NotLoaded, type Wanted } from './wanted.ts';

export interface Step {
  /** What it is about; grows with what it asks for. */
  readonly keys: Key[];
  /**
   * @returns what has to be loaded before it is tried again; undefined once it is made
   * @throws FaultyStep when its rows cannot be written: the group is made again without it
   */
  attempt(set: GroupSet): Wanted | undefined;
}

/** What a job decides cannot be written, or a claim would be lost or taken again at once. */
export class FaultyStep extends Error {
  readonly at: Job | ReplicaEntry;

  constructor(at: Job | ReplicaEntry, cause: unknown) {
    super('a decision cannot be written', { cause });
    this.at = at;
  }
}

/** A call that writes, from its asking to its answer; groups that fail make it again. */
export interface Job {
  /** Known from groups before, so that all of it is locked at once. */
  readonly keys: readonly Key[];
  /** Groups that had to leave it out because another transaction had what it needs. */
  deferred: number;
  /** When it was asked for: seconds of a clock that only goes forward. */
  readonly since: number;
  learn(keys: readonly Key[]): void;
  begin(set: GroupSet): Step;
  /** After the commit. */
  done(): void;
  reject(error: unknown): void;
}

/** Repeats a decision while it asks for keys that are there already. */
function decideOn<D extends object>(
  {
    set,
    state,
    keys,
    asked,
  }: { set: GroupSet; state: LoadedState<RecordEntry>; keys: Key[]; asked: { times: number } },
  decide: () => D,
): Exclude<D, { need: Key[] }> {
  for (;;) {
    const decision = decide();
    if (!('need' in decision)) return decision as Exclude<D, { need: Key[] }>;
    asked.times += 1;
    if (asked.times > rounds) throw askedTooOften();
    const need = decision.need as Key[];
    state.load(need);
    keys.push(...need);
    const missing = need.filter((key) => !set.loaded.has(key) && !set.fresh.has(key));
    if (missing.length > 0) {
      throw new NotLoaded(({ keys: lacking }) => {
        for (const key of missing) lacking.add(key);
      });
    }
  }
}

/**
 * A decision is made once: it may have taken ids and numbers. Numbers of an attempt that broke off before are given to
 * the next; what is decided and cannot be written yet waits for what it lacks, with all that touches the same behind it.
 */
function attempted(set: GroupSet, isDecided: () => boolean, attempt: () => void): Wanted | undefined {
  const next = set.reserved.next;
  GroupSet.deciding = set;
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (!(error instanceof NotLoaded)) throw error;
    if (!isDecided()) set.reserved.rewind(next);
    return error.wanted;
  } finally {
    GroupSet.deciding = undefined;
  }
}

type Outcome<T> = { answer: T } | { error: unknown };

export function transactJob<T>(
  asked: readonly Key[],
  decide: Decide<T>,
  { chance, since }: { chance: Chance; since: number },
): { job: Job; promise: Promise<T> } {
  let keys = asked;
  let outcome: Outcome<T> | undefined;
  let resolve: (answer: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const job: Job = {
    get keys() {
      return keys;
    },
    deferred: 0,
    since,
    learn: (more) => {
      keys = [...new Set([...keys, ...more])];
    },
    begin: (set) => {
      outcome = undefined;
      return decisionStep(job, set, { asked, decide, chance, tell: (told) => (outcome = told) });
    },
    done: () => {
      if (!outcome) return;
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.answer);
    },
    reject,
  };
  return { job, promise };
}

interface Deciding<T> {
  asked: readonly Key[];
  decide: Decide<T>;
  chance: Chance;
  tell(outcome: Outcome<T>): void;
}

function decisionStep<T>(job: Job, set: GroupSet, { asked, decide, chance, tell }: Deciding<T>): Step {
  const state = new LoadedState(set, asked);
  const context = contextOf(set, chance);
  const keys = [...job.keys];
  const times = { times: 0 };
  let decision: { write: Writes; answer: T } | undefined;
  return {
    keys,
    attempt: () =>
      attempted(
        set,
        () => decision !== undefined,
        () => {
          try {
            decision ??= decideOn({ set, state, keys, asked: times }, () => decide(state, context));
          } catch (error) {
            if (error instanceof NotLoaded) throw error;
            tell({ error });
            return;
          }
          const { write, answer } = decision;
          written(job, () => set.apply(write, context.now));
          tell({ answer });
        },
      ),
  };
}

function written(at: Job | ReplicaEntry, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw error instanceof BadDecision ? new FaultyStep(at, error) : error;
  }
}

export interface Claiming {
  decide: Claim<unknown>;
  chance: Chance;
  send(what: unknown): void;
  /** Its decision failed: it steps aside for a while. */
  postpone(set: GroupSet, row: ReplicaRow, error: unknown): void;
}

/** @param failed why its rows could not be written when the group was made before */
export function claimStep(set: GroupSet, replica: ReplicaEntry, claiming: Claiming, failed: unknown): Step {
  const { chance, decide, postpone, send } = claiming;
  const before = replica.row;
  const keys: Key[] = [before.recordId];
  const state = new LoadedState(set, keys);
  const context = contextOf(set, chance);
  const times = { times: 0 };
  const taken = { ...before, dueAt: null };
  let decision: { write: Writes; send?: unknown } | undefined;
  return {
    keys,
    attempt: () =>
      attempted(
        set,
        () => decision !== undefined,
        () => {
          if (failed !== undefined) {
            postpone(set, before, failed);
            return;
          }
          try {
            decision ??= decideOn({ set, state, keys, asked: times }, () => decide(state, taken, context));
          } catch (error) {
            if (error instanceof NotLoaded) throw error;
            postpone(set, before, error);
            return;
          }
          const { write, send: what } = decision;
          written(replica, () => {
            set.require(write);
            set.take(replica);
            set.apply(write, context.now);
            checkKept(set, replica, context.now);
          });
          if (what !== undefined) send(what);
        },
      ),
  };
}

/** @throws BadDecision when it would be forgotten, or be claimed again at once and for ever */
function checkKept(set: GroupSet, replica: ReplicaEntry, now: number): void {
  const { row } = replica;
  const kept = row.state !== 'behind' || (row.dueAt === null ? set.inFlight(replica) !== undefined : row.dueAt > now);
  if (kept) return;
  const what = `the claim of ${row.recordId} for ${row.system}`;
  throw new BadDecision(`${what} was decided without a send or a later time to try`);
}
