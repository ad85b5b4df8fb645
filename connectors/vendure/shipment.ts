// Shipments are fulfilments of an order: added with a tracking code, then moved on.
import { arrayAt, createdId, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { payloadOf, requiredText } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { addFulfillmentToOrder, transitionFulfillmentToState } from './documents.ts';
import { write } from './graphql.ts';
import { orderBy } from './order.ts';
import type { VendureContext } from './settings.ts';
import { linesOf } from './shipment-lines.ts';

/** @param send its payload names the order, method, tracking code, lines and the state to reach */
export async function pushShipment(send: Send, context: VendureContext): Promise<Pushed> {
  const body = payloadOf(send);
  const [orderId, code] = [requiredText(body, 'orderId'), requiredText(body, 'trackingCode')];
  const order = await orderBy(orderId, context);
  const parcel = present(arrayAt(order, ['fulfillments']), code, send) ?? (await add(order, body, send, context));
  if (textAt(parcel, ['trackingCode']) !== code && send.externalId !== undefined)
    throw new ConnectorError('invalid', 'Vendure does not change the tracking code of a fulfilment', { sent: false });
  const [id, state] = [createdId(parcel), textAt(body, ['state'])];
  if (state !== undefined && state !== textAt(parcel, ['state']))
    await write(context, send, transitionFulfillmentToState, { id, state });
  return { externalId: id, status: 200 };
}

/** A repeat finds its fulfilment by the tracking code: nothing else of ours is kept in it. */
function present(parcels: Lossless[], code: string, { externalId: id, repeat }: Send): Lossless | undefined {
  if (id === undefined) return repeat ? parcels.find((parcel) => textAt(parcel, ['trackingCode']) === code) : undefined;
  const found = parcels.find((parcel) => textAt(parcel, ['id']) === id);
  if (found === undefined) throw new ConnectorError('not_found', `the order has no fulfilment ${id}`, { status: 200 });
  return found;
}

function add(order: Lossless, body: LosslessObject, send: Send, context: VendureContext): Promise<Lossless> {
  const named = ['method', 'trackingCode'].map((name) => ({ name, value: textAt(body, [name]) ?? '' }));
  const handler = { code: 'manual-fulfillment', arguments: named };
  return write(context, send, addFulfillmentToOrder, { input: { lines: linesOf(order, body), handler } });
}
