// Which orders are routed at all: asked before the table of rules.
import type { JsonObject } from '../../model/json.ts';
import type { RoutingInForce } from '../../policy/routing/active.ts';
import { scopeText } from '../../policy/scope.ts';
import type { RecordRow } from '../../store/rows.ts';

/** @returns why the order is not routed; undefined where it is */
export function notRouted({ version, deleted, mergedInto, data }: RecordRow): string | undefined {
  if (version === 0) return 'nothing is known of it yet';
  if (deleted || mergedInto !== null) return 'it is gone';
  const status = said(data, 'status', 'open');
  if (status !== 'open' && status !== 'on_hold') return `it is ${status}`;
  const fulfillment = said(data, 'fulfillmentStatus', 'unfulfilled');
  return fulfillment === 'unfulfilled' ? undefined : `its fulfillment is ${fulfillment} already`;
}

/** Why no version decides of an order from there, and which there are. */
export function uncovered({ channel, storeId }: JsonObject, { versions }: RoutingInForce): string {
  const from = `channel ${JSON.stringify(channel ?? '')}, store ${JSON.stringify(storeId ?? '')}`;
  const known = versions.map(({ version, policy }) => `version ${version} is for ${scopeText(policy.scope)}`);
  return `no routing policy in force covers ${from}; ${known.join(', ')}`;
}

const said = (data: JsonObject, field: string, otherwise: string): string =>
  typeof data[field] === 'string' ? data[field] : otherwise;
