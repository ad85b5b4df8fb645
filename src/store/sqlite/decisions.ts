// What deciding by policies leaves: decisions, timers, and which orders may be routed again. Written at once, in the order of
// the decisions, so that later ones of the group see them.
import type { JsonObject } from '../../model/json.ts';
import { pageOf, placeAmong } from '../engine/policies.ts';
import type { DecisionRow, ShadowRow, TimerRow } from '../rows.ts';
import type { Page, PolicyWrite } from '../store.ts';
import type { Connection } from './connection.ts';

interface Stored {
  no: number;
  id: string;
  policy: string;
  version: number;
  subject: string;
  at: number;
  factsHash: string;
  facts: string;
  outcome: string;
  effects: string;
  kept: string;
  error: string | null;
}

const columns = 'no, id, policy, version, subject, at, facts_hash AS factsHash, facts, outcome, effects, kept, error';

/** Rows looked through in one go when few of them may be wanted. */
const stretch = 5_000;

export const dueTimersQuery =
  'SELECT subject, kind, due_at AS dueAt FROM timers WHERE due_at <= ? AND kind = ? ORDER BY due_at LIMIT ?';
const newestNumberQuery = 'SELECT no, at FROM decisions WHERE no < ? ORDER BY no DESC LIMIT 1';
/** Of a stretch of the table, so that rare ones among many are no long look. */
export const decisionsByQuery = `SELECT ${columns} FROM decisions WHERE no < ? AND no >= ? AND policy = ? AND at >= ? ORDER BY no DESC LIMIT ?`;
export const newestDecisionQuery = `SELECT ${columns} FROM decisions WHERE subject = ? AND no < ? ORDER BY no DESC LIMIT ?`;

export class Decisions {
  readonly #insert;
  readonly #byId;
  readonly #below;
  readonly #by;
  readonly #newest;
  readonly #putShadow;
  readonly #putTimer;
  readonly #removeTimer;
  readonly #due;
  readonly #putRoutable;
  readonly #removeRoutable;
  readonly #routable;

  constructor(db: Connection) {
    this.#insert = db.prepare(
      `INSERT INTO decisions (id, policy, version, subject, at, facts_hash, facts, outcome, effects, kept, error)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#byId = db.prepare<[string], Stored>(`SELECT ${columns} FROM decisions WHERE id = ?`);
    this.#below = db.prepare<[string, number, number], Stored>(newestDecisionQuery);
    this.#by = db.prepare<[number, number, string, number, number], Stored>(decisionsByQuery);
    this.#newest = db.prepare<[number], { no: number; at: number }>(newestNumberQuery);
    this.#putShadow = db.prepare(
      'INSERT INTO shadow_differences (policy, version, decision, subject, at, detail) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#putTimer = db.prepare(
      `INSERT INTO timers (subject, kind, due_at) VALUES (?, ?, ?)
       ON CONFLICT (subject, kind) DO UPDATE SET due_at = excluded.due_at`,
    );
    this.#removeTimer = db.prepare('DELETE FROM timers WHERE subject = ? AND kind = ? AND (? IS NULL OR due_at = ?)');
    this.#due = db.prepare<[number, string, number], TimerRow>(dueTimersQuery);
    this.#putRoutable = db.prepare(
      `INSERT INTO routable_orders (order_id, customer_id) VALUES (?, ?)
       ON CONFLICT (order_id) DO UPDATE SET customer_id = excluded.customer_id`,
    );
    this.#removeRoutable = db.prepare('DELETE FROM routable_orders WHERE order_id = ?');
    this.#routable = db
      .prepare<[string, string, number], string>(
        'SELECT order_id FROM routable_orders WHERE customer_id = ? AND order_id > ? ORDER BY order_id LIMIT ?',
      )
      .pluck();
  }

  apply(writes: readonly PolicyWrite[]): void {
    for (const { decision, timer, routable, shadow } of writes) {
      if (decision) this.#put(decision);
      if (timer) this.#setTimer(timer);
      if (routable) this.#setRoutable(routable);
      if (shadow) this.#keepDifference(shadow);
    }
  }

  byId(id: string): DecisionRow | undefined {
    const stored = this.#byId.get(id);
    return stored && rowOf(stored);
  }

  newestOf(subject: string): DecisionRow | undefined {
    return this.below(subject, Number.MAX_SAFE_INTEGER, 1)[0]?.row;
  }

  /** Newest first. */
  below(subject: string, before: number, limit: number): { no: number; row: DecisionRow }[] {
    return this.#below.all(subject, before, limit).map((stored) => ({ no: stored.no, row: rowOf(stored) }));
  }

  /** @throws RangeError when `after` is none of ours */
  page(subject: string, limit: number, after: string | null): Page<DecisionRow> {
    return pageOf(this.#below.all(subject, placeAmong('decisions', after), limit + 1), limit, rowOf);
  }

  /** Newest first; an empty page may have a next one. */
  pageBy(policy: string, since: number, limit: number, after: string | null): Page<DecisionRow> {
    const newest = this.#newest.get(placeAmong('decisions', after));
    if (!newest || newest.at < since) return { items: [], next: null };
    const from = newest.no - stretch;
    const found = this.#by.all(newest.no + 1, from, policy, since, limit + 1);
    const page = pageOf(found, limit, rowOf);
    return page.next === null && from > 1 ? { ...page, next: String(from) } : page;
  }

  timersDue(kind: TimerRow['kind'], limit: number, now: number): TimerRow[] {
    return this.#due.all(now, kind, limit);
  }

  routableOrders(customerId: string, limit: number, after: string | null): Page<string> {
    const found = this.#routable.all(customerId, after ?? '', limit + 1);
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1) ?? null) : null };
  }

  #put({ id, policy, version, subject, at, factsHash, facts, outcome, effects, kept, error }: DecisionRow): void {
    const said = [facts, outcome, effects, kept].map((tree) => JSON.stringify(tree));
    this.#insert.run(id, policy, version, subject, at, factsHash, ...said, error);
  }

  #keepDifference({ policy, version, decision, subject, at, detail }: ShadowRow): void {
    this.#putShadow.run(policy, version, decision, subject, at, JSON.stringify(detail));
  }

  #setTimer({ subject, kind, dueAt, was }: TimerRow): void {
    if (dueAt === null) this.#removeTimer.run(subject, kind, was ?? null, was ?? null);
    else this.#putTimer.run(subject, kind, dueAt);
  }

  #setRoutable({ orderId, customerId }: NonNullable<PolicyWrite['routable']>): void {
    if (customerId === null) this.#removeRoutable.run(orderId);
    else this.#putRoutable.run(orderId, customerId);
  }
}

function rowOf({ no: _, facts, outcome, effects, kept, ...row }: Stored): DecisionRow {
  return {
    ...row,
    facts: JSON.parse(facts) as JsonObject,
    outcome: JSON.parse(outcome) as JsonObject,
    effects: JSON.parse(effects) as JsonObject[],
    kept: JSON.parse(kept) as JsonObject,
  };
}
