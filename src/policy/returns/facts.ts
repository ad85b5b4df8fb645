// The facts of the returns policy: what it may ask of a customer, of a store and of the request at hand.
import { fieldAt } from '../../model/fields.ts';
import { type FactRow, type FactType, factTable } from '../facts.ts';

const bool: FactType = { kind: 'bool' };
const count: FactType = { kind: 'int', min: 0, max: Number.MAX_SAFE_INTEGER };
/** 10.00 % is 1000. */
const share: FactType = { kind: 'int', min: 0, max: 10_000, ratio: true };

/** Usual is somebody of whom there is nothing to say: no first return, nothing granted, nothing flagged. */
const customer: readonly FactRow[] = [
  ['returnRateBp', share, 0, 'share of delivered orders that were returned, in basis points', '退货率（基点）'],
  ['returnRateKnown', bool, false, 'there are enough orders to say a rate', '订单数足以计算退货率'],
  ['lifetimeSpendMinor', count, 0, 'paid and not refunded, in minor units', '累计消费（最小货币单位）'],
  ['priorReturns', count, 1, 'earlier returns that were approved', '此前获批的退货次数'],
  ['returnsInMonth', count, 1, 'returns in the month, this one too', '本月退货次数（含本次）'],
  ['addressChanges', count, 0, 'other divisions or streets that orders were moved to', '收货地址变更次数'],
  ['identityVerified', bool, false, 'the identity was verified and still counts', '身份验证有效'],
  ['highPriceItems', count, 0, 'pieces of a high price among those returned', '退货中的高单价件数'],
  ['highPriceShareBp', share, 0, 'their share of the value returned, in basis points', '高单价退货金额占比（基点）'],
  ['openRefundFirst', count, 0, 'returns refunded first whose goods are not back', '未寄回的先退款单数'],
];

const store: readonly FactRow[] = [
  [
    'refundFirstOverdueShareBp',
    share,
    0,
    'share of refund-first returns past their time, in basis points',
    '先退款逾期占比（基点）',
  ],
  [
    'refundFirstExposureMinor',
    count,
    0,
    'refunded or reserved before the goods are back, in minor units',
    '先退款敞口（最小货币单位）',
  ],
];

const request: readonly FactRow[] = [
  ['amountMinor', count, 10_000, 'amount of the return, in minor units', '退货金额（最小货币单位）'],
  ['reason', { kind: 'text' }, 'changed_mind', 'reason that the customer gave', '退货原因'],
  [
    'fault',
    { kind: 'enum', values: fieldAt('return', 'fault')?.values ?? [] },
    'customer',
    'whose fault it is',
    '责任方',
  ],
  ['lineCount', count, 1, 'number of lines', '行数'],
  ['deliveredDaysAgo', count, 3, 'days since the delivery: 1 on the day after it', '签收后天数，次日为 1'],
];

export const returnFacts = factTable({ customer, store, request });
