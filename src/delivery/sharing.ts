// What this process and the others over the same database tell each other of the systems: every second, and at a hint.
import type { Clock } from '../clock.ts';
import type { Core } from '../core/core.ts';
import type { Log } from '../log.ts';
import type { SystemRow } from '../store/rows.ts';
import type { BreakerMove, ConditionRow, LeaseHeld, Shared } from '../store/sharing.ts';
import type { HeardCondition, Others } from './others.ts';

/** What one process knows by itself; ms since 1970. */
export interface Seen {
  system: string;
  lastSuccessAt: number | null;
  lastPollAt: number | null;
}

export interface SharingDeps {
  core: Pick<Core, 'share' | 'moveBreaker' | 'quiet' | 'borrow'>;
  clock: Clock;
  log: Log;
  systems: readonly { id: string /** ms: what a probe may take. */; probeMs: number }[];
  /** What only one process may do, by name. */
  leases: readonly string[];
  /** What this process knows of each system, in its own time. */
  seen(): Seen[];
  onHeard(heard: HeardSystem): void;
  /** A lease that this process did not have before. */
  onLease(name: string): void;
}

/** Times in ms since 1970. */
export interface Viewed extends Seen {
  breaker: { state: ConditionRow['breaker']; since: number };
}

export interface HeardSystem {
  system: string;
  /** In this process's own time; undefined where something newer is on its way from here. */
  condition: HeardCondition | undefined;
  /** When it last dealt well with what another process sent. */
  successElsewhereAt: number | null;
  /** undefined: that was not asked. */
  state: SystemRow['state'] | undefined;
  /** When it was asked for: what has happened here since is newer. */
  askedAt: number;
}

const everyMs = 1_000;
/** Taken over within that and a second when its process is gone. */
export const leaseMs = 5_000;

export class Sharing {
  readonly #deps: SharingDeps;
  readonly #systems: ReadonlyMap<string, SharedSystem>;
  readonly #held = new Map<string, { token: number; until: number }>();
  /** As the store has it, for whoever looks at any process. */
  readonly #rows = new Map<string, ConditionRow>();
  /** What it was told of each system: in our time, and as the store has it. */
  readonly #told = new Map<string, { own: Seen; success: number | null }>();
  /** How far the store's clock is ahead of ours (ms); half of the way is taken for the answer. */
  #ahead = 0;
  readonly #life = { node: '', since: Number.NEGATIVE_INFINITY, until: Number.NEGATIVE_INFINITY };
  #cancel: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #failing = false;

  constructor(deps: SharingDeps) {
    this.#deps = deps;
    const onRow = (row: ConditionRow): unknown => this.#rows.set(row.system, row);
    this.#systems = new Map(
      deps.systems.map((system) => [system.id, new SharedSystem(system, { ...deps, onRow, life: this.#life })]),
    );
  }

  /** @returns whether there may be others: false where this process owns its database, and nothing is shared then */
  async begin(): Promise<boolean> {
    if (!(await this.#share())) return false;
    this.#next();
    return true;
  }

  /** Something has moved elsewhere. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#running) this.#again = true;
    else this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  /** For the gate of a system. */
  of(system: string): Others {
    return this.#known(system);
  }

  /**
   * What every process says of the system: what this one has not told yet is newer.
   * @param own in this process's time
   */
  view(own: Viewed): Viewed {
    const row = this.#rows.get(own.system);
    const told = this.#told.get(own.system)?.own;
    if (!row) return own;
    const newer = (at: number | null, was: number | null | undefined): number | null =>
      at === was ? null : this.#inStore(at);
    const { breaker } = own;
    const isTheirs = breaker.state === row.breaker || (breaker.state === 'open' && row.breaker === 'half_open');
    return {
      system: own.system,
      breaker: isTheirs ? { state: row.breaker, since: row.since } : breaker,
      lastSuccessAt: later(row.lastSuccessAt, newer(own.lastSuccessAt, told?.lastSuccessAt)),
      lastPollAt: later(row.lastPollAt, newer(own.lastPollAt, told?.lastPollAt)),
    };
  }

  /** A lease lasts as the database's clock says; here it ends no later. */
  lease(name: string): LeaseHeld | undefined {
    const held = this.#held.get(name);
    return held && this.#deps.clock.now() < held.until ? { name, token: held.token } : undefined;
  }

  #known(system: string): SharedSystem {
    const found = this.#systems.get(system);
    if (!found) throw new Error(`unknown system "${system}"`);
    return found;
  }

  #next(): void {
    if (!this.#stopped) this.#cancel = this.#deps.clock.after(everyMs, () => this.#run());
  }

  #run(): void {
    this.#cancel();
    this.#running = this.#round().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.wake();
      } else this.#next();
    });
  }

