// Returns and the facts about them. What a group has written so far is in the tables before anything of them is read.
import type { Pool } from 'pg';
import type { JsonObject } from '../../model/json.ts';
import type { Cells } from '../engine/cells.ts';
import { threeParts, twoParts } from '../engine/keys.ts';
import {
  addressChangeCells,
  addressChangeColumns,
  addressChangeRow,
  breakerCells,
  breakerColumns,
  breakerRow,
  evidenceCells,
  evidenceColumns,
  evidenceRow,
  orderFactCells,
  orderFactColumns,
  orderFactRow,
  returnFactCells,
  returnFactColumns,
  returnFactRow,
  shipmentFactCells,
  shipmentFactColumns,
  shipmentFactRow,
} from '../engine/return-cells.ts';
import type { CustomerRows, EvidenceRow, OrderRows, PolicyBreakerRow, StoreTotalsRow } from '../rows.ts';
import type { Key, Page, ReturnWrite } from '../store.ts';
import { insertRows, type RowsStatement, type Write, writeOf } from './columns.ts';
import { type Runner, rows, run, type Statement } from './session.ts';

/** The account and those that were folded into it. */
const accounts = '(SELECT $1 UNION ALL SELECT customer_id FROM customer_aliases WHERE into_id = $1)';
/** The order's own, else its last shipment's. */
const deliveredAt =
  'coalesce(o.delivered_at, (SELECT max(s.delivered_at) FROM shipment_facts s WHERE s.order_id = o.order_id))';

export const returnQueries = {
  orders: {
    name: 'facts-orders',
    text: `SELECT ${orderFactColumns.map((name) => (name === 'delivered_at' ? deliveredAt : `o.${name}`)).join(', ')}
      FROM order_facts o WHERE o.customer_id IN ${accounts}`,
  },
  returns: {
    name: 'facts-returns',
    text: `SELECT ${returnFactColumns.join(', ')} FROM return_facts WHERE customer_id IN ${accounts}`,
  },
  addressChanges: {
    name: 'facts-addresses',
    text: `SELECT ${addressChangeColumns.join(', ')} FROM address_changes WHERE customer_id IN ${accounts} AND at >= $2`,
  },
  returnsOfOrder: {
    name: 'facts-order-returns',
    text: `SELECT ${returnFactColumns.join(', ')} FROM return_facts WHERE order_id = $1`,
  },
  shipments: {
    name: 'facts-shipments',
    text: `SELECT ${shipmentFactColumns.join(', ')} FROM shipment_facts WHERE order_id = $1`,
  },
  /** Closed without the goods is written off or paid back: past its time all the same. Cancelled and declined ones are nobody's delay. */
  decided: {
    name: 'facts-store',
    text: `SELECT count(*), count(*) FILTER (
        WHERE received_at IS NULL AND return_status IN ('open', 'closed') AND ship_back_by <= $1)
      FROM return_facts WHERE store_id = $2 AND refund_first = 1 AND decided_at >= $3`,
  },
} satisfies Record<string, Statement>;

const otherQueries = {
  exposure: { name: 'store-exposure', text: 'SELECT exposure_minor FROM store_exposure WHERE store_id = $1' },
  life: { name: 'return-life', text: 'SELECT life FROM return_lives WHERE return_id = $1' },
  breaker: {
    name: 'policy-breaker',
    text: `SELECT ${breakerColumns.join(', ')} FROM policy_breakers WHERE breaker = $1 AND scope_key = $2`,
  },
  breakers: {
    name: 'policy-breakers',
    text: `SELECT ${breakerColumns.join(', ')} FROM policy_breakers WHERE (breaker, scope_key) > ($1, $2)
      ORDER BY breaker, scope_key LIMIT $3`,
  },
  evidence: {
    name: 'evidence-of',
    text: `SELECT ${evidenceColumns.join(', ')} FROM evidence WHERE return_id = $1 ORDER BY no`,
  },
  evidenceAfter: {
    name: 'evidence-after',
    text: `SELECT no, ${evidenceColumns.join(', ')} FROM evidence WHERE no > $1 AND at >= $2 ORDER BY no LIMIT $3`,
  },
  makeStores: {
    name: 'make-stores',
    text: `INSERT INTO store_exposure (store_id, exposure_minor)
      SELECT store_id, 0 FROM unnest($1::text[]) AS u(store_id) ON CONFLICT (store_id) DO NOTHING`,
  },
  lockStores: {
    name: 'lock-stores',
    text: 'SELECT store_id FROM store_exposure WHERE store_id = ANY($1::text[]) ORDER BY store_id FOR UPDATE SKIP LOCKED',
  },
} satisfies Record<string, Statement>;

