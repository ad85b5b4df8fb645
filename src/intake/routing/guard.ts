// Which orders are routed at all: asked before the table of rules.
import type { JsonObject } from '../../model/json.ts';
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

const said = (data: JsonObject, field: string, otherwise: string): string =>
  typeof data[field] === 'string' ? data[field] : otherwise;
