// While a shipment is in the warehouse its address and window follow the order's, and a cancelled order has it cancelled.
import type { Json, JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import type { ChangeRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { canBeAsked, makeRequest } from './change-request.ts';
import { editByPolicy } from './policy-edit.ts';
import { pushedShipment } from './pushed-shipment.ts';
import { meaningOf } from './shipment-states.ts';

const followed = ['shipTo', 'deliveryWindow'] as const;
/** What of an order concerns its shipment. */
export const followedFields: readonly string[] = [...followed, 'status', 'holds'];

/** @param order that was pushed */
export function followOrder(change: ChangeRow, order: RecordState, work: Work): { need: Key[] } | undefined {
  const policy = work.world.catalog.policy('order');
  const changed = (field: string): boolean => Object.hasOwn(change.units, policy.unitOf(field).name);
  const isCancelled = changed('status') && order.row.data.status === 'cancelled';
  const isHeld = changed('holds') && raisesHold(change, policy.unitOf('holds').name);
  if (!isCancelled && !isHeld && !followed.some(changed)) return undefined;
  const shipment = pushedShipment(order, work);
  if (!shipment || 'need' in shipment) return shipment;
  const { data } = shipment.row;
  if (!meaningOf(data.status).inside) return undefined;
  const patch: JsonObject = {};
  for (const field of followed) if (changed(field)) patch[field] = replacing(data[field], order.row.data[field]);
  if (isCancelled) patch.status = 'cancel_requested';
  const edited = editByPolicy(shipment, patch, work);
  if (edited && 'need' in edited) return edited;
  if (isCancelled) return demand('cancel', order, shipment, work);
  return isHeld ? demand('hold', order, shipment, work) : undefined;
}

/** Somebody holds the order who did not before. */
function raisesHold({ units }: ChangeRow, unit: string): boolean {
  const [before, now] = (units[unit] ?? [{}, {}]).map(({ holds }) => (isTree(holds) ? Object.keys(holds) : []));
  return now?.some((code) => !before?.includes(code)) ?? false;
}

/** How long a warehouse may take to say whether it held or cancelled a parcel. */
const answerWithin = 10 * 60_000;

/** Every system that has the parcel and can be told so is asked; a no is for a person. */
function demand(
  step: 'hold' | 'cancel',
  { row }: RecordState,
  shipment: RecordState,
  work: Work,
): { need: Key[] } | undefined {
  for (const { system } of work.world.catalog.receivers('shipment')) {
    if (!shipment.replicas.has(system.id) || !canBeAsked(work, system.id, step, 'shipment')) continue;
    const field = step === 'hold' ? 'holds' : 'status';
    const made = makeRequest(
      {
        ...{ order: row, unit: field, proposed: { [field]: row.data[field] ?? null }, askedBy: 'policy' },
        deadline: work.context.now + answerWithin,
        course: { system: system.id, about: shipment.row.id, purpose: step, step, heard: false },
      },
      work,
    );
    if ('need' in made) return made;
  }
  return undefined;
}

/** A patch that leaves nothing of what was there before. */
export function replacing(before: Json | undefined, after: Json | undefined): Json {
  if (after === undefined) return null;
  if (!isTree(before) || !isTree(after)) return after;
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after as object, name));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...(after as JsonObject) };
}
