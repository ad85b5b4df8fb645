// How each fact of the returns policy is computed, and how that is told: the list behind a customer's return profile.
import type { InWords } from '../../document-shapes.ts';
import type { FactValue } from '../../facts.ts';
import type { Definitions } from '../document.ts';
import { daysBetween, periodBefore, startOfMonth } from '../period.ts';
import type { CustomerHistory, OrderRow, Place, ReturnRequest, ReturnRow, StoreTotals } from './history.ts';

export interface Context {
  define: Definitions;
  timezone: string;
  history: CustomerHistory;
  store: StoreTotals;
  request: ReturnRequest;
  /** For the facts that trip a breaker: no window begins before its last opening. */
  notBefore: number | null;
}

export interface Computed {
  value: FactValue;
  /** The window: its start counts, its end does not. ms since 1970. */
  from?: number;
  to?: number;
  /** What was counted: `{ returned: 1, delivered: 12 }`. */
  counted?: Readonly<Record<string, number>>;
}

export interface Definition {
  /** As conditions name it. */
  path: string;
  how: InWords;
  compute(context: Context): Computed;
}

/** Of which customers refund-first returns of a store are judged, and with how many of them at the least. */
export const lossWindow = 'P90D';
const fewestDecided = 20;

const definition = (path: string, en: string, zh: string, compute: Definition['compute']): Definition => ({
  ...{ path, how: { en, zh } },
  compute,
});

export const definitions: readonly Definition[] = [
  definition(
    'customer.returnRateBp',
    'of what was delivered in the window, the share that was returned and approved or refunded; 0 while not known',
    '统计期内已签收订单中获批或已退款的退货占比；订单不足时为 0',
    (context) => rateOf(context, ({ known, bp }) => (known ? bp : 0)),
  ),
  definition('customer.returnRateKnown', 'enough was delivered in the window', '统计期内签收数量足够', (context) =>
    rateOf(context, ({ known }) => known),
  ),
  definition(
    'customer.lifetimeSpendMinor',
    'paid less refunded, over the orders that count, in the currency of the policy',
    '本策略币种已完结订单的实付减退款之和',
    lifetimeSpend,
  ),
  definition(
    'customer.priorReturns',
    'earlier returns that were approved',
    '此前获批的退货',
    ({ history: { returns }, request }) => {
      const value = returns.filter(({ approvedAt }) => approvedAt !== null && approvedAt < request.at).length;
      return { value };
    },
  ),
  definition(
    'customer.returnsInMonth',
    'returns requested in the window, this one too, whatever became of them; without cancelled ones and those by fault of merchant or carrier',
    '统计期内的退货申请（含本次），不含已取消及商家、承运方责任',
    returnsInMonth,
  ),
  definition(
    'customer.addressChanges',
    'different divisions or streets that orders were moved to in the window',
    '统计期内收货地址变更到的不同行政区或街道数',
    addressChanges,
  ),
  definition(
    'customer.identityVerified',
    'verified, and not too long ago',
    '已验证且在有效期内',
    ({ history, request }) => ({
      value: history.identityVerifiedUntil !== null && history.identityVerifiedUntil > request.at,
    }),
  ),
  definition(
    'customer.highPriceItems',
    'pieces of a high unit price among those asked back in the window, this request too',
    '统计期内退货（含本次）中高单价件数',
    (context) => concentration(context, ({ pieces }) => pieces),
  ),
  definition('customer.highPriceShareBp', 'their share of the value asked back', '高单价退货金额占比', (context) =>
    concentration(context, ({ highMinor, allMinor }) => basisPoints(highMinor, allMinor)),
  ),
  definition(
    'customer.openRefundFirst',
    'open returns that are refunded, or will be, before the goods are back',
    '货未寄回的先退款单数（含待审核）',
    ({ history: { returns } }) => ({ value: returns.filter(isOpenRefundFirst).length }),
  ),
  definition(
    'store.refundFirstOverdueShareBp',
    `of the refund-first returns of ${lossWindow} those past their time; 0 with fewer than ${fewestDecided}`,
    `近${lossWindow}先退款单中逾期占比，少于${fewestDecided}单为 0`,
    ({ store: { refundFirstDecided: decided, refundFirstOverdue: overdue } }) => ({
      value: decided < fewestDecided ? 0 : basisPoints(overdue, decided),
      counted: { decided, overdue },
    }),
  ),
  definition(
    'store.refundFirstExposureMinor',
    'refunded or reserved before the goods are back',
    '收货前已退或预留金额',
    ({ store }) => ({ value: capped(store.exposureMinor) }),
  ),
  definition('request.amountMinor', 'amount of the lines asked back', '本次退货金额', ({ request: { lines } }) => ({
    value: capped(sum(lines, ({ amountMinor }) => amountMinor)),
  })),
  definition('request.reason', 'as the customer gave it', '客户填写的原因', ({ request }) => ({
    value: request.reason,
  })),
  definition('request.fault', 'as the request says', '责任方', ({ request }) => ({ value: request.fault })),
  definition('request.lineCount', 'lines asked back', '本次退货行数', ({ request }) => ({
    value: request.lines.length,
  })),
  definition(
    'request.deliveredDaysAgo',
    'days of the calendar from the delivery to the request; 0 before it and on its day',
    '签收后至申请时的日历天数，未签收为 0',
    ({ request, timezone }) => ({ value: deliveredDaysAgo(request, timezone) }),
  ),
];

