// The rules of evaluation, each alone, and as laws over random policies.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/policy/facts.ts';
import { type Decision, decide } from '../../../src/policy/routing/decide.ts';
import { effectsOf } from '../../../src/policy/routing/effects.ts';
import { keysIn } from '../../../src/policy/routing/run-tests.ts';
import { policy, policyOf } from '../small-policies.ts';
import { everyOrder, orderWith } from '../small-world.ts';
import { shippedPolicy } from './shipped.ts';

const reason = { en: 'because', zh: '因为' };
const lock = (key: string) => ({ slot: 'warehouse', action: 'warehouse.lock', key });
const tag = (key: string) => ({ slot: 'tags', action: 'tag.add', key });
const hold = (key: string) => ({ slot: 'flow', action: 'hold', key });
const push = { slot: 'logistics', action: 'logistics.push', key: 'default' };

interface RuleText {
  id: string;
  when: string;
  do: object[];
  halt?: boolean;
  atomic?: boolean;
}

function policyWith(...tiers: { hit?: string; rules: RuleText[] }[]) {
  const used = new Set(JSON.stringify(tiers).match(/"slot":"(\w+)"/g));
  const slots = {
    flow: { kind: 'exclusive' },
    warehouse: { kind: 'exclusive' },
    tags: { kind: 'set' },
    logistics: { kind: 'exclusive', once: 'push/{order.id}', needs: ['warehouse'] },
  };
  const rest = Object.entries({ flow: hold('z'), warehouse: lock('W3'), tags: tag('z'), logistics: push });
  const unused = rest.filter(([slot]) => !used.has(`"slot":"${slot}"`)).map(([, action]) => action);
  return policyOf({
    policy: 'routing',
    slots,
    tiers: [
      ...tiers.map(({ hit, rules }, at) => ({
        id: `t${at}`,
        ...(hit && { hit }),
        rules: rules.map((rule) => ({ ...rule, reason })),
      })),
      ...(unused.length > 0
        ? [{ id: 'rest', rules: [{ id: 'rest-rule', when: 'order.lineCount > 90', do: unused, reason }] }]
        : []),
    ],
  });
}

const keys = ({ slots }: Decision) =>
  Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, keysIn(slot)]));
const statuses = ({ trace }: Decision) => Object.fromEntries(trace.map(({ rule, status }) => [rule, status]));
const held = orderWith({ onHold: true });

