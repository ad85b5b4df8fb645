import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Connector } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { operationWarnings, unverifiedFault } from '../../src/connector/operations.ts';
import { createRegistry } from '../../src/connector/registry.ts';

const base = { name: 'wms', title: 'A WMS', settings: z.object({}), operations: 'configured' as const };
const push: Pick<Connector, 'push'> = { push: async () => ({ status: 200 }) };
const pushing: Partial<Connector> = {
  ...push,
  records: () => ['order'],
  writeStyle: () => 'whole',
  repeatSafe: () => 'no',
};

const faultsOf = (definition: object): string => {
  try {
    defineConnector(definition as Connector);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('defineConnector', () => {
  it('takes a complete definition as it is', () => {
    const definition = { ...base, ...pushing };
    expect(defineConnector(definition)).toBe(definition);
    expect(faultsOf({ ...base, pulls: true })).toBe('');
  });

  it('lists every fault at once', () => {
    const message = faultsOf({
      name: 'My WMS',
      settings: {},
      pulls: 'yes',
      pusch: () => undefined,
      poll: 5,
      records: () => [],
    });
    expect(message.split('\n')).toEqual([
      'connector My WMS:',
      '  - name must be kebab-case, as its folder',
      '  - title is missing',
      '  - settings must be a zod schema',
      '  - unknown member "pusch"; did you mean "push"?',
      '  - poll must be a function',
      '  - records needs push',
      '  - poll needs polls',
      '  - pulls is true or absent',
      '  - operations must be a list of { name, does, source, link }, or "configured"',
    ]);
  });

  it.each([
    [{ ...push }, 'push needs records'],
    [{ ...push }, 'push needs repeatSafe'],
    [{ ...pushing, deletes: () => [], push: undefined }, 'deletes needs push'],
    [{ ...pushing, fetch: async () => undefined }, 'fetch needs fetches'],
    [{ ...pushing, ask: async () => 'yes' }, 'ask needs answers'],
    [{ ...pushing, pushMany: async () => [] }, 'pushMany needs batches'],
    [{ ...pushing, batches: () => ({ size: 100, operations: ['create'] }) }, 'batches needs pushMany'],
    [{ ...pushing, pulls: true }, 'a system that pulls has no push'],
    [{}, 'it can do nothing'],
  ])('refuses half of a capability %#', (more, fault) => expect(faultsOf({ ...base, ...more })).toContain(fault));
});

describe('operations', () => {
  const recorded = { name: 'orders', does: 'read', source: 'recorded', link: 'test/connector/define.test.ts' };
  const assumed = { name: 'setNote', does: 'write', source: 'assumed', link: 'https://example.com/note' };
  const connector = (operations: object[], settings: z.ZodType = z.object({})) =>
    defineConnector({ ...base, ...pushing, settings, operations } as Connector);

  it.each([
    [[], 'operations must be a list of'],
    [[recorded, { ...recorded, source: 'guessed' }], 'operations[1].source Invalid option: expected one of "recorded"'],
    [[{ ...recorded, link: 'http://example.com' }], 'operations[0].link must be an https URL or a file of this repos'],
    [[{}], 'operations[0].name Invalid input'],
    [['orders'], 'operations[0] Invalid input'],
  ])('must each state their source with a link %#', (operations, fault) =>
    expect(() => connector(operations as object[])).toThrow(fault),
  );

  it('let nobody write what is assumed without saying so', () => {
    const settings = z.object({ unverified: z.boolean().default(false) }).transform((read) => read);
    expect(() => connector([recorded, assumed])).toThrow('settings need the member "unverified": setNote is assumed');
    expect(unverifiedFault(connector([assumed], settings), { unverified: false })).toContain('setNote');
    expect(unverifiedFault(connector([assumed], settings), { unverified: true })).toBeUndefined();
    expect(unverifiedFault(connector([recorded, { ...assumed, does: 'read' }]), {})).toBeUndefined();
  });

  it('are told where neither vendor nor recording vouches for them', () => {
    const others = { ...recorded, name: 'hold', source: 'third_party' };
    const settings = z.object({ unverified: z.boolean() });
    expect(operationWarnings(connector([recorded, others, assumed], settings))).toEqual([
      expect.stringMatching(/"hold" .* other people's code only/),
      expect.stringMatching(/"setNote" .* nobody has seen it work/),
    ]);
    expect(operationWarnings(defineConnector({ ...base, ...pushing } as Connector))).toEqual([]);
  });
});

describe('the registry', () => {
  const shop = { ...base, name: 'shopify', pulls: true } as Connector;

  it('finds by name and suggests what was meant', () => {
    const registry = createRegistry([shop]);
    expect(registry.get('shopify')).toBe(shop);
    expect(() => registry.get('shopfy')).toThrow('unknown connector "shopfy"; did you mean "shopify"?');
    expect(() => registry.get('toString')).toThrow('unknown connector "toString"; known: shopify');
  });

  it('has one connector a name', () => {
    expect(() => createRegistry([shop, shop])).toThrow('two connectors are named "shopify"');
  });
});
