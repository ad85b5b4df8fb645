// What one group reads and changes, in memory: later decisions see it, and each row is written once, at the end. Nothing
// of it outlives the group, since other nodes write too.
import type { RecordType } from '../../model/records.ts';
import { breakerQuery, decisionKey, extKey, lifeQuery, matchKey, orderQuery, resendRow } from '../draft.ts';
import { type Cells, changeCells } from '../engine/cells.ts';
import type { Loaded, Numbering } from '../engine/decide.ts';
import { ExternalIds } from '../engine/external-ids.ts';
import { Holders } from '../engine/holders.ts';
import { kindOf, threeParts } from '../engine/keys.ts';
import { type BulkReader, recordNoOf, replicaNo, viewOf } from '../engine/view.ts';
import { BadDecision } from '../errors.ts';
import type { ChangeRow, DecisionRow, ImageRow, InFlightRow, IntakeKeyRow, RecordRow, ReplicaRow } from '../rows.ts';
import type { Key, PolicyWrite, RecordState, ReturnWrite, Writes } from '../store.ts';
import { flightIn, imageIn } from './cells.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import { missingFor } from './missing.ts';
import type { Numbers } from './numbers.ts';
import { NotLoaded } from './wanted.ts';

export interface MovedMatch {
  type: RecordType;
  field: string;
  value: string;
  record: number | null;
}

export type SmallWrites = Pick<
  Writes,
  'attempts' | 'closeDeadLetters' | 'deadLetters' | 'waiting' | 'waited' | 'audit'
>;

/** Change numbers that the group has reserved and not used. */
class ReservedNumbers {
  readonly #blocks: { first: number; last: number }[] = [];
  #next = 0;
  #floor = 0;

