// The difference of two versions: "equivalent" is never contradicted by an order, and every difference is shown by one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, PolicyDiff } from '../../../src/policy/analysis/compare-parts.ts';
import { diffPolicies } from '../../../src/policy/analysis/diff-policies.ts';
import { decide } from '../../../src/policy/routing/decide.ts';
import type { RoutingPolicy } from '../../../src/policy/routing/policy.ts';
import { shippedPolicy } from '../routing/shipped.ts';
import { policyOf } from '../small-policies.ts';
import { condition, everyOrder } from '../small-world.ts';
import { content, differenceIsRight } from './diff-law.ts';

const diff = (before: RoutingPolicy, after: RoutingPolicy): PolicyDiff => diffPolicies(before, after, () => undefined);

const partsThatDiffer = ({ parts }: PolicyDiff) => parts.filter(({ verdict }) => verdict !== 'equivalent');
const shown = ({ before, after, unusual }: Change) => [before, after, Object.fromEntries(unusual)];

describe('versions of the shipped policy', () => {
  const shipped = shippedPolicy();

  it('that say the same in other words are equivalent', () => {
    const reworded = shippedPolicy((text) =>
      text
        .replace(
          'order.riskStatus in ["review", "blocked"] || order.onHold',
          'order.onHold || !(order.riskStatus == "none")',
        )
        .replace(
          `when: '"fragile" in order.handling'`,
          `when: 'order.handling.exists(h, h == "fragile") && !("cold_chain" in order.handling)'`,
        )
        .replace('order.payableMinor >= 50000', 'order.payableMinor > 49999')
        .replace('- id: vip', '- id: very-important'),
    );
    expect(diff(shipped, reworded)).toMatchObject({ verdict: 'equivalent' });
    expect(diff(shipped, shipped).parts.map(({ part, verdict }) => [part, verdict])).toEqual(
      ['halted', 'flow', 'warehouse', 'tags', 'benefits', 'logistics', 'notify'].map((part) => [part, 'equivalent']),
    );
  });

  it('that differ are told slot by slot, with orders', () => {
    const lower = shippedPolicy((text) => text.replace('>= 50000', '>= 30000').replace('hit: first #', 'hit: all #'));
    const { verdict, parts } = diff(shipped, lower);
    expect(verdict).toBe('different');
    expect(
      parts.filter((part) => part.verdict !== 'equivalent').map(({ part, changes }) => [part, changes.map(shown)]),
    ).toEqual([
      ['tags', [[[], ['tag.add vip'], { 'order.payableMinor': 30000 }]]],
      [
        'benefits',
        [[[], ['coupon.grant after-sale-card {"template":"AFTERSALE-CARD"}'], { 'order.payableMinor': 30000 }]],
      ],
    ]);
  });

  it('tell another halt, another member of an action and another once-key', () => {
    const other = shippedPolicy((text) =>
      text
        .replace('["review", "blocked"]', '["blocked"]')
        .replace('template: order-held', 'template: held')
        .replace('benefit/{order.id}', 'gift/{order.id}'),
    );
    const parts = Object.fromEntries(partsThatDiffer(diff(shipped, other)).map((part) => [part.part, part]));
    expect(parts.halted?.changes.map(shown)).toEqual([[['halted'], [], { 'order.riskStatus': 'review' }]]);
    expect(parts.benefits?.declared).toEqual([
      { member: 'once', before: 'benefit/{order.id}/{action.key}', after: 'gift/{order.id}/{action.key}' },
    ]);
    expect(parts.notify?.changes.map(({ before, after }) => [before, after])).toEqual(
      expect.arrayContaining([
        [
          ['notify.user supervisor {"role":"supervisor","template":"order-held"}'],
          ['notify.user supervisor {"role":"supervisor","template":"held"}'],
        ],
      ]),
    );
  });

  it('tell progress from none to all', () => {
    const told: number[] = [];
    diffPolicies(shipped, shipped, (share) => void told.push(share));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  it('are unknown where a condition asks what the analysis cannot look into', () => {
    const open = (text: string) => shippedPolicy((all) => all.replace('order.paymentStatus == "paid"', text));
    const first = open('order.lineCount < order.totalQuantity');
    expect(diff(first, first).verdict).toBe('equivalent');
    const second = open('order.lineCount < order.totalQuantity && order.totalQuantity != order.lineCount');
    expect(diff(first, second)).toMatchObject({ verdict: 'unknown' });
    expect(partsThatDiffer(diff(first, second)).map(({ part, unknown }) => [part, unknown])).toEqual([
      ['logistics', ['push']],
    ]);
  });
});

it('of two policies of the small world is right about every order', () => {
  differenceIsRight(250);
});

it('of one edited condition is proved or shown, never guessed', () => {
  fc.assert(
    fc.property(condition, condition, (before, after) => {
      const [first, second] = [before, after].map((when) => policyWith(when)) as [RoutingPolicy, RoutingPolicy];
      const differs = everyOrder.some((facts) => content(decide(first, facts)) !== content(decide(second, facts)));
      expect(diff(first, second).verdict).toBe(differs ? 'different' : 'equivalent');
    }),
    { numRuns: 200 },
  );
});

const policyWith = (when: string): RoutingPolicy =>
  policyOf({
    policy: 'routing',
    slots: { warehouse: { kind: 'exclusive' }, tags: { kind: 'set' } },
    tiers: [
      { id: 't0', rules: [{ id: 'a', when, do: [lock('W1'), tag('t')], reason }] },
      { id: 't1', rules: [{ id: 'b', when: 'otherwise', do: [lock('W2')], reason }] },
    ],
  });

const reason = { en: 'because', zh: '因为' };
const lock = (key: string) => ({ slot: 'warehouse', action: 'warehouse.lock', key });
const tag = (key: string) => ({ slot: 'tags', action: 'tag.add', key });
