// The facts of an order: total, typed, and frozen at one time, computed from what records say and not from when it arrived.
import type { Json, JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import { type Facts, readFacts } from '../facts.ts';
import type { Fault } from '../fault.ts';
import { routingFacts } from './facts.ts';

export interface OrderSource {
  id: string;
  /** Of the order record. */
  order: JsonObject;
  /** Of the customer that the order names; undefined without one, or where the policy does not ask for it. */
  customer: JsonObject | undefined;
  /** When its address changed after the order was made, ms since 1970; undefined: never. */
  addressChangedAt: number | undefined;
  /** ms since 1970. */
  now: number;
}

/** What each fact is computed from: fields of the order, as the merge names them. */
export const orderFieldsOf: Readonly<Record<string, readonly string[]>> = {
  id: [],
  number: ['number'],
  channel: ['channel'],
  storeId: ['storeId'],
  status: ['status'],
  paymentStatus: ['paymentStatus'],
  fulfillmentStatus: ['fulfillmentStatus'],
  riskStatus: ['riskStatus'],
  onHold: ['holds', 'status'],
  payableMinor: ['payable'],
  currency: ['payable', 'currency'],
  handling: ['lines.handling'],
  shipCountry: ['shipTo'],
  shipDivision: ['shipTo'],
  lineCount: ['lines'],
  totalQuantity: ['lines.quantity'],
  customerTier: ['customerId'],
  fulfillmentGeneration: ['fulfillmentGeneration'],
  holdSeq: ['holdSeq'],
  hoursSincePaid: ['paidAt', 'paymentStatus'],
  addressChangedAfterPaid: ['shipTo', 'paidAt', 'paymentStatus'],
};

/** @returns every fault where the record says what no fact may be: a negative amount, more pieces than can be counted */
export function factsOfOrder(source: OrderSource): { facts: Facts } | { faults: Fault[] } {
  const { id, order, customer, addressChangedAt, now } = source;
  const paidAt = paidAtOf(order);
  const lines = Object.values(treeIn(order.lines)).filter(isTree) as JsonObject[];
  const shipTo = treeIn(order.shipTo);
  const payable = treeIn(order.payable);
  return readFacts(routingFacts, {
    order: {
      id,
      number: order.number ?? '',
      channel: order.channel ?? '',
      storeId: order.storeId ?? '',
      status: order.status ?? 'open',
      paymentStatus: order.paymentStatus ?? 'unpaid',
      fulfillmentStatus: order.fulfillmentStatus ?? 'unfulfilled',
      riskStatus: order.riskStatus ?? 'none',
      onHold: isHeldByOthers(order),
      payableMinor: payable.amount ?? 0,
      currency: payable.currency ?? order.currency ?? '',
      handling: lines.flatMap(({ handling }) => (Array.isArray(handling) ? handling : [])),
      shipCountry: shipTo.country ?? '',
      shipDivision: shipTo.divisionCode ?? '',
      lineCount: lines.length,
      totalQuantity: lines.reduce((sum, { quantity }) => sum + Number(quantity ?? 0), 0),
      customerTier: customer?.tier ?? '',
      fulfillmentGeneration: order.fulfillmentGeneration ?? 0,
      holdSeq: order.holdSeq ?? 0,
      hoursSincePaid: paidAt === undefined ? 0 : Math.max(0, Math.floor((now - paidAt) / hour)),
      addressChangedAfterPaid: paidAt !== undefined && addressChangedAt !== undefined && addressChangedAt > paidAt,
    },
  });
}

export const hour = 3_600_000;

const unpaid: ReadonlySet<Json> = new Set(['unpaid', 'authorized']);

/** When it was paid, ms since 1970; undefined while it is not, or nobody said when. */
export function paidAtOf({ paymentStatus, paidAt }: JsonObject): number | undefined {
  if (typeof paidAt !== 'string' || unpaid.has(paymentStatus ?? 'unpaid')) return undefined;
  return Date.parse(paidAt);
}

/** Who makes holds that a rule asks for. */
export const holdsOfPolicy = 'policy';

/** By a person or a system; what the policy holds itself would hold itself for ever. */
function isHeldByOthers({ status, holds }: JsonObject): boolean {
  if (status === 'on_hold') return true;
  return Object.values(treeIn(holds)).some((hold) => isTree(hold) && (hold as JsonObject).by !== holdsOfPolicy);
}

const treeIn = (value: Json | undefined): JsonObject => (isTree(value) ? (value as JsonObject) : {});
