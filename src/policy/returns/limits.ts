// Limits of refunding first: passed, they make the refund wait for the goods.
import type { InWords } from '../document-shapes.ts';
import type { ReturnsPolicy } from './policy.ts';
import type { Situation } from './situation.ts';
import type { Bounds } from './terms.ts';

export interface LimitRule {
  id: string;
  caps: Bounds;
  isPassed(policy: ReturnsPolicy, situation: Situation): boolean;
  reason: InWords;
}

const caps: Bounds = { refund: 'on_receipt' };

export const limitRules: readonly LimitRule[] = [
  {
    id: 'refund-first-amount',
    caps,
    isPassed: ({ limits }, { facts }) => (facts.request?.amountMinor as number) > limits.refundFirstMaxMinor,
    reason: { en: 'The amount is above what is refunded first', zh: '金额超过先退款上限，收货后退款' },
  },
  {
    id: 'refund-first-open',
    caps,
    // The return at hand would be one more.
    isPassed: ({ limits }, { facts }) =>
      (facts.customer?.openRefundFirst as number) >= limits.refundFirstOpenPerCustomer,
    reason: {
      en: 'Goods of earlier refund-first returns are not back yet',
      zh: '先退款单尚未寄回达到上限，收货后退款',
    },
  },
  {
    id: 'refund-first-overdue',
    caps,
    isPassed: (_, { limits }) => limits.overdueRefundFirst > 0,
    reason: { en: 'A refund-first return is past its time', zh: '有先退款逾期未寄回，收货后退款' },
  },
  {
    id: 'refund-first-currency',
    caps,
    // The limits are amounts of the policy's currency: what cannot be compared with them is not within them.
    isPassed: ({ define }, { limits }) => limits.currency !== define.lifetimeSpend.currency,
    reason: { en: 'Refunding first is limited to the currency of the policy', zh: '仅本策略币种可先退款' },
  },
];
