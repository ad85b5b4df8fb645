// Opens when a system fails, not when a record does: by the share of failures, or by different records failing in a row.

export interface BreakerSettings {
  /** How far back exchanges count (ms). */
  windowMs: number;
  /** With fewer exchanges in the window their share says nothing. */
  minimum: number;
  /** Share of failed exchanges that opens it, 0 to 1. */
  failures: number;
  /** From opening to the first probe (ms). */
  cooldownMs: number;
}

export type BreakerState = 'closed' | 'half_open' | 'open';

/** What a system may ask for at most with Retry-After. */
export const longestWaitMs = 86_400_000;
/** Failures of so many different records with no answer between or lately: the system, not one of them. */
const recordsInRow = 3;

export class Breaker {
  state: BreakerState = 'closed';
  /** When it came into this state (ms since 1970). */
  since: number;
  /** While open: when a probe may be sent. */
  until = 0;
  readonly #settings: BreakerSettings;
  readonly #window: Window;
  readonly #row = new Set<string>();
  #lastAnswer = Number.NEGATIVE_INFINITY;

  constructor(settings: BreakerSettings, now: number) {
    this.#settings = settings;
    this.#window = new Window(settings.windowMs);
    this.since = now;
  }

  /** The system dealt with a record, be it by refusing it. An exchange that began before it opened proves nothing. */
  answered(now: number): void {
    if (this.state === 'open') return;
    if (this.state === 'half_open') this.#enter('closed', now);
    this.#window.at(now).answered += 1;
    this.#row.clear();
    this.#lastAnswer = now;
  }

  /** @param retryAfterMs what the system asked for; wins where it is longer than the cooldown */
  failed(now: number, record: string, retryAfterMs = 0): void {
    const wait = Math.min(retryAfterMs, longestWaitMs);
    if (this.state === 'open') this.until = Math.max(this.until, now + wait);
    else if (this.state === 'half_open' || this.#isDown(now, record)) this.#open(now, wait);
  }

  /** As another process has found it. */
  adopt({ state, since, until }: { state: BreakerState; since: number; until: number }): void {
    if (state !== this.state) this.#enter(state, since);
    this.since = since;
    this.until = until;
  }

  /** Call it only while nothing is under way: what ends in the half-open state is the probe. */
  allowProbe(now: number): void {
    if (this.state === 'open' && now >= this.until) this.#enter('half_open', now);
  }

  #isDown(now: number, record: string): boolean {
    this.#window.fail(now, record);
    this.#row.add(record);
    return this.#tooManyInRow(now) || this.#tooGreatShare(now);
  }

  #tooManyInRow(now: number): boolean {
    return this.#row.size >= recordsInRow && now - this.#lastAnswer > this.#settings.windowMs;
  }

  #tooGreatShare(now: number): boolean {
    const { answered, failed, several } = this.#window.sum(now);
    const { minimum, failures } = this.#settings;
    return several && answered + failed >= minimum && failed >= failures * (answered + failed);
  }

  #open(now: number, wait: number): void {
    this.until = now + Math.max(this.#settings.cooldownMs, wait);
    this.#enter('open', now);
  }

  #enter(state: BreakerState, now: number): void {
    this.state = state;
    this.since = now;
    this.#window.clear();
    this.#row.clear();
  }
}

const slices = 10;

interface Slice {
  number: number;
  answered: number;
  failed: number;
  /** One record that failed, and whether another did too: one bad record alone never opens a breaker. */
  record: string | undefined;
  several: boolean;
}

/** Counts in slices, since ten thousand exchanges a second cannot each be remembered: what is old leaves up to a tenth early. */
class Window {
  readonly #sliceMs: number;
  readonly #slices: Slice[] = Array.from({ length: slices }, () => emptySlice(Number.NEGATIVE_INFINITY));

  constructor(windowMs: number) {
    this.#sliceMs = Math.max(1, windowMs / slices);
  }

  at(now: number): Slice {
    const number = Math.floor(now / this.#sliceMs);
    const known = this.#slices[number % slices];
    if (known?.number === number) return known;
    const fresh = emptySlice(number);
    this.#slices[number % slices] = fresh;
    return fresh;
  }

  fail(now: number, record: string): void {
    const slice = this.at(now);
    slice.failed += 1;
    slice.several ||= slice.record !== undefined && slice.record !== record;
    slice.record ??= record;
  }

  sum(now: number): Slice {
    const total = emptySlice(Math.floor(now / this.#sliceMs));
    for (const slice of this.#slices) if (total.number - slice.number < slices) add(total, slice);
    return total;
  }

  clear(): void {
    this.#slices.fill(emptySlice(Number.NEGATIVE_INFINITY));
  }
}

const emptySlice = (number: number): Slice => ({ number, answered: 0, failed: 0, record: undefined, several: false });

function add(total: Slice, { answered, failed, record, several }: Slice): void {
  total.answered += answered;
  total.failed += failed;
  total.several ||= several || (record !== undefined && total.record !== undefined && total.record !== record);
  total.record ??= record;
}
