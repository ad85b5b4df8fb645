// How many replicas are in which state, kept in memory and in step with every commit.
import type { RecordType } from '../../model/records.ts';
import type { ReplicaState } from '../rows.ts';
import type { ReplicaCount } from '../store.ts';
import type { Connection } from './connection.ts';

export class Counts {
  readonly #known = new Map<string, ReplicaCount>();
  readonly #changed = new Map<string, ReplicaCount>();
  readonly #save;

  constructor(db: Connection) {
    const rows = db.prepare<[], ReplicaCount>('SELECT system, type, state, count FROM replica_counts').all();
    for (const row of rows) this.#known.set(nameOf(row.system, row.type, row.state), row);
    this.#save = db.prepare(
      `INSERT INTO replica_counts (system, type, state, count) VALUES (?, ?, ?, ?)
       ON CONFLICT (system, type, state) DO UPDATE SET count = count + excluded.count`,
    );
  }

  move(system: string, type: RecordType, from: ReplicaState | undefined, to: ReplicaState): void {
    if (from === to) return;
    if (from) this.#add(system, type, from, -1);
    this.#add(system, type, to, 1);
  }

  /** Into the open transaction. */
  save(): void {
    for (const { system, type, state, count } of this.#changed.values()) {
      if (count !== 0) this.#save.run(system, type, state, count);
    }
  }

  committed(): void {
    for (const [name, change] of this.#changed) {
      const known = this.#known.get(name);
      if (known) known.count += change.count;
      else this.#known.set(name, change);
    }
    this.#changed.clear();
  }

  rolledBack(): void {
    this.#changed.clear();
  }

  all(): ReplicaCount[] {
    return [...this.#known.values()].filter((one) => one.count > 0).map((one) => ({ ...one }));
  }

  #add(system: string, type: RecordType, state: ReplicaState, count: number): void {
    const name = nameOf(system, type, state);
    const known = this.#changed.get(name);
    if (known) known.count += count;
    else this.#changed.set(name, { system, type, state, count });
  }
}

const nameOf = (system: string, type: string, state: string): string => `${system} ${type} ${state}`;
