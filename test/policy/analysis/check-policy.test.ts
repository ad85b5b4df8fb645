// Each check finds what it is for, shows an order, and is silent where it should be.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPolicy } from '../../../src/policy/analysis/check-policy.ts';
import type { Finding } from '../../../src/policy/analysis/finding.ts';
import { decide } from '../../../src/policy/routing/decide.ts';
import type { RoutingPolicy } from '../../../src/policy/routing/policy.ts';
import { shippedPolicy } from '../routing/shipped.ts';
import { policy, policyOf } from '../small-policies.ts';
import { someOrders } from '../small-world.ts';

const reason = { en: 'because', zh: '因为' };
const lock = (key: string) => ({ slot: 'warehouse', action: 'warehouse.lock', key });
const tag = (key: string) => ({ slot: 'tags', action: 'tag.add', key });
const coupon = { slot: 'benefits', action: 'coupon.grant', key: 'card', with: { template: 'CARD' } };
const allSlots = {
  warehouse: { kind: 'exclusive' },
  tags: { kind: 'set' },
  benefits: { kind: 'set', once: 'benefit/{order.id}/{action.key}' },
};

interface Tier {
  hit?: string;
  rules: { id: string; when: string; do: object[]; halt?: boolean; atomic?: boolean; acceptUnproven?: string }[];
}

function policyWith(tiers: Tier[], slots: Record<string, object> = {}): RoutingPolicy {
  const used = Object.entries({ ...allSlots, ...slots }).filter(([name]) =>
    JSON.stringify(tiers).includes(`"slot":"${name}"`),
  );
  return policyOf({
    policy: 'routing',
    slots: Object.fromEntries(used),
    tiers: tiers.map((tier, at) => ({ id: `t${at}`, ...tier, rules: tier.rules.map((rule) => ({ ...rule, reason })) })),
  });
}

/** Without what is said of missing tests. */
const found = (policy: RoutingPolicy): Finding[] => checkPolicy(policy).filter(({ check }) => check !== 'S13');

const short = ({ check, severity, path, rule, message, witness }: Finding) => [
  check,
  severity,
  path,
  rule,
  message,
  ...(witness ? [witness.verdict, Object.fromEntries(witness.unusual)] : []),
];

it('the shipped policy has nothing to find', () => {
  expect(checkPolicy(shippedPolicy())).toEqual([]);
});

describe('S3: conditions', () => {
  it('that are never or always true', () => {
    const policy = policyWith([
      {
        rules: [
          { id: 'never', when: 'order.lineCount > 5 && order.lineCount < 3', do: [tag('a')] },
          { id: 'always', when: 'order.riskStatus != "review" || order.riskStatus != "blocked"', do: [tag('b')] },
          { id: 'out-of-bounds', when: 'order.payableMinor > 9007199254740991', do: [tag('c')] },
        ],
      },
    ]);
    expect(found(policy).map(short)).toEqual([
      [
        'S3',
        'error',
        'tiers[0].rules[0].when',
        'never',
        'its condition is never true, whatever the order: the rule is dead',
      ],
      [
        'S3',
        'error',
        'tiers[0].rules[2].when',
        'out-of-bounds',
        'its condition is never true, whatever the order: the rule is dead',
      ],
      ['S3', 'warning', 'tiers[0].rules[1].when', 'always', 'its condition is true of every order'],
    ]);
  });
});

