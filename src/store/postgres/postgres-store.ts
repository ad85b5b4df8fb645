// The store's port over a PostgreSQL database that other nodes may share.
import type { RecordType } from '../../model/records.ts';
import type { Credentials } from '../credentials.ts';
import { type Chance, LoadedState } from '../engine/decide.ts';
import { prunedChanges } from '../engine/pruned.ts';
import { StoreUnavailable } from '../errors.ts';
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
import type { LeaseHeld, Sharing } from '../sharing.ts';
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
import type { StandingClaim } from './claims.ts';
import { Conditions } from './conditions.ts';
import type { Connections } from './connect.ts';
import { credentialsIn } from './credentials.ts';
import { Decisions } from './decisions.ts';
import { kindOf } from './faults.ts';
import { GroupSet } from './group-set.ts';
import type { Groups } from './groups.ts';
import type { Hints } from './hints.ts';
import { History } from './history.ts';
import { giveLeasesBack, saveCursorUnder, takeLeases } from './leases.ts';
import { Lists } from './lists.ts';
import { Loader } from './load.ts';
import type { Node } from './node.ts';
import { type Numbers, readHead } from './numbers.ts';
import { Policies } from './policies.ts';
import { pruneSlice, type Retention } from './prune.ts';
import { ReturnTables } from './return-tables.ts';
import { SmallTables } from './small-tables.ts';
import { transactJob } from './steps.ts';
import type { Upkeep } from './upkeep.ts';

export interface PostgresParts {
  connections: Connections;
  epoch: string;
  groups: Groups;
  node: Node;
  numbers: Numbers;
  upkeep: Upkeep;
  hints: Hints;
  chance: Chance;
  elapsed: () => number;
}

/** ms. Longer than from one pruning to the next, so that the same node goes on with it while it lives. */
const pruneLeaseMs = 90_000;

