// The one limit over a whole exchange: connecting, every byte, every repeat. Lighter than an AbortSignal per request.

export type StopReason = 'timeout' | 'stopped';

export class Deadline {
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  #stop: ((reason: StopReason) => void) | undefined;
  #ended: StopReason | undefined;

  /** @param signal ends it early: the hub stops */
  constructor(ms: number, signal?: AbortSignal) {
    this.#timer = setTimeout(() => this.#end('timeout'), ms);
    this.#signal = signal;
    if (signal?.aborted) this.#end('stopped');
    else signal?.addEventListener('abort', this.#stopped);
  }

  /** What to call when the time is up (at once, if it is); replaces what was watched before. */
  watch(stop: (reason: StopReason) => void): void {
    if (this.#ended) stop(this.#ended);
    else this.#stop = stop;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#stopped);
    this.#stop = undefined;
  }

  readonly #stopped = (): void => this.#end('stopped');

  #end(reason: StopReason): void {
    this.#ended = reason;
    this.#stop?.(reason);
  }
}
