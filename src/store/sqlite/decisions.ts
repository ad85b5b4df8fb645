// What deciding by policies leaves: decisions, timers, and which orders may be routed again. Written at once, in the order of
// the decisions, so that later ones of the group see them.
import type { JsonObject } from '../../model/json.ts';
import type { DecisionRow, TimerRow } from '../rows.ts';
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

export const dueTimersQuery =
  'SELECT subject, kind, due_at AS dueAt FROM timers WHERE due_at <= ? ORDER BY due_at LIMIT ?';
export const newestDecisionQuery = `SELECT ${columns} FROM decisions WHERE subject = ? AND no < ? ORDER BY no DESC LIMIT ?`;

export class Decisions {
  readonly #insert;
  readonly #byId;
  readonly #below;
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
    this.#putTimer = db.prepare(
      `INSERT INTO timers (subject, kind, due_at) VALUES (?, ?, ?)
       ON CONFLICT (subject, kind) DO UPDATE SET due_at = excluded.due_at`,
    );
    this.#removeTimer = db.prepare('DELETE FROM timers WHERE subject = ? AND kind = ? AND (? IS NULL OR due_at = ?)');
    this.#due = db.prepare<[number, number], TimerRow>(dueTimersQuery);
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
    for (const { decision, timer, routable } of writes) {
      if (decision) this.#put(decision);
      if (timer) this.#setTimer(timer);
      if (routable) this.#setRoutable(routable);
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
    if (after !== null && !/^\d{1,15}$/.test(after)) throw new RangeError(`${after} is no position among decisions`);
    const found = this.below(subject, after === null ? Number.MAX_SAFE_INTEGER : Number(after), limit + 1);
    const given = found.slice(0, limit);
    return {
      items: given.map(({ row }) => row),
      next: found.length > limit ? String(given.at(-1)?.no ?? 0) : null,
    };
  }

  timersDue(limit: number, now: number): TimerRow[] {
    return this.#due.all(now, limit);
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