describe('a decision', () => {
  it('of the milk powder of 520 CNY has one warehouse, one tag, one coupon, one push', () => {
    const facts = orderWith({
      id: 'ord_7',
      handling: ['cold_chain', 'fragile'],
      payableMinor: 52000,
      paymentStatus: 'paid',
      fulfillmentGeneration: 2,
    });
    const shipped = shippedPolicy();
    const decision = decide(shipped, facts);
    expect(decision).toEqual({
      haltedBy: null,
      slots: {
        warehouse: { action: 'warehouse.lock', key: 'WH-COLD-01', rule: 'cold-chain' },
        tags: [{ action: 'tag.add', key: 'vip', rule: 'vip' }],
        benefits: [
          { action: 'coupon.grant', key: 'after-sale-card', with: { template: 'AFTERSALE-CARD' }, rule: 'vip' },
        ],
        logistics: { action: 'logistics.push', key: 'default', rule: 'push' },
      },
      trace: [
        { rule: 'risk-hold', status: 'no_match' },
        {
          rule: 'cold-chain',
          status: 'matched',
          reason: { en: 'Cold-chain goods: cold store locked', zh: '含冷链商品，锁定冷链仓' },
        },
        { rule: 'fragile', status: 'not_reached' },
        { rule: 'allocate', status: 'no_match' },
        {
          rule: 'vip',
          status: 'matched',
          reason: { en: 'Total ≥ 500 CNY: VIP tag and after-sale coupon', zh: '订单金额≥500元，标记VIP并赠售后卡券' },
        },
        {
          rule: 'push',
          status: 'matched',
          reason: { en: 'Paid: pushed to logistics, once only', zh: '支付成功，推送物流（仅一次）' },
        },
      ],
    });
    expect(effectsOf(shipped, decision, facts).map(({ slot, onceKey, status }) => [slot, onceKey, status])).toEqual([
      ['warehouse', undefined, 'would_claim'],
      ['tags', undefined, 'would_claim'],
      ['benefits', 'benefit/ord_7/after-sale-card', 'would_claim'],
      ['logistics', 'logistics/ord_7/2', 'would_claim'],
    ]);
  });

  it('gives an exclusive slot to the first proposal, and names it to the others', () => {
    const policy = policyWith({
      rules: [
        { id: 'a', when: 'order.onHold', do: [lock('W1')] },
        { id: 'b', when: 'true', do: [lock('W2'), tag('t')] },
      ],
    });
    const decision = decide(policy, held);
    expect(keys(decision)).toEqual({ warehouse: 'W1', tags: ['t'] });
    expect(decision.trace[1]).toEqual({
      rule: 'b',
      status: 'matched',
      reason,
      suppressed: [{ slot: 'warehouse', key: 'W2', by: 'a' }],
    });
    expect(effectsOf(policy, decision, held).map(({ rule, slot, status }) => [rule, slot, status])).toEqual([
      ['a', 'warehouse', 'would_claim'],
      ['b', 'warehouse', 'suppressed'],
      ['b', 'tags', 'would_claim'],
    ]);
  });

  it('adds up a set by key, the first rule being the author', () => {
    const policy = policyWith({
      rules: [
        { id: 'a', when: 'true', do: [tag('t')] },
        { id: 'b', when: 'true', do: [tag('t'), tag('u')] },
      ],
    });
    const decision = decide(policy, held);
    expect(decision.slots.tags).toEqual([
      { action: 'tag.add', key: 't', rule: 'a' },
      { action: 'tag.add', key: 'u', rule: 'b' },
    ]);
    expect(decision.trace[1]?.suppressed).toEqual([{ slot: 'tags', key: 't', by: 'a' }]);
  });

  it('ends below a rule that halts, for every slot', () => {
    const policy = policyWith(
      {
        rules: [
          { id: 'stop', when: 'order.onHold', do: [hold('h')], halt: true },
          { id: 'beside', when: 'true', do: [tag('t')] },
        ],
      },
      { rules: [{ id: 'below', when: 'true', do: [lock('W1')] }] },
    );
    const decision = decide(policy, held);
    expect(decision.haltedBy).toBe('stop');
    expect(keys(decision)).toEqual({ flow: 'h' });
    expect(statuses(decision)).toMatchObject({ stop: 'matched', beside: 'skipped', below: 'skipped' });
    expect(decide(policy, orderWith({})).haltedBy).toBeNull();
  });

  it('stops a tier of hit: first at its first match, and tries all rules of another', () => {
    const rules = [
      { id: 'a', when: 'order.onHold', do: [tag('a')] },
      { id: 'b', when: 'true', do: [tag('b')] },
    ];
    expect(statuses(decide(policyWith({ hit: 'first', rules }), held))).toMatchObject({
      a: 'matched',
      b: 'not_reached',
    });
    expect(statuses(decide(policyWith({ hit: 'first', rules }), orderWith({})))).toMatchObject({
      a: 'no_match',
      b: 'matched',
    });
    expect(statuses(decide(policyWith({ rules }), held))).toMatchObject({ a: 'matched', b: 'matched' });
  });

  it('lets otherwise match when none of its exclusive slots is filled, whatever else matched', () => {
    const policy = policyWith(
      {
        rules: [
          { id: 'a', when: 'true', do: [tag('a')] },
          { id: 'b', when: 'order.onHold', do: [lock('W1')] },
        ],
      },
      { rules: [{ id: 'rest-of-all', when: 'otherwise', do: [lock('W2'), hold('h')] }] },
    );
    expect(keys(decide(policy, orderWith({})))).toEqual({ tags: ['a'], warehouse: 'W2', flow: 'h' });
    expect(keys(decide(policy, held))).toEqual({ tags: ['a'], warehouse: 'W1' });
  });

  it('takes all of an atomic rule or nothing', () => {
    const two = (atomic: boolean) => [
      { id: 'a', when: 'order.onHold', do: [lock('W1')] },
      { id: 'b', when: 'true', do: [hold('h'), lock('W2'), tag('t')], atomic },
    ];
    expect(keys(decide(policyWith({ rules: two(false) }), held))).toEqual({ warehouse: 'W1', flow: 'h', tags: ['t'] });
    const decision = decide(policyWith({ rules: two(true) }), held);
    expect(keys(decision)).toEqual({ warehouse: 'W1' });
    expect(decision.trace[1]?.suppressed?.map(({ slot, by }) => [slot, by])).toEqual([
      ['flow', 'a'],
      ['warehouse', 'a'],
      ['tags', 'a'],
    ]);
    expect(keys(decide(policyWith({ rules: two(true) }), orderWith({})))).toEqual({
      flow: 'h',
      warehouse: 'W2',
      tags: ['t'],
    });
  });

  it('emits nothing into a slot whose needs are empty', () => {
    const policy = policyWith({
      rules: [
        { id: 'a', when: 'order.onHold', do: [lock('W1')] },
        { id: 'b', when: 'true', do: [push, tag('t')] },
      ],
    });
    const decision = decide(policy, orderWith({}));
    expect(keys(decision)).toEqual({ tags: ['t'] });
    expect(decision.trace[1]).toMatchObject({
      status: 'matched',
      blocked: [{ slot: 'logistics', missing: ['warehouse'] }],
    });
    expect(effectsOf(policy, decision, orderWith({})).map(({ slot, status }) => [slot, status])).toEqual([
      ['logistics', 'blocked_missing'],
      ['tags', 'would_claim'],
    ]);
    expect(keys(decide(policy, held))).toEqual({ warehouse: 'W1', logistics: 'default', tags: ['t'] });
  });
});

