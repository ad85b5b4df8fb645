// Random returns policies over a few facts, and situations that their conditions can tell apart.
import fc from 'fast-check';
import { celParser } from '../../../src/policy/condition/library.ts';
import { readWhen, type When } from '../../../src/policy/condition/when.ts';
import type { Standing } from '../../../src/policy/returns/breaker.ts';
import { returnFacts } from '../../../src/policy/returns/facts.ts';
import type { ReturnsPolicy } from '../../../src/policy/returns/policy.ts';
import type { Situation } from '../../../src/policy/returns/situation.ts';
import { approvals, levels, needs, refundTimings } from '../../../src/policy/returns/terms.ts';
import { returnWith, shippedReturnsPolicy } from './shipped.ts';

const needList = fc.subarray([...needs], { minLength: 1 });
const bounds = fc
  .record({ approval: fc.constantFrom(...approvals), refund: fc.constantFrom(...refundTimings) }, { requiredKeys: [] })
  .filter((one) => Object.keys(one).length > 0);
const atom = fc.constantFrom(
  'customer.returnRateKnown',
  'customer.returnRateBp < 1000',
  'customer.priorReturns == 0',
  'customer.returnsInMonth >= 5',
  'customer.addressChanges >= 3',
  'customer.identityVerified',
  'customer.lifetimeSpendMinor >= 500000',
);
const when = fc.oneof(
  atom,
  fc.tuple(atom, fc.constantFrom('&&', '||'), atom).map((parts) => parts.join(' ')),
  atom.map((one) => `!(${one})`),
);
const level = fc.constantFrom(...levels.filter((one) => one !== 'none'));

const parse = celParser(returnFacts);
const known = new Map<string, When>();

/** Reading a condition costs more than a decision, and there are few. */
function whenOf(text: string): When {
  const found = known.get(text) ?? readWhen(text, '', { table: returnFacts, parse, faults: [] });
  if (!found) throw new Error(text);
  known.set(text, found);
  return found;
}

const ruled = fc.record({ when: when.map(whenOf), reason: fc.constant({ en: 'because', zh: '因为' }) });
const someNeeds = fc.oneof(fc.constant([]), needList);

const grant = fc.tuple(ruled, fc.record({ gives: bounds, subjectTo: someNeeds }));
const requirement = fc.tuple(ruled, fc.record({ needs: needList }));
const gate = fc.tuple(ruled, fc.record({ level, caps: bounds, needs: someNeeds }));
const breaker = fc.tuple(
  ruled,
  fc.record({ level, caps: bounds, scope: fc.constant('customer' as const), coolDownMs: fc.constant(1) }),
  fc.integer({ min: 1, max: 4 }).map((permits) => ({
    backoff: { factor: 1, maxMs: 1 },
    halfOpen: { permits, caps: {}, closeAfterPassed: permits },
  })),
);

const named = <T extends object[]>(part: string, of: fc.Arbitrary<T>) =>
  fc
    .array(of, { maxLength: 3 })
    .map((list) => list.map((parts, at) => Object.assign({ id: `${part}-${at}`, path: `${part}[${at}]` }, ...parts)));

const shipped = shippedReturnsPolicy();

export const policy: fc.Arbitrary<ReturnsPolicy> = fc
  .record({
    grants: named('grant', grant),
    requirements: named('requirement', requirement),
    gates: named('gate', gate),
    breakers: named('breaker', breaker),
  })
  .map((parts) => ({ ...shipped, tests: [], ...parts }));

export const facts = fc
  .record({
    returnRateKnown: fc.boolean(),
    returnRateBp: fc.constantFrom(0, 999, 1000, 5000),
    priorReturns: fc.constantFrom(0, 1),
    returnsInMonth: fc.constantFrom(1, 4, 5),
    addressChanges: fc.constantFrom(0, 2, 3),
    identityVerified: fc.boolean(),
    lifetimeSpendMinor: fc.constantFrom(0, 499_999, 500_000),
    openRefundFirst: fc.constantFrom(0, 1, 2),
    highPriceItems: fc.constantFrom(0, 2, 3),
    highPriceShareBp: fc.constantFrom(0, 5999, 6000),
  })
  .chain((customer) =>
    fc.constantFrom(10_000, 100_000, 100_001).map((amountMinor) => returnWith({ customer, request: { amountMinor } })),
  );

const standing = fc.constantFrom<Standing>('closed', 'half_open', 'half_open_used_up', 'open');

export const situation: fc.Arbitrary<Situation> = fc.record({
  facts,
  breakers: fc.record({ 'breaker-0': standing, 'breaker-1': standing, 'breaker-2': standing }),
  limits: fc.record({ overdueRefundFirst: fc.constantFrom(0, 1), currency: fc.constantFrom('CNY', 'USD') }),
  claim: fc.record({
    shipCountry: fc.constantFrom('CN', 'US'),
    returnable: fc.array(fc.constantFrom('yes' as const, 'excluded' as const, 'confirmed_excluded' as const), {
      maxLength: 2,
    }),
  }),
  met: fc.subarray([...needs]),
});
