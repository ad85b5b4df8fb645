// What deciding by policies leaves: decisions, timers, and which orders may be routed again.
import type { Pool } from 'pg';
import type { JsonObject } from '../../model/json.ts';
import type { Cells } from '../engine/cells.ts';
import { pageOf, placeAmong } from '../engine/policies.ts';
import type { DecisionRow, ShadowRow, TimerRow } from '../rows.ts';
import type { Page, PolicyWrite } from '../store.ts';
import { deleteRows, insertRows, reworded, type Write, writeOf } from './columns.ts';
import { rows, type Statement } from './session.ts';

/** Rows looked through in one go when few of them may be wanted. */
const stretch = 5_000;

const said = ['id', 'policy', 'version', 'subject', 'at', 'facts_hash', 'facts', 'outcome', 'effects', 'kept', 'error'];
export const decisionColumns = said.join(', ');

const statements = {
  decisions: insertRows('decisions', said),
  timers: insertRows(
    'timers',
    ['subject', 'kind', 'due_at'],
    'ON CONFLICT (subject, kind) DO UPDATE SET due_at = excluded.due_at',
  ),
  routable: insertRows(
    'routable_orders',
    ['order_id', 'customer_id'],
    'ON CONFLICT (order_id) DO UPDATE SET customer_id = excluded.customer_id',
  ),
  notRoutable: deleteRows('routable_orders', ['order_id']),
};
const differences = ['policy', 'version', 'decision', 'subject', 'at', 'detail'];
const shadows = insertRows('shadow_differences', differences);
const endedTimers = reworded(deleteRows('timers', ['subject', 'kind', 'due_at']), (text) =>
  text.replace('t.due_at = u.due_at', '(u.due_at IS NULL OR t.due_at = u.due_at)'),
);

const byId: Statement = { name: 'decision', text: `SELECT no, ${decisionColumns} FROM decisions WHERE id = $1` };
const newestNumberQuery: Statement = {
  name: 'newest-decision',
  text: 'SELECT no, at FROM decisions WHERE no < $1 ORDER BY no DESC LIMIT 1',
};
/** Of a stretch of the table, so that rare ones among many are no long look. */
export const decisionsByQuery: Statement = {
  name: 'decisions-by',
  text: `SELECT no, ${decisionColumns} FROM decisions WHERE no < $1 AND no >= $2 AND policy = $3 AND at >= $4 ORDER BY no DESC LIMIT $5`,
};
export const newestDecisionQuery: Statement = {
  name: 'decisions-of',
  text: `SELECT no, ${decisionColumns} FROM decisions WHERE subject = $1 AND no < $2 ORDER BY no DESC LIMIT $3`,
};
/** Not by the primary key, which leads to all of a kind, due or not. */
export const dueTimersQuery: Statement = {
  name: 'timers-due',
  text: `SELECT subject, kind, due_at FROM timers WHERE due_at <= $1 AND coalesce(kind, '') = $2 ORDER BY due_at LIMIT $3`,
};
const routableQuery: Statement = {
  name: 'routable-orders',
  text: 'SELECT order_id FROM routable_orders WHERE customer_id = $1 AND order_id > $2 ORDER BY order_id LIMIT $3',
};

/** In the order of the decisions: of a timer and of an order the last word counts. */
export function decisionWrites(writes: readonly PolicyWrite[]): Write[] {
  const timers = new Map<string, TimerRow>();
  const routable = new Map<string, string | null>();
  for (const { timer, routable: order } of writes) {
    if (timer) keepLast(timers, timer);
    if (order) routable.set(order.orderId, order.customerId);
  }
  const set = [...timers.values()].filter(({ dueAt }) => dueAt !== null);
  const unset = [...timers.values()].filter(({ dueAt }) => dueAt === null);
  const orders = [...routable].sort();
  return [
    ...writeOf(
      statements.decisions,
      writes.flatMap(({ decision }) => (decision ? [decisionCells(decision)] : [])),
    ),
    ...writeOf(
      endedTimers,
      unset.map(({ subject, kind, was }) => [subject, kind, was ?? null]),
    ),
    ...writeOf(
      statements.timers,
      set.map(({ subject, kind, dueAt }) => [subject, kind, dueAt]),
    ),
    ...writeOf(
      statements.notRoutable,
      orders.flatMap(([id, customer]) => (customer === null ? [[id]] : [])),
    ),
    ...writeOf(
      statements.routable,
      orders.filter(([, customer]) => customer !== null),
    ),
    ...writeOf(
      shadows,
      writes.flatMap(({ shadow }) => (shadow ? [shadowCells(shadow)] : [])),
    ),
  ];
}