export const deliveredDaysAgo = (
  { at, requestedAt = at, deliveredAt }: Pick<ReturnRequest, 'at' | 'requestedAt' | 'deliveredAt'>,
  zone: string,
): number => (deliveredAt === null ? 0 : Math.max(0, daysBetween(deliveredAt, requestedAt, zone)));

/** From the start of the window until the request, which is no part of it. */
function windowOf({ timezone, request, notBefore }: Context, period: string): { from: number; to: number } {
  const from =
    period === 'calendar_month' ? startOfMonth(request.at, timezone) : periodBefore(request.at, period, timezone);
  return { from: Math.max(from, notBefore ?? from), to: request.at };
}

const within = (at: number | null, { from, to }: { from: number; to: number }): boolean =>
  at !== null && at >= from && at < to;

/** Requests of one instant are decided one after the other: each counts those that are there before it. */
const requestedIn = (at: number, { from, to }: { from: number; to: number }): boolean => at >= from && at <= to;

/** By delivery of the order, whenever it was returned: so no share is above all. */
function rateOf(context: Context, read: (rate: { known: boolean; bp: number }) => FactValue): Computed {
  const { returnRate } = context.define;
  const { orders, returns, refunds } = context.history;
  const window = windowOf(context, returnRate.window);
  const isRefunded = new Set(refunds.flatMap(({ returnId, succeededAt }) => (succeededAt === null ? [] : [returnId])));
  const counts = returns.filter(
    ({ returnId, approvedAt, status, fault }) =>
      (approvedAt !== null || isRefunded.has(returnId)) &&
      status !== 'declined' &&
      status !== 'cancelled' &&
      !returnRate.excludeFault.includes(fault),
  );
  const byOrder = new Map<string, ReturnRow[]>();
  for (const one of counts) byOrder.set(one.orderId, [...(byOrder.get(one.orderId) ?? []), one]);
  const cohort = orders.filter(({ deliveredAt }) => within(deliveredAt, window));
  const delivered = sum(cohort, (order) => sizeOf(order, returnRate.basis));
  const returned = sum(cohort, (order) => {
    const own = byOrder.get(order.orderId) ?? [];
    const back =
      returnRate.basis === 'orders' ? Math.min(1, own.length) : sum(own, (one) => backOf(one, returnRate.basis));
    return Math.min(back, sizeOf(order, returnRate.basis));
  });
  const known = delivered >= returnRate.minDenominator;
  return {
    value: read({ known, bp: basisPoints(returned, delivered) }),
    ...window,
    counted: { returned, delivered },
  };
}

