// A return that is asked for: which pieces of which order, what was paid for them, and the first decision about it.
import type { JsonObject } from '../../model/json.ts';
import type { ActiveReturns } from '../../policy/returns/active.ts';
import { type FloorId, protecting, type Returnable } from '../../policy/returns/floor.ts';
import { applyEvent } from '../../policy/returns/life/apply.ts';
import {
  type AskedLine,
  claimLines,
  type LineRefusal,
  type OrderedLine,
} from '../../policy/returns/life/claim-lines.ts';
import type { ReturnEvent } from '../../policy/returns/life/events.ts';
import type { ReturnStatus } from '../../policy/returns/life/regions.ts';
import { type NewReturn, newReturn, type ReturnState } from '../../policy/returns/life/state.ts';
import { deliveredDaysAgo } from '../../policy/returns/profile/definitions.ts';
import { orderQuery } from '../../store/draft.ts';
import type { OrderRows, RecordRow, ReturnFactLine, ReturnFactRow } from '../../store/rows.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted, unasked } from '../routing/draft-state.ts';
import { carryOut } from './carry-out.ts';
import { askedBy, decidedOf, decideFor, decisionRow, type Made, whyManual } from './decide-return.ts';
import { tellFailure } from './happen.ts';
import type { ReturnAbout, ReturnFault, ReturnLife } from './life.ts';
import { currencyOf, entries, lineMinor, minor, orderFact, paidOf, textOf } from './record-facts.ts';
import { type AtHand, lookAt } from './situation.ts';

export interface ReturnRequested {
  customerId: string;
  orderId: string;
  lines: readonly AskedLine[];
  reason: string;
  fault: ReturnFault;
  kind: ReturnState['kind'];
  /** The clock of everything. */
  at: number;
}

export type Claimed =
  | { need: Key[] }
  | { unknown: 'customer' | 'order' }
  | { refused: readonly (LineRefusal & { holder?: string })[] }
  | { hand: AtHand; about: ReturnAbout; fresh: NewReturn };

/** What a return of these pieces would be, looked up and locked; nothing is written. */
export function claim(asked: ReturnRequested, active: ActiveReturns, work: Work): Claimed {
  const { orderId, customerId, at } = asked;
  const rows = orderQuery(orderId);
  const missing = unasked(work, [customerId, orderId, rows]);
  if (missing.length > 0) return { need: missing };
  const customer = drafted(work, customerId)?.row;
  if (!customer || customer.deleted || customer.mergedInto !== null) return { unknown: 'customer' };
  const order = drafted(work, orderId)?.row;
  if (!order || order.version === 0 || order.mergedInto !== null) return { unknown: 'order' };
  const owner = ownerOf(order, work);
  if (typeof owner === 'object') return owner;
  if (owner !== customerId) return { unknown: 'order' };
  const storeId = textOf(order.data.storeId) || textOf(order.data.channel);
  const hand = lookAt({ at, returnId: undefined, customerId, storeId }, active, work);
  if ('need' in hand) return hand;
  const known = work.state.query(rows) ?? { returns: [], shipments: [] };
  const claimed = claimLines(asked.lines, orderedLines(order.data, known), known.returns.map(earlier));
  if ('refused' in claimed) return { refused: claimed.refused.map((one) => named(one, known.returns)) };
  const lines = withinPaid(claimed.lines, order.data, known.returns);
  const fresh: NewReturn = {
    ...{ id: work.context.newId('ret_'), kind: asked.kind, requestedAt: at, lines },
    invoiceIssued: (order.data.invoice as JsonObject | undefined)?.status === 'issued',
  };
  return { hand, fresh, about: aboutOf(asked, { order, known, lines, storeId, work }) };
}

/** The customer of an order, through accounts that were folded into another. */
function ownerOf({ data }: RecordRow, work: Work): { need: Key[] } | string {
  const said = textOf(data.customerId);
  if (said === '') return '';
  const missing = unasked(work, [said]);
  return missing.length > 0 ? { need: missing } : (drafted(work, said)?.row.mergedInto ?? said);
}

function aboutOf(
  { customerId, orderId, reason, fault }: ReturnRequested,
  {
    order,
    known,
    lines,
    storeId,
    work,
  }: {
    order: RecordRow;
    known: OrderRows;
    lines: NewReturn['lines'];
    storeId: string;
    work: Work;
  },
): ReturnAbout {
  const { data } = order;
  const ofOrder = new Map(entries(data.lines));
  const address = data.shipTo as JsonObject | undefined;
  const parcels = known.shipments.flatMap(({ deliveredAt }) => (deliveredAt === null ? [] : [deliveredAt]));
  const { deliveredAt } = orderFact(order, work.world.catalog);
  return {
    ...{ number: `R-${textOf(data.number)}-${known.returns.length + 1}`, orderId, customerId, storeId },
    ...{ currency: currencyOf(data), reason, fault },
    lines: lines.map(({ orderLine, quantity, refundableMinor }): ReturnFactLine => {
      const unitPriceMinor = minor(ofOrder.get(orderLine)?.unitPrice) ?? Math.floor(refundableMinor / quantity);
      return { orderLine, quantity, unitPriceMinor, amountMinor: refundableMinor };
    }),
    claim: {
      shipCountry: textOf(address?.country),
      returnable: lines.map(({ orderLine }) => (ofOrder.get(orderLine)?.returnable ?? 'yes') as Returnable),
    },
    from: { warehouseId: textOf(data.warehouseId), skus: skusOf(lines, ofOrder) },
    deliveredAt: deliveredAt ?? (parcels.length > 0 ? Math.max(...parcels) : null),
    ...{ decisionId: '', level: 'none', decidedAt: null, refundedAt: null, met: [], tasks: {} },
  };
}