/** One that ends only what was set before leaves alone what this group has set to another time. */
function keepLast(timers: Map<string, TimerRow>, timer: TimerRow): void {
  const name = `${timer.subject} ${timer.kind}`;
  const before = timers.get(name);
  const ends = timer.dueAt === null && timer.was !== undefined;
  if (ends && before && before.dueAt !== null && before.dueAt !== timer.was) return;
  const isEndOfOwn = timer.dueAt === null && (before?.dueAt ?? null) !== null;
  timers.set(name, isEndOfOwn ? { subject: timer.subject, kind: timer.kind, dueAt: null } : timer);
}

function decisionCells(row: DecisionRow): Cells {
  const { id, policy, version, subject, at, factsHash, facts, outcome, effects, kept, error } = row;
  const trees = [facts, outcome, effects, kept].map((tree) => JSON.stringify(tree));
  return [id, policy, version, subject, at, factsHash, ...trees, error];
}

const shadowCells = ({ policy, version, decision, subject, at, detail }: ShadowRow): Cells => [
  ...[policy, version, decision, subject, at],
  JSON.stringify(detail),
];

/** @param cells behind the number */
export function decisionRow(cells: Cells): DecisionRow {
  const [id, policy, version, subject, at, factsHash, facts, outcome, effects, kept, error] = cells as [
    ...[string, string, number, string, number, string],
    ...[string, string, string, string, string | null],
  ];
  return {
    ...{ id, policy, version, subject, at, factsHash, error },
    facts: JSON.parse(facts) as JsonObject,
    outcome: JSON.parse(outcome) as JsonObject,
    effects: JSON.parse(effects) as JsonObject[],
    kept: JSON.parse(kept) as JsonObject,
  };
}

export class Decisions {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async byId(id: string): Promise<DecisionRow | undefined> {
    const [cells] = await rows(this.#pool, byId, [id]);
    return cells && decisionRow(cells.slice(1));
  }

  /** Newest first. */
  async below(subject: string, before: number, limit: number): Promise<{ no: number; row: DecisionRow }[]> {
    const found = await rows(this.#pool, newestDecisionQuery, [subject, before, limit]);
    return found.map((cells) => ({ no: cells[0] as number, row: decisionRow(cells.slice(1)) }));
  }

  /** @throws RangeError when `after` is none of ours */
  async page(subject: string, limit: number, after: string | null): Promise<Page<DecisionRow>> {
    const found = await this.below(subject, placeAmong('decisions', after), limit + 1);
    return pageOf(found, limit, ({ row }) => row);
  }

  /** Newest first; an empty page may have a next one. */
  async pageBy(policy: string, since: number, limit: number, after: string | null): Promise<Page<DecisionRow>> {
    const [newest] = await rows(this.#pool, newestNumberQuery, [placeAmong('decisions', after)]);
    const [no, at] = (newest ?? []) as [number?, number?];
    if (no === undefined || at === undefined || at < since) return { items: [], next: null };
    const from = no - stretch;
    const found = await rows(this.#pool, decisionsByQuery, [no + 1, from, policy, since, limit + 1]);
    const numbered = found.map((cells) => ({ no: cells[0] as number, row: decisionRow(cells.slice(1)) }));
    const page = pageOf(numbered, limit, ({ row }) => row);
    return page.next === null && from > 1 ? { ...page, next: String(from) } : page;
  }

  async timersDue(kind: TimerRow['kind'], limit: number, now: number): Promise<TimerRow[]> {
    const found = await rows(this.#pool, dueTimersQuery, [now, kind, limit]);
    return found.map(([subject, of, dueAt]) => ({ subject, kind: of, dueAt }) as TimerRow);
  }

  async routableOrders(customerId: string, limit: number, after: string | null): Promise<Page<string>> {
    const found = (await rows(this.#pool, routableQuery, [customerId, after ?? '', limit + 1])).map(
      ([id]) => id as string,
    );
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1) ?? null) : null };
  }
}
