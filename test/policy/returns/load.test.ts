// A document becomes a returns policy, or every fault in it is told at once, with its path and what was probably meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadReturnsPolicy } from '../../../src/policy/returns/load.ts';
import { shippedReturnsPolicy, shippedReturnsText } from './shipped.ts';

function faultsOf(document: unknown): string[] {
  const loaded = loadReturnsPolicy(document);
  if ('policy' in loaded) return [];
  return loaded.faults.map(
    ({ check, path, rule, message, suggestion }) =>
      `${check ?? '-'} ${path}${rule ? ` (${rule})` : ''}: ${message}${suggestion ? ` (${suggestion})` : ''}`,
  );
}

// biome-ignore lint/suspicious/noExplicitAny: a document that is to be wrong has no type
type Document = any;

/** The shipped document with one place changed. */
function faultsWith(edit: (document: Document) => void): string[] {
  const document = parse(shippedReturnsText) as Document;
  edit(document);
  return faultsOf(document);
}

describe('the shipped returns policy', () => {
  const policy = shippedReturnsPolicy();

  it('is the table', () => {
    expect(policy.baseline).toEqual({ approval: 'manual', refund: 'after_inspection', needs: [] });
    expect(policy.grants.map(({ id, when, gives, subjectTo }) => [id, when.text, gives, subjectTo])).toEqual([
      [
        'low-return-rate',
        'customer.returnRateKnown && customer.returnRateBp < 1000',
        { approval: 'auto', refund: 'before_return' },
        [],
      ],
      ['loyal-spend', 'customer.lifetimeSpendMinor >= 500000', { approval: 'auto', refund: 'on_receipt' }, []],
      ['first-return-ok', 'customer.priorReturns == 0', { approval: 'auto', refund: 'on_receipt' }, ['evidence']],
    ]);
    expect(policy.requirements.map(({ id, needs }) => [id, needs])).toEqual([['first-return', ['evidence']]]);
    expect(policy.gates.map(({ id, level, caps, needs }) => [id, level, caps, needs])).toEqual([
      ['monthly-count', 'yellow', { approval: 'manual', refund: 'on_receipt' }, []],
      ['address-churn', 'orange', { refund: 'on_carrier_scan' }, ['identity']],
    ]);
    const day = 86_400_000;
    expect(
      policy.breakers.map(({ id, scope, caps, coolDownMs, backoff, halfOpen }) => [
        id,
        scope,
        caps,
        coolDownMs / day,
        backoff.factor,
        backoff.maxMs / day,
        halfOpen,
      ]),
    ).toEqual([
      [
        'high-price-concentration',
        'customer',
        { approval: 'manual', refund: 'after_inspection' },
        7,
        2,
        60,
        { permits: 2, caps: { refund: 'on_receipt' }, closeAfterPassed: 2 },
      ],
      [
        'shop-refund-first-loss',
        'store',
        { refund: 'on_receipt' },
        1,
        1,
        1,
        { permits: 20, caps: {}, closeAfterPassed: 20 },
      ],
    ]);
    expect(policy.limits).toEqual({
      ...{ refundFirstMaxMinor: 100_000, refundFirstOpenPerCustomer: 2, shipBackWithinMs: 7 * day },
      ...{ refundCancelWindowMs: 600_000, decideWithinMs: day },
    });
    expect(policy.floor.map(({ id }) => id)).toEqual(['cn-7day-no-reason']);
  });

  it('reads what its conditions and limits ask', () => {
    const reads = policy.reads.map(({ path }) => path);
    expect(reads).toContain('customer.openRefundFirst');
    expect(reads).not.toContain('request.reason');
  });
});

