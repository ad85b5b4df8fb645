// The table of cases as written, the words of a decision, and its laws over random policies.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../../../src/policy/facts.ts';
import { decideReturn, type ReturnDecision } from '../../../src/policy/returns/decide.ts';
import { returnFacts } from '../../../src/policy/returns/facts.ts';
import { approvals, isWithin, refundTimings } from '../../../src/policy/returns/terms.ts';
import { type Said, shippedReturnsPolicy, situationWith } from './shipped.ts';
import { policy, situation } from './small-returns-policies.ts';

const shipped = shippedReturnsPolicy();
const good = { returnRateKnown: true, returnRateBp: 500 };
const concentrated = { highPriceItems: 3, highPriceShareBp: 6000 };

/** The cases of the table, with what lies just beside a boundary. */
const cases: [string, Said, string][] = [
  ['rate 5 %, spend 800', { customer: { ...good, lifetimeSpendMinor: 80_000 } }, 'auto before_return'],
  [
    'rate exactly 10.00 %, spend 5000.00',
    { customer: { returnRateKnown: true, returnRateBp: 1000, lifetimeSpendMinor: 500_000 } },
    'auto on_receipt',
  ],
  [
    'rate exactly 10.00 %, spend 4999.99',
    { customer: { returnRateKnown: true, returnRateBp: 1000, lifetimeSpendMinor: 499_999 } },
    'manual after_inspection',
  ],
  ['rate 9.99 %', { customer: { returnRateKnown: true, returnRateBp: 999 } }, 'auto before_return'],
  [
    'rate 30 %, spend 4999.99',
    { customer: { returnRateKnown: true, returnRateBp: 3000, lifetimeSpendMinor: 499_999 } },
    'manual after_inspection',
  ],
  ['a rate that is not known', { customer: { returnRateKnown: false, returnRateBp: 0 } }, 'manual after_inspection'],
  ['new customer, first return', { customer: { priorReturns: 0 } }, 'auto on_receipt evidence'],
  [
    'good customer (rate 0 %, 9000), first return',
    { customer: { priorReturns: 0, returnRateKnown: true, lifetimeSpendMinor: 900_000 } },
    'auto before_return evidence',
  ],
  ['rate 5 %, 4th return in the window', { customer: { ...good, returnsInMonth: 4 } }, 'auto before_return'],
  [
    'rate 5 %, 5th return in the window',
    { customer: { ...good, returnsInMonth: 5 } },
    'manual on_receipt yellow:monthly-count',
  ],
  ['rate 5 %, 2 address changes', { customer: { ...good, addressChanges: 2 } }, 'auto before_return'],
  [
    'rate 5 %, 3 address changes',
    { customer: { ...good, addressChanges: 3 } },
    'auto on_carrier_scan identity orange:address-churn',
  ],
  [
    'rate 5 %, high-price concentration',
    { customer: { ...good, ...concentrated } },
    'manual after_inspection red:high-price-concentration',
  ],
  ['two high-priced items', { customer: { ...good, ...concentrated, highPriceItems: 2 } }, 'auto before_return'],
  ['59.99 % of the value', { customer: { ...good, ...concentrated, highPriceShareBp: 5999 } }, 'auto before_return'],
  [
    'all three',
    { customer: { ...good, returnsInMonth: 5, addressChanges: 3, ...concentrated } },
    'manual after_inspection identity red:monthly-count,address-churn,high-price-concentration',
  ],
  ['store loss: 2.99 % overdue', { customer: good, store: { refundFirstOverdueShareBp: 299 } }, 'auto before_return'],
  [
    'store loss: 3.00 % overdue',
    { customer: good, store: { refundFirstOverdueShareBp: 300 } },
    'auto on_receipt red:shop-refund-first-loss',
  ],
  [
    'store loss: 50,000.00 out',
    { customer: good, store: { refundFirstExposureMinor: 5_000_000 } },
    'auto on_receipt red:shop-refund-first-loss',
  ],
  ['1000.00', { customer: good, request: { amountMinor: 100_000 } }, 'auto before_return'],
  ['1000.01', { customer: good, request: { amountMinor: 100_001 } }, 'auto on_receipt'],
  ['one more is open', { customer: { ...good, openRefundFirst: 1 } }, 'auto before_return'],
  ['two more are open', { customer: { ...good, openRefundFirst: 2 } }, 'auto on_receipt'],
];

