// What one group reads and changes, in memory: later decisions see it, and each row is written once, at the end.
import { type RecordType, recordTypes } from '../../model/record-types.ts';
import { resendRow } from '../draft.ts';
import { type Cells, changeCells } from '../engine/cells.ts';
import { ExternalIds } from '../engine/external-ids.ts';
import { kindOf } from '../engine/keys.ts';
import { RecordCache } from '../engine/record-cache.ts';
import { type BulkReader, recordNoOf, replicaNo, viewOf } from '../engine/view.ts';
import { BadDecision } from '../errors.ts';
import type { ChangeRow, DecisionRow, ImageRow, InFlightRow, IntakeKeyRow, RecordRow, ReplicaRow } from '../rows.ts';
import type { Key, RecordState, Writes } from '../store.ts';
import { dueAtCell, flightCell, hasPayloadCell, imageCell, imageIn, memoryCell, memoryIn, sentCell } from './cells.ts';
import type { Connection } from './connection.ts';
import { Counts } from './counts.ts';
import { Decisions } from './decisions.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import { FlightLog } from './flight-log.ts';
import { Flights } from './flights.ts';
import { Loader } from './load.ts';
import { MatchKeys } from './match-keys.ts';
import { Numbers } from './numbers.ts';
import { ReturnTables } from './return-tables.ts';
import { SmallWrites } from './small-writes.ts';

export class WorkingSet implements BulkReader<ReplicaEntry> {
  readonly numbers: Numbers;
  readonly counts: Counts;
  readonly flights = new Flights();
  readonly flightLog: FlightLog;
  readonly matchKeys: MatchKeys;
  readonly decisions: Decisions;
  readonly returns: ReturnTables;
  records: RecordEntry[] = [];
  replicas: ReplicaEntry[] = [];
  changes: Cells[] = [];
  /** Replicas that this group made due, by system. */
  readonly due = new Map<string, Set<ReplicaEntry>>();
  /** How many replicas the due index still shows although this group has changed them, by system. */
  readonly overtaken = new Map<string, number>();
  readonly #loader: Loader;
  readonly #small: SmallWrites;
  readonly #cache: RecordCache<RecordEntry>;
  readonly #external: ExternalIds;
  /** Replicas that this group parked. */
  #parked: ReplicaEntry[] = [];
  /** Ids made in this group: nothing is stored under them. */
  readonly #fresh = new Set<string>();

