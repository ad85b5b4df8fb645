// Which replicas have a send in flight: asked for at every change, so kept in memory. With it stands since when they are
// behind: the index of the lag leaves out what is claimed, because it would change twice for every send.
import type { InFlightRow } from '../rows.ts';
import type { LiveFlight } from './flight-log.ts';

type Flight = Omit<LiveFlight, 'replica'>;

export class Flights {
  readonly #byReplica = new Map<number, Flight>();
  readonly #bySystem = new Map<string, Map<number, Flight>>();
  readonly #creates = new Map<string, number>();

  replicas(): number[] {
    return [...this.#byReplica.keys()];
  }

  has(replica: number): boolean {
    return this.#byReplica.has(replica);
  }

  /** True while a create of that type to that system, of at most that change number, has no answer yet. */
  createsUnsettled(system: string, type: string, upTo = Number.POSITIVE_INFINITY): boolean {
    if ((this.#creates.get(`${system} ${type}`) ?? 0) === 0) return false;
    if (upTo === Number.POSITIVE_INFINITY) return true;
    for (const flight of this.#bySystem.get(system)?.values() ?? [])
      if (flight.op === 'create' && flight.type === type && flight.seq <= upTo) return true;
    return false;
  }

  /** Replicas of a system with a send of at most that change number. */
  upTo(system: string, seq: number, types: readonly string[], limit: number): number[] {
    const found: number[] = [];
    for (const [replica, flight] of this.#bySystem.get(system) ?? []) {
      if (found.length === limit) break;
      if (flight.seq <= seq && types.includes(flight.type)) found.push(replica);
    }
    return found;
  }

  set(replica: number, row: InFlightRow | null): void {
    this.#remove(replica);
    if (row) this.#add(replica, { system: row.system, type: row.type, op: row.op, seq: row.seq, claimedLag: null });
  }

  /** @param since when it fell behind, if it is claimed */
  claimed(replica: number, since: number | null): void {
    const flight = this.#byReplica.get(replica);
    if (flight) flight.claimedLag = since;
  }

  /** The claimed replica that has been behind for the longest. */
  oldestClaimed(system: string, type: string): { replica: number; since: number } | undefined {
    let oldest: { replica: number; since: number } | undefined;
    for (const [replica, { type: of, claimedLag: since }] of this.#bySystem.get(system) ?? [])
      if (of === type && since !== null && since < (oldest?.since ?? Number.POSITIVE_INFINITY))
        oldest = { replica, since };
    return oldest;
  }

  /** What is on disk is what holds: at start and after a rollback. */
  reset(live: readonly LiveFlight[]): void {
    this.#byReplica.clear();
    this.#bySystem.clear();
    this.#creates.clear();
    for (const { replica, ...flight } of live) this.#add(replica, flight);
  }

  #add(replica: number, flight: Flight): void {
    this.#byReplica.set(replica, flight);
    const others = this.#bySystem.get(flight.system);
    if (others) others.set(replica, flight);
    else this.#bySystem.set(flight.system, new Map([[replica, flight]]));
    this.#count(flight, 1);
  }

  #remove(replica: number): void {
    const flight = this.#byReplica.get(replica);
    if (!flight) return;
    this.#byReplica.delete(replica);
    this.#bySystem.get(flight.system)?.delete(replica);
    this.#count(flight, -1);
  }

  #count({ system, type, op }: Flight, by: number): void {
    if (op !== 'create') return;
    const name = `${system} ${type}`;
    this.#creates.set(name, (this.#creates.get(name) ?? 0) + by);
  }
}
