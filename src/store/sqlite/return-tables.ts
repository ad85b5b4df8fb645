// Returns and the facts about them. Written at once, in the order of the decisions, so that later ones of the group see them.
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
import type { Connection } from './connection.ts';

/** The account and those that were folded into it. */
const accounts = '(SELECT ? UNION ALL SELECT customer_id FROM customer_aliases WHERE into_id = ?)';

export const returnQueries = {
  orders: `SELECT ${orderFactColumns.map((name) => (name === 'delivered_at' ? deliveredAt() : `o.${name}`)).join(', ')}
    FROM order_facts o WHERE o.customer_id IN ${accounts}`,
  returns: `SELECT ${returnFactColumns.join(', ')} FROM return_facts WHERE customer_id IN ${accounts}`,
  addressChanges: `SELECT ${addressChangeColumns.join(', ')} FROM address_changes WHERE customer_id IN ${accounts} AND at >= ?`,
  returnsOfOrder: `SELECT ${returnFactColumns.join(', ')} FROM return_facts WHERE order_id = ?`,
  shipments: `SELECT ${shipmentFactColumns.join(', ')} FROM shipment_facts WHERE order_id = ?`,
  /** Closed without the goods is written off or paid back: past its time all the same. Cancelled and declined ones are nobody's delay. */
  decided: `SELECT count(*), coalesce(sum(received_at IS NULL AND return_status IN ('open', 'closed') AND ship_back_by <= ?), 0)
    FROM return_facts WHERE store_id = ? AND refund_first = 1 AND decided_at >= ?`,
};

/** The order's own, else its last shipment's. */
function deliveredAt(): string {
  return 'coalesce(o.delivered_at, (SELECT max(s.delivered_at) FROM shipment_facts s WHERE s.order_id = o.order_id))';
}

