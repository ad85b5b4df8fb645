// Which replicas have a send in flight: asked for at every change, so kept in memory.
import type { InFlightRow } from '../rows.ts';
import type { LiveFlight } from './flight-log.ts';

type Flight = Omit<LiveFlight, 'replica'>;

export class Flights {
  readonly #byReplica = new Map<number, Flight>();
  readonly #creates = new Map<string, number>();

  replicas(): number[] {
    return [...this.#byReplica.keys()];
  }

  has(replica: number): boolean {
    return this.#byReplica.has(replica);
  }

  /** True while a create of that type to that system has no answer yet. */
  createsUnsettled(system: string, type: string): boolean {
    return (this.#creates.get(`${system} ${type}`) ?? 0) > 0;
  }

  set(replica: number, row: InFlightRow | null): void {
    this.#count(this.#byReplica.get(replica), -1);
    if (row) {
      const flight = { system: row.system, type: row.type, op: row.op };
      this.#byReplica.set(replica, flight);
      this.#count(flight, 1);
    } else {
      this.#byReplica.delete(replica);
    }
  }

  /** What is on disk is what holds: at start and after a rollback. */
  reset(live: readonly LiveFlight[]): void {
    this.#byReplica.clear();
    this.#creates.clear();
    for (const { replica, ...flight } of live) {
      this.#byReplica.set(replica, flight);
      this.#count(flight, 1);
    }
  }

  #count(flight: Flight | undefined, by: number): void {
    if (flight?.op !== 'create') return;
    const name = `${flight.system} ${flight.type}`;
    this.#creates.set(name, (this.#creates.get(name) ?? 0) + by);
  }
}
