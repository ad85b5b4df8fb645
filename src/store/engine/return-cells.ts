// Rows of returns and of the facts about them, to and from cells: the same columns in the same order in every engine.
import type {
  AddressChangeRow,
  EvidenceRow,
  OrderFactRow,
  PolicyBreakerRow,
  ReturnFactLine,
  ReturnFactRow,
  ShipmentFactRow,
} from '../rows.ts';
import type { Cells } from './cells.ts';

export const orderFactColumns = [
  ...['order_id', 'customer_id', 'order_status', 'currency', 'paid_minor', 'refunded_minor', 'delivered_at'],
  ...['pieces', 'items_minor'],
];
export const shipmentFactColumns = ['shipment_id', 'order_id', 'delivered_at', 'shipped'];
export const returnFactColumns = [
  ...['return_id', 'order_id', 'customer_id', 'store_id', 'requested_at', 'decided_at', 'approved_at', 'return_status'],
  ...['fault', 'currency', 'lines', 'refund_first', 'received_at', 'ship_back_by', 'refunded_at'],
];
export const addressChangeColumns = [
  ...['seq', 'order_id', 'customer_id', 'at', 'from_division', 'from_street', 'to_division', 'to_street'],
];
export const breakerColumns = [
  ...['breaker', 'scope_key', 'state', 'opened_at', 'until', 'closed_at', 'trips', 'permits_left', 'passed'],
  'override',
];
export const evidenceColumns = [
  ...['return_id', 'customer_id', 'at', 'sha256', 'kept_sha256', 'type', 'size', 'width', 'height'],
  ...['picture_hash', 'outcome'],
];

export const orderFactCells = (row: OrderFactRow): unknown[] => {
  const { orderId, customerId, status, currency, paidMinor, refundedMinor, deliveredAt, pieces, itemsMinor } = row;
  return [orderId, customerId, status, currency, paidMinor, refundedMinor, deliveredAt, pieces, itemsMinor];
};

export function orderFactRow(cells: Cells): OrderFactRow {
  const [orderId, customerId, status, currency, paidMinor, refundedMinor, deliveredAt, pieces, itemsMinor] = cells;
  const row = { orderId, customerId, status, currency, paidMinor, refundedMinor, deliveredAt, pieces, itemsMinor };
  return row as OrderFactRow;
}

export const shipmentFactCells = ({ shipmentId, orderId, deliveredAt, shipped }: ShipmentFactRow): unknown[] => [
  ...[shipmentId, orderId, deliveredAt],
  JSON.stringify(shipped),
];

export function shipmentFactRow([shipmentId, orderId, deliveredAt, shipped]: Cells): ShipmentFactRow {
  return { ...({ shipmentId, orderId, deliveredAt } as ShipmentFactRow), shipped: JSON.parse(shipped as string) };
}

export const returnFactCells = (row: ReturnFactRow): unknown[] => [
  ...[row.returnId, row.orderId, row.customerId, row.storeId, row.requestedAt, row.decidedAt, row.approvedAt],
  ...[row.status, row.fault, row.currency, JSON.stringify(row.lines), row.isRefundFirst ? 1 : 0],
  ...[row.receivedAt, row.shipBackBy, row.refundedAt],
];

export function returnFactRow(cells: Cells): ReturnFactRow {
  const [returnId, orderId, customerId, storeId, requestedAt, decidedAt, approvedAt, status, fault] = cells;
  const [, , , , , , , , , currency, lines, refundFirst, receivedAt, shipBackBy, refundedAt] = cells;
  return {
    ...({ returnId, orderId, customerId, storeId, requestedAt, decidedAt, approvedAt } as ReturnFactRow),
    ...({ status, fault, currency, receivedAt, shipBackBy, refundedAt } as ReturnFactRow),
    lines: JSON.parse(lines as string) as ReturnFactLine[],
    isRefundFirst: refundFirst === 1,
  };
}

export const addressChangeCells = ({ seq, orderId, customerId, at, from, to }: AddressChangeRow): unknown[] => [
  ...[seq, orderId, customerId, at, from.division, from.street, to.division, to.street],
];

export function addressChangeRow(cells: Cells): AddressChangeRow {
  const [seq, orderId, customerId, at, fromDivision, fromStreet, toDivision, toStreet] = cells as [
    ...[number, string, string, number],
    ...[string, string, string, string],
  ];
  const from = { division: fromDivision, street: fromStreet };
  return { seq, orderId, customerId, at, from, to: { division: toDivision, street: toStreet } };
}

export const breakerCells = (row: PolicyBreakerRow): unknown[] => [
  ...[row.breaker, row.scopeKey, row.state, row.openedAt, row.until, row.closedAt, row.trips, row.permitsLeft],
  ...[row.passed, row.override && JSON.stringify(row.override)],
];

export function breakerRow(cells: Cells): PolicyBreakerRow {
  const [breaker, scopeKey, state, openedAt, until, closedAt, trips, permitsLeft, passed, override] = cells;
  return {
    ...({ breaker, scopeKey, state, openedAt, until, closedAt, trips, permitsLeft, passed } as PolicyBreakerRow),
    override: override === null ? null : (JSON.parse(override as string) as PolicyBreakerRow['override']),
  };
}

export const evidenceCells = (row: EvidenceRow): unknown[] => [
  ...[row.returnId, row.customerId, row.at, row.sha256, row.keptSha256, row.type, row.size, row.width, row.height],
  ...[row.pictureHash, row.outcome],
];

export function evidenceRow(cells: Cells): EvidenceRow {
  const [returnId, customerId, at, sha256, keptSha256, type, size, width, height, pictureHash, outcome] = cells;
  const row = { returnId, customerId, at, sha256, keptSha256, type, size, width, height, pictureHash, outcome };
  return row as EvidenceRow;
}
