// What the status of a shipment means for its order: one table.
import type { Json } from '../../model/json.ts';

interface Meaning {
  /** How far the order's fulfillment is then; undefined: says nothing of it. */
  fulfillment?: string;
  /** The goods are still in the warehouse: address and content may follow the order. */
  inside: boolean;
}

const meanings: Readonly<Record<string, Meaning>> = {
  requested: { fulfillment: 'released', inside: true },
  accepted: { fulfillment: 'released', inside: true },
  picking: { fulfillment: 'picking', inside: true },
  packed: { fulfillment: 'packed', inside: true },
  shipped: { fulfillment: 'shipped', inside: false },
  in_transit: { fulfillment: 'shipped', inside: false },
  delivered: { fulfillment: 'delivered', inside: false },
  exception: { inside: true },
  cancel_requested: { inside: true },
  cancelled: { inside: false },
};

const unknown: Meaning = { inside: true };

export const meaningOf = (status: Json | undefined): Meaning =>
  (typeof status === 'string' && Object.hasOwn(meanings, status) && meanings[status]) || unknown;

/** By the order's own word: something has left, so nothing of it can be taken back. */
export const isUnderWay = (fulfillment: Json | undefined): boolean =>
  fulfillment === 'partially_shipped' || fulfillment === 'shipped' || fulfillment === 'delivered';

export const hasLeft = (status: Json | undefined): boolean =>
  ['shipped', 'delivered'].includes(meaningOf(status).fulfillment ?? '');
