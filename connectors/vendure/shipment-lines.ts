// What of an order is in a fulfilment: its lines by their ids, or by the article where whoever sends it knows no more.
import { arrayAt, textAt } from '../../src/connector/answer.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';

const quantityOf = (line: Lossless): number => Number(textAt(line, ['quantity']) ?? 0);

/** @throws ConnectorError invalid when the order has no such article */
export function linesOf(order: Lossless, body: LosslessObject): LosslessObject[] {
  const left = leftOf(order);
  return arrayAt(body, ['lines']).flatMap((line) => {
    const [orderLineId, sku] = [textAt(line, ['orderLineId']), textAt(line, ['sku'])];
    if (orderLineId !== undefined) return [{ orderLineId, quantity: quantityOf(line) }];
    return share(order, left, sku ?? '', quantityOf(line));
  });
}

/** Line id → what is in no fulfilment yet. */
function leftOf(order: Lossless): Map<string, number> {
  const left = new Map(arrayAt(order, ['lines']).map((line) => [textAt(line, ['id']) ?? '', quantityOf(line)]));
  const sent = arrayAt(order, ['fulfillments']).filter((one) => textAt(one, ['state']) !== 'Cancelled');
  for (const line of sent.flatMap((one) => arrayAt(one, ['lines']))) {
    const id = textAt(line, ['orderLineId']) ?? '';
    left.set(id, (left.get(id) ?? 0) - quantityOf(line));
  }
  return left;
}

/** From the first line of the article that has some left; more than is left goes to the last one, for Vendure to refuse. */
function share(order: Lossless, left: Map<string, number>, sku: string, quantity: number): LosslessObject[] {
  const ids = arrayAt(order, ['lines'])
    .filter((line) => textAt(line, ['productVariant', 'sku']) === sku)
    .flatMap((line) => textAt(line, ['id']) ?? []);
  if (ids.length === 0)
    throw new ConnectorError('invalid', `the order has no line of the article "${sku}"`, { sent: false });
  let rest = quantity;
  return ids.flatMap((orderLineId, index) => {
    const open = Math.max(left.get(orderLineId) ?? 0, 0);
    const taken = index === ids.length - 1 ? rest : Math.min(open, rest);
    rest -= taken;
    left.set(orderLineId, open - taken);
    return taken > 0 ? [{ orderLineId, quantity: taken }] : [];
  });
}
