// The newest durable change number, and waiting for a newer one.
import type { Clock } from '../clock.ts';
import type { StreamPort } from './deps.ts';

export interface Head extends StreamPort {
  /** @param seq never smaller than before; an older one is passed over */
  moved(seq: number): void;
}

export function createHead(clock: Clock, start: number): Head {
  let head = start;
  const waiting = new Set<{ after: number; done(): void }>();
  return {
    head: () => head,
    moved: (seq) => {
      if (seq <= head) return;
      head = seq;
      for (const one of waiting) if (head > one.after) one.done();
    },
    wait: (after, ms, signal) =>
      new Promise((resolve) => {
        if (head > after || signal.aborted) {
          resolve();
          return;
        }
        const done = (): void => {
          waiting.delete(one);
          cancel();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const one = { after, done };
        const cancel = clock.after(ms, done);
        waiting.add(one);
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}