type Basis = Definitions['returnRate']['basis'];

const sizeOf = ({ pieces, itemsMinor }: OrderRow, basis: Basis): number =>
  basis === 'orders' ? 1 : basis === 'items' ? pieces : itemsMinor;

const backOf = ({ lines }: ReturnRow, basis: Basis): number =>
  sum(lines, ({ quantity, amountMinor }) => (basis === 'items' ? quantity : amountMinor));

function lifetimeSpend({ define: { lifetimeSpend: spend }, history }: Context): Computed {
  const counts = history.orders.filter(
    ({ status, currency }) => spend.orderStatus.includes(status) && currency === spend.currency,
  );
  const value = capped(sum(counts, ({ paidMinor, refundedMinor }) => paidMinor - refundedMinor));
  return { value, counted: { orders: counts.length } };
}

function returnsInMonth(context: Context): Computed {
  const { window: period, includeCurrent, exclude } = context.define.returnsInMonth;
  const window = windowOf(context, period);
  const isLeftOut = ({ status, fault }: Pick<ReturnRow, 'status' | 'fault'>): boolean =>
    (status === 'cancelled' && exclude.includes('cancelled')) ||
    (fault === 'merchant' && exclude.includes('merchant_fault')) ||
    (fault === 'carrier' && exclude.includes('carrier_fault'));
  const earlier = context.history.returns.filter(
    (one) => requestedIn(one.requestedAt, window) && !isLeftOut(one),
  ).length;
  const current = includeCurrent && !isLeftOut({ status: 'requested', fault: context.request.fault }) ? 1 : 0;
  return { value: earlier + current, ...window, counted: { earlier, current } };
}

function addressChanges(context: Context): Computed {
  const window = windowOf(context, context.define.addressChanges.window);
  const moved = context.history.addressChanges.filter(({ at, from, to }) => within(at, window) && !isSame(from, to));
  const places = new Set(moved.map(({ to: { division, street } }) => JSON.stringify([division, street])));
  return { value: places.size, ...window, counted: { changes: moved.length } };
}

/** Without a street that could be told apart, only the division says that it is another place. */
const isSame = (a: Place, b: Place): boolean => a.division === b.division && a.street === b.street;

function concentration(
  context: Context,
  read: (found: { pieces: number; highMinor: number; allMinor: number }) => number,
): Computed {
  const { define, history, request } = context;
  const window = windowOf(context, define.concentration.window);
  const isOfMerchant = ({ fault }: Pick<ReturnRow, 'fault'>): boolean => fault === 'merchant' || fault === 'carrier';
  const earlier = history.returns.filter((one) => requestedIn(one.requestedAt, window) && one.status !== 'cancelled');
  const lines = [...earlier, request]
    .filter((one) => !isOfMerchant(one) && one.currency === define.lifetimeSpend.currency)
    .flatMap((one) => one.lines);
  const high = lines.filter(({ unitPriceMinor }) => unitPriceMinor >= define.highPrice.unitPriceMinorGte);
  const found = {
    pieces: sum(high, ({ quantity }) => quantity),
    highMinor: sum(high, ({ amountMinor }) => amountMinor),
    allMinor: sum(lines, ({ amountMinor }) => amountMinor),
  };
  return { value: read(found), ...window, counted: found };
}

/** Also before it is approved: its place within the limits is reserved with the decision. */
const isOpenRefundFirst = ({ isRefundFirst, receivedAt, status }: ReturnRow): boolean =>
  isRefundFirst && receivedAt === null && (status === 'requested' || status === 'open');

const sum = <T>(list: readonly T[], of: (one: T) => number): number => list.reduce((found, one) => found + of(one), 0);

/** Within the bounds of the facts: more than this no condition can tell apart. */
const capped = (value: number): number => Math.min(Math.max(0, value), Number.MAX_SAFE_INTEGER);

/** Rounded down, exact also where the product is beyond a double. */
const basisPoints = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(10_000, Number((BigInt(part) * 10_000n) / BigInt(whole)));
