// The core thread's side of the bridge: runs what the other thread asks and answers, a message for each turn.
import type { Core, CoreEvents } from './core.ts';
import { asFailure } from './failure.ts';
import { sendRows, settledRows, settlementRows, syncedRows } from './flat-rows.ts';
import { behindPromises, TurnBatch } from './turn-batch.ts';

/** Calls of one turn, in order: number, method, arguments, and so on. */
export type ToCore = unknown[];

/** What became ready in one turn. */
export interface FromCore {
  events: FlatEvents | undefined;
  /** Number, value, Failure or undefined, and so on. */
  answers: unknown[];
}

export interface FlatEvents extends Omit<CoreEvents, 'synced'> {
  synced: unknown[];
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
    later: behindPromises,
    post: (batch) => {
      port.postMessage({ events: events && { ...events, synced: syncedRows.flat(events.synced) }, answers: batch });
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
  ...((one.shared || two.shared) && { shared: true }),
});
