import { describe, expect, it } from 'vitest';
import { allFacts, type Facts, readFacts, readPartialFacts } from '../../src/policy/facts.ts';
import { factsHash } from '../../src/policy/facts-hash.ts';
import { routingFacts } from '../../src/policy/routing/facts.ts';
import { orderWith } from './small-world.ts';

const whole = () => structuredClone(orderWith({})) as unknown as { order: Record<string, unknown> };

describe('facts', () => {
  it('are those of the model, with words for each', () => {
    expect(Object.keys(routingFacts.order).join(', ')).toBe(
      'id, number, channel, storeId, status, paymentStatus, fulfillmentStatus, riskStatus, onHold, payableMinor, currency, handling, shipCountry, shipDivision, lineCount, totalQuantity, customerTier, fulfillmentGeneration, holdSeq, hoursSincePaid, addressChangedAfterPaid',
    );
    for (const { label, type } of allFacts(routingFacts)) {
      expect(label.en && label.zh).toBeTruthy();
      if ('values' in type) expect(type.values.length).toBeGreaterThan(2);
    }
  });

  it('are read whole and frozen', () => {
    const read = readFacts(routingFacts, whole());
    expect(read).toEqual({ facts: orderWith({}) });
    expect(() => Object.assign((read as { facts: Facts }).facts.order ?? {}, { id: 'x' })).toThrow(TypeError);
  });

  it('are told every fault, with its path and what was probably meant', () => {
    const { order } = whole();
    Reflect.deleteProperty(order, 'storeId');
    const given = {
      order: {
        ...order,
        totl: 1,
        payableMinor: -1,
        lineCount: 1.5,
        totalQuantity: '2',
        onHold: 'yes',
        riskStatus: 'blokced',
        handling: ['fragile', 'frozen'],
        channel: null,
        number: '\ud800',
        holdSeq: Number.MAX_SAFE_INTEGER + 1,
      },
      customer: {},
    };
    const read = readFacts(routingFacts, given);
    expect('faults' in read && read.faults.map(({ path, message, suggestion }) => [path, message, suggestion])).toEqual(
      [
        ['customer', 'is no fact', 'known: order'],
        ['order.totl', 'is no fact', undefined],
        ['order.number', 'must be text', undefined],
        ['order.channel', 'must be text', undefined],
        ['order.storeId', 'is missing', undefined],
        ['order.riskStatus', '"blokced" is none of its values', 'did you mean "blocked"?'],
        ['order.onHold', 'must be true or false', undefined],
        ['order.payableMinor', 'is -1, and lies between 0 and 9007199254740991', undefined],
        ['order.handling', '"frozen" is none of its values', 'known: cold_chain, fragile, hazmat, battery, oversize'],
        ['order.lineCount', 'must be a whole number', undefined],
        ['order.totalQuantity', 'must be a whole number', undefined],
        ['order.holdSeq', 'must be a whole number', undefined],
      ],
    );
  });

  it.each([
    [undefined, 'is missing'],
    [null, 'must be an object'],
    [[], 'must be an object'],
    ['x', 'must be an object'],
  ])('%j: %s', (given, message) => {
    expect(readFacts(routingFacts, given)).toEqual({ faults: [{ path: '', message }] });
    expect(readFacts(routingFacts, { order: given })).toEqual({ faults: [{ path: 'order', message }] });
  });

  it('have no inherited members', () => {
    const { order } = whole();
    const read = readFacts(routingFacts, JSON.parse(`{"order":${JSON.stringify({ ...order })},"__proto__":{"x":1}}`));
    expect(read).toHaveProperty('faults');
  });

  it('may be given in part, where the usual ones stand for the rest', () => {
    expect(readPartialFacts(routingFacts, { order: { lineCount: 3 } })).toEqual({ facts: orderWith({ lineCount: 3 }) });
    expect(readPartialFacts(routingFacts, {})).toEqual({ facts: orderWith({}) });
    expect(readPartialFacts(routingFacts, { order: 5 })).toEqual({
      faults: [{ path: 'order', message: 'must be an object' }],
    });
    expect(readPartialFacts(routingFacts, { odrer: {} })).toEqual({
      faults: [{ path: 'odrer', message: 'is no fact', suggestion: 'did you mean "order"?' }],
    });
  });
});

describe('the hash', () => {
  const { handling, payableMinor } = routingFacts.order as Record<string, ReturnType<typeof allFacts>[number]>;
  const reads = [payableMinor, handling].filter((fact) => fact !== undefined);

  it('covers what is read and nothing else, whatever the order of a set', () => {
    const hash = factsHash(reads, orderWith({ handling: ['fragile', 'cold_chain'], payableMinor: 1, lineCount: 1 }));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(
      factsHash(reads, orderWith({ handling: ['cold_chain', 'fragile', 'fragile'], payableMinor: 1, lineCount: 2 })),
    ).toBe(hash);
    expect(factsHash(reads, orderWith({ handling: ['cold_chain'], payableMinor: 1 }))).not.toBe(hash);
    expect(
      factsHash([...reads].reverse(), orderWith({ handling: ['fragile', 'cold_chain'], payableMinor: 1 })),
    ).not.toBe(hash);
  });
});