const text = ({ approval, refund, needs, level, flags }: ReturnDecision) =>
  [approval, refund, ...needs, ...(level === 'none' ? [] : [`${level}:${flags.map(({ id }) => id)}`])].join(' ');

describe('the table of cases', () => {
  it.each(cases)('%s', (_, said, wanted) => {
    expect(text(decideReturn(shipped, situationWith(shipped, said)))).toBe(wanted);
  });

  it('store loss breaker open', () => {
    const open = situationWith(shipped, { customer: good }, { breakers: { 'shop-refund-first-loss': 'open' } });
    expect(text(decideReturn(shipped, open))).toBe('auto on_receipt red:shop-refund-first-loss');
  });
});

describe('a decision', () => {
  it('explains itself in both languages, names every rule, and offers a person', () => {
    const decision = decideReturn(shipped, situationWith(shipped, { customer: { ...good, returnsInMonth: 5 } }));
    expect(decision).toEqual({
      approval: 'manual',
      refund: 'on_receipt',
      needs: [],
      level: 'yellow',
      flags: [{ id: 'monthly-count', level: 'yellow' }],
      grants: ['low-return-rate'],
      reasons: [
        expect.objectContaining({ rule: 'low-return-rate', zh: '近半年退货率<10%，先退款后寄回' }),
        {
          rule: 'monthly-count',
          zh: '本月退货≥5次，转人工复核',
          en: 'Five returns or more in the month: a person reviews',
        },
      ],
      trace: [
        expect.objectContaining({ rule: 'low-return-rate', part: 'grant', status: 'matched' }),
        { rule: 'loyal-spend', part: 'grant', status: 'no_match' },
        { rule: 'first-return-ok', part: 'grant', status: 'no_match' },
        { rule: 'first-return', part: 'requirement', status: 'no_match' },
        expect.objectContaining({ rule: 'monthly-count', part: 'gate', status: 'matched' }),
        { rule: 'address-churn', part: 'gate', status: 'no_match' },
        { rule: 'high-price-concentration', part: 'breaker', status: 'closed' },
        { rule: 'shop-refund-first-loss', part: 'breaker', status: 'closed' },
        { rule: 'refund-first-amount', part: 'limit', status: 'no_match' },
        { rule: 'refund-first-open', part: 'limit', status: 'no_match' },
        { rule: 'refund-first-overdue', part: 'limit', status: 'no_match' },
        { rule: 'refund-first-currency', part: 'limit', status: 'no_match' },
      ],
      protectedBy: null,
      review: { en: expect.any(String), zh: expect.any(String) },
    });
  });

  it('without a grant says so', () => {
    const { reasons } = decideReturn(shipped, situationWith(shipped, {}));
    expect(reasons).toEqual([
      { rule: 'baseline', en: 'No grant applies: a person decides', zh: '不满足自动通过条件，由人工审核' },
    ]);
  });

  it('asks for nothing that was shown already', () => {
    const shown = situationWith(shipped, { customer: { priorReturns: 0 } }, { met: ['evidence'] });
    expect(text(decideReturn(shipped, shown))).toBe('auto on_receipt');
  });

  it('refunds first in the currency of the policy alone, and not while one is past its time', () => {
    const usual = { overdueRefundFirst: 0, currency: 'CNY' };
    const refundOf = (limits: object) =>
      decideReturn(shipped, situationWith(shipped, { customer: good }, { limits: { ...usual, ...limits } })).refund;
    expect([refundOf({}), refundOf({ currency: 'JPY' }), refundOf({ overdueRefundFirst: 1 })]).toEqual([
      'before_return',
      'on_receipt',
      'on_receipt',
    ]);
  });

  it('names the law that protects the return', () => {
    const lawOf = (shipCountry: string, deliveredDaysAgo: number, ...returnable: ('yes' | 'excluded')[]) =>
      decideReturn(
        shipped,
        situationWith(shipped, { request: { deliveredDaysAgo } }, { claim: { shipCountry, returnable } }),
      ).protectedBy;
    expect(lawOf('CN', 7, 'yes')).toBe('cn-7day-no-reason');
    expect(lawOf('CN', 8, 'yes')).toBeNull();
    expect(lawOf('US', 1, 'yes')).toBeNull();
    expect(lawOf('CN', 1, 'excluded')).toBeNull();
    expect(lawOf('CN', 1, 'excluded', 'yes')).toBe('cn-7day-no-reason');
  });

  it('withholds a grant that is subject to evidence where others give as much without', () => {
    const policy = shippedReturnsPolicy((all) => all.replace('needs: [evidence]', 'needs: [identity]'));
    const decision = decideReturn(
      policy,
      situationWith(policy, { customer: { priorReturns: 0, lifetimeSpendMinor: 500_000 } }),
    );
    expect(text(decision)).toBe('auto on_receipt identity');
    expect(decision.trace[2]).toEqual({ rule: 'first-return-ok', part: 'grant', status: 'withheld' });
  });
});

