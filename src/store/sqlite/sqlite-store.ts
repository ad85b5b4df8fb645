// The store's port over one SQLite file that this process owns.
import type { RecordType } from '../../model/records.ts';
import type { Credentials } from '../credentials.ts';
import { type Chance, LoadedState } from '../engine/decide.ts';
import { prunedChanges } from '../engine/pruned.ts';
import type {
  ApiKeyRow,
  AuditRow,
  ChangeRow,
  DeadLetterRow,
  DecisionRow,
  EvidenceRow,
  HistoryItem,
  InFlightRow,
  PolicyBreakerRow,
  PolicyRow,
  RecordRow,
  RunningPolicy,
  ShadowRow,
  SystemRow,
  TimerRow,
  WaitingRow,
} from '../rows.ts';
import type {
  AuditFilter,
  Claim,
  DeadLetterFilter,
  Decide,
  FeedRow,
  Key,
  OldestBehind,
  Page,
  PolicyChange,
  ReplicaCount,
  State,
  Store,
} from '../store.ts';
import { backup } from './backup.ts';
import type { IdleCheckpoint } from './checkpoint.ts';
import type { StandingClaim } from './claims.ts';
import { type Connection, codeOf, isDiskFailure } from './connection.ts';
import { CredentialTable } from './credentials.ts';
import type { Decisions } from './decisions.ts';
import type { GroupCommit } from './group-commit.ts';
import { History } from './history.ts';
import { type Promised, transactJob, writeJob } from './job.ts';
import { Lists } from './lists.ts';
import { touch } from './meta.ts';
import { Policies } from './policies.ts';
import { Prune, type Retention } from './prune.ts';
import type { ReturnTables } from './return-tables.ts';
import { SmallTables } from './small-tables.ts';
import { SmallWrites } from './small-writes.ts';

export interface SqliteParts {
  db: Connection;
  epoch: string;
  group: GroupCommit;
  idle: IdleCheckpoint;
  chance: Chance;
}

