// The embedded tests of a returns policy: facts made whole, rules and breakers looked up.
import { isTree } from '../../model/own.ts';
import type { ConditionReading } from '../condition/when.ts';
import { breaches, type Constraint } from '../constraints.ts';
import { readPartialFacts } from '../facts.ts';
import { didYouMean, teller } from '../fault.ts';
import { type TestDocument, testSchema } from './document.ts';
import type { EmbeddedTest } from './policy.ts';

interface Named {
  part: string;
  id: string;
}

interface Known {
  rules: readonly Named[];
  constraints: readonly Constraint[];
}

/** Tells what is wrong with tests whose shape is right; shapes are told before. */
export function readTests(tree: unknown, known: Known, reading: ConditionReading): EmbeddedTest[] {
  const written: unknown = isTree(tree) ? tree.tests : undefined;
  return (Array.isArray(written) ? written : []).flatMap((test: unknown, at) => {
    const read = testSchema.safeParse(test);
    return read.success ? (readTest(read.data, `tests[${at}]`, known, reading) ?? []) : [];
  });
}

function readTest(
  { name, facts: given = {}, breakers = {}, expect }: TestDocument,
  path: string,
  { rules, constraints }: Known,
  { table, faults }: ConditionReading,
): EmbeddedTest | undefined {
  const tell = teller(faults, path, { check: 'S13' });
  const read = readPartialFacts(table, given);
  if ('faults' in read)
    for (const { path: at, message, suggestion } of read.faults) tell(`facts.${at}`, message, suggestion);
  else for (const message of breaches(read.facts, { constraints })) tell('facts', message);
  const look = (names: readonly string[], at: string, known: readonly Named[], what: string): void => {
    const ids = known.map(({ id }) => id);
    for (const one of names) if (!ids.includes(one)) tell(at, `there is no ${what} "${one}"`, didYouMean(one, ids));
  };
  const isBreaker = ({ part }: Named): boolean => part === 'breakers';
  look(Object.keys(breakers), 'breakers', rules.filter(isBreaker), 'breaker');
  look(
    expect.flags ?? [],
    'expect.flags',
    rules.filter((one) => one.part === 'gates' || isBreaker(one)),
    'gate or breaker',
  );
  look(
    expect.grants ?? [],
    'expect.grants',
    rules.filter(({ part }) => part === 'grants'),
    'grant',
  );
  if ('faults' in read) return undefined;
  const { approval, refund, needs = [], level = 'none', flags = [], grants } = expect;
  const wanted = { approval, refund, needs, level, flags, ...(grants && { grants }) };
  return { name, path, facts: read.facts, breakers, expect: wanted };
}
