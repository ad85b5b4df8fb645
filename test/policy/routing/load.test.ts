// A document becomes a policy, or every fault in it is told at once, with its path and what was probably meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadRoutingPolicy } from '../../../src/policy/routing/load.ts';
import { shippedPolicy, shippedText, warehouses } from './shipped.ts';

function faultsOf(document: unknown): string[] {
  const loaded = loadRoutingPolicy(document, { warehouses });
  if ('policy' in loaded) return [];
  return loaded.faults.map(
    ({ check, path, rule, message, suggestion }) =>
      `${check ?? '-'} ${path}${rule ? ` (${rule})` : ''}: ${message}${suggestion ? ` (${suggestion})` : ''}`,
  );
}

/** The shipped document with one place changed. */
function faultsWith(edit: (document: Document) => void): string[] {
  const document = parse(shippedText) as Document;
  edit(document);
  return faultsOf(document);
}

// biome-ignore lint/suspicious/noExplicitAny: a document that is to be wrong has no type
type Document = any;

describe('the shipped policy', () => {
  it('is the table of four tiers', () => {
    const { tiers, slots, reads } = shippedPolicy();
    expect(tiers.map(({ id, first, rules }) => [id, first, ...rules.map((rule) => rule.id)])).toEqual([
      ['t1-abnormal', false, 'risk-hold'],
      ['t2-special', true, 'cold-chain', 'fragile'],
      ['t2-default-allocation', false, 'allocate'],
      ['t3-vip', false, 'vip'],
      ['t4-push', false, 'push'],
    ]);
    expect(
      slots.map(({ name, exclusive, once, needs }) => [name, exclusive, once?.text, needs.map((one) => one.name)]),
    ).toEqual([
      ['flow', true, undefined, []],
      ['warehouse', true, undefined, []],
      ['tags', false, undefined, []],
      ['benefits', false, 'benefit/{order.id}/{action.key}', []],
      ['logistics', true, 'logistics/{order.id}/{order.fulfillmentGeneration}', ['warehouse']],
      ['notify', false, 'notify/{order.id}/{action.key}/{order.holdSeq}', []],
    ]);
    expect(reads.map(({ member }) => member)).not.toContain('lineCount');
    expect(reads.map(({ member }) => member)).toContain('shipDivision');
  });
});

