// While a shipment is in the warehouse its address and window follow the order's, and a cancelled order has it cancelled.
import type { Json, JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import type { ChangeRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { editByPolicy } from './policy-edit.ts';
import { pushedShipment } from './pushed-shipment.ts';
import { meaningOf } from './shipment-states.ts';

const followed = ['shipTo', 'deliveryWindow'] as const;

/** @param order that was pushed */
export function followOrder(change: ChangeRow, order: RecordState, work: Work): { need: Key[] } | undefined {
  const policy = work.world.catalog.policy('order');
  const changed = (field: string): boolean => Object.hasOwn(change.units, policy.unitOf(field).name);
  const isCancelled = changed('status') && order.row.data.status === 'cancelled';
  if (!isCancelled && !followed.some(changed)) return undefined;
  const shipment = pushedShipment(order, work);
  if (!shipment || 'need' in shipment) return shipment;
  const { data } = shipment.row;
  if (!meaningOf(data.status).inside) return undefined;
  const patch: JsonObject = {};
  for (const field of followed) if (changed(field)) patch[field] = replacing(data[field], order.row.data[field]);
  if (isCancelled) patch.status = 'cancel_requested';
  const edited = editByPolicy(shipment, patch, work);
  return edited && 'need' in edited ? edited : undefined;
}

/** A patch that leaves nothing of what was there before. */
export function replacing(before: Json | undefined, after: Json | undefined): Json {
  if (after === undefined) return null;
  if (!isTree(before) || !isTree(after)) return after;
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after as object, name));
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...(after as JsonObject) };
}