  constructor(db: Connection, options: { cachedRecords: number }) {
    this.numbers = new Numbers(db);
    this.counts = new Counts(db);
    this.flightLog = new FlightLog(db);
    this.flights.reset(this.flightLog.load());
    this.#loader = new Loader(db);
    this.#external = new ExternalIds((key) => this.#loader.external(key));
    this.matchKeys = new MatchKeys(db, (key) => this.#loader.match(key));
    this.#small = new SmallWrites(db);
    this.decisions = new Decisions(db);
    this.returns = new ReturnTables(db);
    this.#cache = new RecordCache(options.cachedRecords);
  }

  record(id: string): RecordEntry | undefined {
    return this.#cache.byId(id) ?? (this.#fresh.has(id) ? undefined : this.#add(this.#loader.byId(id)));
  }

  recordByNo(no: number): RecordEntry | undefined {
    return this.#cache.byNo(no) ?? this.#add(this.#loader.byNo(no));
  }

  replicaByNo(no: number): ReplicaEntry | undefined {
    for (const replica of this.recordByNo(recordNoOf(no))?.replicas.values() ?? [])
      if (replica.no === no) return replica;
    return undefined;
  }

  view(entry: RecordEntry): RecordState {
    return viewOf(entry, this);
  }

  /** The record behind a key, if there is one. */
  resolve(key: Key): RecordEntry | undefined {
    const kind = kindOf(key);
    if (kind === 'record') return this.record(key);
    if (kind === 'ext') {
      const no = this.#external.holder(key);
      return no === undefined ? undefined : this.recordByNo(recordNoOf(no));
    }
    const no = kind === 'match' ? this.matchKeys.holder(key) : undefined;
    return no === undefined ? undefined : this.recordByNo(no);
  }

  intakeKey(key: Key): IntakeKeyRow | undefined {
    return kindOf(key) === 'key' ? this.#loader.intakeKey(key) : undefined;
  }

  decision(key: Key): DecisionRow | undefined {
    return kindOf(key) === 'decision' ? this.decisions.newestOf(key.slice('decision:'.length)) : undefined;
  }

  query(key: Key): unknown {
    return kindOf(key) === 'query' ? this.returns.answer(key) : undefined;
  }

  image(replica: ReplicaEntry): ImageRow | undefined {
    if (replica.image === undefined) replica.image = this.#storedImage(replica);
    return replica.image ?? undefined;
  }

  inFlight(replica: ReplicaEntry): InFlightRow | undefined {
    if (replica.flight === undefined) {
      replica.flight = this.flights.has(replica.no) ? this.#storedFlight(replica) : null;
    }
    return replica.flight ?? undefined;
  }

  /** Every send that has no answer yet. */
  unsettled(): InFlightRow[] {
    const found: InFlightRow[] = [];
    for (const no of this.flights.replicas()) {
      const replica = this.replicaByNo(no);
      const flight = replica && this.inFlight(replica);
      if (flight) found.push(flight);
    }
    this.#cache.shrink();
    return found;
  }

  /** Ids of the records that a system was sent up to a change number. */
  served(system: string, upTo: number, type: RecordType | undefined, limit: number): string[] {
    const types = type ? [type] : recordTypes;
    const found = this.flights.upTo(system, upTo, types, limit).map((no) => this.recordByNo(recordNoOf(no))?.row.id);
    this.#cache.shrink();
    return found.filter((id) => id !== undefined);
  }

  /** The claimed replica of a system that has been behind for the longest. */
  oldestClaimed(system: string, type: RecordType): { recordId: string; since: number } | undefined {
    const oldest = this.flights.oldestClaimed(system, type);
    const record = oldest && this.recordByNo(recordNoOf(oldest.replica));
    this.#cache.shrink();
    return record && { recordId: record.row.id, since: oldest.since };
  }

  /** Has the send stored anew. */
  moveFlight(no: number): void {
    const replica = this.replicaByNo(no);
    if (!replica || !this.inFlight(replica)) return;
    replica.flightDirty = true;
    this.#touch(replica);
  }

  /** Before the record's data is stored: what is kept as a difference to it has to be kept anew. */
  rebase(record: RecordEntry): void {
    for (const replica of record.replicas.values()) {
      const [image, flight] = [this.image(replica), this.inFlight(replica)];
      replica.rebased = image !== undefined || flight !== undefined;
      if (replica.rebased) this.#touch(replica);
    }
  }

  nextChange(): number {
    return this.numbers.nextChange();
  }

  /** The id is known to be new. */
  announce(id: string): string {
    this.#fresh.add(id);
    return id;
  }

  /** @throws BadDecision when a row names what does not exist; the group is then rolled back */
  apply(writes: Writes, now: number): void {
    for (const row of writes.records ?? []) this.#putRecord(row);
    for (const row of writes.replicas ?? []) this.putReplica(row);
    this.#refuseTakenIds();
    for (const { recordId, system, image } of writes.images ?? [])
      this.#putImage(this.#replica(recordId, system), image);
    for (const row of writes.inFlight ?? []) this.#putFlight(this.#replica(row.recordId, row.system), row);
    for (const { recordId, system } of writes.settled ?? []) this.#settle(this.#replica(recordId, system));
    for (const row of writes.changes ?? []) this.#putChange(row);
    for (const { type, field, value, recordId } of writes.matchKeys ?? []) {
      this.matchKeys.move(type, field, value, recordId === null ? null : this.#existing(recordId).no);
    }
    this.#small.apply(writes);
    if (writes.policy) this.decisions.apply(writes.policy);
    if (writes.returns) this.returns.apply(writes.returns);
    for (const one of writes.unpark ?? []) this.#unpark(one, now);
  }

  putReplica(row: ReplicaRow): ReplicaEntry {
    const record = this.#existing(row.recordId);
    const known = record.replicas.get(row.system);
    if (known?.row === row) return known;
    const replica = known ?? this.#newReplica(record, row);
    if (!known || known.row.externalId !== row.externalId)
      this.#external.move(replica.no, known?.row.externalId ?? null, row);
    replica.row = row;
    if (row.state === 'parked') this.#parked.push(replica);
    if (row.dueAt !== null) this.#dueIn(row.system).add(replica);
    else this.due.get(row.system)?.delete(replica);
    if (row.dueAt !== null || row.state !== 'behind') replica.claimed = false;
    this.#touch(replica);
    return replica;
  }

  #refuseTakenIds(): void {
    for (const { holder, row } of this.#external.contests()) {
      const other = this.replicaByNo(holder)?.row;
      if (row.externalId === null || other?.externalId !== row.externalId) continue;
      const name = `${row.system} ${row.type} ${row.externalId}`;
      throw new BadDecision(`${name} is ${other.recordId} already, it cannot be ${row.recordId} too`);
    }
  }

  /** A claim has it: it is due no more, whatever becomes of the claim. */
  take(replica: ReplicaEntry): ReplicaRow {
    const taken = { ...replica.row, dueAt: null };
    this.putReplica(taken);
    replica.claimed = true;
    return taken;
  }

  /** After the commit, or when there was nothing to commit. */
  committed(): void {
    this.counts.committed();
    this.#forget();
    this.#cache.shrink();
  }

  rolledBack(): void {
    this.#forget();
    this.#cache.clear();
    this.counts.rolledBack();
    this.flights.reset(this.flightLog.load());
    this.numbers.rolledBack();
  }

  #forget(): void {
    this.records = [];
    this.replicas = [];
    this.changes = [];
    this.#parked = [];
    this.due.clear();
    this.overtaken.clear();
    this.#external.clear();
    this.matchKeys.clear();
    this.#fresh.clear();
  }

