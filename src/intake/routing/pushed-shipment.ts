// The shipment that an order was pushed as: that of its newest push.
import { decisionKey } from '../../store/draft.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted, unasked } from './draft-state.ts';
import { keptBy } from './kept.ts';

/** @returns undefined where the order has none of its present generation; the keys that it needs first, if there are such */
export function pushedShipment(order: RecordState, work: Work): { need: Key[] } | RecordState | undefined {
  const { id, data } = order.row;
  if (!work.state.reaches(id)) return undefined;
  const first = unasked(work, [decisionKey(id)]);
  if (first.length > 0) return { need: first };
  const { shipment: shipmentId } = keptBy(work.state.decision(decisionKey(id)));
  if (shipmentId === undefined) return undefined;
  const missing = unasked(work, [shipmentId]);
  if (missing.length > 0) return { need: missing };
  const shipment = drafted(work, shipmentId);
  const isPresent = Number(shipment?.row.data.generation ?? 0) === Number(data.fulfillmentGeneration ?? 0);
  return isPresent ? shipment : undefined;
}
