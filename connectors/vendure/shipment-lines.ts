// What of an order is in a fulfilment: its lines by their ids, or by the article where whoever sends it knows no more.
import { takePieces } from '../../src/connector/allot.ts';
import { arrayAt, textAt } from '../../src/connector/answer.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';

const quantityOf = (line: Lossless): number => Number(textAt(line, ['quantity']) ?? 0);

/** @throws ConnectorError invalid when the order has no such article, or not so many pieces of it left */
export function linesOf(order: Lossless, body: LosslessObject): LosslessObject[] {
  const open = openLines(order);
  return arrayAt(body, ['lines']).flatMap((line) => {
    const [orderLineId, sku] = [textAt(line, ['orderLineId']), textAt(line, ['sku'])];
    if (orderLineId !== undefined) return [{ orderLineId, quantity: quantityOf(line) }];
    const parts = takePieces(open, [{ line: sku, left: BigInt(quantityOf(line)) }]);
    for (const { row, taken } of parts) row.left -= taken;
    return parts.map(({ row, taken }) => ({ orderLineId: row.id, quantity: Number(taken) }));
  });
}

/** With what of each is in no fulfilment yet. */
function openLines(order: Lossless) {
  const parcels = arrayAt(order, ['fulfillments']).filter((one) => textAt(one, ['state']) !== 'Cancelled');
  const sent = parcels.flatMap((one) => arrayAt(one, ['lines']));
  return arrayAt(order, ['lines']).map((line) => {
    const id = textAt(line, ['id']) ?? '';
    const gone = sent.filter((one) => textAt(one, ['orderLineId']) === id);
    const left = gone.reduce<number>((rest, one) => rest - quantityOf(one), quantityOf(line));
    return { id, line: textAt(line, ['productVariant', 'sku']), left: BigInt(Math.max(left, 0)) };
  });
}
