// What the facts of a customer are computed from: narrow rows, read inside the transaction of the decision.
import type { ReturnStatus } from '../life/regions.ts';

/** Times are ms since 1970, amounts minor units, as records say them and not as they arrived. */
export interface OrderRow {
  orderId: string;
  status: 'open' | 'on_hold' | 'cancelled' | 'closed';
  currency: string;
  paidMinor: number;
  refundedMinor: number;
  /** The order's own, else its last shipment's. */
  deliveredAt: number | null;
  /** Of all lines. */
  pieces: number;
  itemsMinor: number;
}

export interface ReturnedLine {
  quantity: number;
  unitPriceMinor: number;
  /** For the whole quantity. */
  amountMinor: number;
}

export interface ReturnRow {
  returnId: string;
  orderId: string;
  requestedAt: number;
  /** When it first was; kept when it is declined or cancelled after. */
  approvedAt: number | null;
  status: ReturnStatus;
  fault: 'customer' | 'merchant' | 'carrier' | 'unknown';
  currency: string;
  lines: readonly ReturnedLine[];
  /** Refunded before the goods are back, or reserved for that. */
  isRefundFirst: boolean;
  receivedAt: number | null;
  /** null: nothing is to be sent, or it is on its way. */
  shipBackBy: number | null;
}

export interface RefundRow {
  returnId: string;
  succeededAt: number | null;
}

export interface AddressChangeRow {
  at: number;
  /** Division code and normal street, of before and after. */
  from: Place;
  to: Place;
}

export interface Place {
  division: string;
  street: string;
}

export interface CustomerHistory {
  orders: readonly OrderRow[];
  /** Without the request at hand. */
  returns: readonly ReturnRow[];
  refunds: readonly RefundRow[];
  addressChanges: readonly AddressChangeRow[];
  identityVerifiedUntil: number | null;
}

export interface StoreTotals {
  /** Refund-first returns decided in the window, and those of them past their time with the goods not back. */
  refundFirstDecided: number;
  refundFirstOverdue: number;
  /** Refunded or reserved before receipt: a running row. */
  exposureMinor: number;
}

export interface ReturnRequest {
  /** The clock of windows, breakers and deadlines. */
  at: number;
  /** When it was asked for, where it is decided again later: the law counts its days until then. */
  requestedAt?: number;
  reason: string;
  fault: ReturnRow['fault'];
  currency: string;
  lines: readonly ReturnedLine[];
  deliveredAt: number | null;
}
