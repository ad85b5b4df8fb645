// The grammar of a returns policy: what an author may write.
import { z } from 'zod';
import { fieldAt } from '../../model/fields.ts';
import { condition, constraintsShape, headShape, inWords, reason, ruleId } from '../document-shapes.ts';
import { floorIds } from './floor.ts';
import { madeRecords } from './life/made-records.ts';
import { isPeriod, isSpan, isZone } from './period.ts';
import { approvals, levels, needs, refundTimings } from './terms.ts';

const valuesOf = (record: 'order' | 'return', path: string): readonly string[] => fieldAt(record, path)?.values ?? [];

const id = ruleId.describe('Unique in the policy; decisions and traces name it.');
const whole = z.int().min(0);
const period = z
  .string()
  .refine(isPeriod, 'must be a length of calendar time such as P6M, P30D or P1Y')
  .describe('Calendar time in the zone of the policy.');
const span = z.string().refine(isSpan, 'must be a length of time such as P7D or PT10M');
const approval = z.enum(approvals);
const refund = z.enum(refundTimings);
const need = z.enum(needs);
const needList = z.array(need);
const level = z.enum(levels).exclude(['none']);
const accepted = reason.optional().describe('Why the rule may stay although the checks cannot decide about it.');

const bounds = z.strictObject({ approval: approval.optional(), refund: refund.optional() });
const when = condition.describe('CEL over the facts.');

const define = z.strictObject({
  returnRate: z.strictObject({
    basis: z.enum(['orders', 'items', 'amount']),
    window: period,
    cohort: z.literal('deliveredAt'),
    minDenominator: z
      .int()
      .min(1)
      .describe('With fewer the rate is not known. Orders, pieces or minor units, as the basis.'),
    excludeFault: z.array(z.enum(valuesOf('return', 'fault'))),
  }),
  lifetimeSpend: z.strictObject({
    amount: z.literal('paid_minus_refunded'),
    orderStatus: z.array(z.enum(valuesOf('order', 'status'))).min(1),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as CNY'),
  }),
  returnsInMonth: z.strictObject({
    window: z.union([z.literal('calendar_month'), period], { error: 'must be calendar_month, or such as P30D' }),
    includeCurrent: z.boolean(),
    exclude: z.array(z.enum(['cancelled', 'merchant_fault', 'carrier_fault'])),
  }),
  highPrice: z.strictObject({ unitPriceMinorGte: whole }),
  concentration: z.strictObject({ window: period, minItems: whole, highPriceAmountShareBpGte: whole.max(10_000) }),
  addressChanges: z.strictObject({
    window: period,
    unit: z.literal('order_ship_to'),
    distinctDivisionsOrStreetsGte: whole,
  }),
});

const baseline = z.strictObject({ approval, refund, needs: needList });

const grant = z.strictObject({
  id,
  when,
  gives: bounds,
  subjectTo: needList.min(1).optional().describe('The grant counts only once this was shown.'),
  reason: inWords,
  acceptUnproven: accepted,
});

const requirement = z.strictObject({ id, when, needs: needList.min(1), reason: inWords, acceptUnproven: accepted });

const gate = z.strictObject({
  id,
  level,
  when,
  caps: bounds.optional(),
  needs: needList.min(1).optional(),
  reason: inWords,
  acceptUnproven: accepted,
});

const breaker = z.strictObject({
  id,
  level,
  scope: z.enum(['customer', 'store']),
  tripWhen: when,
  caps: bounds,
  coolDown: span,
  backoff: z
    .strictObject({ factor: z.int().min(1).max(10), max: span })
    .optional()
    .describe('Each further trip cools down longer.'),
  halfOpen: z.strictObject({
    permits: z.int().min(1).describe('Automatic approvals that try it.'),
    caps: bounds.optional(),
    closeAfterPassed: z.int().min(1).describe('Inspections passed that close it.'),
  }),
  reason: inWords,
  acceptUnproven: accepted,
});

const limits = z.strictObject({
  refundFirstMaxMinor: whole.describe('Only a higher amount waits for the goods.'),
  refundFirstOpenPerCustomer: whole.describe('Only one more than these waits for the goods.'),
  shipBackWithin: span,
  refundCancelWindow: span.describe('How long a refund may still be taken back before it is sent.'),
  decideWithin: span,
});

const acceptUnproven = z
  .partialRecord(z.enum(madeRecords), reason)
  .describe('Why what a return makes may go to a system that can neither take it twice nor be asked for it.');

const evidence = z.strictObject({
  minSide: z.int().min(1).describe('Pixels of the shorter side.'),
  sharpnessGte: z.number().min(0),
  entropyGte: z.number().min(0),
  brightness: z.strictObject({ from: z.number().min(0), to: z.number().max(255) }),
  duplicateDistance: whole.max(64).describe('Bits of 64 in which two pictures of one thing may differ.'),
  resubmits: whole.describe('How often it may be shown again before a person looks.'),
});

const standing = z.enum(['closed', 'open', 'half_open', 'half_open_used_up']);

export const testSchema = z.strictObject({
  name: z.string().min(1),
  facts: z.record(z.string(), z.unknown()).optional().describe('Facts by group; the others have their usual value.'),
  breakers: z.record(z.string(), standing).optional().describe('How breakers stand; the others are closed.'),
  expect: z.strictObject({
    approval,
    refund,
    needs: needList.optional(),
    level: z.enum(levels).optional(),
    flags: z.array(z.string()).optional(),
    grants: z.array(z.string()).optional().describe('Not looked at where it is left out.'),
  }),
});

export const documentSchema = z.strictObject({
  policy: z.literal('returns'),
  ...headShape,
  constraints: constraintsShape.optional(),
  timezone: z.string().refine(isZone, 'must be a time zone such as Asia/Shanghai'),
  define,
  baseline: baseline.describe('What is decided when nothing else is said.'),
  grants: z.array(grant).describe('May only relax the baseline.'),
  requirements: z.array(requirement).describe('What must be shown first.'),
  gates: z.array(gate).describe('Tighten while their condition holds.'),
  breakers: z.array(breaker).describe('Tighten from a trip until enough was passed again.'),
  limits,
  floor: z.array(z.enum(floorIds)).describe('Laws that no decision may undercut.'),
  evidence,
  acceptUnproven: acceptUnproven.optional(),
  tests: z.array(testSchema).optional(),
});

export type ReturnsDocument = z.output<typeof documentSchema>;
export type TestDocument = z.output<typeof testSchema>;
export type Definitions = z.output<typeof define>;
export type EvidenceRules = z.output<typeof evidence>;
export type TestStanding = z.output<typeof standing>;
