// What orders, shipments and customers say about returns to come: one narrow row of each, made from the record alone.
import type { Catalog } from '../../core/catalog.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import { normalStreet } from '../../policy/returns/profile/street.ts';
import type { AddressChangeRow, ChangeRow, OrderFactRow, RecordRow, ShipmentFactRow } from '../../store/rows.ts';
import type { ReturnWrite, Writes } from '../../store/store.ts';
import { hasLeft } from '../routing/shipment-states.ts';

/** Of all that one decision writes. */
export function factsOf({ records = [], changes = [] }: Writes, catalog: Catalog): ReturnWrite[] {
  const newest = new Map(records.map((row) => [row.id, row]));
  const rows = [...newest.values()].flatMap((row) => factOf(row, catalog));
  const moves = changes.flatMap((change): ReturnWrite[] => {
    const order = change.type === 'order' && change.op === 'updated' ? newest.get(change.recordId) : undefined;
    const addressChange = order && addressChangeOf(change, order, catalog);
    return addressChange ? [{ addressChange }] : [];
  });
  return [...rows, ...moves];
}

export function factOf(row: RecordRow, catalog: Catalog): ReturnWrite[] {
  if (row.type === 'customer' && row.mergedInto !== null)
    return [{ alias: { customerId: row.id, into: row.mergedInto } }];
  if (row.version === 0 || row.deleted || row.mergedInto !== null) return [];
  if (row.type === 'order') return [{ order: orderFact(row, catalog) }];
  const shipment = row.type === 'shipment' ? shipmentFact(row, catalog) : undefined;
  return shipment ? [{ shipment }] : [];
}

export function orderFact(row: RecordRow, catalog: Catalog): OrderFactRow {
  const { data, id } = row;
  const lines = entries(data.lines);
  const paidMinor = paidOf(data);
  return {
    orderId: id,
    customerId: textOf(data.customerId),
    status: textOf(data.status) || 'open',
    currency: currencyOf(data),
    paidMinor,
    refundedMinor: minor(data.refunded) ?? (data.paymentStatus === 'refunded' ? paidMinor : 0),
    deliveredAt: deliveredAt(row, 'fulfillmentStatus', catalog),
    pieces: lines.reduce((sum, [, { quantity }]) => sum + Number(quantity ?? 0), 0),
    itemsMinor: lines.reduce((sum, [, line]) => sum + lineMinor(line), 0),
  };
}

function shipmentFact(row: RecordRow, catalog: Catalog): ShipmentFactRow | undefined {
  const { orderId, status, lines } = row.data;
  if (typeof orderId !== 'string') return undefined;
  const left = hasLeft(status) ? entries(lines) : [];
  return {
    shipmentId: row.id,
    orderId,
    deliveredAt: deliveredAt(row, 'status', catalog),
    shipped: Object.fromEntries(left.map(([lineNo, { quantity }]) => [lineNo, Number(quantity ?? 0)])),
  };
}

/** As it is said; where only the status says so, the time at which that was said by its source. */
function deliveredAt({ type, data, stamps }: RecordRow, status: string, catalog: Catalog): number | null {
  const said = typeof data.deliveredAt === 'string' ? Date.parse(data.deliveredAt) : Number.NaN;
  if (!Number.isNaN(said)) return said;
  if (data[status] !== 'delivered') return null;
  return stamps[catalog.policy(type).unitOf(status).name]?.at ?? null;
}

function addressChangeOf(change: ChangeRow, { id, data }: RecordRow, catalog: Catalog): AddressChangeRow | undefined {
  const units = change.units[catalog.policy('order').unitOf('shipTo').name];
  const [from, to] = (units ?? []).map(({ shipTo }) => placeOf(shipTo));
  if (!from || !to || (from.division === to.division && from.street === to.street)) return undefined;
  return { seq: change.seq, orderId: id, customerId: textOf(data.customerId), at: change.occurredAt, from, to };
}

/** Without a code the names stand for the division. */
function placeOf(address: Json | undefined): { division: string; street: string } | undefined {
  if (!isTree(address)) return undefined;
  const { divisionCode, country, province, city, district, street } = address as JsonObject;
  const names = [country, province, city, district].map(textOf).filter((name) => name !== '');
  return { division: textOf(divisionCode) || names.join('/'), street: normalStreet(textOf(street)) };
}

/** Where nobody says what was paid, a paid order was paid whole. */
export function paidOf({ paid, payable, paymentStatus }: JsonObject): number {
  const isPaid = ['paid', 'partially_refunded', 'refunded'].includes(textOf(paymentStatus));
  return minor(paid) ?? (isPaid ? (minor(payable) ?? 0) : 0);
}

export const currencyOf = ({ currency, payable }: JsonObject): string =>
  textOf(currency) || textOf(isTree(payable) ? (payable as JsonObject).currency : undefined);

/** After its discount. */
export function lineMinor({ total, unitPrice, quantity, discount }: JsonObject): number {
  return minor(total) ?? Math.max(0, (minor(unitPrice) ?? 0) * Number(quantity ?? 0) - (minor(discount) ?? 0));
}

export const minor = (money: Json | undefined): number | undefined => {
  const amount = isTree(money) ? (money as JsonObject).amount : undefined;
  return typeof amount === 'number' ? amount : undefined;
};

export const entries = (tree: Json | undefined): [string, JsonObject][] =>
  isTree(tree) ? (Object.entries(tree).filter(([, entry]) => isTree(entry)) as unknown as [string, JsonObject][]) : [];

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
