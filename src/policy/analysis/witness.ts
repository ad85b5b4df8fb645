// An order that shows something: facts of a model, as near to the usual ones as it lets them be.
import type { Fact, Facts, FactTable, FactValue } from '../facts.ts';
import { allFacts, readFacts } from '../facts.ts';
import type { Variable } from './formula.ts';
import type { Model } from './solve.ts';
import { has, type Spans } from './spans.ts';
import { type Known, textFor, type Vocabulary } from './vocabulary.ts';

/** @returns facts of the table that the model allows; an open question is answered as far as a text can be found for it */
export function factsOfModel(table: FactTable, model: Model, vocabulary: Vocabulary): Facts {
  const values = Object.entries(table).map(([group, members]) => [
    group,
    Object.fromEntries(Object.values(members).map((fact) => [fact.member, valueOfFact(fact, model, vocabulary)])),
  ]);
  const read = readFacts(table, Object.fromEntries(values));
  if ('faults' in read) throw new Error(`a witness has faults: ${JSON.stringify(read.faults)}`);
  return read.facts;
}

/** What of the facts is not as usual: all that a reader needs to see. */
export function unusual(table: FactTable, facts: Facts): [path: string, value: FactValue][] {
  return allFacts(table).flatMap((fact): [string, FactValue][] => {
    const value = facts[fact.group]?.[fact.member] as FactValue;
    return JSON.stringify(value) === JSON.stringify(fact.usual) ? [] : [[fact.path, value]];
  });
}

function valueOfFact(fact: Fact, model: Model, vocabulary: Vocabulary): FactValue {
  const known = vocabulary.facts.get(fact);
  if (!known) return fact.usual;
  const left = ({ index }: Variable): Spans => model[index] as Spans;
  switch (known.kind) {
    case 'bool':
      return nearest(left(known.variable), fact.usual === true ? 1 : 0) === 1;
    case 'int':
      return nearest(left(known.variable), fact.usual as number);
    case 'set':
      return known.words.filter((_, index) => nearest(left(known.members[index] as Variable), 0) === 1);
    case 'enum':
      return known.words[nearest(left(known.variable), known.words.indexOf(fact.usual as string))] as string;
    case 'text':
      return textOf(fact, known, model, vocabulary);
  }
}

function nearest(left: Spans, wanted: number): number {
  if (has(left, wanted)) return wanted;
  return left.reduce((best, end) => (Math.abs(end - wanted) < Math.abs(best - wanted) ? end : best));
}

function textOf(fact: Fact, known: Extract<Known, { kind: 'text' }>, model: Model, { questions }: Vocabulary): string {
  const index = nearest(model[known.variable.index] as Spans, known.words.indexOf(fact.usual as string));
  const asked = [...questions.values()].flatMap(({ variable, asks }) => {
    const answer = model[variable.index] as Spans;
    return asks?.fact === fact && answer.length === 2 && answer[0] === answer[1]
      ? [{ how: asks.how, argument: asks.argument, answer: answer[0] === 1 }]
      : [];
  });
  return textFor(known, index, asked);
}
