// How many replicas are in which state, kept in memory and in step with every commit.
import type { RecordType } from '../../model/records.ts';
import type { ReplicaState } from '../rows.ts';
import type { ReplicaCount } from '../store.ts';
import type { Connection } from './connection.ts';

interface Counted extends ReplicaCount {
  /** What the open group adds. */
  change: number;
}

export class Counts {
  /** By system, then type, then state. */
  readonly #known = new Map<string, Map<string, Map<string, Counted>>>();
  readonly #changed = new Set<Counted>();
  readonly #save;

  constructor(db: Connection) {
    const rows = db.prepare<[], ReplicaCount>('SELECT system, type, state, count FROM replica_counts').all();
    for (const { system, type, state, count } of rows) this.#of(system, type, state).count = count;
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

  /** Whether a replica of a system has that state, as far as groups are committed. */
  has(system: string, state: ReplicaState): boolean {
    for (const states of this.#known.get(system)?.values() ?? []) if ((states.get(state)?.count ?? 0) > 0) return true;
    return false;
  }

  /** Into the open transaction. */
  save(): void {
    for (const { system, type, state, change } of this.#changed) {
      if (change !== 0) this.#save.run(system, type, state, change);
    }
  }

  committed(): void {
    for (const one of this.#changed) one.count += one.change;
    this.rolledBack();
  }

  rolledBack(): void {
    for (const one of this.#changed) one.change = 0;
    this.#changed.clear();
  }

  all(): ReplicaCount[] {
    const all: ReplicaCount[] = [];
    for (const types of this.#known.values())
      for (const states of types.values())
        for (const { system, type, state, count } of states.values())
          if (count > 0) all.push({ system, type, state, count });
    return all;
  }

  #add(system: string, type: RecordType, state: ReplicaState, count: number): void {
    const known = this.#of(system, type, state);
    known.change += count;
    this.#changed.add(known);
  }

  #of(system: string, type: RecordType, state: ReplicaState): Counted {
    const states = mapIn(mapIn(this.#known, system), type);
    let counted = states.get(state);
    if (!counted) {
      counted = { system, type, state, count: 0, change: 0 };
      states.set(state, counted);
    }
    return counted;
  }
}

function mapIn<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let map = maps.get(key);
  if (!map) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