const upsert = (table: string, columns: readonly string[], keys: readonly string[]): RowsStatement => {
  const set = columns.filter((name) => !keys.includes(name)).map((name) => `${name} = excluded.${name}`);
  return insertRows(table, columns, `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${set.join(', ')}`);
};

const statements = {
  orders: upsert('order_facts', orderFactColumns, ['order_id']),
  shipments: upsert('shipment_facts', shipmentFactColumns, ['shipment_id']),
  returns: upsert('return_facts', returnFactColumns, ['return_id']),
  addressChanges: upsert('address_changes', addressChangeColumns, ['seq']),
  aliases: upsert('customer_aliases', ['customer_id', 'into_id'], ['customer_id']),
  lives: upsert('return_lives', ['return_id', 'life'], ['return_id']),
  breakers: upsert('policy_breakers', breakerColumns, ['breaker', 'scope_key']),
  exposure: insertRows(
    'store_exposure',
    ['store_id', 'exposure_minor'],
    'ON CONFLICT (store_id) DO UPDATE SET exposure_minor = store_exposure.exposure_minor + excluded.exposure_minor',
  ),
  evidence: insertRows('evidence', evidenceColumns),
};

const aliasAgain: Statement = {
  name: 'alias-again',
  text: 'UPDATE customer_aliases SET into_id = $1 WHERE into_id = $2',
};

/** Sent before anything of them is read, while the group goes on. */
export async function writeReturns(runner: Runner, writes: readonly ReturnWrite[]): Promise<void> {
  await Promise.all(returnWrites(writes).map(({ statement, values }) => run(runner, statement, values)));
}

/** Of one row the last word counts; amounts of a store are added up. */
export function returnWrites(writes: readonly ReturnWrite[]): Write[] {
  if (writes.length === 0) return [];
  const exposure = new Map<string, number>();
  for (const { exposure: one } of writes)
    if (one) exposure.set(one.storeId, (exposure.get(one.storeId) ?? 0) + one.byMinor);
  const aliases = writes.flatMap(({ alias }) => (alias ? [alias] : []));
  return [
    ...writeOf(statements.orders, last(writes, 'order', orderFactCells)),
    ...writeOf(statements.shipments, last(writes, 'shipment', shipmentFactCells)),
    ...writeOf(statements.returns, last(writes, 'return', returnFactCells)),
    ...writeOf(statements.addressChanges, last(writes, 'addressChange', addressChangeCells)),
    ...writeOf(
      statements.aliases,
      last(writes, 'alias', ({ customerId, into }) => [customerId, into]),
    ),
    ...aliases.map(({ customerId, into }) => ({ statement: aliasAgain, values: [into, customerId] })),
    ...writeOf(
      statements.lives,
      last(writes, 'life', ({ returnId, life }) => [returnId, JSON.stringify(life)]),
    ),
    ...writeOf(statements.breakers, last(writes, 'breaker', breakerCells, 2)),
    ...writeOf(statements.exposure, [...exposure].sort()),
    ...writeOf(
      statements.evidence,
      writes.flatMap(({ evidence }) => (evidence ? [evidenceCells(evidence)] : [])),
    ),
  ];
}

/** @param keys how many cells, from the first, name the row */
function last<M extends keyof ReturnWrite>(
  writes: readonly ReturnWrite[],
  member: M,
  cellsOf: (row: NonNullable<ReturnWrite[M]>) => unknown[],
  keys = 1,
): Cells[] {
  const found = new Map<string, Cells>();
  for (const one of writes) {
    const row = one[member];
    if (!row) continue;
    const cells = cellsOf(row as NonNullable<ReturnWrite[M]>);
    found.set(JSON.stringify(cells.slice(0, keys)), cells);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cells]) => cells);
}

