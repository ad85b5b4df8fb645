// Asks a server or a database and waits for the answer, as a model in memory would give it: the contract suite knows no promises here.
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

export interface Blocking {
  /** @throws Error in the words of whoever was asked */
  ask<T>(task: string, ...values: unknown[]): T;
  close(): Promise<void>;
}

const mostMs = 120_000;

/** @param module exports what can be asked, by name: async functions of plain values */
export function startBlocking(module: URL, settings: object): Blocking {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { module: module.href, settings, port: port2, signal };
  const worker = new Worker(new URL('answering.mjs', import.meta.url), { workerData, transferList: [port2] });
  worker.unref();
  return {
    ask: <T>(task: string, ...values: unknown[]): T => {
      Atomics.store(signal, 0, 0);
      port1.postMessage({ task, values });
      // It may be woken for the answer before, whose thread had not come to the waking yet: only the value counts.
      while (Atomics.load(signal, 0) === 0)
        if (Atomics.wait(signal, 0, 0, mostMs) === 'timed-out') throw new Error(`${task}: no answer in ${mostMs} ms`);
      const { result, error } = receiveMessageOnPort(port1)?.message ?? { error: 'no answer' };
      if (error !== undefined) throw new Error(`${task}: ${error}`);
      return result as T;
    },
    close: async () => {
      port1.close();
      await worker.terminate();
    },
  };
}