  add(first: number, last: number): void {
    if (this.#blocks.length === 0) this.#next = Math.max(first, this.#floor);
    this.#blocks.push({ first, last });
  }

  /** Of the last block: the lowest one that was not used. */
  get next(): number {
    return this.#next;
  }

  rewind(next: number): void {
    this.#next = Math.max(next, this.#floor);
  }

  /** A record has that number already, and its numbers only grow. */
  above(used: number): void {
    this.#floor = Math.max(this.#floor, used + 1);
    this.#next = Math.max(this.#next, this.#floor);
  }

  get left(): number {
    let left = 0;
    for (const { first, last } of this.#blocks) left += Math.max(0, last - Math.max(first, this.#next) + 1);
    return left;
  }

  take(): number | undefined {
    for (const { first, last } of this.#blocks) {
      if (this.#next > last) continue;
      this.#next = Math.max(this.#next, first);
      return this.#next++;
    }
    return undefined;
  }
}

export class GroupSet implements Loaded<RecordEntry>, BulkReader<ReplicaEntry>, Numbering {
  /** The one whose decision is being made: decisions are synchronous, so there is one at most in a thread. */
  static deciding: GroupSet | undefined;

  readonly reserved = new ReservedNumbers();
  readonly records: RecordEntry[] = [];
  readonly replicas: ReplicaEntry[] = [];
  readonly changes: Cells[] = [];
  readonly small: SmallWrites[] = [];
  readonly movedMatches = new Map<Key, MovedMatch>();
  /** As the database has them; null: no such key. */
  readonly intakeKeys = new Map<Key, IntakeKeyRow | null>();
  /** The newest about each record that was asked for. */
  readonly decisions = new Map<string, DecisionRow>();
  readonly policyWrites: PolicyWrite[] = [];
  /** Answers of queries, as the tables and this group's writes have them. */
  readonly answers = new Map<Key, unknown>();
  readonly newIntakeKeys = new Map<Key, IntakeKeyRow>();
  /** Replicas that this group made due, by system. */
  readonly due = new Map<string, Set<ReplicaEntry>>();
  /** As the database has them, by key: number of a replica, of a record. */
  readonly storedNames = new Map<Key, number>();
  /** Lowest number of an unsettled create, by `<system> <type>`; null: there is none. */
  readonly creates = new Map<string, number | null>();
  /** Numbers of the replicas parked on a record, by `<record> <system>`. */
  readonly waiters = new Map<string, number[]>();
  /** Keys that were looked up; what they name is here, unless another transaction has it. */
  readonly loaded = new Set<Key>();
  /** Ids made in this group: nothing is stored under them. */
  readonly fresh = new Set<string>();
  readonly node: number;
  readonly numbers: Numbers;
  readonly #byId = new Map<string, RecordEntry>();
  readonly #byNo = new Map<number, RecordEntry>();
  readonly #external = new ExternalIds((key) => this.storedNames.get(key));
  readonly #matches = new Holders((key) => this.storedNames.get(key));
  /** Names that this group has given to somebody or freed. */
  readonly #given = new Set<Key>();
  #parked: ReplicaEntry[] = [];
  /** Not in the tables yet. */
  #returnWrites: ReturnWrite[] = [];

  constructor(node: number, numbers: Numbers) {
    this.node = node;
    this.numbers = numbers;
  }

  record(id: string): RecordEntry | undefined {
    return this.#byId.get(id);
  }

  recordByNo(no: number): RecordEntry | undefined {
    return this.#byNo.get(no);
  }

  /** Every record that the group has seen. */
  all(): Iterable<RecordEntry> {
    return this.#byNo.values();
  }

  replicaByNo(no: number): ReplicaEntry | undefined {
    for (const replica of this.recordByNo(recordNoOf(no))?.replicas.values() ?? [])
      if (replica.no === no) return replica;
    return undefined;
  }

  view(entry: RecordEntry): RecordState {
    return viewOf(entry, this);
  }

  resolve(key: Key): RecordEntry | undefined {
    const kind = kindOf(key);
    if (kind === 'record') return this.record(key);
    // A name that was not looked up yet must not be remembered as nobody's.
    if (!this.loaded.has(key) && !this.#given.has(key)) return undefined;
    if (kind === 'ext') {
      const no = this.#external.holder(key);
      return no === undefined ? undefined : this.recordByNo(recordNoOf(no));
    }
    const no = kind === 'match' ? this.#matches.holder(key) : undefined;
    return no === undefined ? undefined : this.recordByNo(no);
  }

  intakeKey(key: Key): IntakeKeyRow | undefined {
    return this.newIntakeKeys.get(key) ?? this.intakeKeys.get(key) ?? undefined;
  }

  decision(key: Key): DecisionRow | undefined {
    return kindOf(key) === 'decision' ? this.decisions.get(key.slice(decisionKey('').length)) : undefined;
  }

  query(key: Key): unknown {
    if (!this.answers.has(key)) throw new NotLoaded((wanted) => wanted.keys.add(key));
    return this.answers.get(key);
  }

  takeReturnWrites(): ReturnWrite[] {
    const taken = this.#returnWrites;
    this.#returnWrites = [];
    return taken;
  }

  image(replica: ReplicaEntry): ImageRow | undefined {
    if (replica.image === undefined) replica.image = replica.bulk ? imageIn(replica.bulk) : null;
    return replica.image ?? undefined;
  }

  inFlight(replica: ReplicaEntry): InFlightRow | undefined {
    if (replica.flight === undefined) replica.flight = replica.bulk ? flightIn(replica.row, replica.bulk) : null;
    return replica.flight ?? undefined;
  }

  /** True while a create of that type to that system, of at most that change number, has no answer yet. */
  createsUnsettled(system: string, type: RecordType, upTo = Number.POSITIVE_INFINITY): boolean {
    const name = `${system} ${type}`;
    const lowest = this.creates.get(name);
    if (lowest === undefined) throw new NotLoaded((wanted) => wanted.creates.add(name));
    return lowest !== null && lowest <= upTo;
  }

  nextChange(): number {
    const no = this.reserved.take();
    if (no === undefined) throw new NotLoaded((wanted) => (wanted.numbers += 16));
    return no;
  }

  announce(id: string): string {
    this.fresh.add(id);
    return id;
  }

  /** As it was loaded. */
  add(entry: RecordEntry): void {
    this.reserved.above(entry.lastChange);
    this.#byId.set(entry.row.id, entry);
    this.#byNo.set(entry.no, entry);
  }

  /**
   * @throws NotLoaded when something has to be read before these rows can be written; nothing has changed then
   * @throws BadDecision when a row names what does not exist; the group is then made again without it
   */
  apply(writes: Writes, now: number): void {
    this.require(writes);
    for (const row of writes.records ?? []) this.#putRecord(row);
    for (const row of writes.replicas ?? []) this.putReplica(row);
    this.#refuseTakenIds();
    for (const { recordId, system, image } of writes.images ?? [])
      this.#putImage(this.#replica(recordId, system), image);
    for (const row of writes.inFlight ?? []) this.#putFlight(this.#replica(row.recordId, row.system), row);
    for (const { recordId, system } of writes.settled ?? []) this.#settle(this.#replica(recordId, system));
    for (const row of writes.changes ?? []) this.#putChange(row);
    for (const { type, field, value, recordId } of writes.matchKeys ?? [])
      this.#moveMatch({ type, field, value, record: recordId === null ? null : this.#existing(recordId).no });
    for (const row of writes.intakeKeys ?? []) this.newIntakeKeys.set(`key:${row.system}:${row.key}`, row);
    this.small.push(writes);
    for (const one of writes.policy ?? []) this.#putPolicy(one);
    for (const one of writes.returns ?? []) this.#putReturn(one);
    for (const one of writes.unpark ?? []) this.#unpark(one, now);
  }

  /** @throws NotLoaded */
  require(writes: Writes): void {
    const wanted = missingFor(writes, this);
    if (!wanted.isEmpty) throw new NotLoaded((all) => all.add(wanted));
  }

  putReplica(row: ReplicaRow): ReplicaEntry {
    const record = this.#existing(row.recordId);
    const known = record.replicas.get(row.system);
    if (known?.row === row) return known;
    const replica = known ?? this.#newReplica(record, row);
    if (!known || known.row.externalId !== row.externalId) {
      const { system, type, externalId } = row;
      if (externalId !== null) this.#given.add(extKey(system, type, externalId));
      this.#external.move(replica.no, known?.row.externalId ?? null, row);
    }
    replica.row = row;
    if (row.state === 'parked') this.#parked.push(replica);
    if (row.dueAt !== null) this.#dueIn(row.system).add(replica);
    else this.due.get(row.system)?.delete(replica);
    if (row.dueAt !== null || row.state !== 'behind') replica.claimed = 0;
    this.#touch(replica);
    return replica;
  }

  /** A claim of this node has it: it is due no more. */
  take(replica: ReplicaEntry): void {
    this.putReplica({ ...replica.row, dueAt: null });
    replica.claimed = this.node;
  }

  /** Nobody has it any more. */
  free(replica: ReplicaEntry): void {
    replica.claimed = 0;
    this.#touch(replica);
  }

  /** Those that were parked on it, and others that this group has parked. */
  parkedOn(recordId: string, system: string): ReplicaEntry[] {
    const parked = new Set(this.#parked);
    for (const no of this.waiters.get(`${recordId} ${system}`) ?? []) {
      const replica = this.replicaByNo(no);
      if (replica) parked.add(replica);
    }
    const isParked = ({ row }: ReplicaEntry): boolean =>
      row.state === 'parked' && row.parkedOn === recordId && row.system === system;
    return [...parked].filter(isParked);
  }

  #refuseTakenIds(): void {
    for (const { holder, row } of this.#external.contests()) {
      const other = this.replicaByNo(holder)?.row;
      if (row.externalId === null || other?.externalId !== row.externalId) continue;
      const name = `${row.system} ${row.type} ${row.externalId}`;
      throw new BadDecision(`${name} is ${other.recordId} already, it cannot be ${row.recordId} too`);
    }
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
    const entry = this.record(row.id) ?? this.#newRecord(row);
    entry.row = row;
    this.#touchRecord(entry);
  }

  #newRecord(row: RecordRow): RecordEntry {
    const no = this.numbers.nextRecord();
    const replicas = new Map<string, ReplicaEntry>();
    const entry: RecordEntry = {
      no,
      row,
      lastChange: 0,
      dataLength: 0,
      isWaitedFor: false,
      stored: undefined,
      rowVersion: '',
      dirty: false,
      replicas,
      view: undefined,
    };
    this.add(entry);
    return entry;
  }

  #newReplica(of: RecordEntry, row: ReplicaRow): ReplicaEntry {
    const no = replicaNo(of.no, this.numbers.system(row.system) ?? 0);
    const unwritten = { stored: undefined, dirty: false, bulk: undefined };
    const versions = { rowVersion: '', imageVersion: '', flightVersion: '' };
    const none = { image: null, imageDirty: false, flight: null, flightDirty: false };
    const replica: ReplicaEntry = { no, of, row, claimed: 0, ...unwritten, ...versions, ...none };
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
    this.#touch(replica);
  }

  #settle(replica: ReplicaEntry): void {
    this.#putFlight(replica, null);
    replica.claimed = 0;
  }

  #putChange(row: ChangeRow): void {
    const record = this.#existing(row.recordId);
    this.changes.push(changeCells(row, record.no, record.lastChange));
    record.lastChange = row.seq;
    this.#touchRecord(record);
  }

