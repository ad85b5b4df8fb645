// Which pieces of an order may be asked back, and what was paid for them: no piece twice, no minor unit twice.
import type { ReturnStatus } from './regions.ts';
import type { NewReturn, ReturnLine } from './state.ts';

export interface OrderedLine {
  lineNo: string;
  quantity: number;
  /** As a system reports it, else from shipments. */
  shipped: number;
  /** For the whole line, after discounts, with tax, less what was refunded without a return. */
  paidMinor: number;
}

export interface EarlierReturn {
  status: ReturnStatus;
  lines: readonly Pick<ReturnLine, 'orderLine' | 'quantity' | 'refundableMinor'>[];
}

export interface AskedLine {
  orderLine: string;
  quantity: number;
}

export type LineRefusal = {
  orderLine: string;
  reason: 'unknown_line' | 'asked_twice' | 'not_shipped' | 'already_returned';
};

/** @param earlier of the same order; those declined or cancelled hold no piece */
export function claimLines(
  asked: readonly AskedLine[],
  order: readonly OrderedLine[],
  earlier: readonly EarlierReturn[],
): { lines: NewReturn['lines'] } | { refused: LineRefusal[] } {
  const held = earlier
    .filter(({ status }) => status !== 'declined' && status !== 'cancelled')
    .flatMap(({ lines }) => lines);
  const claimed = asked.map((one, at) => claim(one, order, { held, before: asked.slice(0, at) }));
  const refused = claimed.flatMap((one) => ('reason' in one ? [one] : []));
  return refused.length > 0 ? { refused } : { lines: claimed.filter((one) => 'refundableMinor' in one) };
}

function claim(
  { orderLine, quantity }: AskedLine,
  order: readonly OrderedLine[],
  { held, before }: { held: EarlierReturn['lines']; before: readonly AskedLine[] },
): NewReturn['lines'][number] | LineRefusal {
  const line = order.find(({ lineNo }) => lineNo === orderLine);
  if (!line) return { orderLine, reason: 'unknown_line' };
  if (before.some((one) => one.orderLine === orderLine)) return { orderLine, reason: 'asked_twice' };
  if (quantity > line.shipped) return { orderLine, reason: 'not_shipped' };
  const same = held.filter((one) => one.orderLine === orderLine);
  const pieces = same.reduce((sum, one) => sum + one.quantity, 0);
  if (pieces + quantity > line.shipped) return { orderLine, reason: 'already_returned' };
  const left = Math.max(0, line.paidMinor - same.reduce((sum, one) => sum + one.refundableMinor, 0));
  const share = Number((BigInt(line.paidMinor) * BigInt(quantity)) / BigInt(line.quantity));
  // The last pieces take what rounding has left over.
  const isLast = pieces + quantity === line.quantity;
  return { orderLine, quantity, refundableMinor: isLast ? left : Math.min(share, left) };
}
