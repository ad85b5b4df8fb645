// The main thread's side of the bridge: a Core whose every call is run by another thread.
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Core, CoreEvents } from './core.ts';
import { asError, type Failure } from './failure.ts';
import { sendRows, settledRows, settlementRows, syncedRows } from './flat-rows.ts';
import { type ProblemError, problem } from './problem.ts';
import type { FromCore } from './serve.ts';
import { behindSockets, TurnBatch } from './turn-batch.ts';

export interface ConnectOptions {
  /** Several commits may be told of at once; before the answers of the same commits. */
  onEvents(events: CoreEvents): void;
  /** Once, when the thread ends without having been asked to: every call that waits, and every later one, is refused. */
  onEnd(error: Error): void;
}

/** The list of what crosses; one that is missing here does not compile. */
const methods = Object.keys({
  ...{ accept: 0, patch: 0, toFetch: 0, fetched: 0 },
  ...{ claim: 0, cancelClaims: 0, settle: 0, toAsk: 0, asked: 0, feed: 0, acknowledge: 0, reject: 0, changes: 0 },
  ...{ unpublished: 0, published: 0, moveStream: 0 },
  ...{ record: 0, timeline: 0, deadLetters: 0, deadLetter: 0, tasks: 0, lag: 0, audit: 0 },
  ...{ replay: 0, replayMany: 0, discard: 0, holdReplica: 0, releaseUnit: 0, taskDone: 0 },
  ...{ mapped: 0, systems: 0, setSystem: 0, apiKeys: 0, saveApiKey: 0, saveDeed: 0, cursor: 0, saveCursor: 0 },
  ...{ share: 0, moveBreaker: 0, quiet: 0, borrow: 0 },
  ...{ credential: 0, beginRenewal: 0, writeCredential: 0, endRenewal: 0 },
  ...{ decide: 0, decision: 0, decisions: 0, runTimers: 0 },
  ...{ compare: 0, held: 0, absent: 0, fill: 0 },
  ...{ policies: 0, policy: 0, policyVersion: 0, makePolicyVersion: 0, checkPolicy: 0, backtestPolicy: 0 },
  ...{ policyWorked: 0, approvePolicy: 0, activatePolicy: 0, rollbackPolicy: 0, policyDiff: 0 },
  ...{ shadowPolicy: 0, shadowDifferences: 0 },
  ...{ requestReturn: 0, returnOf: 0, returnEvent: 0, decideReturn: 0, returnProfile: 0 },
  ...{ breakers: 0, setBreaker: 0, evidenceCase: 0, saveEvidence: 0 },
  ...{ ready: 0, epoch: 0, backup: 0, prune: 0, close: 0 },
} satisfies Record<keyof Core, 0>) as (keyof Core)[];

/** @returns a Core that rejects with ProblemError, errors of the store, or a plain Error that keeps name and stack */
export function connectCore(port: Worker | MessagePort, options: ConnectOptions): Core {
  const line = new Line(port, options);
  const core = Object.fromEntries(
    methods.map((method) => [method, (...args: unknown[]) => line.call(method, args)]),
  ) as unknown as Core;
  return {
    ...core,
    claim: async (...asked) => sendRows.rows((await line.call('claim', asked)) as unknown[]),
    settle: async (all) => settledRows.rows((await line.call('settle', settlementRows.flat(all))) as unknown[]),
    close: () => line.close(),
  };
}

interface Caller {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What a worker and a port have in common: the overloads of a union cannot be called. */
interface Events {
  on(event: string, listener: (value: unknown) => void): unknown;
}

class Line {
  readonly #port: Worker | MessagePort;
  readonly #options: ConnectOptions;
  readonly #callers = new Map<number, Caller>();
  readonly #calls: TurnBatch;
  #asked = 0;
  #closing: Promise<void> | undefined;
  /** From the answer on: the thread may exit right behind it, and that was asked for. */
  #closed = false;
  #ended: Error | undefined;

  constructor(port: Worker | MessagePort, options: ConnectOptions) {
    this.#port = port;
    this.#options = options;
    this.#calls = new TurnBatch({
      later: behindSockets,
      post: (calls) => port.postMessage(calls),
      refuse: (no, error) => this.#take(no)?.reject(error as Error),
    });
    const events: Events = port;
    events.on('message', (message) => this.#hear(message as FromCore));
    events.on('messageerror', (error) => this.#lost(error as Error));
    events.on('error', (error) => this.#lost(asLoss(error)));
    events.on('exit', (code) => this.#lost(new Error(`the core thread ended with code ${code}`)));
    events.on('close', () => this.#lost(new Error('the core thread closed its port')));
  }

  call(method: keyof Core, args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => this.#ask(method, args, { resolve, reject }));
  }

  /** Waits for the answer, then ends the thread. */
  close(): Promise<void> {
    this.#closing ??= new Promise<unknown>((resolve, reject) => {
      const answered =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          this.#closed = true;
          settle(value);
        };
      this.#ask('close', [], { resolve: answered(resolve), reject: answered(reject) });
    })
      .finally(() => this.#end(new Error('the core thread was closed')))
      .then(() => undefined);
    return this.#closing;
  }

  #ask(method: keyof Core, args: unknown[], caller: Caller): void {
    if (this.#ended) {
      caller.reject(unavailable(stopped, this.#ended));
      return;
    }
    const no = this.#asked++;
    this.#callers.set(no, caller);
    this.#calls.add(no, method, args);
  }

  /** Events come first: whoever knows an answer finds the head at least as new. */
  #hear({ events, answers }: FromCore): void {
    if (events) this.#options.onEvents({ ...events, synced: syncedRows.rows(events.synced) });
    for (let at = 0; at < answers.length; at += 3) {
      const failure = answers[at + 2] as Failure | undefined;
      const caller = this.#take(answers[at] as number);
      if (failure) caller?.reject(asError(failure));
      else caller?.resolve(answers[at + 1]);
    }
  }

  #take(no: number): Caller | undefined {
    const caller = this.#callers.get(no);
    this.#callers.delete(no);
    return caller;
  }

  #lost(error: Error): void {
    if (this.#ended || this.#closed) return;
    void this.#end(error);
    this.#options.onEnd(error);
  }

  /** Nothing is heard from the thread after this; it is stopped, should it still run. */
  async #end(why: Error): Promise<void> {
    if (this.#ended) return;
    this.#ended = why;
    this.#calls.clear();
    for (const { reject } of this.#callers.values()) reject(unavailable(cutOff, why));
    this.#callers.clear();
    if ('terminate' in this.#port) await this.#port.terminate();
    else this.#port.close();
  }
}

const cutOff =
  'the store of the hub ended before it answered: what was asked may have been done. Ask again when the hub is back';
const stopped = 'the store of the hub has ended: nothing was done. Ask again when the hub is back';

const unavailable = (detail: string, cause: Error): ProblemError =>
  Object.assign(problem('unavailable', detail), { cause });

/** An error of a native module arrives from the thread as a plain object. */
function asLoss(error: unknown): Error {
  if (error instanceof Error) return error;
  const said = (error as { message?: unknown } | null)?.message;
  return new Error(typeof said === 'string' ? said : String(error));
}