describe('S4: what never happens', () => {
  it('names the one rule that keeps it out', () => {
    const policy = policyWith([
      { rules: [{ id: 'stop', when: 'order.onHold || order.lineCount > 9', do: [tag('held')], halt: true }] },
      {
        hit: 'first',
        rules: [
          { id: 'cn', when: 'order.shipCountry == "CN"', do: [lock('W1')] },
          { id: 'held', when: 'order.onHold && order.currency == "EUR"', do: [lock('W2')] },
          {
            id: 'shanghai',
            when: 'order.shipCountry == "CN" && order.shipDivision.startsWith("31")',
            do: [lock('W3')],
          },
        ],
      },
      { rules: [{ id: 'tagged', when: 'order.shipCountry in ["CN"]', do: [tag('t'), lock('W2')] }] },
    ]);
    expect(found(policy).map(short)).toEqual([
      [
        'S4',
        'error',
        'tiers[1].rules[1]',
        'held',
        'the rule is never reached: whenever its condition holds, stop matches before it',
      ],
      [
        'S4',
        'error',
        'tiers[1].rules[2]',
        'shanghai',
        'the rule is never reached: whenever its condition holds, cn matches before it',
      ],
      [
        'S4',
        'error',
        'tiers[2].rules[0].do[1]',
        'tagged',
        'warehouse.lock W2 never happens: whenever the rule matches, cn has the slot warehouse already',
      ],
    ]);
  });

  it('names all that keep it out together', () => {
    const policy = policyWith([
      { rules: [{ id: 'few', when: 'order.lineCount < 5', do: [lock('W1')] }] },
      { rules: [{ id: 'many', when: 'order.lineCount >= 5', do: [lock('W2')] }] },
      {
        rules: [
          { id: 'rest', when: 'otherwise', do: [lock('W3')] },
          { id: 'some', when: 'order.lineCount > 3', do: [lock('W3')] },
        ],
      },
    ]);
    expect(
      found(policy)
        .filter(({ check }) => check === 'S4')
        .map(short),
    ).toEqual([
      ['S4', 'error', 'tiers[2].rules[0]', 'rest', 'the rule is never reached: its slots are always filled before it'],
      [
        'S4',
        'error',
        'tiers[2].rules[1].do[0]',
        'some',
        'warehouse.lock W3 never happens: whenever the rule matches, few or many has the slot warehouse already',
      ],
    ]);
  });

  it('sees a slot that nobody fills, and one whose needs are never filled with it', () => {
    const policy = policyOf({
      policy: 'routing',
      slots: { ...allSlots, benefits: { ...allSlots.benefits, needs: ['warehouse'] } },
      tiers: [
        {
          id: 't0',
          hit: 'first',
          rules: [
            { id: 'card', when: 'order.lineCount > 5', do: [coupon], reason },
            { id: 'rest', when: 'true', do: [lock('W1')], reason },
          ],
        },
      ],
    });
    expect(found(policy).map(short)).toEqual([
      [
        'S4',
        'error',
        'tiers[0].rules[0].do[0]',
        'card',
        'coupon.grant card never happens: whenever the rule wins benefits, not all of warehouse that it needs are filled',
      ],
      ['S3', 'warning', 'tiers[0].rules[1].when', 'rest', 'its condition is true of every order'],
      ['S4', 'warning', 'slots.tags', undefined, 'no rule fills this slot'],
    ]);
  });

  it('sees a key of a set that another rule always adds first', () => {
    const policy = policyWith([
      {
        rules: [
          { id: 'a', when: 'order.lineCount > 1', do: [tag('t')] },
          { id: 'b', when: 'order.lineCount > 2', do: [tag('t')] },
        ],
      },
    ]);
    expect(found(policy).map(short)).toEqual([
      [
        'S4',
        'error',
        'tiers[0].rules[1].do[0]',
        'b',
        'tag.add t never happens: whenever the rule matches, a has the key t of tags already',
      ],
    ]);
  });
});

describe('S5 and S6: two rules for one slot', () => {
  const cold = { id: 'cold', when: '"cold_chain" in order.handling', do: [lock('W1')] };
  const fragile = { id: 'fragile', when: '"fragile" in order.handling', do: [lock('W2')] };
  const both = { 'order.handling': ['cold_chain', 'fragile'] };

  it('in one tier that tries all are an error, with the order that wants both', () => {
    expect(found(policyWith([{ rules: [cold, fragile] }])).map(short)).toEqual([
      [
        'S6',
        'error',
        'tiers[0].rules[1]',
        'fragile',
        'cold, in the same tier, can want warehouse for the same order, and for something else',
        'confirmed',
        both,
      ],
      [
        'S5',
        'info',
        'tiers[0].rules[1].do[0]',
        'fragile',
        'for some orders cold has warehouse already, and this rule gives way',
        'confirmed',
        both,
      ],
    ]);
  });

  it('in tiers of their own are a note, and competing by their order are nothing', () => {
    expect(found(policyWith([{ rules: [cold] }, { rules: [fragile] }])).map(short)).toEqual([
      [
        'S5',
        'info',
        'tiers[1].rules[0].do[0]',
        'fragile',
        'for some orders cold has warehouse already, and this rule gives way',
        'confirmed',
        both,
      ],
    ]);
    expect(found(policyWith([{ hit: 'first', rules: [cold, fragile] }]))).toEqual([]);
  });

  it('may agree, or exclude each other', () => {
    const same = { ...fragile, do: [lock('W1')] };
    expect(found(policyWith([{ rules: [cold, same] }])).filter(({ check }) => check === 'S6')).toEqual([]);
    const apart = { ...fragile, when: `${fragile.when} && !(${cold.when})` };
    expect(found(policyWith([{ rules: [cold, apart] }]))).toEqual([]);
  });

  it('are named once, with all rivals', () => {
    const any = { id: 'any', when: 'order.lineCount > 0', do: [lock('W3')] };
    expect(found(policyWith([{ rules: [cold, fragile, any] }])).find(({ rule }) => rule === 'any')?.message).toBe(
      'cold, in the same tier, can want warehouse for the same order, and for something else; so can fragile',
    );
  });
});