const runs = { numRuns: 1000 };
const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, index) => index !== at % list.length);
const flagParts = ['requirements', 'gates', 'breakers'] as const;

describe('for every policy and situation', () => {
  it('a flag less never tightens: adding one never relaxes', () => {
    fc.assert(
      fc.property(policy, situation, fc.constantFrom(...flagParts), fc.nat(2), (all, given, part, at) => {
        const fewer = { ...all, [part]: without<object>(all[part], at) };
        expect(isWithin(decideReturn(fewer, given), decideReturn(all, given))).toBe(true);
      }),
      runs,
    );
  });

  it('a grant less never relaxes: not the approval, not the refund, nor what flags ask for', () => {
    fc.assert(
      fc.property(policy, situation, fc.nat(2), (all, given, at) => {
        const less = decideReturn({ ...all, grants: without(all.grants, at) }, given);
        const { needs } = decideReturn({ ...all, grants: [] }, given);
        expect(isWithin({ ...decideReturn(all, given), needs }, less)).toBe(true);
      }),
      runs,
    );
  });

  it('of the shipped one neither a grant less nor a flag more relaxes anything', () => {
    fc.assert(
      fc.property(situation, fc.nat(2), fc.nat(2), ({ breakers, ...given }, at, flag) => {
        const [concentration = 'closed', loss = 'closed'] = Object.values(breakers);
        const stands = {
          ...given,
          breakers: { 'high-price-concentration': concentration, 'shop-refund-first-loss': loss },
        };
        const all = decideReturn(shipped, stands);
        expect(isWithin(all, decideReturn({ ...shipped, grants: without(shipped.grants, at) }, stands))).toBe(true);
        for (const part of flagParts) {
          const fewer = { ...shipped, [part]: without<object>(shipped[part], flag) };
          expect(isWithin(decideReturn(fewer, stands), all)).toBe(true);
        }
      }),
      runs,
    );
  });

  it('a breaker further from closed never relaxes', () => {
    const order = ['closed', 'half_open', 'open'] as const;
    fc.assert(
      fc.property(policy, situation, fc.constantFrom(1, 2), (all, given, at) => {
        const terms = [order[at - 1], order[at]].map((standing) =>
          decideReturn(all, { ...given, breakers: { ...given.breakers, 'breaker-0': standing ?? 'open' } }),
        ) as [ReturnDecision, ReturnDecision];
        expect(isWithin(...terms)).toBe(true);
      }),
      runs,
    );
  });

  it('the order of rules decides nothing', () => {
    fc.assert(
      fc.property(policy, situation, (all, given) => {
        const turned = { ...all, grants: all.grants.toReversed(), gates: all.gates.toReversed() };
        const [one, other] = [decideReturn(all, given), decideReturn(turned, given)];
        expect(isWithin(one, other) && isWithin(other, one) && one.level === other.level).toBe(true);
      }),
      runs,
    );
  });

  it('no decision declines, each has a reason in both languages, and each is the same again', () => {
    fc.assert(
      fc.property(policy, situation, (all, given) => {
        const decision = decideReturn(all, given);
        expect(approvals).toContain(decision.approval);
        expect(refundTimings).toContain(decision.refund);
        expect(decision.reasons.length).toBeGreaterThan(0);
        for (const { en, zh } of [...decision.reasons, decision.review]) expect(en !== '' && zh !== '').toBe(true);
        const stored = JSON.parse(JSON.stringify(given));
        const read = readFacts(returnFacts, stored.facts);
        expect('facts' in read && JSON.stringify(decideReturn(all, { ...stored, facts: read.facts }))).toBe(
          JSON.stringify(decision),
        );
      }),
      runs,
    );
  });
});
