import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read, root } from '../architecture/sources.ts';
import { openShell, plainConfig } from './shell.ts';

const shipped = read('policies/routing.yaml');
const warehouses = read('policies/warehouses.yaml');
const files = { 'policies/routing.yaml': shipped, 'policies/warehouses.yaml': warehouses };
const overlapping = shipped.replace('hit: first #', 'hit: all #');

const withPolicy = (text: string, more: Record<string, string> = {}) =>
  openShell({ files: { ...files, 'policies/routing.yaml': text, ...more } });

describe('policy check', () => {
  it('finds nothing wrong with the shipped policy', async () => {
    const { code, out } = await openShell().syncline('policy', 'check', '--config', join(root, 'syncline.yaml'));
    expect(code).toBe(0);
    expect(out).toMatch(
      /routing\.yaml \(Tiered order routing\): 5 tiers, 6 rules, 6 slots, 10 tests; reads order\.id, /,
    );
    expect(out).toMatch(/\nno faults, no warnings, no notes\n$/);
  });

  it('looks in the folder that the configuration names, else beside it, or at the file that is named', async () => {
    const elsewhere = openShell({
      files: {
        'syncline.yaml': `${plainConfig}policies: rules\n`,
        'rules/routing.yaml': shipped,
        'rules/warehouses.yaml': warehouses,
      },
    });
    expect((await elsewhere.syncline('policy', 'check')).out).toMatch(/^rules\/routing\.yaml/);
    expect((await openShell({ files }).syncline('policy', 'check')).out).toMatch(/^policies\/routing\.yaml/);
    const broken = openShell({ files: { ...files, 'syncline.yaml': 'listen: x\n' } });
    expect((await broken.syncline('policy', 'check', 'policies/routing.yaml')).code).toBe(0);
  });

  it('tells faults with the rule, the order that shows it and the next step', async () => {
    const { code, out } = await withPolicy(overlapping).syncline('policy', 'check');
    expect(code).toBe(1);
    expect(out.split('\n').slice(1)).toEqual([
      'fault: policies/routing.yaml: tiers[1].rules[1] (fragile): S6: cold-chain, in the same tier, can want warehouse for the same order, and for something else (say hit: first in the tier if their order is meant to decide, or make the conditions exclude each other)',
      '    confirmed: an order with order.handling = ["cold_chain","fragile"] gets warehouse = WH-COLD-01',
      'note: policies/routing.yaml: tiers[1].rules[1].do[0] (fragile): S5: for some orders cold-chain has warehouse already, and this rule gives way',
      '    confirmed: an order with order.handling = ["cold_chain","fragile"] gets warehouse = WH-COLD-01',
      '1 fault, no warnings, 1 note',
      '',
    ]);
  });

  it('tells every fault of a document that cannot be read', async () => {
    const text = shipped
      .replace('kind: set }', 'kind: st }')
      .replace('order.onHold', 'order.onHodl')
      .replace('WH-COLD-01', 'WH-COLD-1');
    const { code, out } = await withPolicy(text).syncline('policy', 'check');
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'fault: policies/routing.yaml: slots.tags.kind: S1: "st" is none of exclusive, set (did you mean "set"?)',
      'fault: policies/routing.yaml: tiers[0].rules[0].when (risk-hold): S2: is no fact: order.onHodl (did you mean "order.onHold"?)',
      'fault: policies/routing.yaml: tiers[1].rules[0].do[0].key (cold-chain): S1: there is no warehouse "WH-COLD-1" in warehouses.yaml (did you mean "WH-COLD-01"?)',
      '3 faults, no warnings, no notes',
      '',
    ]);
  });

  it('needs the warehouses, beside the policy or where it is told', async () => {
    const alone = openShell({ files: { 'a.yaml': shipped, 'stock/all.yaml': warehouses } });
    const { code, out } = await alone.syncline('policy', 'check', 'a.yaml');
    expect(code).toBe(1);
    expect(out).toContain(
      'fault: warehouses.yaml: there is no such file; write it, or name another with --warehouses <file>',
    );
    expect((await alone.syncline('policy', 'check', 'a.yaml', '--warehouses', 'stock/all.yaml')).code).toBe(0);
    const both = openShell({ files: { 'a.yaml': shipped.replace('order.onHold', 'order.onHodl') } });
    expect((await both.syncline('policy', 'check', 'a.yaml')).out).toMatch(
      /^fault: warehouses\.yaml: .*\nfault: a\.yaml: tiers.*\n2 faults/,
    );
    const faulty = withPolicy(shipped, { 'policies/warehouses.yaml': 'warehouses: []' });
    expect((await faulty.syncline('policy', 'check')).out).toContain(
      'fault: policies/warehouses.yaml: warehouses: S1: must not be empty',
    );
    expect((await alone.syncline('policy', 'check', 'b.yaml', '--warehouses', 'stock/all.yaml')).out).toContain(
      'fault: b.yaml: there is no such file',
    );
  });

  it('answers with JSON', async () => {
    const told = (await withPolicy(overlapping).json('policy', 'check')) as Record<string, object[]>;
    expect(told.faults).toEqual([
      expect.objectContaining({
        check: 'S6',
        path: 'tiers[1].rules[1]',
        rule: 'fragile',
        witness: expect.objectContaining({
          verdict: 'confirmed',
          facts: { order: expect.objectContaining({ handling: ['cold_chain', 'fragile'], lineCount: 1 }) },
          decision: expect.objectContaining({ haltedBy: null }),
        }),
      }),
    ]);
    expect(told).toMatchObject({
      policy: { rules: expect.arrayContaining(['vip']), tests: 10 },
      warnings: [],
      notes: [{ check: 'S5' }],
    });
    expect(await withPolicy('policy: [').json('policy', 'check')).toMatchObject({
      faults: [{ path: expect.stringContaining('line') }],
    });
  });
});