  async #round(): Promise<void> {
    const { log } = this.#deps;
    try {
      await this.#share();
      if (this.#failing) log.info('the other processes are heard again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#stopped)
        log.warn({ err: error }, 'the other processes cannot be heard; each goes by what it knows until they can');
      this.#failing = true;
    }
  }

  async #share(): Promise<boolean> {
    const { core, clock, leases } = this.#deps;
    const askedAt = clock.now();
    const marks = new Map([...this.#systems].map(([id, system]) => [id, system.mark]));
    const seen = this.#news();
    const told = seen.map((one) => ({
      system: one.system,
      lastSuccessAt: this.#inStore(one.lastSuccessAt),
      lastPollAt: this.#inStore(one.lastPollAt),
    }));
    const heard = await core.share({ systems: [...this.#systems.keys()], seen: told, leases, leaseMs });
    if (heard === null) return false;
    for (const [index, own] of seen.entries())
      this.#told.set(own.system, { own, success: told[index]?.lastSuccessAt ?? null });
    for (const row of heard.conditions) this.#rows.set(row.system, row);
    this.#takeLeases(heard.leases, askedAt + leaseMs);
    if (this.#life.node === '') this.#life.node = heard.node;
    if (heard.node !== this.#life.node) Object.assign(this.#life, { node: heard.node, since: clock.now() });
    this.#life.until = askedAt + heard.aliveMs;
    for (const [id, system] of this.#systems) this.#hear(heard, { id, system, mark: marks.get(id) ?? 0, askedAt });
    return true;
  }

  /** What was not told yet. */
  #news(): Seen[] {
    return this.#deps.seen().filter((one) => {
      const told = this.#told.get(one.system)?.own;
      return (told?.lastSuccessAt ?? null) !== one.lastSuccessAt || (told?.lastPollAt ?? null) !== one.lastPollAt;
    });
  }

  #inStore(at: number | null): number | null {
    return at === null ? null : Math.round(at + this.#ahead);
  }

  #takeLeases(leases: readonly LeaseHeld[], until: number): void {
    const before = new Set(
      [...this.#held].filter(([, held]) => this.#deps.clock.now() < held.until).map(([name]) => name),
    );
    this.#held.clear();
    for (const { name, token } of leases) this.#held.set(name, { token, until });
    for (const { name } of leases) if (!before.has(name)) this.#deps.onLease(name);
  }

  #hear(
    { now, conditions, systems }: Shared,
    { id, system, mark, askedAt }: { id: string; system: SharedSystem; mark: number; askedAt: number },
  ): void {
    const { clock, onHeard } = this.#deps;
    this.#ahead = now - (askedAt + clock.now()) / 2;
    const row = conditions.find((one) => one.system === id);
    if (!row) return;
    const condition = system.hear(row, this.#ahead, mark);
    const isOurs = row.lastSuccessAt === null || row.lastSuccessAt === this.#told.get(id)?.success;
    onHeard({
      ...{ system: id, condition, askedAt },
      successElsewhereAt: isOurs ? null : Math.round((row.lastSuccessAt ?? 0) - this.#ahead),
      state: systems.find((one) => one.system === id)?.state ?? 'active',
    });
  }
}

/** The later of two moments, if there is any. */
const later = (a: number | null, b: number | null): number | null => (a === null || (b ?? a) > a ? b : a);

interface SystemDeps extends SharingDeps {
  onRow(row: ConditionRow): unknown;
  /** Since when this process has its number among the others, and until when nobody takes over from it. */
  life: { readonly since: number; readonly until: number };
}

/** One system's breaker between this process and the others. */
class SharedSystem implements Others {
  readonly #system: { id: string; probeMs: number };
  readonly #deps: SystemDeps;
  /** As it was told last, in our time. */
  #known: HeardCondition | undefined;
  #ahead = 0;
  /** What happened here and is not told yet: newer than anything that is heard. */
  #wanted: BreakerMove | undefined;
  #moving = false;
  /** Grows with each move from here: what was asked for before it is older. */
  mark = 0;

  constructor(system: { id: string; probeMs: number }, deps: SystemDeps) {
    this.#system = system;
    this.#deps = deps;
  }

  mayProbe(now: number): boolean {
    const known = this.#known;
    if (known?.breaker === 'half_open' && known.mine && now < known.until) return true;
    // Whoever has it, or will have it first, is heard of.
    if (!known || (known.breaker !== 'closed' && known.until <= now)) this.#move({ to: 'half_open', until: 0 });
    return false;
  }

  mayStart(claimedAt: number, now: number): boolean {
    const { since, until } = this.#deps.life;
    return claimedAt >= since && now < until;
  }

  opened(until: number): void {
    this.#move({ to: 'open', until });
  }

  closed(): void {
    this.#move({ to: 'closed', until: 0 });
  }

  quiet(until: number): void {
    this.mark += 1;
    // Lost with a store that is away: the system says it again.
    this.#deps.core.quiet(this.#system.id, Math.round(until + this.#ahead)).catch(() => undefined);
  }

  borrow: NonNullable<Others['borrow']> = (limit, count) => this.#deps.core.borrow(this.#system.id, limit, count);

  /** @returns what is to be adopted, in our time */
  hear(row: ConditionRow, ahead: number, mark: number): HeardCondition | undefined {
    this.#ahead = ahead;
    if (this.#wanted) {
      void this.#tell();
      return undefined;
    }
    if (this.#moving || mark !== this.mark) return undefined;
    const known = this.#learn(row);
    // A probe that has not come yet keeps its right.
    if (known.mine && known.until - this.#deps.clock.now() < this.#system.probeMs / 2)
      this.#move({ to: 'half_open', until: 0 });
    return known;
  }

  #learn({ breaker, since, until, mine, quietUntil, lastSuccessAt, lastPollAt }: ConditionRow): HeardCondition {
    const inOurs = (at: number): number => Math.round(at - this.#ahead);
    this.#known = {
      ...{ breaker, since: inOurs(since), until: inOurs(until) },
      ...{ mine: mine && breaker === 'half_open', quietUntil: inOurs(quietUntil), lastSuccessAt, lastPollAt },
    };
    return this.#known;
  }

  /** To probe is a wish that something real takes the place of. */
  #move(move: BreakerMove): void {
    if (move.to === 'half_open' && (this.#wanted || this.#moving)) return;
    this.mark += 1;
    this.#wanted = move;
    if (!this.#moving) void this.#tell();
  }

  async #tell(): Promise<void> {
    if (this.#moving) return;
    this.#moving = true;
    const { core, clock, onHeard } = this.#deps;
    const { id, probeMs } = this.#system;
    let condition: HeardCondition | undefined;
    try {
      while (this.#wanted) {
        const move = this.#wanted;
        const until = move.to === 'half_open' ? clock.now() + probeMs : move.until;
        const row = await core.moveBreaker(id, { to: move.to, until: Math.round(until + this.#ahead) });
        if (this.#wanted === move) this.#wanted = undefined;
        this.#deps.onRow(row);
        condition = this.#learn(row);
      }
    } catch {
      // It is told again with the next round; a probe is asked for again by whoever wants it.
      if (this.#wanted?.to === 'half_open') this.#wanted = undefined;
    }
    this.#moving = false;
    this.mark += 1;
    if (!condition || this.#wanted) return;
    const nothing = { successElsewhereAt: null, state: undefined, askedAt: clock.now() };
    onHeard({ system: id, condition, ...nothing });
  }
}
