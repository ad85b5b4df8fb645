// One call that writes, as a group runs it. A decision that throws has written nothing and fails only itself.

import { type Chance, contextOf, decided, LoadedState } from '../engine/decide.ts';
import type { Decide, Key, Writes } from '../store.ts';
import { codeOf } from './connection.ts';
import type { WorkingSet } from './working-set.ts';

export interface Job {
  /** May run again after a rollback; throws what spoils the transaction. */
  run(set: WorkingSet): void;
  /** After the commit. */
  done(): void;
  reject(error: unknown): void;
}

export interface Promised<T> {
  job: Job;
  promise: Promise<T>;
}

type Outcome<T> = { answer: T } | { error: unknown };

export function transactJob<T>(keys: readonly Key[], decide: Decide<T>, chance: Chance): Promised<T> {
  return promised((set): Outcome<T> => {
    const state = new LoadedState(set, keys);
    const context = contextOf(set, chance);
    let decision: { write: Writes; answer: T };
    try {
      decision = decided(state, () => decide(state, context));
    } catch (error) {
      if (codeOf(error)) throw error;
      return { error };
    }
    set.apply(decision.write, context.now);
    return { answer: decision.answer };
  });
}

export function writeJob<T>(write: (set: WorkingSet) => T): Promised<T> {
  return promised((set) => ({ answer: write(set) }));
}

function promised<T>(run: (set: WorkingSet) => Outcome<T>): Promised<T> {
  let outcome: Outcome<T> | undefined;
  let resolve: (answer: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const job: Job = {
    run: (set) => {
      outcome = run(set);
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
