// Fetches what systems only named ("order 8812 has changed"): looks for what is due and hands it to its system.
import { setMaxListeners } from 'node:events';
import type { Connection } from '../connector/connection.ts';
import type { Core } from '../core/core.ts';
import { type Due, type FetchDeps, SystemFetches } from './system-fetches.ts';

export interface Fetching {
  /** There is something new to fetch. */
  wake(): void;
  start(): void;
  /** Cuts what is under way and waits until what was read is stored; never rejects. */
  stop(): Promise<void>;
}

export interface FetchingDeps extends FetchDeps {
  core: Pick<Core, 'toFetch' | 'fetched'>;
  connections: readonly Connection[];
  /** Most of one system that are taken from the store and not yet settled. */
  limit?: number;
}

const defaultLimit = 200;
/** For rows that an earlier process put off, and those put off for longer than this. */
const lookEveryMs = 30_000;
/** Before the store is asked again that could not answer. */
const storeRetryMs = 5_000;

export function createFetching(deps: FetchingDeps): Fetching {
  const work = new Work(deps);
  return { wake: () => work.wake(), start: () => work.start(), stop: () => work.stop() };
}

class Work {
  readonly #deps: FetchingDeps;
  readonly #limit: number;
  readonly #closing = new AbortController();
  readonly #systems = new Map<string, SystemFetches>();
  /** Rows that a look must not take again → until when (ms since 1970). */
  readonly #held = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  /** Full second → how to take the look planned for it back. */
  readonly #planned = new Map<number, () => void>();
  #started = false;
  #wanted = false;
  #looking = false;
  /** Taken and not yet settled, by system. */
  readonly #unsettled = new Map<string, number>();
  /** Whose last look was cut at the limit: what is newer cannot be seen before something ahead of it is done. */
  #full = new Set<string>();
  #cancelRegular: () => void = () => undefined;

  constructor(deps: FetchingDeps) {
    this.#deps = deps;
    this.#limit = deps.limit ?? defaultLimit;
    // Every fetch under way may listen to it; that is no leak.
    setMaxListeners(0, this.#closing.signal);
  }

  start(): void {
    this.#started = true;
    this.#lookRegularly();
  }

  wake(): void {
    this.#wanted = true;
    this.#lookIfWanted();
  }

  async stop(): Promise<void> {
    this.#closing.abort();
    this.#cancelRegular();
    for (const cancel of this.#planned.values()) cancel();
    this.#planned.clear();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #lookRegularly(): void {
    this.wake();
    this.#cancelRegular = this.#deps.clock.after(lookEveryMs, () => this.#lookRegularly());
  }

  /** One look at a time; one that is wanted meanwhile follows it. */
  #lookIfWanted(): void {
    if (!this.#wanted || this.#looking || !this.#started || this.#closing.signal.aborted) return;
    this.#wanted = false;
    this.#looking = true;
    this.#track(this.#look());
  }

  async #look(): Promise<void> {
    this.#letGo();
    try {
      const except = this.#busy();
      this.#take(await this.#deps.core.toFetch({ limit: this.#limit, except }), except);
    } catch (error) {
      this.#storeFailed(error);
    }
    this.#looking = false;
    this.#lookIfWanted();
  }

  #letGo(): void {
    const now = this.#deps.clock.now();
    for (const [id, until] of this.#held) if (until <= now) this.#held.delete(id);
  }

  #busy(): string[] {
    return [...this.#full].filter((system) => this.#isBusy(system));
  }

  #isBusy(system: string): boolean {
    return (this.#unsettled.get(system) ?? 0) > this.#limit / 2;
  }

  /** @param except systems that were not looked at */
  #take(due: readonly Due[], except: readonly string[]): void {
    this.#full = new Set([...except, ...fullIn(due, this.#limit)]);
    const fresh = due.filter(({ id }) => !this.#held.has(id));
    for (const row of fresh) this.#track(this.#fetch(row));
    // All of it may have been settled before the look was over.
    if (fresh.some(({ system }) => this.#full.has(system) && !this.#isBusy(system))) this.#wanted = true;
  }

  async #fetch(due: Due): Promise<void> {
    this.#held.set(due.id, Number.POSITIVE_INFINITY);
    this.#count(due, 1);
    try {
      const retryInMs = await this.#systemOf(due).fetch(due);
      if (retryInMs !== undefined) this.#lookIn(retryInMs);
      this.#holdFor(due, 0);
    } catch (error) {
      this.#storeFailed(error, due);
      this.#holdFor(due, lookEveryMs);
    }
    this.#count(due, -1);
    this.#lookIfWanted();
  }

  #count({ system }: Due, change: 1 | -1): void {
    const wasBusy = this.#isBusy(system);
    this.#unsettled.set(system, (this.#unsettled.get(system) ?? 0) + change);
    if (wasBusy && !this.#isBusy(system) && this.#full.has(system)) this.#wanted = true;
  }

  /** The next look lets go, not this moment: the answer to a look under way may be older than the settlement. */
  #holdFor({ id }: Due, ms: number): void {
    this.#held.set(id, this.#deps.clock.now() + ms);
  }

  #systemOf({ system }: Due): SystemFetches {
    const known = this.#systems.get(system);
    if (known) return known;
    const connection = this.#deps.connections.find((one) => one.system === system);
    const made = new SystemFetches({ ...this.#deps, connection, signal: this.#closing.signal });
    this.#systems.set(system, made);
    return made;
  }

  /** At a full second, so that a thousand rows put off together are one look; later ones are left to the regular look. */
  #lookIn(ms: number): void {
    const { clock } = this.#deps;
    // The next one even if this is one: a timer may come a little early, and would look in vain.
    const second = Math.floor((clock.now() + ms) / 1000) + 1;
    if (ms > lookEveryMs || this.#closing.signal.aborted || this.#planned.has(second)) return;
    const look = (): void => {
      this.#planned.delete(second);
      this.wake();
    };
    this.#planned.set(second, clock.after(second * 1000 - clock.now(), look));
  }

  #storeFailed(error: unknown, due?: Due): void {
    const { system, record, externalId } = due ?? {};
    this.#deps.log.error(
      { err: error, ...(due && { system, record, externalId }) },
      due
        ? 'what was fetched could not be stored; it is fetched again'
        : 'the store could not say what is to be fetched',
    );
    this.#lookIn(storeRetryMs);
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    work.finally(() => this.#underWay.delete(work));
  }
}

function fullIn(due: readonly Due[], limit: number): string[] {
  const counts = new Map<string, number>();
  for (const { system } of due) counts.set(system, (counts.get(system) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= limit).map(([system]) => system);
}
