// The core thread's side of the bridge: runs what the other thread asks and answers, a message for each turn.
import { StoreClosed, StoreFailed, StoreFull } from '../store/errors.ts';
import type { Core, CoreEvents, Problem } from './core.ts';
import { sendRows, settledRows, settlementRows } from './flat-rows.ts';
import { ProblemError, problem } from './problem.ts';
import { TurnBatch } from './turn-batch.ts';

/** Calls of one turn, in order: number, method, arguments, and so on. */
export type ToCore = unknown[];

/** What became ready in one turn. */
export interface FromCore {
  events: CoreEvents | undefined;
  /** Number, value, {@link Failure} or undefined, and so on. */
  answers: unknown[];
}

/** An error as plain data: its class would not survive the copy. */
export interface Failure {
  name: string;
  message: string;
  stack: string | undefined;
  /** What the caller is told, where it is to be told more than that something failed. */
  problem: Problem | undefined;
}

/** `parentPort` of a worker, or any `MessagePort`. */
export interface ServingPort {
  postMessage(message: FromCore): void;
  on(event: 'message', listener: (calls: ToCore) => void): unknown;
}

export interface Serving {
  /** To be told after each commit: goes out with the answers of that commit. */
  events(event: CoreEvents): void;
}

export function serveCore(core: Core, port: ServingPort): Serving {
  let events: CoreEvents | undefined;
  const answers = new TurnBatch({
    post: (batch) => {
      port.postMessage({ events, answers: batch });
      events = undefined;
    },
    refuse: (no, error) => answers.add(no, undefined, asFailure(error)),
  });
  port.on('message', (calls) => {
    for (let at = 0; at < calls.length; at += 3) {
      const no = calls[at] as number;
      run(core, calls[at + 1] as keyof Core, calls[at + 2]).then(
        (value) => answers.add(no, value, undefined),
        (error: unknown) => answers.add(no, undefined, asFailure(error)),
      );
    }
  });
  return {
    events: (event) => {
      events = events ? joined(events, event) : event;
      answers.postSoon();
    },
  };
}

/** Async, so that a method which throws at once is answered like any other. */
async function run(core: Core, method: keyof Core, args: unknown): Promise<unknown> {
  if (method === 'claim') return sendRows.flat(await core.claim(...(args as Parameters<Core['claim']>)));
  if (method === 'settle') return settledRows.flat(await core.settle(settlementRows.rows(args as unknown[])));
  return Reflect.apply(core[method], core, args as unknown[]);
}

const joined = (one: CoreEvents, two: CoreEvents): CoreEvents => ({
  head: Math.max(one.head, two.head),
  alerts: [...one.alerts, ...two.alerts],
  commits: [...one.commits, ...two.commits],
  synced: [...one.synced, ...two.synced],
  attempts: [...one.attempts, ...two.attempts],
  fetches: one.fetches || two.fetches,
});

function asFailure(error: unknown): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack, problem: problemOf(error) };
}

/** The store's own message names a path of the machine, which no caller has to know. */
function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof StoreFull) return problem('storage-full', full).problem;
  if (error instanceof StoreFailed) return problem('unavailable', failed).problem;
  if (error instanceof StoreClosed) return problem('unavailable', closed).problem;
  return undefined;
}

const full =
  "the hub's disk is full: nothing was written. Free some space on it, then send again; the hub goes on by itself";
const failed =
  'the hub cannot read or write its database: nobody knows whether this was kept. Send again when it is back';
const closed = 'the hub is shutting down: nothing was done. Send again when it is back';
