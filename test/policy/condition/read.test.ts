// What may stand in a condition, and what is said of what may not.
import { describe, expect, it } from 'vitest';
import { celParser } from '../../../src/policy/condition/library.ts';
import { readCondition } from '../../../src/policy/condition/read.ts';
import type { Fault } from '../../../src/policy/fault.ts';
import { teller } from '../../../src/policy/fault.ts';
import { routingFacts } from '../../../src/policy/routing/facts.ts';

const parse = celParser(routingFacts);

function faultsOf(text: string): string[] {
  const faults: Fault[] = [];
  const read = readCondition(text, { table: routingFacts, parse }, teller(faults, 'when'));
  expect(read === undefined).toBe(faults.length > 0);
  return faults.map(({ message, suggestion }) => (suggestion === undefined ? message : `${message} (${suggestion})`));
}

describe('a condition', () => {
  it.each([
    'order.onHold',
    'true',
    '!order.onHold && (order.lineCount >= 2 || order.currency == "CNY")',
    'order.riskStatus in ["review", "blocked"]',
    '"cold_chain" in order.handling',
    'order.handling.exists(h, h == "fragile" || h == "hazmat")',
    'order.shipDivision.startsWith("31") || order.number.endsWith("X") || order.channel.contains("live")',
    '(order.onHold ? order.lineCount : order.totalQuantity) > 3',
    'order.payableMinor > -1',
    'order.payableMinor < 9007199254740993',
    'order.channel == order.storeId',
  ])('may be %s', (text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  const notAllowed = (what: string, part: string): string =>
    `${what} may not stand in a condition: ${part} (allowed: && || ! == != < <= > >= in ?: exists startsWith endsWith contains, facts and literals)`;

  it.each<[string, string[]]>([
    ['order.lineCount + 1 > 2', [notAllowed('arithmetic', 'order.lineCount + 1')]],
    ['1 / order.lineCount > 0', [notAllowed('arithmetic', '1 / order.lineCount')]],
    ['-order.lineCount < 0', [notAllowed('arithmetic', '-order.lineCount')]],
    ['order.handling[0] == "fragile"', [notAllowed('an index', 'order.handling[0]')]],
    ['order["onHold"]', [notAllowed('an index', 'order["onHold"]')]],
    ['dyn(order.onHold)', [notAllowed('dyn()', 'dyn(order.onHold)')]],
    ['has(order.onHold)', [notAllowed('has()', 'has(order.onHold)')]],
    ['size(order.handling) > 1', [notAllowed('size()', 'size(order.handling)')]],
    ['order.channel.matches("(a+)+$")', [notAllowed('matches()', 'order.channel.matches("(a+)+$")')]],
    ['order.handling.all(h, h == "fragile")', [notAllowed('all()', 'order.handling.all(h, h == "fragile")')]],
    ['{"a": true}.a', ['is no fact: {"a": true}.a']],
    ['order.lineCount > 1.5', ['only whole numbers, text, true and false may be written: 1.5']],
    ['order.channel == null', ['only whole numbers, text, true and false may be written: null']],
    ['order.lineCount < 99999999999999999999', ['is larger than 64 bits: 99999999999999999999']],
    ['order.onHodl', ['is no fact: order.onHodl (did you mean "order.onHold"?)']],
    ['onHold', ['is no fact: onHold']],
    ['order', ['names no fact: order (write order.<fact>)']],
    ['order.shipTo.country == "CN"', ['is no fact: order.shipTo.country (did you mean "order.shipCountry"?)']],
    ['order.constructor == "a"', ['is no fact: order.constructor']],
    ['order.lineCount > "a"', ['no such overload: int > string']],
    ['order.lineCount', ['must be true or false, and is int']],
    ['order.channel < "b"', ['< compares whole numbers only']],
    ['order.onHold < true', ['< compares whole numbers only']],
    ['order.handling == ["fragile"]', ['== does not compare sets (ask for a member: "…" in <set>)']],
    ['order.riskStatus == "blokced"', ['order.riskStatus never says "blokced" (did you mean "blocked"?)']],
    [
      '"cold" in order.handling',
      ['order.handling never says "cold" (known: cold_chain, fragile, hazmat, battery, oversize)'],
    ],
    [
      'order.handling.exists(h, h == "cold_chian")',
      ['order.handling never says "cold_chian" (did you mean "cold_chain"?)'],
    ],
    [
      'order.handling.exists(h, order.handling.exists(g, g == h))',
      ['one exists may not stand in another: order.handling.exists(g, g == h)'],
    ],
    [
      '["a"].exists(h, h == "a")',
      ['exists() asks a fact that is a set: ["a"].exists(h, h == "a") (known: order.handling)'],
    ],
    [
      'order.handling.exists(order, true)',
      ['exists(item, condition) needs a name of its own for the item: order.handling.exists(order, true)'],
    ],
    [
      'order.channel.contains(order.storeId)',
      ['contains() takes a text that is written out: order.channel.contains(order.storeId)'],
    ],
    ['(order.onHold', ['Expected RPAREN, got EOF']],
  ])('may not be %s', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('may not be endless', () => {
    expect(faultsOf(`order.channel == "${'a'.repeat(4000)}"`)).toEqual(['is longer than 4000 characters']);
    expect(faultsOf(Array(600).fill('true').join('||'))).toEqual([expect.stringContaining('1000')]);
    expect(faultsOf(`${'('.repeat(60)}true${')'.repeat(60)}`)).toEqual([expect.stringContaining('50')]);
  });

  it('is told every fault at once', () => {
    const faults = faultsOf('order.totl > 1 && order.lineCount * 2 > 3 && order.number.matches("a") && order.x');
    expect(faults).toHaveLength(4);
  });
});