export class PostgresStore implements Store {
  readonly epoch: string;
  readonly sharing: Sharing;
  readonly credentials: Credentials;
  readonly upkeep: Upkeep;
  /** The clock that due times are judged by: ms since 1970. */
  readonly now: () => number;
  readonly #parts: PostgresParts;
  readonly #lists: Lists;
  readonly #small: SmallTables;
  readonly #decisions: Decisions;
  readonly #policies: Policies;
  readonly #returns: ReturnTables;
  readonly #history: History;
  readonly #backups = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(parts: PostgresParts) {
    this.epoch = parts.epoch;
    this.upkeep = parts.upkeep;
    this.now = parts.chance.now;
    this.#parts = parts;
    const { reads } = parts.connections;
    this.#lists = new Lists(reads);
    this.#small = new SmallTables(reads);
    this.sharing = this.#share();
    this.credentials = this.#credentials();
    this.#decisions = new Decisions(reads);
    this.#policies = new Policies(reads);
    this.#returns = new ReturnTables(reads);
    this.#history = new History(reads, this.#small, this.#decisions);
  }

  transact<T>(keys: Key[], decide: Decide<T>): Promise<T> {
    const { chance, elapsed, groups } = this.#parts;
    const { job, promise } = transactJob(keys, decide, { chance, since: elapsed() });
    groups.add(job);
    return promise;
  }

  claim<S>(system: string, limit: number, decide: Claim<S>, signal?: AbortSignal): Promise<S[]> {
    if (signal?.aborted || limit < 1) return Promise.resolve([]);
    const { groups } = this.#parts;
    return new Promise<S[]>((resolve, reject) => {
      const ended = (): void => groups.endClaim(claim);
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
        ended: false,
        resolve: settled((sends) => resolve(sends as S[])),
        reject: settled(reject),
      };
      signal?.addEventListener('abort', ended, { once: true });
      groups.addClaim(claim);
    });
  }

  /**
   * True while a create of that type to that system is in flight; for decisions only, which break off until it is known.
   */
  createsUnsettled(system: string, type: RecordType, upTo?: number): boolean {
    const set = GroupSet.deciding;
    if (!set) throw new Error('whether creates are unsettled is asked within a decision only');
    return set.createsUnsettled(system, type, upTo);
  }

  unsettled(): Promise<InFlightRow[]> {
    return this.#look(() => this.#lists.unsettled(this.#parts.node.no));
  }

  read<T>(keys: Key[], look: (state: State) => T): Promise<T> {
    return this.#look(async () => {
      const { connections, node, numbers } = this.#parts;
      const client = await connections.reads.connect();
      let broken = true;
      try {
        const set = new GroupSet(node.no, numbers);
        await Promise.all([
          client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
          new Loader(client, set).load(keys, 'none'),
        ]);
        await client.query('COMMIT');
        broken = false;
        return look(new LoadedState(set, keys));
      } finally {
        client.release(broken);
      }
    });
  }

  prunedUpTo(): Promise<number> {
    return this.#look(async () => Number((await this.#small.cursor(prunedChanges)) ?? 0));
  }

  changesAfter(after: number, limit: number, filter: { type?: RecordType; source?: string }): Promise<ChangeRow[]> {
    return this.#look(() => this.#lists.changesAfter(after, limit, filter));
  }

  history(recordId: string, limit: number, before: string | null): Promise<Page<HistoryItem>> {
    return this.#look(() => this.#history.page(recordId, limit, before));
  }

  served(system: string, upTo: number, type: RecordType | undefined, limit: number): Promise<string[]> {
    return this.#look(() => this.#lists.served(system, upTo, type, limit));
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
    return this.#look(() => this.#lists.counts());
  }

  oldestBehind(): Promise<OldestBehind[]> {
    return this.#look(() => this.#lists.oldestBehind());
  }

  head(): Promise<number> {
    return this.#look(() => readHead(this.#parts.connections.reads));
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

  changePolicy<T>(policy: string, decide: (versions: PolicyRow[]) => PolicyChange<T>): Promise<T> {
    return this.#look(() => this.#policies.change(policy, decide));
  }

  countShadow(
    version: { policy: string; version: number },
    more: { seen: number; different: number },
    keep: number,
  ): Promise<void> {
    return this.#look(() => this.#policies.count(version, more, keep));
  }

  shadowDifferences(policy: string, version: number, limit: number, after: string | null): Promise<Page<ShadowRow>> {
    return this.#look(() => this.#policies.differences(policy, version, limit, after));
  }

  cursor(name: string): Promise<string | undefined> {
    return this.#look(() => this.#small.cursor(name));
  }

  saveCursor(name: string, value: string, lease?: LeaseHeld): Promise<void> {
    if (!lease) return this.#look(() => this.#small.saveCursor(name, value));
    return this.#look(() => saveCursorUnder(this.#parts.connections.reads, { name, value }, lease));
  }

  systems(): Promise<SystemRow[]> {
    return this.#look(() => this.#small.systems());
  }

  async saveSystem(row: SystemRow, audit?: AuditRow): Promise<void> {
    await this.#look(() => this.#small.saveSystem(row, audit));
    this.#parts.groups.look();
    this.#parts.hints.tell('systems');
  }

  apiKeys(): Promise<ApiKeyRow[]> {
    return this.#look(() => this.#small.apiKeys());
  }

  saveApiKey(row: ApiKeyRow, audit?: AuditRow): Promise<void> {
    return this.#look(() => this.#small.saveApiKey(row, audit));
  }

  /** One node at a time: the others find nothing to do until its lease has run out. */
  prune(now: number, keep: Retention, limit: number): Promise<number> {
    const { connections, node } = this.#parts;
    return this.#look(async () => {
      const held = await takeLeases(connections.reads, node.id, { names: ['prune'], ms: pruneLeaseMs });
      return held.length === 0 ? 0 : pruneSlice(connections.reads, now, keep, limit);
    });
  }

  remap(system: string, type: RecordType, digest: string, after: string | null, limit: number) {
    return this.#look(() => this.#lists.outdated({ system, type, digest }, after, limit));
  }

  backup(path: string, progress?: (share: number) => void): Promise<void> {
    return this.#look(() => {
      const stopped = (): boolean => this.#parts.groups.ended !== undefined;
      const running = backup(this.#parts.connections.reads, { path, progress, stopped });
      this.#backups.add(running);
      const over = (): boolean => this.#backups.delete(running);
      running.then(over, over);
      return running;
    });
  }

  /** A group of its own: it takes numbers and gives them back, which is the least that can be written. */
  ready(): Promise<void> {
    return this.transact([], () => ({ write: {}, answer: undefined }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { groups, upkeep, node, connections } = this.#parts;
    await groups.close();
    await upkeep.stop();
    await Promise.allSettled(this.#backups);
    // Where this fails the lease runs out by itself.
    await giveLeasesBack(connections.notes, node.id).catch(() => undefined);
    await node.release(connections.notes).catch(() => undefined);
    await this.#parts.hints.stop();
    await connections.end();
  }

  #share(): Sharing {
    const { connections, node, hints, chance } = this.#parts;
    const conditions = new Conditions({
      runner: connections.reads,
      now: chance.now,
      node,
      systems: () => this.#small.systems(),
      onMoved: () => hints.tell('systems'),
    });
    return {
      share: (asked) => this.#look(() => conditions.share(asked)),
      moveBreaker: (...asked) => this.#look(() => conditions.moveBreaker(...asked)),
      quiet: (...asked) => this.#look(() => conditions.quiet(...asked)),
      borrow: (...asked) => this.#look(() => conditions.borrow(...asked)),
    };
  }

  #credentials(): Credentials {
    const { connections, node } = this.#parts;
    const kept = credentialsIn(connections.reads, () => node.id);
    return {
      read: (system) => this.#look(() => kept.read(system)),
      begin: (...asked) => this.#look(() => kept.begin(...asked)),
      write: (...asked) => this.#look(() => kept.write(...asked)),
      end: (system) => this.#look(() => kept.end(system)),
    };
  }

  /** Once more where a connection turns out to have ended while nobody used it. */
  async #look<T>(look: () => Promise<T>): Promise<T> {
    const { groups, connections } = this.#parts;
    if (groups.ended) throw groups.ended;
    try {
      return await look();
    } catch (error) {
      if (kindOf(error) !== 'away') throw error;
    }
    try {
      return await look();
    } catch (error) {
      if (kindOf(error) !== 'away') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`${connections.name} cannot be reached (${reason})`, error);
    }
  }
}
