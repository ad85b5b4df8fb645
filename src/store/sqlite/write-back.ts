// Writes what a group has changed, touching only the columns, and so the indexes, that really differ.
import type { Statement } from 'better-sqlite3';
import type { JsonObject } from '../../model/json.ts';
import { type Cells, changeColumns, recordCells, recordColumns, stampsText } from '../engine/cells.ts';
import type { RecordRow } from '../rows.ts';
import { BatchInsert } from './batch-insert.ts';
import {
  dueAtCell,
  externalIdCell,
  flightCell,
  hasPayloadCell,
  imageCell,
  imageText,
  keptReplicaColumns,
  memoryCell,
  memoryText,
  replicaCells,
  sentCell,
  stateCell,
} from './cells.ts';
import type { Connection } from './connection.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import type { FlightLog } from './flight-log.ts';
import type { WorkingSet } from './working-set.ts';

export class WriteBack {
  readonly #db: Connection;
  readonly #newRecords: BatchInsert;
  readonly #newReplicas: BatchInsert;
  readonly #changes: BatchInsert;
  readonly #updates = new Map<string, Statement>();
  readonly #replicaUpdates = new Map<number, Statement>();
  readonly #freeExternal;
  readonly #payloads: BatchInsert;
  readonly #removePayload;

  constructor(db: Connection) {
    this.#db = db;
    this.#newRecords = new BatchInsert(db, 'records', recordColumns);
    this.#newReplicas = new BatchInsert(db, 'replicas', `${keptReplicaColumns.join(', ')}, no, system, type`);
    this.#changes = new BatchInsert(db, 'changes', changeColumns);
    this.#freeExternal = db.prepare('UPDATE replicas SET external_id = NULL WHERE no = ?');
    this.#payloads = new BatchInsert(
      db,
      'payloads',
      'replica, payload',
      'ON CONFLICT (replica) DO UPDATE SET payload = excluded.payload',
    );
    this.#removePayload = db.prepare('DELETE FROM payloads WHERE replica = ?');
  }

  /** @param onDue is told of every replica that the due index now shows */
  write(set: WorkingSet, onDue: (system: string, at: number) => void): void {
    for (const record of set.records) this.#record(record, set);
    this.#newRecords.write();
    this.#freeMovedExternalIds(set.replicas);
    for (const no of set.flightLog.stale()) set.moveFlight(no);
    for (const replica of set.replicas) this.#replica(replica, set, onDue);
    this.#newReplicas.write();
    this.#payloads.write();
    set.flightLog.write();
    for (const cells of set.changes) this.#changes.add(cells);
    this.#changes.write();
    set.matchKeys.write();
    set.counts.save();
    set.numbers.save();
  }

  #record(entry: RecordEntry, set: WorkingSet): void {
    const { row, stored, lastChange } = entry;
    if (stored && stored.row !== row && stored.row.data !== row.data) set.rebase(entry);
    entry.dirty = false;
    entry.stored = { row, lastChange };
    if (!stored) this.#newRecords.add(recordCells(entry.no, row, lastChange));
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
      changed.push(JSON.stringify(row.data));
    }
    changed.push(no);
    this.#update('records', columns).run(changed);
  }

  /** What was gathered and not written is void. */
  rolledBack(): void {
    for (const batch of [this.#newRecords, this.#newReplicas, this.#payloads, this.#changes]) batch.clear();
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
    const cells = replicaCells(row, {
      claimed: replica.claimed,
      flight: this.#flight(replica, set.flightLog),
      hasPayload: this.#payload(replica),
      memory: memoryOf(replica),
      image: imageOf(replica),
      sent: sentOf(replica),
    });
    if (stored) this.#updateReplica(no, stored, cells);
    else this.#newReplicas.add([...cells, no, row.system, row.type]);
    set.counts.move(row.system, row.type, stored?.[stateCell] as typeof row.state | undefined, row.state);
    if (row.dueAt !== null && row.dueAt !== stored?.[dueAtCell]) onDue(row.system, row.dueAt);
    replica.stored = cells;
    replica.dirty = false;
    replica.flightDirty = false;
    replica.imageDirty = false;
    replica.rebased = false;
    set.flights.claimed(no, replica.claimed ? row.behindSince : null);
  }

  /** @returns the batch that its send is in */
  #flight({ no, stored, flight, flightDirty }: ReplicaEntry, log: FlightLog): number | null {
    const before = (stored?.[flightCell] ?? null) as number | null;
    if (!flightDirty) return before;
    if (before !== null) log.release(no, before);
    return flight ? log.append(no, flight) : null;
  }

  /** @returns whether there is one */
  #payload(replica: ReplicaEntry): boolean {
    const { no, image, imageDirty, stored } = replica;
    const before = stored?.[hasPayloadCell] === 1;
    if (!imageDirty || !image) return before;
    const payload = image.payload ?? undefined;
    if (payload === undefined && before) this.#removePayload.run(no);
    if (payload !== undefined && payload !== replica.payload) this.#payloads.add([no, payload]);
    replica.payload = payload;
    return payload !== undefined;
  }

  #updateReplica(no: number, before: Cells, after: Cells): void {
    const changed: unknown[] = [];
    let mask = 0;
    for (let place = 0; place < keptReplicaColumns.length; place++) {
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
    const columns = keptReplicaColumns.filter((_, place) => mask & (1 << place)).map((name) => `${name} = ?`);
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

function memoryOf({ image, imageDirty, stored }: ReplicaEntry): string | null {
  if (imageDirty && image) return memoryText(image.memory);
  return (stored?.[memoryCell] ?? null) as string | null;
}

function imageOf(replica: ReplicaEntry): string | null {
  const { image, imageDirty, rebased, stored } = replica;
  if ((imageDirty || rebased) && image) return differenceText(replica, image.memory.image);
  return (stored?.[imageCell] ?? null) as string | null;
}

function sentOf(replica: ReplicaEntry): string | null {
  const { flight, flightDirty, rebased, stored } = replica;
  if (flightDirty || rebased) return flight ? differenceText(replica, flight.image) : null;
  return (stored?.[sentCell] ?? null) as string | null;
}

function differenceText(replica: ReplicaEntry, tree: JsonObject): string {
  const { data } = replica.of.row;
  const known = replica.difference;
  if (known?.tree === tree && known.data === data) return known.text;
  const text = imageText(tree, data);
  replica.difference = { tree, data, text };
  return text;
}
