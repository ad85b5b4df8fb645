// The one limit over a whole exchange: connecting, every byte, every repeat. Lighter than an AbortSignal per request.

export type StopReason = 'timeout' | 'stopped';

/** One listener per signal, however many exchanges it may end: thousands start and end each second. */
const watched = new WeakMap<AbortSignal, Set<Deadline>>();

function exchangesOf(signal: AbortSignal): Set<Deadline> {
  const known = watched.get(signal);
  if (known) return known;
  const exchanges = new Set<Deadline>();
  watched.set(signal, exchanges);
  signal.addEventListener('abort', () => {
    for (const deadline of exchanges) deadline.end('stopped');
  });
  return exchanges;
}

export class Deadline {
  readonly #timer: NodeJS.Timeout;
  readonly #exchanges: Set<Deadline> | undefined;
  #stop: ((reason: StopReason) => void) | undefined;
  #ended: StopReason | undefined;

  /** @param signal ends it early: the hub stops */
  constructor(ms: number, signal?: AbortSignal) {
    this.#timer = setTimeout(endInTime, ms, this);
    if (!signal) return;
    this.#exchanges = exchangesOf(signal).add(this);
    if (signal.aborted) this.#ended = 'stopped';
  }

  /** What to call when the time is up (at once, if it is); replaces what was watched before. */
  watch(stop: (reason: StopReason) => void): void {
    if (this.#ended) stop(this.#ended);
    else this.#stop = stop;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#exchanges?.delete(this);
    this.#stop = undefined;
  }

  end(reason: StopReason): void {
    this.#ended ??= reason;
    this.#stop?.(this.#ended);
  }
}

const endInTime = (deadline: Deadline): void => deadline.end('timeout');
