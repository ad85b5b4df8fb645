// Statutory floors: what the law gives a customer whatever a policy decides. An input of the engine, and no legal advice.
import type { InWords } from '../document-shapes.ts';
import { endOfDayAfter } from './period.ts';

export const floorIds = ['cn-7day-no-reason', 'eu-14day-withdrawal'] as const;
export type FloorId = (typeof floorIds)[number];

export interface Floor {
  id: FloorId;
  countries: ReadonlySet<string>;
  /** Days in which a return needs no reason, the day after the delivery being the first. */
  days: number;
  /** Days in which the money must be back, from the day after that on which they begin to run. */
  refundDays: number;
  /** received: from the goods' return. notice: from the request, but not before goods or proof of dispatch are there. */
  refundFrom: 'received' | 'notice';
  /** For which alone a person may decline. */
  declineReasons: readonly string[];
  reason: InWords;
}

const eu = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

export const floors: Readonly<Record<FloorId, Floor>> = {
  'cn-7day-no-reason': {
    id: 'cn-7day-no-reason',
    countries: new Set(['CN']),
    days: 7,
    refundDays: 7,
    refundFrom: 'received',
    declineReasons: ['excluded_goods', 'buyer_confirmed_exclusion', 'goods_not_intact'],
    reason: {
      en: 'Within seven days of delivery no reason is needed: the return cannot be refused by a machine',
      zh: '签收七日内无理由退货：系统不得拒绝',
    },
  },
  'eu-14day-withdrawal': {
    id: 'eu-14day-withdrawal',
    countries: new Set(eu),
    days: 14,
    refundDays: 14,
    refundFrom: 'notice',
    declineReasons: ['excluded_goods', 'sealed_goods_opened'],
    reason: {
      en: 'Within fourteen days of delivery the purchase may be withdrawn from: the return cannot be refused by a machine',
      zh: '签收十四日内可撤回购买：系统不得拒绝',
    },
  },
};

export type Returnable = 'yes' | 'excluded' | 'confirmed_excluded';

export interface Claim {
  /** ISO 3166-1 alpha-2. */
  shipCountry: string;
  deliveredDaysAgo: number;
  /** Of each line; whoever reads it takes unsaid for yes, in the customer's favour. */
  returnable: readonly Returnable[];
}

/** @returns the first floor that protects the return: one protected line protects all of it */
export const protecting = (floor: readonly Floor[], claim: Claim): Floor | undefined =>
  floor.find(
    ({ countries, days }) =>
      countries.has(claim.shipCountry) && claim.deliveredDaysAgo <= days && claim.returnable.includes('yes'),
  );

export interface RefundClock {
  requestedAt: number;
  /** When the carrier proved the dispatch. */
  scannedAt?: number | undefined;
  receivedAt?: number | undefined;
}

/** @returns the last moment at which the law wants the money back; undefined while its time does not run */
export function refundByOf({ refundDays, refundFrom }: Floor, clock: RefundClock, zone: string): number | undefined {
  const { requestedAt, scannedAt, receivedAt } = clock;
  if (refundFrom === 'received')
    return receivedAt === undefined ? undefined : endOfDayAfter(receivedAt, refundDays, zone);
  const proved = Math.min(scannedAt ?? Number.POSITIVE_INFINITY, receivedAt ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(proved) ? Math.max(endOfDayAfter(requestedAt, refundDays, zone), proved) : undefined;
}