  #storedImage(replica: ReplicaEntry): ImageRow | null {
    const { stored, of } = replica;
    if (!stored || !of.stored || stored[memoryCell] === null) return null;
    const image = imageIn(stored[imageCell] as string, of.stored.row.data);
    replica.payload = stored[hasPayloadCell] === 1 ? this.#loader.payload(replica) : undefined;
    return { memory: memoryIn(stored[memoryCell] as string, image), payload: replica.payload ?? null };
  }

  #storedFlight({ no, row, stored, of }: ReplicaEntry): InFlightRow | null {
    const batch = stored?.[flightCell];
    const text = stored?.[sentCell];
    if (typeof batch !== 'number' || typeof text !== 'string' || !of.stored) return null;
    return this.flightLog.read({ replica: no, of: row, image: imageIn(text, of.stored.row.data) }, batch) ?? null;
  }

  #add(entry: RecordEntry | undefined): RecordEntry | undefined {
    return entry && this.#cache.add(entry);
  }

  #existing(id: string): RecordEntry {
    const entry = this.record(id);
    if (!entry) throw new BadDecision(`no record ${id} to write for`);
    return entry;
  }

  #replica(recordId: string, system: string): ReplicaEntry {
    const replica = this.#existing(recordId).replicas.get(system);
    if (!replica) throw new BadDecision(`${recordId} has no replica of ${system} to write for`);
    return replica;
  }

  #putRecord(row: RecordRow): void {
    const known = this.record(row.id);
    const entry = known ?? this.#newRecord(row);
    entry.row = row;
    this.#touchRecord(entry);
  }

  #newRecord(row: RecordRow): RecordEntry {
    const no = this.numbers.nextRecord();
    const replicas = new Map<string, ReplicaEntry>();
    const entry: RecordEntry = { no, row, lastChange: 0, stored: undefined, dirty: false, replicas, view: undefined };
    this.#cache.add(entry);
    return entry;
  }

  #newReplica(of: RecordEntry, row: ReplicaRow): ReplicaEntry {
    const no = replicaNo(of.no, this.numbers.system(row.system));
    const replica: ReplicaEntry = {
      no,
      of,
      row,
      claimed: false,
      stored: undefined,
      dirty: false,
      image: null,
      imageDirty: false,
      payload: undefined,
      flight: null,
      flightDirty: false,
      rebased: false,
      difference: undefined,
    };
    of.replicas.set(row.system, replica);
    return replica;
  }

  #putImage(replica: ReplicaEntry, image: ImageRow): void {
    replica.image = image;
    replica.imageDirty = true;
    this.#touch(replica);
  }

  #putFlight(replica: ReplicaEntry, row: InFlightRow | null): void {
    replica.flight = row;
    replica.flightDirty = true;
    this.flights.set(replica.no, row);
    this.#touch(replica);
  }

  #settle(replica: ReplicaEntry): void {
    this.#putFlight(replica, null);
    replica.claimed = false;
  }

  #putChange(row: ChangeRow): void {
    const record = this.#existing(row.recordId);
    this.changes.push(changeCells(row, record.no, record.lastChange));
    record.lastChange = row.seq;
    this.#touchRecord(record);
  }

  #unpark({ system, recordId, moves }: NonNullable<Writes['unpark']>[number], now: number): void {
    for (const replica of this.#parkedOn(recordId, system)) {
      const { row } = replica;
      if (row.state !== 'parked' || row.parkedOn !== recordId || row.system !== system) continue;
      const free = { ...row, state: 'behind' as const, parkedOn: null, behindSince: row.behindSince ?? now };
      this.putReplica(moves ? { ...free, wantedSeq: this.#moved(replica.of.row, now) } : { ...free, dueAt: now });
    }
  }

  /** Those that were parked on it, and others that this group has parked. */
  #parkedOn(recordId: string, system: string): Iterable<ReplicaEntry> {
    if (!this.counts.has(system, 'parked')) return this.#parked;
    const parked = new Set(this.#parked);
    for (const no of this.#loader.parkedOn(recordId, system)) {
      const replica = this.replicaByNo(no);
      if (replica) parked.add(replica);
    }
    return parked;
  }

  #moved(record: RecordRow, now: number): number {
    const seq = this.numbers.nextChange();
    this.#putChange(resendRow(record, { seq, source: 'policy', reason: 'unparked', now }));
    return seq;
  }

  #touchRecord(entry: RecordEntry): void {
    entry.view = undefined;
    if (entry.dirty) return;
    entry.dirty = true;
    this.records.push(entry);
  }

  #touch(replica: ReplicaEntry): void {
    replica.of.view = undefined;
    if (replica.dirty) return;
    replica.dirty = true;
    this.replicas.push(replica);
    if (replica.stored && replica.stored[dueAtCell] !== null) {
      const { system } = replica.row;
      this.overtaken.set(system, (this.overtaken.get(system) ?? 0) + 1);
    }
  }

  #dueIn(system: string): Set<ReplicaEntry> {
    const due = this.due.get(system) ?? new Set();
    this.due.set(system, due);
    return due;
  }
}
