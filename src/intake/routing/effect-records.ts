// The records that once-only effects make: a shipment, a coupon, a notification.
import type { Json, JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import type { RecordType } from '../../model/records.ts';
import type { InWords } from '../../policy/document-shapes.ts';
import type { ActionName } from '../../policy/routing/actions.ts';
import type { Effect } from '../../policy/routing/effects.ts';
import type { RecordRow } from '../../store/rows.ts';

export const recordTypeOf: Readonly<Partial<Record<ActionName, RecordType>>> = {
  'logistics.push': 'shipment',
  'coupon.grant': 'coupon',
  'notify.user': 'notification',
};

export interface Making {
  effect: Effect;
  /** As the decision leaves it. */
  order: Pick<RecordRow, 'id' | 'data'>;
  /** Of the rule that asks for it. */
  reason: InWords;
}

export function effectRecord(type: RecordType, making: Making): JsonObject {
  if (type === 'shipment') return shipmentOf(making.order);
  return type === 'coupon' ? couponOf(making) : notificationOf(making);
}

/** Number of the order and of its generation: a key that every warehouse can hold. */
function shipmentOf({ id, data }: Making['order']): JsonObject {
  const generation = Number(data.fulfillmentGeneration ?? 0);
  return said({
    number: `${String(data.number)}-${generation}`,
    orderId: id,
    generation,
    warehouseId: data.warehouseId,
    status: 'requested',
    shipTo: data.shipTo,
    deliveryWindow: data.deliveryWindow,
    lines: shipmentLines(data.lines),
  });
}

export function shipmentLines(lines: Json | undefined): JsonObject | undefined {
  if (!isTree(lines)) return undefined;
  return Object.fromEntries(
    Object.entries(lines as JsonObject).flatMap(([lineNo, line]) => {
      if (!isTree(line)) return [];
      const { sku, quantity } = line as JsonObject;
      return [[lineNo, said({ lineNo, sku, quantity })]];
    }),
  );
}

const couponOf = ({ effect, order }: Making): JsonObject =>
  said({
    key: effect.onceKey,
    template: withOf(effect).template,
    customerId: order.data.customerId,
    orderId: order.id,
  });

const notificationOf = ({ effect, order, reason }: Making): JsonObject =>
  said({
    key: effect.onceKey,
    template: withOf(effect).template,
    role: withOf(effect).role,
    orderId: order.id,
    text: { en: reason.en, zh: reason.zh },
  });

const withOf = (effect: Effect) => (effect.with ?? {}) as { template?: string; role?: string };

const said = (members: Record<string, Json | undefined>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
