// Which replicas have a send in flight: few at any time, asked for at every change.
import type { InFlightRow } from '../rows.ts';
import type { Connection } from './connection.ts';

interface Flight {
  system: string;
  type: string;
  op: string;
}

export class Flights {
  readonly #byReplica = new Map<number, Flight>();
  readonly #creates = new Map<string, number>();
  readonly #all;

  constructor(db: Connection) {
    this.#all = db.prepare<[], Flight & { replica: number }>(
      'SELECT f.replica, f.op, r.system, r.type FROM in_flight f JOIN replicas r ON r.no = f.replica',
    );
    this.reload();
  }

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

  /** After a rollback: what is on disk is what holds. */
  reload(): void {
    this.#byReplica.clear();
    this.#creates.clear();
    for (const { replica, ...flight } of this.#all.all()) {
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
