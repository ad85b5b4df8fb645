// Writes what a group has changed, touching only the columns, and so the indexes, that really differ.
import type { Statement } from 'better-sqlite3';
import type { RecordRow } from '../rows.ts';
import { BatchInsert } from './batch-insert.ts';
import {
  type Cells,
  changeColumns,
  dueAtCell,
  externalIdCell,
  flightCell,
  memoryText,
  recordColumns,
  replicaCells,
  replicaColumns,
  stampsText,
  stateCell,
} from './cells.ts';
import type { Connection } from './connection.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import type { FlightLog } from './flight-log.ts';
import { treeText } from './json-text.ts';
import type { WorkingSet } from './working-set.ts';

export class WriteBack {
  readonly #db: Connection;
  readonly #newRecords: BatchInsert;
  readonly #newReplicas: BatchInsert;
  readonly #changes: BatchInsert;
  readonly #updates = new Map<string, Statement>();
  readonly #replicaUpdates = new Map<number, Statement>();
  readonly #freeExternal;
  readonly #images: BatchInsert;

  constructor(db: Connection) {
    this.#db = db;
    this.#newRecords = new BatchInsert(db, 'records', recordColumns);
    this.#newReplicas = new BatchInsert(db, 'replicas', `${replicaColumns.join(', ')}, no, system, type`);
    this.#changes = new BatchInsert(db, 'changes', changeColumns);
    this.#freeExternal = db.prepare('UPDATE replicas SET external_id = NULL WHERE no = ?');
    this.#images = new BatchInsert(
      db,
      'images',
      'replica, memory, payload',
      'ON CONFLICT (replica) DO UPDATE SET memory = excluded.memory, payload = excluded.payload',
    );
  }

  /** @param onDue is told of every replica that the due index now shows */
  write(set: WorkingSet, onDue: (system: string, at: number) => void): void {
    for (const record of set.records) this.#record(record);
    this.#newRecords.write();
    this.#freeMovedExternalIds(set.replicas);
    for (const no of set.flightLog.stale()) set.moveFlight(no);
    for (const replica of set.replicas) this.#replica(replica, set, onDue);
    this.#newReplicas.write();
    this.#images.write();
    set.flightLog.write();
    for (const cells of set.changes) this.#changes.add(cells);
    this.#changes.write();
    set.counts.save();
    set.numbers.save();
  }

  #record(entry: RecordEntry): void {
    const { row, stored, lastChange } = entry;
    entry.dirty = false;
    entry.stored = { row, lastChange };
    if (!stored) this.#newRecords.add(newRecordCells(entry));
    else if (stored.row === row) this.#update('records', 'last_change = ?').run(lastChange, entry.no);
    else this.#updateRecord(entry, stored.row);
  }

  #updateRecord({ row, lastChange, no }: RecordEntry, before: RecordRow): void {
    let columns = 'version = ?, deleted = ?, merged_into = ?, updated_at = ?, last_change = ?';
    const changed: unknown[] = [row.version, row.deleted ? 1 : 0, row.mergedInto, row.updatedAt, lastChange];
    if (row.stamps !== before.stamps) {
      columns += ', stamps = ?';
      changed.push(stampsText(row.stamps));
    }
    if (row.data !== before.data) {
      columns += ', data = ?';
      changed.push(treeText(row.data));
    }
    changed.push(no);
    this.#update('records', columns).run(changed);
  }

  /** What was gathered and not written is void. */
  rolledBack(): void {
    for (const batch of [this.#newRecords, this.#newReplicas, this.#images, this.#changes]) batch.clear();
  }

  /** So that an id can move from one replica to another within a group, whichever is written first. */
  #freeMovedExternalIds(replicas: readonly ReplicaEntry[]): void {
    for (const { stored, row, no } of replicas) {
      const before = stored?.[externalIdCell] ?? null;
      if (before !== null && before !== row.externalId) this.#freeExternal.run(no);
    }
  }

  #replica(replica: ReplicaEntry, set: WorkingSet, onDue: (system: string, at: number) => void): void {
    const { row, stored, no } = replica;
    const cells = replicaCells(row, replica.claimed, this.#flight(replica, set.flightLog));
    if (stored) this.#updateReplica(no, stored, cells);
    else this.#newReplicas.add([...cells, no, row.system, row.type]);
    set.counts.move(row.system, row.type, stored?.[stateCell] as typeof row.state | undefined, row.state);
    if (row.dueAt !== null && row.dueAt !== stored?.[dueAtCell]) onDue(row.system, row.dueAt);
    replica.stored = cells;
    replica.dirty = false;
    replica.flightDirty = false;
    this.#image(replica);
  }

  /** @returns the batch that its send is in */
  #flight({ no, stored, flight, flightDirty }: ReplicaEntry, log: FlightLog): number | null {
    const before = (stored?.[flightCell] ?? null) as number | null;
    if (!flightDirty) return before;
    if (before !== null) log.release(no, before);
    return flight ? log.append(no, flight) : null;
  }

  #image(replica: ReplicaEntry): void {
    if (!replica.imageDirty || !replica.image) return;
    replica.imageDirty = false;
    this.#images.add([replica.no, memoryText(replica.image.memory), replica.image.payload]);
  }

  #updateReplica(no: number, before: Cells, after: Cells): void {
    const changed: unknown[] = [];
    let mask = 0;
    for (let place = 0; place < replicaColumns.length; place++) {
      if (after[place] === before[place]) continue;
      mask |= 1 << place;
      changed.push(after[place]);
    }
    if (mask === 0) return;
    changed.push(no);
    this.#replicaUpdate(mask).run(changed);
  }

  /** @param mask a bit for each column, in their order */
  #replicaUpdate(mask: number): Statement {
    const known = this.#replicaUpdates.get(mask);
    if (known) return known;
    const columns = replicaColumns.filter((_, place) => mask & (1 << place)).map((name) => `${name} = ?`);
    const statement = this.#update('replicas', columns.join(', '));
    this.#replicaUpdates.set(mask, statement);
    return statement;
  }

  #update(table: string, columns: string): Statement {
    const name = `${table} ${columns}`;
    let statement = this.#updates.get(name);
    if (!statement) {
      statement = this.#db.prepare(`UPDATE ${table} SET ${columns} WHERE no = ?`);
      this.#updates.set(name, statement);
    }
    return statement;
  }
}

function newRecordCells({ no, row, lastChange }: RecordEntry): Cells {
  const { id, type, version, deleted, mergedInto, createdAt, updatedAt, stamps, data } = row;
  const narrow = [no, id, type, version, deleted ? 1 : 0, mergedInto, createdAt, updatedAt, lastChange];
  return [...narrow, stampsText(stamps), treeText(data)];
}