describe('S7: gaps', () => {
  const tiers = [
    { rules: [{ id: 'stop', when: 'order.onHold', do: [tag('held')], halt: true }] },
    {
      hit: 'first',
      rules: [
        { id: 'few', when: 'order.lineCount < 5', do: [lock('W1')] },
        { id: 'cn', when: 'order.shipCountry == "CN"', do: [lock('W2')] },
      ],
    },
  ];

  it('are shown', () => {
    const total = { warehouse: { kind: 'exclusive', totalWhen: 'order.paymentStatus == "paid"' } };
    expect(found(policyWith(tiers, total)).map(short)).toEqual([
      [
        'S7',
        'error',
        'slots.warehouse',
        undefined,
        'stays empty for an order of which order.paymentStatus == "paid"',
        'confirmed',
        { 'order.lineCount': 5, 'order.paymentStatus': 'paid', 'order.shipCountry': expect.any(String) },
      ],
    ]);
  });

  it('are none where the slot is filled, nor where the order is halted', () => {
    const total = { warehouse: { kind: 'exclusive', totalWhen: 'order.shipCountry == "CN"' } };
    expect(found(policyWith(tiers, total))).toEqual([]);
  });

  it('count a slot whose needs are empty', () => {
    const needy = [
      {
        rules: [
          { id: 'card', when: 'true', do: [coupon] },
          { id: 'few', when: 'order.lineCount < 5', do: [lock('W1')] },
        ],
      },
    ];
    const slots = { benefits: { ...allSlots.benefits, needs: ['warehouse'], totalWhen: 'true' } };
    expect(found(policyWith(needy, slots)).filter(({ check }) => check === 'S7')[0]?.witness?.unusual).toEqual([
      ['order.lineCount', 5],
    ]);
  });
});

describe('S8: what happens once, above a halt', () => {
  const card = { id: 'card', when: 'order.payableMinor > 100', do: [coupon] };
  const stop = (when: string) => ({ id: 'stop', when, do: [tag('held')], halt: true });

  it('is an error with an order that gets both', () => {
    expect(found(policyWith([{ rules: [card] }, { rules: [stop('order.onHold')] }])).map(short)).toEqual([
      [
        'S8',
        'error',
        'tiers[0].rules[0].do[0]',
        'card',
        'coupon.grant happens once and is not taken back, and stop further down may still halt the order',
        'confirmed',
        { 'order.payableMinor': 101, 'order.onHold': true },
      ],
    ]);
  });

  it('is none where the halting rule is above, or is for other orders, or grants it itself', () => {
    expect(found(policyWith([{ rules: [stop('order.onHold')] }, { rules: [card] }]))).toEqual([]);
    expect(found(policyWith([{ rules: [card] }, { rules: [stop('order.payableMinor < 50')] }]))).toEqual([]);
    expect(found(policyWith([{ rules: [{ ...card, halt: true }] }]))).toEqual([]);
  });
});

describe('S12: what the checks cannot look into', () => {
  const open = (id: string, key: string, more = {}) => ({
    id,
    when: `order.channel.contains("${id}")`,
    do: [lock(key)],
    ...more,
  });

  it('needs the word of the author', () => {
    const text =
      'the checks cannot look into order.channel.contains("live"): an overlap that they find with this rule is possible, not proved';
    expect(found(policyWith([{ rules: [open('live', 'W1')] }])).map(short)).toEqual([
      ['S12', 'error', 'tiers[0].rules[0].when', 'live', text],
    ]);
    expect(
      found(policyWith([{ rules: [open('live', 'W1', { acceptUnproven: 'channels are few' })] }])).map(short),
    ).toEqual([['S12', 'info', 'tiers[0].rules[0].when', 'live', `${text}; accepted: channels are few`]]);
  });

  it('is not asked for where nothing is open', () => {
    const policy = policyWith([
      { rules: [{ id: 'a', when: 'order.channel.startsWith("live")', do: [lock('W1')], acceptUnproven: 'why not' }] },
    ]);
    expect(found(policy).map(short)).toEqual([
      ['S12', 'warning', 'tiers[0].rules[0].acceptUnproven', 'a', 'there is nothing unproven about this rule'],
    ]);
  });

  it('is possible where the evaluator does not confirm it', () => {
    const more = { acceptUnproven: 'they never meet' };
    const policy = policyWith([
      {
        rules: [
          { id: 'less', when: 'order.lineCount < order.totalQuantity', do: [lock('W1')], ...more },
          { id: 'more', when: 'order.totalQuantity < order.lineCount', do: [lock('W2')], ...more },
        ],
      },
    ]);
    expect(
      found(policy)
        .filter(({ check }) => check === 'S6')
        .map(({ severity, witness }) => [severity, witness?.verdict]),
    ).toEqual([['warning', 'possible']]);
  });
});

