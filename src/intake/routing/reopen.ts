// A shipment was cancelled for certain: the order is open to be pushed again, under the next generation and so a new once-key.
import type { JsonObject } from '../../model/json.ts';
import { isOver } from '../../policy/effective.ts';
import { type RoutingInForce, versionFor } from '../../policy/routing/active.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted } from './draft-state.ts';
import { notRouted } from './guard.ts';
import { editByPolicy } from './policy-edit.ts';
import { routeOrder } from './route-order.ts';

/** In one transaction: what has waited is applied, the generation raised, the order decided about and pushed anew. */
export function reopen(
  order: RecordState,
  waiting: JsonObject,
  routing: RoutingInForce,
  work: Work,
): { need: Key[] } | undefined {
  const { context, out } = work;
  const { id, data } = order.row;
  const generation = Number(data.fulfillmentGeneration ?? 0) + 1;
  const patch = { ...waiting, fulfillmentGeneration: generation, fulfillmentStatus: 'unfulfilled' };
  const edited = editByPolicy(order, patch, work);
  if (edited && 'need' in edited) return edited;
  out.audit.push({
    ...{ at: context.now, actor: 'policy', action: 'fulfillment.reopened', target: id, recordId: id },
    detail: { generation },
  });
  const after = drafted(work, id);
  const version = after && versionFor(routing, after.row.data, context.now);
  if (!version || isOver(version, context.now) || notRouted(after.row) !== undefined) return undefined;
  const routed = routeOrder(after, version, work);
  return 'need' in routed ? routed : undefined;
}
