// Random conditions over a few facts, and every order that these conditions can tell apart.
import fc from 'fast-check';
import type { Expression } from '../../src/policy/condition/expression.ts';
import { celParser } from '../../src/policy/condition/library.ts';
import { readCondition } from '../../src/policy/condition/read.ts';
import { type Facts, readPartialFacts } from '../../src/policy/facts.ts';
import { routingFacts } from '../../src/policy/routing/facts.ts';

const parse = celParser(routingFacts);

/** @throws Error with every fault */
export function expressionOf(text: string): Expression {
  const faults: string[] = [];
  const read = readCondition(text, { table: routingFacts, parse }, (_, message) => void faults.push(message));
  if (!read) throw new Error(`${text}: ${faults.join('; ')}`);
  return read;
}

export function orderWith(order: Record<string, unknown>): Facts {
  const read = readPartialFacts(routingFacts, { order });
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.facts;
}

const risks = ['none', 'review', 'blocked'];
const handlings = ['cold_chain', 'fragile', 'hazmat'];
const channels = ['', 'a', 'ab', 'abc', 'b', 'ba'];
/** What the conditions can name, and for each beginning something that they cannot. */
const allChannels = [...channels, 'c', 'ac', 'abd', 'bb'];
const allHandlings = [...handlings, 'battery'];
const counts = [0, 1, 2, 3, 4, 5];
const subsets = Array.from({ length: 1 << allHandlings.length }, (_, bits) =>
  allHandlings.filter((_, at) => bits & (1 << at)),
);

export const everyOrder: readonly Facts[] = [false, true].flatMap((onHold) =>
  risks.flatMap((riskStatus) =>
    counts.flatMap((lineCount) =>
      allChannels.flatMap((channel) =>
        subsets.map((handling) => orderWith({ onHold, riskStatus, lineCount, channel, handling })),
      ),
    ),
  ),
);

/** Enough of them to catch a wrong claim about most policies, where all would take long. */
export const someOrders: readonly Facts[] = everyOrder.filter((_, at) => at % 11 === 0);

const quoted = (words: readonly string[]) => fc.constantFrom(...words).map((word) => JSON.stringify(word));
const order = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const equality = fc.constantFrom('==', '!=');
const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(' '));
const list = (item: fc.Arbitrary<string>) => fc.array(item, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`);
const word = (text: string) => fc.constant(text);
const bound = fc.integer({ min: 0, max: 4 }).map(String);

const item = fc.oneof(
  join(word('h'), equality, quoted(handlings)),
  word('order.onHold'),
  join(word('h'), word('in'), list(quoted(handlings))),
  join(word('order.lineCount'), order, bound),
);

/** Within the fragment that is decided exactly. */
const atom = fc.oneof(
  word('order.onHold'),
  join(word('order.riskStatus'), equality, quoted(risks)),
  join(word('order.riskStatus in'), list(quoted(risks))),
  join(word('order.lineCount'), order, bound),
  join(bound, order, word('order.lineCount')),
  join(word('order.lineCount in'), list(bound)),
  join(word('order.channel'), equality, quoted(channels)),
  quoted(['', 'a', 'ab', 'b']).map((prefix) => `order.channel.startsWith(${prefix})`),
  quoted(['re', 'k', 'e', '']).map((part) => `order.riskStatus.contains(${part})`),
  join(quoted(handlings), word('in order.handling')),
  item.map((body) => `order.handling.exists(h, ${body})`),
  join(word('(order.onHold ? order.lineCount : 2)'), order, bound),
  word('(order.onHold == (order.lineCount > 2))'),
);

export const condition: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    join(word('('), tie('any'), fc.constantFrom('&&', '||'), tie('any'), word(')')),
    tie('any').map((of) => `!(${of})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([test, then, otherwise]) => `(${test} ? ${then} : ${otherwise})`),
  ),
})).any;

/** Also with questions that the analysis leaves open. */
export const openCondition: fc.Arbitrary<string> = fc.oneof(
  condition,
  join(
    condition,
    fc.constantFrom('&&', '||'),
    quoted(['b', 'c', 'bc']).map((part) => `order.channel.contains(${part})`),
  ),
  join(
    condition,
    word('&&'),
    quoted(['b', 'c']).map((part) => `order.channel.endsWith(${part})`),
  ),
  join(word('order.lineCount'), order, word('order.totalQuantity')),
);