const upsert = (table: string, columns: readonly string[], keys: readonly string[]): string => {
  const set = columns.filter((name) => !keys.includes(name)).map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${set.join(', ')}`;
};

export class ReturnTables {
  readonly #put;
  readonly #ask;

  constructor(db: Connection) {
    const cells = (query: string) => db.prepare<unknown[], Cells>(query).raw();
    this.#put = {
      order: db.prepare(upsert('order_facts', orderFactColumns, ['order_id'])),
      shipment: db.prepare(upsert('shipment_facts', shipmentFactColumns, ['shipment_id'])),
      return: db.prepare(upsert('return_facts', returnFactColumns, ['return_id'])),
      addressChange: db.prepare(upsert('address_changes', addressChangeColumns, ['seq'])),
      alias: db.prepare(upsert('customer_aliases', ['customer_id', 'into_id'], ['customer_id'])),
      aliasAgain: db.prepare('UPDATE customer_aliases SET into_id = ? WHERE into_id = ?'),
      life: db.prepare(upsert('return_lives', ['return_id', 'life'], ['return_id'])),
      breaker: db.prepare(upsert('policy_breakers', breakerColumns, ['breaker', 'scope_key'])),
      exposure: db.prepare(
        `INSERT INTO store_exposure (store_id, exposure_minor) VALUES (?, ?)
         ON CONFLICT (store_id) DO UPDATE SET exposure_minor = exposure_minor + excluded.exposure_minor`,
      ),
      evidence: db.prepare(
        `INSERT INTO evidence (${evidenceColumns.join(', ')}) VALUES (${evidenceColumns.map(() => '?').join(', ')})`,
      ),
    };
    this.#ask = {
      orders: cells(returnQueries.orders),
      returns: cells(returnQueries.returns),
      addressChanges: cells(returnQueries.addressChanges),
      returnsOfOrder: cells(returnQueries.returnsOfOrder),
      shipments: cells(returnQueries.shipments),
      decided: cells(returnQueries.decided),
      exposure: db.prepare<[string], number>('SELECT exposure_minor FROM store_exposure WHERE store_id = ?').pluck(),
      life: db.prepare<[string], string>('SELECT life FROM return_lives WHERE return_id = ?').pluck(),
      breaker: cells(`SELECT ${breakerColumns.join(', ')} FROM policy_breakers WHERE breaker = ? AND scope_key = ?`),
      breakers: cells(
        `SELECT ${breakerColumns.join(', ')} FROM policy_breakers WHERE (breaker, scope_key) > (?, ?)
         ORDER BY breaker, scope_key LIMIT ?`,
      ),
      evidence: cells(`SELECT ${evidenceColumns.join(', ')} FROM evidence WHERE return_id = ? ORDER BY no`),
      evidenceAfter: cells(
        `SELECT no, ${evidenceColumns.join(', ')} FROM evidence WHERE no > ? AND at >= ? ORDER BY no LIMIT ?`,
      ),
    };
  }

  apply(writes: readonly ReturnWrite[]): void {
    for (const one of writes) this.#write(one);
  }

  answer(key: Key): unknown {
    if (key.startsWith('life:')) return this.#life(key.slice('life:'.length));
    if (key.startsWith('breaker:')) return this.#breaker(...twoParts(key));
    if (key.startsWith('order:')) return this.#ofOrder(key.slice('order:'.length));
    if (key.startsWith('customer:')) return this.#ofCustomer(...twoParts(key));
    return this.#ofStore(...threeParts(key));
  }

  breakers(limit: number, after: string | null): Page<PolicyBreakerRow> {
    const [breaker = '', scopeKey = ''] = after === null ? [] : placeIn(after);
    const found = this.#ask.breakers.all(breaker, scopeKey, limit + 1).map(breakerRow);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? JSON.stringify([last.breaker, last.scopeKey]) : null };
  }

  evidenceOf(returnId: string): EvidenceRow[] {
    return this.#ask.evidence.all(returnId).map(evidenceRow);
  }

  evidenceAfter(after: number, since: number, limit: number): { no: number; row: EvidenceRow }[] {
    const found = this.#ask.evidenceAfter.all(after, since, limit);
    return found.map((cells) => ({ no: cells[0] as number, row: evidenceRow(cells.slice(1)) }));
  }

  #write(one: ReturnWrite): void {
    const put = this.#put;
    if (one.order) put.order.run(...orderFactCells(one.order));
    if (one.shipment) put.shipment.run(...shipmentFactCells(one.shipment));
    if (one.return) put.return.run(...returnFactCells(one.return));
    if (one.addressChange) put.addressChange.run(...addressChangeCells(one.addressChange));
    if (one.alias) {
      put.alias.run(one.alias.customerId, one.alias.into);
      put.aliasAgain.run(one.alias.into, one.alias.customerId);
    }
    if (one.life) put.life.run(one.life.returnId, JSON.stringify(one.life.life));
    if (one.breaker) put.breaker.run(...breakerCells(one.breaker));
    if (one.exposure) put.exposure.run(one.exposure.storeId, one.exposure.byMinor);
    if (one.evidence) put.evidence.run(...evidenceCells(one.evidence));
  }

  #life(id: string): JsonObject | undefined {
    const text = this.#ask.life.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as JsonObject);
  }

  #breaker(breaker: string, scopeKey: string): PolicyBreakerRow | undefined {
    const cells = this.#ask.breaker.get(breaker, scopeKey);
    return cells && breakerRow(cells);
  }

  #ofOrder(id: string): OrderRows {
    return {
      returns: this.#ask.returnsOfOrder.all(id).map(returnFactRow),
      shipments: this.#ask.shipments.all(id).map(shipmentFactRow),
    };
  }

  #ofCustomer(since: string, id: string): CustomerRows {
    return {
      orders: this.#ask.orders.all(id, id).map(orderFactRow),
      returns: this.#ask.returns.all(id, id).map(returnFactRow),
      addressChanges: this.#ask.addressChanges.all(id, id, Number(since)).map(addressChangeRow),
    };
  }

  #ofStore(since: string, now: string, id: string): StoreTotalsRow {
    const [decided, overdue] = this.#ask.decided.get(Number(now), id, Number(since)) as [number, number];
    const exposureMinor = this.#ask.exposure.get(id) ?? 0;
    return { refundFirstDecided: decided, refundFirstOverdue: overdue, exposureMinor };
  }
}

/** @throws RangeError when it is no `next` of a page */
function placeIn(after: string): [string, string] {
  try {
    const [breaker, scopeKey] = JSON.parse(after) as unknown[];
    if (typeof breaker === 'string' && typeof scopeKey === 'string') return [breaker, scopeKey];
  } catch {}
  throw new RangeError(`${after} is no position among breakers`);
}