describe('what the steps do not suffice for', () => {
  const [pigeons, holes] = [7, 6];
  const sits = (pigeon: number, hole: number): string => `order.id.contains("${pigeon}${hole}")`;
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
  const accepted = { acceptUnproven: 'a riddle' };

  /** Seven pigeons each sit in one of six holes, and no two in one: no proof that this cannot be is short. */
  const riddle = (more: object): RoutingPolicy =>
    policyWith([
      {
        rules: upTo(holes).map((hole) => ({
          id: `two-in-${hole}`,
          when: upTo(pigeons)
            .flatMap((one) => upTo(one).map((other) => `(${sits(one, hole)} && ${sits(other, hole)})`))
            .join(' || '),
          do: [tag(`hole-${hole}`)],
          halt: true,
          ...accepted,
        })),
      },
      {
        rules: [
          {
            id: 'all-sit',
            when: upTo(pigeons)
              .map(
                (pigeon) =>
                  `(${upTo(holes)
                    .map((hole) => sits(pigeon, hole))
                    .join(' || ')})`,
              )
              .join(' && '),
            do: [tag('sitting')],
            ...more,
          },
        ],
      },
    ]);

  const unknown = (policy: RoutingPolicy) =>
    found(policy).flatMap((one) => (one.unknown ? [[one.check, one.severity, one.rule, one.message]] : []));
  const message = 'it could not be decided within the steps of the check whether the rule is ever reached';

  it('is said, and is an error unless the author accepts it', () => {
    expect(unknown(riddle({}))).toEqual([['S4', 'error', 'all-sit', message]]);
    expect(unknown(riddle(accepted))).toEqual([['S4', 'warning', 'all-sit', message]]);
  });
});

describe('S13: tests', () => {
  it('that fail are errors, and for a rule without one a test is offered that passes', () => {
    const policy = policyWith([
      { rules: [{ id: 'card', when: 'order.payableMinor > 100', do: [coupon, lock('W1')] }] },
    ]);
    const [finding] = checkPolicy(policy);
    expect(short(finding as Finding).slice(0, 5)).toEqual([
      'S13',
      'warning',
      'tiers[0].rules[0]',
      'card',
      'no test has an order that this rule matches',
    ]);
    expect(finding?.suggestion).toBe(
      'if it is right so, add: - {"name":"card matches","facts":{"order":{"payableMinor":101}},"expect":{"warehouse":"W1","benefits":["card"]}}',
    );
    const broken = shippedPolicy((text) => text.replace('key: WH-FRAGILE-01', 'key: WH-SH-01'));
    expect(checkPolicy(broken).map(({ check, severity, path, message }) => [check, severity, path, message])).toEqual([
      [
        'S13',
        'error',
        'tests[4].expect.warehouse',
        'the test "fragile goods go to the fragile store" expects WH-FRAGILE-01, and the policy decides WH-SH-01',
      ],
    ]);
  });
});

describe('for every policy of the small world', () => {
  it('no "never" is contradicted by an order, and every witness is confirmed', () => {
    fc.assert(
      fc.property(policy, (policy) => {
        const findings = checkPolicy(policy);
        const decisions = someOrders.map((facts) => decide(policy, facts));
        for (const { check, severity, path, rule, unknown, witness } of findings) {
          if (unknown) continue;
          if (witness) expect(witness.verdict).toBe('confirmed');
          if ((check !== 'S3' && check !== 'S4') || severity !== 'error') continue;
          const at = policy.rules.findIndex(({ id }) => id === rule);
          const action = /\.do\[(\d+)\]$/.exec(path)?.[1];
          const { slot, key } = policy.rules[at]?.actions[Number(action)] ?? {};
          const happens = decisions.some(({ trace }) => {
            const { status, suppressed = [], blocked = [] } = trace[at] ?? {};
            const lost = suppressed.some((one) => one.slot === slot?.name && one.key === key);
            return status === 'matched' && !lost && !blocked.some((one) => one.slot === slot?.name);
          });
          expect(happens).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });
});