/** @returns those of the stores that another transaction has */
export async function lockStores(runner: Runner, keys: readonly Key[]): Promise<Key[]> {
  const stores = [...new Set(keys.map((key) => threeParts(key)[2]))].sort();
  if (stores.length === 0) return [];
  await run(runner, otherQueries.makeStores, [stores]);
  const locked = new Set((await rows(runner, otherQueries.lockStores, [stores])).map(([id]) => id as string));
  return keys.filter((key) => !locked.has(threeParts(key)[2]));
}

export async function answer(runner: Runner, key: Key): Promise<unknown> {
  if (key.startsWith('life:')) return life(runner, key.slice('life:'.length));
  if (key.startsWith('breaker:')) return breaker(runner, twoParts(key));
  if (key.startsWith('order:')) return ofOrder(runner, key.slice('order:'.length));
  if (key.startsWith('customer:')) return ofCustomer(runner, twoParts(key));
  return ofStore(runner, threeParts(key));
}

async function life(runner: Runner, id: string): Promise<JsonObject | undefined> {
  const [cells] = await rows(runner, otherQueries.life, [id]);
  return cells && (JSON.parse(cells[0] as string) as JsonObject);
}

async function breaker(runner: Runner, names: [string, string]): Promise<PolicyBreakerRow | undefined> {
  const [cells] = await rows(runner, otherQueries.breaker, names);
  return cells && breakerRow(cells);
}

async function ofOrder(runner: Runner, id: string): Promise<OrderRows> {
  const [returns, shipments] = await Promise.all([
    rows(runner, returnQueries.returnsOfOrder, [id]),
    rows(runner, returnQueries.shipments, [id]),
  ]);
  return { returns: returns.map(returnFactRow), shipments: shipments.map(shipmentFactRow) };
}

async function ofCustomer(runner: Runner, [since, id]: [string, string]): Promise<CustomerRows> {
  const [orders, returns, changes] = await Promise.all([
    rows(runner, returnQueries.orders, [id]),
    rows(runner, returnQueries.returns, [id]),
    rows(runner, returnQueries.addressChanges, [id, Number(since)]),
  ]);
  return {
    orders: orders.map(orderFactRow),
    returns: returns.map(returnFactRow),
    addressChanges: changes.map(addressChangeRow),
  };
}

async function ofStore(runner: Runner, [since, now, id]: [string, string, string]): Promise<StoreTotalsRow> {
  const [[decided], [exposure]] = await Promise.all([
    rows(runner, returnQueries.decided, [Number(now), id, Number(since)]),
    rows(runner, otherQueries.exposure, [id]),
  ]);
  const [refundFirstDecided, refundFirstOverdue] = decided as [number, number];
  return { refundFirstDecided, refundFirstOverdue, exposureMinor: (exposure?.[0] as number | undefined) ?? 0 };
}

export class ReturnTables {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async breakers(limit: number, after: string | null): Promise<Page<PolicyBreakerRow>> {
    const place = after === null ? ['', ''] : placeIn(after);
    const found = (await rows(this.#pool, otherQueries.breakers, [...place, limit + 1])).map(breakerRow);
    const items = found.slice(0, limit);
    const end = items.at(-1);
    return { items, next: found.length > limit && end ? JSON.stringify([end.breaker, end.scopeKey]) : null };
  }

  async evidenceOf(returnId: string): Promise<EvidenceRow[]> {
    return (await rows(this.#pool, otherQueries.evidence, [returnId])).map(evidenceRow);
  }

  async evidenceAfter(after: number, since: number, limit: number): Promise<{ no: number; row: EvidenceRow }[]> {
    const found = await rows(this.#pool, otherQueries.evidenceAfter, [after, since, limit]);
    return found.map((cells) => ({ no: cells[0] as number, row: evidenceRow(cells.slice(1)) }));
  }
}

/** @throws RangeError when it is no `next` of a page */
function placeIn(after: string): [string, string] {
  try {
    const [name, scopeKey] = JSON.parse(after) as unknown[];
    if (typeof name === 'string' && typeof scopeKey === 'string') return [name, scopeKey];
  } catch {}
  throw new RangeError(`${after} is no position among breakers`);
}
