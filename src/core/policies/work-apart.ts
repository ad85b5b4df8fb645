// The long work on policies in a thread of its own, so that neither intake nor delivery waits for it.
import type { Worker } from 'node:worker_threads';
import type { Work } from './work.ts';

export type Verb = Exclude<keyof Work, 'end'>;

export interface ToWork {
  verb: Verb;
  args: unknown[];
}

export type FromWork = { at: number } | { value: unknown } | { failure: string };

/** What a worker and a port have in common. */
export interface WorkPort {
  postMessage(message: ToWork): void;
  on(event: string, listener: (value: unknown) => void): unknown;
  terminate?: Worker['terminate'];
}

interface Caller {
  resolve(value: unknown): void;
  reject(error: Error): void;
  at: ((share: number) => void) | undefined;
}

/** @param port of a thread that runs thread.ts; it ends with the session */
export function workApart(port: WorkPort): Work {
  let caller: Caller | undefined;
  let ended: Error | undefined;
  const settle = (): Caller | undefined => {
    const one = caller;
    caller = undefined;
    return one;
  };
  const lost = (error: Error): void => {
    ended ??= error;
    settle()?.reject(ended);
  };
  port.on('message', (message) => {
    const said = message as FromWork;
    if ('at' in said) caller?.at?.(said.at);
    else if ('failure' in said) settle()?.reject(new Error(said.failure));
    else settle()?.resolve(said.value);
  });
  port.on('error', (error) => lost(error instanceof Error ? error : new Error(String(error))));
  port.on('exit', () => lost(new Error('the work on the policy was stopped')));
  const ask = <T>(verb: Verb, args: unknown[], at?: (share: number) => void): Promise<T> =>
    new Promise<unknown>((resolve, reject) => {
      if (ended) return reject(ended);
      caller = { resolve, reject, at };
      port.postMessage({ verb, args });
    }) as Promise<T>;
  return {
    load: (texts) => ask('load', [texts]),
    check: (texts, reach) => ask('check', [texts, reach]),
    diff: (before, after, at) => ask('diff', [before, after], at),
    backtest: (candidate, before) => ask('backtest', [candidate, before]),
    add: (page) => ask('add', [page]),
    report: () => ask('report', []),
    end: async () => {
      lost(new Error('the work on the policy was stopped'));
      await port.terminate?.();
    },
  };
}