describe('faults', () => {
  it('are told all at once: ten of them are ten', () => {
    const faults = faultsWith((d) => {
      d.timezone = 'Asia/Shangai';
      d.define.returnRate.window = 'half a year';
      d.baseline.approval = 'manuel';
      d.grants[0].when = 'customer.returnRateBp <= 1000';
      d.grants[1].when = 'customer.lifetimeSpnd >= 500000';
      d.requirements[0].needs = ['evidense'];
      d.gates[0].levl = d.gates[0].level;
      d.gates[1].when = 'customer.addressChanges / 2 > 1';
      d.breakers[0].reason.en = undefined;
      d.tests[0].facts.customer.returnRateBp = 10_001;
    });
    expect(faults).toEqual([
      'S1 timezone: must be a time zone such as Asia/Shanghai',
      'S1 define.returnRate.window: must be a length of calendar time such as P6M, P30D or P1Y',
      'S1 baseline.approval: "manuel" is none of auto, manual (did you mean "manual"?)',
      'S1 requirements[0].needs[0]: "evidense" is none of evidence, identity (did you mean "evidence"?)',
      'S1 gates[0].levl: is not a member that is known here (did you mean "level"?)',
      'S1 breakers[0].reason.en: is missing',
      'S2 grants[0].when (low-return-rate): customer.returnRateBp is a share rounded down, of which only < and >= are exact (compare it with < or >=)',
      'S2 grants[1].when (loyal-spend): is no fact: customer.lifetimeSpnd (did you mean "customer.lifetimeSpendMinor"?)',
      expect.stringContaining('S2 gates[1].when (address-churn): arithmetic may not stand in a condition'),
      'S13 tests[0].facts.customer.returnRateBp: is 10001, and lies between 0 and 10000',
    ]);
  });

  it.each<[string, (document: Document) => void, string[]]>([
    [
      'an id twice',
      (d) => {
        d.gates[0].id = 'low-return-rate';
        d.tests = [];
      },
      ['S1 gates[0].id: "low-return-rate" is the id of grants[0] already'],
    ],
    [
      'the name of a limit',
      (d) => {
        d.gates[0].id = 'refund-first-open';
        d.tests = [];
      },
      ['S1 gates[0].id: "refund-first-open" is a name that reasons have already (choose another)'],
    ],
    [
      'a grant that gives nothing',
      (d) => {
        d.grants[1].gives = {};
      },
      ['S1 grants[1].gives (loyal-spend): must not be empty'],
    ],
    [
      'a gate that tightens nothing',
      (d) => {
        d.gates[0].caps = {};
      },
      ['S1 gates[0] (monthly-count): tightens nothing (give it caps or needs)'],
    ],
    [
      'a breaker that never closes',
      (d) => {
        d.breakers[0].halfOpen.permits = 1;
      },
      [
        'S1 breakers[0].halfOpen.closeAfterPassed (high-price-concentration): can never be reached with 1 permits (give as many permits)',
      ],
    ],
    [
      'a breaker stricter half open than open',
      (d) => {
        d.breakers[1].halfOpen.caps = { refund: 'after_inspection' };
      },
      ['S1 breakers[1].halfOpen.caps (shop-refund-first-loss): must not be stricter than the caps of the open breaker'],
    ],
    [
      'a backoff that shortens',
      (d) => {
        d.breakers[0].backoff.max = 'P1D';
      },
      ['S1 breakers[0].backoff.max (high-price-concentration): must not be shorter than coolDown'],
    ],
    [
      'a store judged by one customer',
      (d) => {
        d.breakers[1].tripWhen = 'customer.returnsInMonth >= 9';
        d.tests = [];
      },
      [
        'S1 breakers[1].tripWhen (shop-refund-first-loss): a breaker of a store reads customer.returnsInMonth (ask facts of the store only)',
      ],
    ],
    [
      'a share compared for equality',
      (d) => {
        d.grants[0].when = 'customer.returnRateBp in [0]';
      },
      [
        'S2 grants[0].when (low-return-rate): customer.returnRateBp is a share rounded down, of which only < and >= are exact (compare it with < or >=)',
      ],
    ],
    [
      'a share on the other side',
      (d) => {
        d.grants[0].when = '1000 >= customer.returnRateBp';
      },
      [
        'S2 grants[0].when (low-return-rate): customer.returnRateBp is a share rounded down, of which only < and >= are exact (compare it with < or >=)',
      ],
    ],
    [
      'a duration that is none',
      (d) => {
        d.limits.shipBackWithin = 'P1M';
      },
      ['S1 limits.shipBackWithin: must be a length of time such as P7D or PT10M'],
    ],
    [
      'a law that is not known',
      (d) => {
        d.floor = ['cn-7days'];
      },
      ['S1 floor[0]: "cn-7days" is none of cn-7day-no-reason, eu-14day-withdrawal'],
    ],
    [
      'brightness the wrong way round',
      (d) => {
        d.evidence.brightness = { from: 225, to: 30 };
      },
      ['S1 evidence.brightness.to: must be larger than from'],
    ],
    [
      'an end before its beginning',
      (d) => {
        d.effective = { from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' };
      },
      ['S1 effective.until: must be later than from'],
    ],
    [
      'expectations of what is not there',
      (d) => {
        d.tests[0].expect.flags = ['monthly-cont'];
        d.tests[1].expect.grants = ['loyal'];
        d.tests[2].breakers = { x: 'open' };
      },
      [
        'S13 tests[0].expect.flags: there is no gate or breaker "monthly-cont" (did you mean "monthly-count"?)',
        'S13 tests[1].expect.grants: there is no grant "loyal" (known: low-return-rate, loyal-spend, first-return-ok)',
        'S13 tests[2].breakers: there is no breaker "x" (known: high-price-concentration, shop-refund-first-loss)',
      ],
    ],
  ])('%s', (_, edit, faults) => {
    expect(faultsWith(edit)).toEqual(faults);
  });

  it('are the only way to fail', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom('define', 'grants', 'gates', 'breakers', 'limits', 'tests', 'baseline', 'floor'),
        (junk, member) => {
          const loaded = loadReturnsPolicy({ ...parse(shippedReturnsText), [member]: junk });
          if ('faults' in loaded) expect(loaded.faults.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
