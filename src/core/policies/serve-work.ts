// The working side of a session: runs what is asked and answers, how far it has come in between.

import { workHere } from './work.ts';
import type { FromWork, ToWork } from './work-apart.ts';

interface ServingPort {
  postMessage(message: FromWork): void;
  on(event: 'message', listener: (asked: ToWork) => void): unknown;
}

/** Hundredths are enough to be told. */
const steps = 100;

export function serveWork(port: ServingPort): void {
  const work = workHere();
  port.on('message', ({ verb, args }) => {
    let told = 0;
    const at = (share: number): void => {
      const step = Math.floor(share * steps);
      if (step > told) port.postMessage({ at: step / steps });
      told = Math.max(told, step);
    };
    const run = work[verb] as (...args: unknown[]) => Promise<unknown>;
    run(...args, at).then(
      (value) => port.postMessage({ value }),
      (error: unknown) => port.postMessage({ failure: error instanceof Error ? error.message : String(error) }),
    );
  });
}