const skusOf = (lines: NewReturn['lines'], ofOrder: ReadonlyMap<string, JsonObject>): Record<string, string> =>
  Object.fromEntries(lines.map(({ orderLine }) => [orderLine, textOf(ofOrder.get(orderLine)?.sku)]));

/** As a system reports it, else from parcels that have left, else all of it once the order has. */
function orderedLines({ lines, fulfillmentStatus, deliveredAt }: JsonObject, { shipments }: OrderRows): OrderedLine[] {
  const hasGone = fulfillmentStatus === 'shipped' || fulfillmentStatus === 'delivered' || deliveredAt !== undefined;
  return entries(lines).map(([lineNo, line]) => {
    const quantity = Number(line.quantity ?? 0);
    const parcels = shipments.reduce((sum, { shipped }) => sum + (shipped[lineNo] ?? 0), 0);
    const said = typeof line.shippedQuantity === 'number' ? line.shippedQuantity : parcels || (hasGone ? quantity : 0);
    return { lineNo, quantity, shipped: Math.min(said, quantity), paidMinor: lineMinor(line) };
  });
}

const earlier = ({ status, lines }: ReturnFactRow) => ({
  status: status as ReturnStatus,
  lines: lines.map(({ orderLine, quantity, amountMinor }) => ({ orderLine, quantity, refundableMinor: amountMinor })),
});

/** With the return that holds the pieces. */
function named(one: LineRefusal, returns: readonly ReturnFactRow[]): LineRefusal & { holder?: string } {
  const holder = returns.find(
    ({ status, lines }) =>
      status !== 'declined' && status !== 'cancelled' && lines.some(({ orderLine }) => orderLine === one.orderLine),
  );
  return one.reason === 'already_returned' && holder ? { ...one, holder: holder.returnId } : one;
}

/** All returns of an order together never give back more than was paid for it and not refunded otherwise. */
function withinPaid(
  lines: NewReturn['lines'],
  data: JsonObject,
  returns: readonly ReturnFactRow[],
): NewReturn['lines'] {
  const counting = returns.filter(({ status }) => status !== 'declined' && status !== 'cancelled');
  const amountOf = (row: ReturnFactRow): number => row.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const held = counting.reduce((sum, row) => sum + amountOf(row), 0);
  const back = counting.reduce((sum, row) => sum + (row.refundedAt === null ? 0 : amountOf(row)), 0);
  const otherwise = Math.max(0, (minor(data.refunded) ?? 0) - back);
  let left = Math.max(0, paidOf(data) - otherwise - held);
  return lines.map((line) => {
    const refundableMinor = Math.min(line.refundableMinor, left);
    left -= refundableMinor;
    return { ...line, refundableMinor };
  });
}

export interface Requested {
  life: ReturnLife;
  decision: Made;
}

/** @returns the keys that it needs first, why it cannot be, or the return that was made */
export function requestReturn(
  asked: ReturnRequested,
  active: ActiveReturns,
  work: Work,
): Exclude<Claimed, { hand: AtHand }> | Requested {
  const claimed = claim(asked, active, work);
  if (!('hand' in claimed)) return claimed;
  const { hand, fresh, about } = claimed;
  const { policy } = active;
  const state = { ...newReturn(fresh, policy.limits), protectedBy: protectedBy(about, asked, policy) };
  const made = decideFor(hand, askedBy(about, { at: asked.at, held: [] }), active);
  const row = decisionRow(made, { subject: fresh.id, active, work });
  const known: ReturnAbout = { ...about, decisionId: row.id };
  work.out.policy.push({ decision: row });
  if (made.failure !== undefined) return undecided({ state, about: known }, made, active, { asked, hand, work });
  const { settled } = made;
  const event: ReturnEvent = {
    ...{ type: 'decided', id: `decision/${row.id}`, at: asked.at, by: 'policy', decided: decidedOf(settled) },
  };
  const applied = applyEvent(state, event, active.policy);
  if (!('state' in applied)) throw new Error(`a new return cannot be decided about: ${JSON.stringify(applied)}`);
  const { state: next, ...step } = applied;
  const { decision } = settled;
  const why = whyManual(decision);
  const after = { state: next, about: { ...known, level: decision.level, decidedAt: asked.at, why } };
  const decided = { hand, states: settled.states };
  const needed = carryOut({ before: undefined, after, made: step, event, active, decided }, work);
  return needed ?? { life: after, decision: made };
}

/** The law protects it whether it can be decided about or not. */
function protectedBy(
  { claim, deliveredAt }: ReturnAbout,
  { at }: ReturnRequested,
  { floor, timezone }: ActiveReturns['policy'],
): FloorId | null {
  const days = deliveredDaysAgo({ at, deliveredAt }, timezone);
  return protecting(floor, { ...claim, deliveredDaysAgo: days })?.id ?? null;
}

/** It is there all the same: a task is opened, its deadline runs, and a later decision may be asked for. */
function undecided(
  life: ReturnLife,
  made: Extract<Made, { failure: string }>,
  active: ActiveReturns,
  { asked, hand, work }: { asked: ReturnRequested; hand: AtHand; work: Work },
): { need: Key[] } | Requested {
  const event: ReturnEvent = { type: 'review_requested', id: 'requested', at: asked.at, by: 'customer' };
  const nothing = { effects: [], alerts: [], news: [], releasedMinor: 0, events: [], identityVerifiedUntil: null };
  const decided = { hand, states: hand.states };
  const needed = carryOut({ before: undefined, after: life, made: nothing, event, active, decided }, work);
  if (needed) return needed;
  // Its return has no task yet, so nothing more is needed.
  tellFailure(life, made.failure, work);
  return { life, decision: made };
}