describe('policy test', () => {
  it('runs the tests that the policy carries', async () => {
    const { code, out } = await openShell({ files }).syncline('policy', 'test');
    expect(code).toBe(0);
    expect(out).toMatch(/^passed {2}the milk powder of 520 CNY/);
    expect(out).toMatch(/\n10 tests, none failed\n$/);
  });

  it('tells what differs, and which rules have no test', async () => {
    const text = shipped.replace('>= 50000', '>= 60000');
    const { code, out } = await withPolicy(text).syncline('policy', 'test');
    expect(code).toBe(1);
    expect(out).toContain(
      'FAILED  500.00 CNY is a VIP order\n        tests[7].expect.tags: expected [vip], decided nothing\n',
    );
    expect(out).toContain('warning: no test has an order that the rule vip matches\n10 tests, 2 failed\n');
    expect(await withPolicy(text).json('policy', 'test')).toMatchObject({
      untested: ['vip'],
      tests: expect.arrayContaining([
        expect.objectContaining({ passed: false, decision: expect.objectContaining({ policy: 'routing' }) }),
      ]),
    });
  });

  it('fails where the document cannot be read', async () => {
    const { code, err, out } = await withPolicy('policy: routing\n').syncline('policy', 'test');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^syncline: policies\/routing\.yaml has 2 faults\n {2}policies\/routing\.yaml: slots: is missing\n/,
    );
  });
});