describe('a hold', () => {
  const shipped = shippedPolicy();
  const facts = orderWith({ id: 'ord_7', riskStatus: 'review', holdSeq: 4 });
  const key = (standing?: ReadonlyMap<string, number>) =>
    effectsOf(shipped, decide(shipped, facts), facts, standing).find(({ slot }) => slot === 'notify')?.onceKey;

  it('is told of under the number that it raises', () => {
    expect(key()).toBe('notify/ord_7/supervisor/5');
  });

  it('that stands already is told of under its own number: once', () => {
    expect(key(new Map([['hold', 2]]))).toBe('notify/ord_7/supervisor/2');
    expect(key(new Map([['other', 2]]))).toBe('notify/ord_7/supervisor/5');
  });
});

describe('for every policy and order', () => {
  it('an exclusive slot has one action, a halt silences all below it, and the trace has every rule', () => {
    fc.assert(
      fc.property(policy, fc.nat(everyOrder.length - 1), (policy, at) => {
        const facts = everyOrder[at] as Facts;
        const { haltedBy, slots, trace } = decide(policy, facts);
        expect(trace.map(({ rule }) => rule)).toEqual(policy.rules.map(({ id }) => id));
        const halting = policy.rules.findIndex(({ id }) => id === haltedBy);
        if (halting >= 0) expect(trace.slice(halting + 1).every(({ status }) => status === 'skipped')).toBe(true);
        else expect(trace.some(({ status }) => status === 'skipped')).toBe(false);
        for (const slot of policy.slots) {
          const filled = slots[slot.name];
          if (filled) expect(Array.isArray(filled)).toBe(!slot.exclusive);
          if (Array.isArray(filled)) expect(new Set(filled.map(({ key }) => key)).size).toBe(filled.length);
        }
        const claimed = effectsOf(policy, { haltedBy, slots, trace }, facts).filter(
          ({ status }) => status === 'would_claim',
        );
        expect(claimed.map(({ slot, key }) => `${slot} ${key}`).sort()).toEqual(
          Object.entries(slots)
            .flatMap(([name, slot]) => [keysIn(slot)].flat().map((key) => `${name} ${key}`))
            .sort(),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('the same facts decide the same, bit for bit', () => {
    fc.assert(
      fc.property(policy, fc.nat(everyOrder.length - 1), (policy, at) => {
        const facts = everyOrder[at] as Facts;
        const again = orderWith(JSON.parse(JSON.stringify(facts)).order);
        expect(JSON.stringify(decide(policy, again))).toBe(JSON.stringify(decide(policy, facts)));
      }),
      { numRuns: 200 },
    );
  });
});
