// The one limit over a whole exchange: connecting, every byte, every repeat. Lighter than an AbortSignal per request.

export type StopReason = 'timeout' | 'stopped';

/** What a deadline ends. */
export interface Watched {
  stop(reason: StopReason): void;
}

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
  #watched: Watched | undefined;
  #ended: StopReason | undefined;

  /** @param signal ends it early: the hub stops */
  constructor(ms: number, signal?: AbortSignal) {
    this.#timer = setTimeout(endInTime, ms, this);
    if (!signal) return;
    this.#exchanges = exchangesOf(signal).add(this);
    if (signal.aborted) this.#ended = 'stopped';
  }

  /** What to stop when the time is up (at once, if it is); replaces what was watched before. */
  watch(watched: Watched): void {
    if (this.#ended) watched.stop(this.#ended);
    else this.#watched = watched;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#exchanges?.delete(this);
    this.#watched = undefined;
  }

  end(reason: StopReason): void {
    this.#ended ??= reason;
    this.#watched?.stop(this.#ended);
  }
}

const endInTime = (deadline: Deadline): void => deadline.end('timeout');
