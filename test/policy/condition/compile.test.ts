// Compiled conditions against the library, and against one of other authors: the same truth for every expression and every order.
import { type CelInput, celEnv, parse, plan } from '@bufbuild/cel';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileCondition } from '../../../src/policy/condition/compile.ts';
import type { Facts } from '../../../src/policy/facts.ts';
import { everyOrder, expressionOf, openCondition, orderWith } from '../small-world.ts';

const library = new Environment().registerVariable('order', 'dyn');

/** Integers are BigInt for the library. */
const forLibrary = ({ order }: Facts) => ({
  order: Object.fromEntries(
    Object.entries(order ?? {}).map(([name, value]) => [name, typeof value === 'number' ? BigInt(value) : value]),
  ),
});

const other = celEnv();
const byOther = (text: string) => {
  const decide = plan(other, parse(text));
  return (context: object): unknown => decide(context as Record<string, CelInput>);
};

const contexts = everyOrder.map(forLibrary);

it('a condition says of an order what the library says, and what another says', () => {
  fc.assert(
    fc.property(
      openCondition,
      fc.array(fc.nat(everyOrder.length - 1), { minLength: 30, maxLength: 30 }),
      (text, chosen) => {
        const ours = compileCondition(expressionOf(text));
        const theirs = library.parse(text);
        const said = chosen.map((at) => ours(everyOrder[at] as Facts));
        expect(said).toEqual(chosen.map((at) => theirs(contexts[at])));
        const oracle = byOther(text);
        // It is slow: a few of them.
        const few = chosen.slice(0, 5);
        expect(few.map((at) => oracle(contexts[at] as object))).toEqual(said.slice(0, few.length));
      },
    ),
    { numRuns: 1000 },
  );
});

it.each([
  ['order.payableMinor == 9007199254740993', 9007199254740991, false],
  ['order.payableMinor < 9007199254740993', 9007199254740991, true],
  ['order.payableMinor >= 9007199254740991', 9007199254740991, true],
  ['9007199254740993 == 9007199254740993', 0, true],
  ['9007199254740993 == 9007199254740992', 0, false],
  ['order.payableMinor > -9223372036854775808', 0, true],
  ['order.payableMinor in [9007199254740993, 7]', 7, true],
])('%s of %d is %s: integers are exact', (text, payableMinor, answer) => {
  const facts = orderWith({ payableMinor });
  expect(compileCondition(expressionOf(text))(facts)).toBe(answer);
  expect(library.parse(text)(forLibrary(facts))).toBe(answer);
  expect(byOther(text)(forLibrary(facts))).toBe(answer);
});
