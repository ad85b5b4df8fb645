// What a warehouse says of a shipment moves its order: forward, or open again after a confirmed cancel.
import { fieldAt } from '../../model/fields.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { RoutingInForce } from '../../policy/routing/active.ts';
import type { ChangeRow, RecordRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { openTask, type Question } from '../task.ts';
import { afterCancel, requestsForCancel } from './answered.ts';
import { drafted, unasked } from './draft-state.ts';
import { editByPolicy } from './policy-edit.ts';
import { reopen } from './reopen.ts';
import { hasLeft, isUnderWay, meaningOf } from './shipment-states.ts';

type Need = { need: Key[] } | undefined;

export function afterShipment(change: ChangeRow, routing: RoutingInForce, work: Work): Need {
  const status = statusIn(change, work);
  const shipment = drafted(work, change.recordId)?.row;
  const orderId = shipment?.data.orderId;
  if (!status || !shipment || typeof orderId !== 'string') return undefined;
  const missing = unasked(work, [orderId]);
  if (missing.length > 0) return { need: missing };
  const order = drafted(work, orderId);
  if (!order || order.row.version === 0) return undefined;
  if (!isPresent(shipment, order.row)) return ofOlder(shipment, order, status, work);
  if (status.now === 'cancelled') return cancelled(shipment, order, { before: status.before, routing }, work);
  return moveOrder(shipment, order, status.now, work);
}

interface StatusChange {
  before: Json | undefined;
  now: Json | undefined;
}

function statusIn({ type, units }: ChangeRow, { world }: Work): StatusChange | undefined {
  const change = units[world.catalog.policy(type).unitOf('status').name];
  return change && { before: change[0].status, now: change[1].status };
}

const isPresent = (shipment: RecordRow, order: RecordRow): boolean =>
  Number(shipment.data.generation ?? 0) === Number(order.data.fulfillmentGeneration ?? 0);

/** A late report of an older generation stays with its shipment; that it left all the same is for a person. */
function ofOlder(shipment: RecordRow, order: RecordState, { before, now }: StatusChange, work: Work): Need {
  if (hasLeft(now) && !hasLeft(before))
    askPerson(
      { kind: 'late_shipment', reason: 'it had been replaced by a newer one', options: ['sorted_out_by_hand'] },
      { shipment, order, what: 'has left' },
      work,
    );
  return undefined;
}

/** Asked for: the order is open again. By the warehouse alone: a person decides, or it would go to and fro. */
function cancelled(
  shipment: RecordRow,
  order: RecordState,
  { before, routing }: { before: Json | undefined; routing: RoutingInForce },
  work: Work,
): Need {
  const about = { shipment, order, what: 'was cancelled by the warehouse' };
  if (hasLeft(before) || isUnderWay(order.row.data.fulfillmentStatus)) {
    const reason = 'it had left already';
    askPerson({ kind: 'late_shipment', reason, options: ['sorted_out_by_hand'] }, about, work);
    return undefined;
  }
  const waits = requestsForCancel(order, work);
  if ('need' in waits) return waits;
  if (order.row.data.status === 'cancelled' || waits.requests.length > 0) return afterCancel(order, routing, work);
  const reason = 'nobody here asked for it';
  askPerson({ kind: 'shipment_cancelled', reason, options: [reissue, 'leave'] }, about, work);
  return undefined;
}

/** The answer that has an order pushed anew. */
const reissue = 'reissue';

const ranks: readonly string[] = fieldAt('order', 'fulfillmentStatus')?.values ?? [];
const rankOf = (status: Json | undefined): number => ranks.indexOf(typeof status === 'string' ? status : 'unfulfilled');

function moveOrder(shipment: RecordRow, order: RecordState, status: Json | undefined, work: Work): Need {
  const { fulfillment } = meaningOf(status);
  const { data } = order.row;
  if (hasLeft(status) && data.status === 'cancelled' && !hasLeft(data.fulfillmentStatus))
    askPerson(
      { kind: 'late_shipment', reason: 'the order is cancelled', options: ['sorted_out_by_hand'] },
      { shipment, order, what: 'has left' },
      work,
    );
  if (fulfillment === undefined || rankOf(fulfillment) <= rankOf(data.fulfillmentStatus)) return undefined;
  const edited = editByPolicy(order, { fulfillmentStatus: fulfillment }, work);
  return edited && 'need' in edited ? edited : undefined;
}

function askPerson(
  { kind, reason, options }: Pick<Question, 'kind' | 'reason' | 'options'>,
  { shipment, order, what }: { shipment: RecordRow; order: RecordState; what: string },
  { world, context, out }: Work,
): void {
  const title = `shipment ${String(shipment.data.number)} of order ${String(order.row.data.number)} ${what}`;
  const about = { record: 'order' as const, recordId: order.row.id, unit: 'fulfillmentStatus' };
  openTask({ kind, title, reason, options, ...about, said: { shipment: shipment.id } }, world, context, out);
}

/** A person has decided that what the warehouse cancelled is pushed anew. */
export function afterTask(change: ChangeRow, routing: RoutingInForce, work: Work): Need {
  const task = drafted(work, change.recordId)?.row.data;
  const wasOpen = Object.values(change.units).some(([before]) => before.state === 'open');
  if (!task || !wasOpen || task.kind !== 'shipment_cancelled' || task.decision !== reissue) return undefined;
  const [orderId, shipmentId] = [String(task.recordId), saidShipment(task)];
  const missing = unasked(work, [orderId, ...(shipmentId === undefined ? [] : [shipmentId])]);
  if (missing.length > 0) return { need: missing };
  const order = drafted(work, orderId);
  const shipment = shipmentId === undefined ? undefined : drafted(work, shipmentId);
  // It may have been pushed anew meanwhile, for another reason.
  if (!order || !shipment || !isPresent(shipment.row, order.row) || shipment.row.data.status !== 'cancelled')
    return undefined;
  return reopen(order, {}, routing, work);
}

function saidShipment({ x }: JsonObject): string | undefined {
  const said = (x as { syncline?: { said?: { shipment?: unknown } } } | undefined)?.syncline?.said?.shipment;
  return typeof said === 'string' ? said : undefined;
}