  #putPolicy(write: PolicyWrite): void {
    this.policyWrites.push(write);
    if (write.decision) this.decisions.set(write.decision.subject, write.decision);
  }

  /** What it leaves as it is need not be asked again. */
  #putReturn(write: ReturnWrite): void {
    this.#returnWrites.push(write);
    const { life, breaker, exposure, return: row, order, shipment, addressChange, alias } = write;
    if (life) this.answers.set(lifeQuery(life.returnId), life.life);
    if (breaker) this.answers.set(breakerQuery(breaker.breaker, breaker.scopeKey), breaker);
    const stores = [exposure?.storeId, row?.storeId].filter((id) => id !== undefined);
    const orders = [row?.orderId, shipment?.orderId].filter((id) => id !== undefined);
    const ofCustomers = row ?? order ?? shipment ?? addressChange ?? alias;
    for (const key of this.answers.keys()) {
      const isStale =
        (ofCustomers && key.startsWith('customer:')) ||
        orders.some((id) => key === orderQuery(id)) ||
        (key.startsWith('store:') && stores.includes(threeParts(key)[2]));
      if (!isStale) continue;
      this.answers.delete(key);
      this.loaded.delete(key);
    }
  }

  #moveMatch(moved: MovedMatch): void {
    const key = matchKey(moved.type, moved.field, moved.value);
    if ((this.#matches.holder(key) ?? null) === moved.record) return;
    this.#given.add(key);
    this.#matches.move(key, moved.record);
    this.movedMatches.set(key, moved);
  }

  #unpark({ system, recordId, moves }: NonNullable<Writes['unpark']>[number], now: number): void {
    for (const replica of this.parkedOn(recordId, system)) {
      const { row } = replica;
      const free = { ...row, state: 'behind' as const, parkedOn: null, behindSince: row.behindSince ?? now };
      this.putReplica(moves ? { ...free, wantedSeq: this.#moved(replica.of.row, now) } : { ...free, dueAt: now });
    }
  }

  #moved(record: RecordRow, now: number): number {
    const seq = this.nextChange();
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
  }

  #dueIn(system: string): Set<ReplicaEntry> {
    const due = this.due.get(system) ?? new Set();
    this.due.set(system, due);
    return due;
  }
}