describe('policy diff', () => {
  const lower = shipped.replace('>= 50000', '>= 30000');

  it('proves that nothing differs', async () => {
    const { code, out } = await withPolicy(shipped, { 'old.yaml': overlapping }).syncline(
      'policy',
      'diff',
      'old.yaml',
      'policies/routing.yaml',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^halted: equivalent \(proved\)\n.*\nboth versions decide every order alike \(proved\)\n$/s);
  });

  it('tells what differs with an order that shows it, and how far it has come', async () => {
    const shell = withPolicy(lower, { 'old.yaml': shipped });
    const { code, out, err } = await shell.syncline('policy', 'diff', 'old.yaml', 'policies/routing.yaml');
    expect(code).toBe(0);
    expect(out).toContain('tags: different\n  nothing → tag.add vip, for an order with order.payableMinor = 30000\n');
    expect(out).toMatch(/\n7 parts, 2 different, none unknown\n$/);
    expect(err).toContain('comparing: 50 %\n');
    expect(await shell.json('policy', 'diff', 'old.yaml', 'policies/routing.yaml')).toMatchObject({
      verdict: 'different',
      parts: expect.arrayContaining([
        expect.objectContaining({
          part: 'tags',
          verdict: 'different',
          changes: [expect.objectContaining({ before: [], after: ['tag.add vip'] })],
        }),
      ]),
    });
  });

  it('tells what is declared otherwise, and what was not decided', async () => {
    const open = shipped
      .replace('== "paid"', '== "paid" && order.channel.contains("x")')
      .replace('benefit/{', 'gift/{');
    const more = open.replace('contains("x")', 'contains("x") && order.channel.contains("")');
    const { out } = await withPolicy(open, { 'old.yaml': shipped, 'new.yaml': more }).syncline(
      'policy',
      'diff',
      'old.yaml',
      'policies/routing.yaml',
    );
    expect(out).toContain(
      'benefits: different\n  once: benefit/{order.id}/{action.key} → gift/{order.id}/{action.key}\n',
    );
  });

  it('needs two sound documents', async () => {
    const { code, err } = await withPolicy(shipped, { 'old.yaml': 'x' }).syncline(
      'policy',
      'diff',
      'old.yaml',
      'policies/routing.yaml',
    );
    expect(code).toBe(1);
    expect(err).toContain('syncline: old.yaml has 1 fault\n  old.yaml: must be an object');
    expect((await openShell().syncline('policy', 'diff', 'a.yaml')).code).toBe(2);
  });
});

describe('a returns policy', () => {
  const returns = read('policies/returns.yaml');
  const shell = (text: string, more: Record<string, string> = {}) =>
    openShell({ files: { 'policies/returns.yaml': text, ...more } });

  it('is checked and needs no warehouses', async () => {
    const { code, out } = await shell(returns).syncline('policy', 'check', 'policies/returns.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^policies\/returns\.yaml \(Graded returns with breakers\): 3 grants, 1 requirement, 2 gates, 2 breakers, 19 tests; reads customer\.returnRateBp, /,
    );
    expect(out).toMatch(/\nno faults, no warnings, no notes\n$/);
  });

  it('tells every fault', async () => {
    const text = returns.replace('customer.returnRateBp < 1000', 'customer.returnRateBp <= 1000').replace('P6M', 'P6X');
    const { code, out } = await shell(text).syncline('policy', 'check', 'policies/returns.yaml');
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'fault: policies/returns.yaml: define.returnRate.window: S1: must be a length of calendar time such as P6M, P30D or P1Y',
      'fault: policies/returns.yaml: grants[0].when (low-return-rate): S2: customer.returnRateBp is a share rounded down, of which only < and >= are exact (compare it with < or >=)',
      '2 faults, no warnings, no notes',
      '',
    ]);
  });

  it('runs its tests', async () => {
    const { code, out } = await shell(returns).syncline('policy', 'test', 'policies/returns.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(/\n19 tests, none failed\n$/);
    const wrong = shell(returns.replace('returnRateBp < 1000', 'returnRateBp < 900'));
    expect((await wrong.syncline('policy', 'test', 'policies/returns.yaml')).out).toContain(
      'tests[2].expect.approval: expected auto, decided manual\n',
    );
  });

  it('is compared with another, and not with a routing policy', async () => {
    const later = returns
      .replace('customer.returnsInMonth >= 5', 'customer.returnsInMonth >= 4')
      .replace('P60D', 'P30D');
    const both = shell(later, { 'old.yaml': returns, 'routing.yaml': shipped, 'policies/warehouses.yaml': warehouses });
    const { code, out } = await both.syncline('policy', 'diff', 'old.yaml', 'policies/returns.yaml');
    expect(code).toBe(0);
    expect(out).toContain(
      'flags: different\n  nothing → monthly-count, for a return with customer.returnsInMonth = 4\n',
    );
    expect(out).toContain('needs: equivalent (proved)\n');
    expect(out).toContain('settings: different\n  breakers: ');
    const same = await both.syncline('policy', 'diff', 'old.yaml', 'old.yaml');
    expect(same.out).toMatch(/\nboth versions decide every return alike \(proved\)\n$/);
    const mixed = await both.syncline('policy', 'diff', 'routing.yaml', 'policies/returns.yaml');
    expect([mixed.code, mixed.err]).toEqual([1, expect.stringContaining('name two versions of one')]);
  });
});
