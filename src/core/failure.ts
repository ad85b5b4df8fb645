// Errors on their way between the threads: plain data there, of their class again here.
import * as storeErrors from '../store/errors.ts';
import type { Problem } from './core.ts';
import { ProblemError, problem } from './problem.ts';

/** An error as plain data: its class would not survive the copy. */
export interface Failure {
  name: string;
  message: string;
  stack: string | undefined;
  /** What the caller is told, where it is to be told more than that something failed. */
  problem: Problem | undefined;
}

export function asFailure(error: unknown): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack, problem: problemOf(error) };
}

const classes = new Map<string, new (message: string) => Error>(Object.entries(storeErrors));

/** With the stack of the other thread: it is where the fault is. */
export function asError({ name, message, stack, problem: told }: Failure): Error {
  const error = told ? new ProblemError(told) : new (classes.get(name) ?? Error)(message);
  if (!told) error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The store's own message names a path of the machine, which no caller has to know. */
function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof storeErrors.StoreFull) return problem('storage-full', full).problem;
  if (error instanceof storeErrors.StoreFailed) return problem('unavailable', failed).problem;
  if (error instanceof storeErrors.StoreUnavailable) return problem('unavailable', away).problem;
  if (error instanceof storeErrors.StoreClosed) return problem('unavailable', closed).problem;
  return undefined;
}

const full =
  "the hub's disk is full: nothing was written. Free some space on it, then send again; the hub goes on by itself";
const failed =
  'the hub cannot read or write its database: nobody knows whether this was kept. Send again when it is back';
const away =
  'the database of the hub cannot be reached, or did not answer in time: send again, with the same key if it has one';
const closed = 'the hub is shutting down: nothing was done. Send again when it is back';