export class SqliteStore implements Store {
  readonly epoch: string;
  readonly credentials: Credentials;
  readonly #db: Connection;
  readonly #group: GroupCommit;
  readonly #idle: IdleCheckpoint;
  readonly #chance: Chance;
  readonly #lists: Lists;
  readonly #small: SmallTables;
  readonly #smallWrites: SmallWrites;
  readonly #decisions: Decisions;
  readonly #policies: Policies;
  readonly #returns: ReturnTables;
  readonly #history: History;
  readonly #prune: Prune;
  readonly #backups = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteParts) {
    this.epoch = parts.epoch;
    this.#db = parts.db;
    this.#group = parts.group;
    this.#idle = parts.idle;
    this.#chance = parts.chance;
    this.#lists = new Lists(parts.db);
    this.#small = new SmallTables(parts.db);
    this.#smallWrites = new SmallWrites(parts.db);
    this.#decisions = parts.group.set.decisions;
    this.#policies = new Policies(parts.db);
    this.#returns = parts.group.set.returns;
    this.#history = new History(parts.db, this.#small, this.#decisions);
    this.#prune = new Prune(parts.db);
    this.credentials = this.#credentials();
  }

  transact<T>(keys: Key[], decide: Decide<T>): Promise<T> {
    return this.#queue(transactJob(keys, decide, this.#chance));
  }

  claim<S>(system: string, limit: number, decide: Claim<S>, signal?: AbortSignal): Promise<S[]> {
    if (signal?.aborted || limit < 1) return Promise.resolve([]);
    return new Promise<S[]>((resolve, reject) => {
      const ended = (): void => {
        this.#group.removeClaim(claim);
        resolve([]);
      };
      const settled = <A>(settle: (answer: A) => void) => {
        return (answer: A): void => {
          signal?.removeEventListener('abort', ended);
          settle(answer);
        };
      };
      const claim: StandingClaim = {
        system,
        limit,
        decide,
        sends: [],
        resolve: settled((sends) => resolve(sends as S[])),
        reject: settled(reject),
      };
      signal?.addEventListener('abort', ended, { once: true });
      this.#group.addClaim(claim);
    });
  }

  /** True while a create of that type to that system is in flight; asked inside a decision, so not a promise. */
  createsUnsettled(system: string, type: RecordType, upTo?: number): boolean {
    return this.#group.set.flights.createsUnsettled(system, type, upTo);
  }

  unsettled(): Promise<InFlightRow[]> {
    return this.#look(() => this.#group.set.unsettled());
  }

  read<T>(keys: Key[], look: (state: State) => T): Promise<T> {
    return this.#look(() => look(new LoadedState(this.#group.set, keys)));
  }

  prunedUpTo(): Promise<number> {
    return this.#look(() => Number(this.#small.cursor(prunedChanges) ?? 0));
  }

  changesAfter(after: number, limit: number, filter: { type?: RecordType; source?: string }): Promise<ChangeRow[]> {
    return this.#look(() => this.#lists.changesAfter(after, limit, filter));
  }

  history(recordId: string, limit: number, before: string | null): Promise<Page<HistoryItem>> {
    return this.#look(() => this.#history.page(recordId, limit, before));
  }

  served(system: string, upTo: number, type: RecordType | undefined, limit: number): Promise<string[]> {
    return this.#look(() => this.#group.set.served(system, upTo, type, limit));
  }

  feed(system: string, after: number, limit: number, type: RecordType | undefined): Promise<FeedRow[]> {
    return this.#look(() => this.#lists.feed(system, after, limit, type));
  }

  deadLetters(filter: DeadLetterFilter, limit: number, after: string | null): Promise<Page<DeadLetterRow>> {
    return this.#look(() => this.#small.deadLetters(filter, limit, after));
  }

  deadLetter(id: string): Promise<DeadLetterRow | undefined> {
    return this.#look(() => this.#small.deadLetter(id));
  }

  audit(filter: AuditFilter, limit: number, before: string | null): Promise<Page<AuditRow>> {
    return this.#look(() => this.#small.audit(filter, limit, before));
  }

  recordsOf(type: RecordType, limit: number, after: string | null): Promise<Page<RecordRow>> {
    return this.#look(() => this.#lists.recordsOf(type, limit, after));
  }

  waitingDue(asked: { limit: number; now: number; except: readonly string[] }): Promise<WaitingRow[]> {
    return this.#look(() => this.#small.waitingDue(asked));
  }

  waitingFor(system: string, type: RecordType): Promise<WaitingRow[]> {
    return this.#look(() => this.#small.waitingFor(system, type));
  }

  counts(): Promise<ReplicaCount[]> {
    return this.#look(() => this.#group.set.counts.all());
  }

  oldestBehind(): Promise<OldestBehind[]> {
    const { set } = this.#group;
    return this.#look(() =>
      this.#lists.oldestBehind(set.counts.all(), (system, type) => set.oldestClaimed(system, type)),
    );
  }

  head(): Promise<number> {
    return this.#look(() => this.#group.set.numbers.head);
  }

  decision(id: string): Promise<DecisionRow | undefined> {
    return this.#look(() => this.#decisions.byId(id));
  }

  decisionsOf(subject: string, limit: number, after: string | null): Promise<Page<DecisionRow>> {
    return this.#look(() => this.#decisions.page(subject, limit, after));
  }

  timersDue(kind: TimerRow['kind'], limit: number, now: number): Promise<TimerRow[]> {
    return this.#look(() => this.#decisions.timersDue(kind, limit, now));
  }

  routableOrders(customerId: string, limit: number, after: string | null): Promise<Page<string>> {
    return this.#look(() => this.#decisions.routableOrders(customerId, limit, after));
  }

  decisionsBy(policy: string, since: number, limit: number, after: string | null): Promise<Page<DecisionRow>> {
    return this.#look(() => this.#decisions.pageBy(policy, since, limit, after));
  }

  policyBreakers(limit: number, after: string | null): Promise<Page<PolicyBreakerRow>> {
    return this.#look(() => this.#returns.breakers(limit, after));
  }

  evidenceOf(returnId: string): Promise<EvidenceRow[]> {
    return this.#look(() => this.#returns.evidenceOf(returnId));
  }

  evidenceAfter(after: number, since: number, limit: number): Promise<{ no: number; row: EvidenceRow }[]> {
    return this.#look(() => this.#returns.evidenceAfter(after, since, limit));
  }

  policies(policy: string): Promise<PolicyRow[]> {
    return this.#look(() => this.#policies.versions(policy));
  }

  runningPolicies(): Promise<RunningPolicy[]> {
    return this.#look(() => this.#policies.running());
  }

  async changePolicy<T>(policy: string, decide: (versions: PolicyRow[]) => PolicyChange<T>): Promise<T> {
    const outcome = await this.#write(() =>
      this.#policies.change(policy, decide, (rows) => {
        for (const row of rows) this.#smallWrites.putAudit(row);
      }),
    );
    if ('error' in outcome) throw outcome.error;
    return outcome.answer;
  }

  countShadow(
    version: { policy: string; version: number },
    more: { seen: number; different: number },
    keep: number,
  ): Promise<void> {
    return this.#write(() => this.#policies.count(version, more, keep));
  }

  shadowDifferences(policy: string, version: number, limit: number, after: string | null): Promise<Page<ShadowRow>> {
    return this.#look(() => this.#policies.differences(policy, version, limit, after));
  }

  cursor(name: string): Promise<string | undefined> {
    return this.#look(() => this.#small.cursor(name));
  }

  saveCursor(name: string, value: string): Promise<void> {
    return this.#write(() => this.#small.saveCursor(name, value));
  }

  systems(): Promise<SystemRow[]> {
    return this.#look(() => this.#small.systems());
  }

  saveSystem(row: SystemRow, audit?: AuditRow): Promise<void> {
    return this.#write(() => {
      this.#small.saveSystem(row);
      if (audit) this.#smallWrites.putAudit(audit);
    });
  }

  apiKeys(): Promise<ApiKeyRow[]> {
    return this.#look(() => this.#small.apiKeys());
  }

  saveApiKey(row: ApiKeyRow, audit?: AuditRow): Promise<void> {
    return this.#write(() => {
      this.#small.saveApiKey(row);
      if (audit) this.#smallWrites.putAudit(audit);
    });
  }

  prune(now: number, keep: Retention, limit: number): Promise<number> {
    return this.#write(() => this.#prune.slice(now, keep, limit));
  }

  remap(system: string, type: RecordType, digest: string, after: string | null, limit: number) {
    return this.#look(() => this.#lists.outdated({ system, type, digest }, after, limit));
  }

  backup(path: string, progress?: (share: number) => void): Promise<void> {
    return this.#look(() => {
      const { now } = this.#chance;
      const running = backup(this.#db, { path, progress, now, stopped: () => this.#group.ended !== undefined });
      this.#backups.add(running);
      const over = (): boolean => this.#backups.delete(running);
      running.then(over, over);
      return running;
    });
  }

  ready(): Promise<void> {
    return this.#write(() => touch(this.#db, this.#chance.now()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#group.close();
    this.#idle.stop();
    await Promise.allSettled(this.#backups);
    try {
      if (codeOf(this.#group.ended?.cause) === '') this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.#db.close();
    }
  }

  #credentials(): Credentials {
    const table = new CredentialTable(this.#db, this.#chance.now);
    return {
      read: (system) => this.#look(() => table.read(system)),
      begin: (system, ms) => this.#write(() => table.begin(system, ms)),
      write: (system, sealed, over) => this.#write(() => table.write(system, sealed, over)),
      end: (system) => this.#write(() => table.end(system)),
    };
  }

  #queue<T>({ job, promise }: Promised<T>): Promise<T> {
    this.#group.add(job);
    return promise;
  }

  #write<T>(write: () => T): Promise<T> {
    return this.#queue(writeJob(write));
  }

  async #look<T>(look: () => T | Promise<T>): Promise<T> {
    if (this.#group.ended) throw this.#group.ended;
    try {
      return await look();
    } catch (error) {
      throw isDiskFailure(error) ? this.#group.fail(error) : error;
    }
  }
}
