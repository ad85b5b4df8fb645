// A wait that time ends, or whoever has news: one at a time.
import type { Clock } from '../clock.ts';

export class Wait {
  readonly #clock: Clock;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param ms undefined: time alone does not end it */
  begin(ms?: number): Promise<void> {
    this.end();
    return new Promise((resolve) => {
      const cancel = ms === undefined ? undefined : this.#clock.after(ms, () => this.end());
      this.#end = () => {
        cancel?.();
        resolve();
      };
    });
  }

  /** Nothing happens where nobody waits. */
  end(): void {
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }
}

/** Resolves with whether it was done in time; the promise must not reject. */
export async function inTime(clock: Clock, promise: Promise<unknown>, ms: number): Promise<boolean> {
  const time = new Wait(clock);
  const done = promise.then(() => true);
  const over = time.begin(ms).then(() => false);
  const result = await Promise.race([done, over]);
  time.end();
  return result;
}

/** Before the store is tried again, by how often it has failed in a row. */
export const growingDelay = (failures: number): number => Math.min(5000, 100 * 2 ** Math.min(failures, 10));