describe('faults', () => {
  it('are told all at once, however many rules they spoil', () => {
    const document = `
policy: routing
titel: { en: x, zh: x }
slots:
  flow: { kind: exclusive }
  warehouse: { kind: exclusiv }
  tags: { kind: set }
  benefits: { kind: set, once: "benefit/{order.idd}/{action.key}" }
  logistics: { kind: exclusive, needs: [warehose] }
tiers:
  - id: t1
    rules:
      - id: risk-hold
        when: order.riskStatus in ["review", "blokced"] || order.onHold
        do:
          - { slot: flow, action: hold, key: hold }
          - { slot: notify, action: notify.user, key: supervisor, with: { role: supervisor, tmplate: order-held } }
        reason: { zh: x, en: x }
      - id: risk-hold
        when: order.payableMinor / 2 > 100 && order.onHodl
        do: [{ slot: warehouse, action: warehouse.lock, key: WH-COLD-1 }]
        reason: { zh: x }
      - id: r3
        when: order.payableMinor >= "a"
        do: [{ slot: logistics, action: logistics.push, key: default }]
        reason: { zh: x, en: x }
      - id: r4
        when: '"cold" in order.handling'
        do: [{ slot: tags, action: tag.ad, key: default }]
        reason: { zh: x, en: x }
`;
    expect(faultsOf(document)).toEqual([
      'S1 slots.warehouse.kind: "exclusiv" is none of exclusive, set (did you mean "exclusive"?)',
      'S1 tiers[0].rules[1].reason.en: is missing',
      'S1 tiers[0].rules[3].do[0].action: "tag.ad" is none of hold, notify.user, warehouse.lock, warehouse.allocate, tag.add, coupon.grant, logistics.push (did you mean "tag.add"?)',
      'S1 titel: is not a member that is known here (did you mean "title"?)',
      'S1 slots.benefits.once: {order.idd} is no fact (did you mean "order.id"?)',
      'S8 slots.logistics.needs[0]: there is no slot "warehose" (did you mean "warehouse"?)',
      'S2 tiers[0].rules[0].when (risk-hold): order.riskStatus never says "blokced" (did you mean "blocked"?)',
      'S1 tiers[0].rules[0].do[1].slot (risk-hold): there is no slot "notify" (known: flow, warehouse, tags, benefits, logistics)',
      'S1 tiers[0].rules[0].do[1].with.template (risk-hold): notify.user: is missing',
      'S1 tiers[0].rules[0].do[1].with.tmplate (risk-hold): notify.user: is not a member that is known here (did you mean "template"?)',
      expect.stringContaining('S2 tiers[0].rules[1].when (risk-hold): arithmetic may not stand in a condition'),
      'S2 tiers[0].rules[1].when (risk-hold): is no fact: order.onHodl (did you mean "order.onHold"?)',
      'S1 tiers[0].rules[1].do[0].key (risk-hold): there is no warehouse "WH-COLD-1" in warehouses.yaml (did you mean "WH-COLD-01"?)',
      'S2 tiers[0].rules[2].when (r3): no such overload: int >= string',
      'S1 tiers[0].rules[2].do[0].slot (r3): logistics.push makes a record, and logistics has no once: every decision would make another (give logistics a once)',
      'S2 tiers[0].rules[3].when (r4): order.handling never says "cold" (known: cold_chain, fragile, hazmat, battery, oversize)',
      'S1 tiers[0].rules[1].id: "risk-hold" is the id of tiers[0].rules[0] already',
    ]);
  });

  it.each<[string, (document: Document) => void, string[]]>([
    [
      'a once-key for all orders',
      (d) => {
        d.slots.benefits.once = 'benefit/{action.key}';
      },
      ['S1 slots.benefits.once: one order that claims the key would claim it for every order (put {order.id} into it)'],
    ],
    [
      'a set whose entries share a key',
      (d) => {
        d.slots.benefits.once = 'benefit/{order.id}';
      },
      [
        'S1 slots.benefits.once: the entries of a set would share one key, and only the first of them would happen (put {action.key} into it)',
      ],
    ],
    [
      'a brace alone',
      (d) => {
        d.slots.benefits.once = '{order.id}/{action.key';
      },
      ['S1 slots.benefits.once: has a "{" or "}" without its partner in "/{action.key"'],
    ],
    [
      'a set in a key',
      (d) => {
        d.slots.benefits.once = '{order.id}/{order.handling}/{action.key}';
      },
      ['S1 slots.benefits.once: {order.handling} is a set, and no part of a key'],
    ],
    [
      'one key in two slots',
      (d) => {
        d.slots.notify.once = d.slots.benefits.once;
      },
      ['S1 slots.notify.once: is the once-key of benefits too: whichever claims it first keeps the other out'],
    ],
    [
      'frozen by what is never claimed',
      (d) => {
        d.slots.warehouse.frozenBy = 'tags';
      },
      [
        'S8 slots.warehouse.frozenBy: the slot tags has no once-key that could be claimed (give tags a once, or drop frozenBy)',
      ],
    ],
    [
      'a circle of needs',
      (d) => {
        d.slots.warehouse.needs = ['logistics'];
      },
      [
        'S8 slots.warehouse.needs: waits in a circle: warehouse → logistics → warehouse (drop one of these needs)',
        'S8 slots.logistics.needs: waits in a circle: logistics → warehouse → logistics (drop one of these needs)',
      ],
    ],
    [
      'an unknown way of allocating',
      (d) => {
        d.tiers[2].rules[0].do[0].key = 'nearst';
      },
      ['S1 tiers[2].rules[0].do[0].key (allocate): there is no way "nearst" (did you mean "nearest"?)'],
    ],
    [
      'a lock in a set',
      (d) => {
        d.tiers[1].rules[0].do[0].slot = 'tags';
      },
      [
        'S1 tiers[1].rules[0].do[0].slot (cold-chain): warehouse.lock decides the one warehouse of an order, and tags is a set (make the slot exclusive)',
        'S1 tiers[1].rules[1].do[0].slot (fragile): the warehouse of an order is decided in the slot tags; in warehouse it would be decided twice (write slot: tags)',
        'S1 tiers[2].rules[0].do[0].slot (allocate): the warehouse of an order is decided in the slot tags; in warehouse it would be decided twice (write slot: tags)',
      ],
    ],
    [
      'otherwise without an exclusive slot',
      (d) => {
        d.tiers[3].rules[0].when = 'otherwise';
      },
      [
        'S1 tiers[3].rules[0].when (vip): otherwise asks whether the exclusive slots of the rule are empty, and it has none (write a condition)',
      ],
    ],
    [
      'two proposals for one slot',
      (d) => {
        d.tiers[1].rules[0].do.push({ ...d.tiers[1].rules[0].do[0], key: 'WH-SH-01' });
      },
      ['S1 tiers[1].rules[0].do (cold-chain): proposes twice for one exclusive slot; the second could never win'],
    ],
    [
      'a tier and a rule of one name, which is well, and two tiers of one',
      (d) => {
        d.tiers[0].id = 'vip';
        d.tiers[1].id = 'vip';
      },
      ['S1 tiers[1].id: "vip" is the id of tiers[0] already'],
    ],
    [
      'an end before the beginning',
      (d) => {
        d.effective.until = '2025-10-01T00:00:00Z';
      },
      ['S1 effective.until: must be later than from'],
    ],
    [
      'no time',
      (d) => {
        d.effective.from = 'soon';
      },
      ['S1 effective.from: must be a time such as 2025-11-01T00:00:00+08:00'],
    ],
    [
      'another policy',
      (d) => {
        d.policy = 'returns';
      },
      ['S1 policy: "returns" is none of routing'],
    ],
    [
      'a key that would be a path',
      (d) => {
        d.tiers[3].rules[0].do[0].key = 'a/b';
      },
      ['S1 tiers[3].rules[0].do[0].key: must be text without "/", "{" and "}", 100 characters at most'],
    ],
    [
      'a name that no slot may have',
      (d) => {
        d.slots['two words'] = { kind: 'set' };
      },
      ['S1 slots.two words: must be a-z first, then letters and digits, 32 characters at most'],
    ],
    [
      'facts that no order has',
      (d) => {
        d.tests[0].facts = { order: { lineCount: -1, paymentStatus: 'payed' } };
      },
      [
        'S13 tests[0].facts.order.paymentStatus: "payed" is none of its values (did you mean "paid"?)',
        'S13 tests[0].facts.order.lineCount: is -1, and lies between 0 and 9007199254740991',
      ],
    ],
    [
      'expectations of nothing that is there',
      (d) => {
        d.tests[0].expect = { warehose: 'x', tags: 'vip', logistics: ['default'] };
        d.tests[0].haltedBy = 'risk';
      },
      [
        'S13 tests[0].expect.warehose: there is no slot "warehose" (did you mean "warehouse"?)',
        'S13 tests[0].expect.tags: is a set (write tags: [vip])',
        'S13 tests[0].expect.logistics: is exclusive and holds one key (write logistics: <key>)',
        'S13 tests[0].haltedBy: there is no rule "risk" (known: risk-hold, cold-chain, fragile, allocate, vip, push)',
      ],
    ],
    [
      'a condition of a slot',
      (d) => {
        d.slots.warehouse.totalWhen = 'order.payed';
      },
      [expect.stringContaining('S2 slots.warehouse.totalWhen: is no fact: order.payed')],
    ],
    [
      'no rules',
      (d) => {
        d.tiers = [];
        d.tests = undefined;
      },
      ['S1 tiers: must not be empty'],
    ],
  ])('%s', (_, edit, faults) => {
    expect(faultsWith(edit)).toEqual(faults);
  });

  it.each<[string, string, string[]]>([
    ['broken YAML', 'policy: [', [expect.stringMatching(/^- line \d: /)]],
    [
      'a member written twice',
      'policy: routing\npolicy: routing\n',
      ['- line 2: Map keys must be unique at line 2, column 1:'],
    ],
    ['nothing', '', ['S1 : must be an object']],
    ['a list', '- a', ['S1 : must be an object']],
    [
      'too many aliases',
      `a: &a [x, x]\nb: &b [${'*a,'.repeat(99)}]\nc: &c [${'*b,'.repeat(99)}]\nd: [${'*c,'.repeat(99)}]`,
      [expect.stringContaining('alias')],
    ],
    [
      'a prototype',
      'policy: routing\nslots: { __proto__: { kind: set } }\ntiers: []\n',
      ['S1 tiers: must not be empty', 'S1 slots.__proto__: is a name that nothing may have'],
    ],
  ])('%s', (_, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('are the only way to fail', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom('slots', 'tiers', 'tests', 'effective', 'title'),
        (junk, member) => {
          const loaded = loadRoutingPolicy({ ...parse(shippedText), [member]: junk }, { warehouses });
          if ('faults' in loaded) expect(loaded.faults.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
