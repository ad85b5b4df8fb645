// The variables behind the facts: what can differ from order to order, as far as the conditions at hand can tell.
import { type Expression, factsRead, partsOf, type TextTest } from '../condition/expression.ts';
import type { Fact } from '../facts.ts';
import type { Formula, Formulas, Variable } from './formula.ts';
import { spansOf } from './spans.ts';
import { classOf, type TextClass, textClasses } from './text-classes.ts';

/** A fact as variables. */
export type Known =
  | { kind: 'bool' | 'int'; variable: Variable }
  | { kind: 'enum'; variable: Variable; words: readonly string[] }
  | { kind: 'text'; variable: Variable; words: readonly string[]; classes: readonly TextClass[] }
  | { kind: 'set'; words: readonly string[]; members: readonly Variable[] };

/** A question that stays open whatever the classes of the texts are. */
export interface OpenQuestion {
  variable: Variable;
  text: string;
  asks?: { fact: Fact; how: TextTest; argument: string };
}

const truth = [0, 1];

export class Vocabulary {
  readonly formulas: Formulas;
  readonly facts = new Map<Fact, Known>();
  readonly questions = new Map<string, OpenQuestion>();

  /** @param expressions all that will be lowered */
  constructor(formulas: Formulas, expressions: readonly Expression[]) {
    this.formulas = formulas;
    const words = new Words();
    for (const expression of expressions) words.collect(expression);
    for (const fact of new Set(expressions.flatMap((one) => [...factsRead(one)])))
      this.facts.set(fact, this.#make(fact, words));
  }

  #make(fact: Fact, words: Words): Known {
    const { type } = fact;
    const choice = (values: readonly unknown[]): Variable => this.formulas.variable([0, values.length - 1]);
    switch (type.kind) {
      case 'bool':
        return { kind: 'bool', variable: this.formulas.variable(truth) };
      case 'int':
        return { kind: 'int', variable: this.formulas.variable([type.min, type.max]) };
      case 'enum':
        return { kind: 'enum', variable: choice(type.values), words: type.values };
      case 'set':
        return { kind: 'set', words: type.values, members: type.values.map(() => this.formulas.variable(truth)) };
      case 'text': {
        const classes = textClasses(words.constants(fact), words.prefixes(fact), fact.usual as string);
        return { kind: 'text', variable: choice(classes), words: classes.map(({ word }) => word), classes };
      }
    }
  }

  of(fact: Fact): Known {
    return this.facts.get(fact) as Known;
  }

  /** The fact is one of the words that pass. */
  among({ variable, words }: Extract<Known, { kind: 'enum' | 'text' }>, passes: (word: string) => boolean): Formula {
    const indices = words.flatMap((word, index) => (passes(word) ? [index] : []));
    return this.formulas.literal(variable, spansOf(indices));
  }

  question(text: string, asks?: OpenQuestion['asks']): Formula {
    const known = this.questions.get(text) ?? { variable: this.formulas.variable(truth), text, ...(asks && { asks }) };
    this.questions.set(text, known);
    return this.formulas.literal(known.variable, [1, 1]);
  }
}

/** @returns a text of the class that answers all that is asked of it, or else any text of the class */
export function textFor(
  { classes }: { classes: readonly TextClass[] },
  index: number,
  asked: readonly { how: TextTest; argument: string; answer: boolean }[],
): string {
  const { word } = classes[index] as TextClass;
  const wanted = (how: TextTest): string =>
    asked.flatMap((one) => (one.answer && one.how === how ? [one.argument] : [])).join('');
  const candidates = [word, word + wanted('contains') + wanted('endsWith')];
  const fits = (text: string): boolean =>
    classOf(classes, text) === index &&
    asked.every(({ how, argument, answer }) => holds(text, how, argument) === answer);
  return candidates.find(fits) ?? word;
}

export const holds = (text: string, how: TextTest, argument: string): boolean =>
  how === 'startsWith'
    ? text.startsWith(argument)
    : how === 'endsWith'
      ? text.endsWith(argument)
      : text.includes(argument);

/** What the conditions compare the text facts with. */
class Words {
  readonly #constants = new Map<Fact, Set<string>>();
  readonly #prefixes = new Map<Fact, Set<string>>();

  constants = (fact: Fact): ReadonlySet<string> => this.#constants.get(fact) ?? new Set();
  prefixes = (fact: Fact): ReadonlySet<string> => this.#prefixes.get(fact) ?? new Set();

  collect(expression: Expression, over?: Fact): void {
    if (expression.op === 'compare' || expression.op === 'in') {
      const sides = partsOf(expression).flatMap(endsOf);
      const words = sides.flatMap((side) => wordsOf(side, over));
      for (const side of sides) if (isText(side)) add(this.#constants, side.fact, words);
    }
    if (expression.op === 'text' && expression.how === 'startsWith')
      for (const side of endsOf(expression.on))
        if (isText(side)) add(this.#prefixes, side.fact, wordsOf(expression.argument));
    const inner = expression.op === 'exists' ? expression.over : over;
    for (const part of partsOf(expression)) this.collect(part, inner);
  }
}

/** What a choice or a list can come to. */
function endsOf(expression: Expression): Expression[] {
  if (expression.op === 'if') return [expression.then, expression.otherwise].flatMap(endsOf);
  return expression.op === 'list' ? expression.items.flatMap(endsOf) : [expression];
}

function wordsOf(expression: Expression, over?: Fact): readonly string[] {
  if (expression.op === 'literal') return typeof expression.value === 'string' ? [expression.value] : [];
  const fact = expression.op === 'fact' ? expression.fact : expression.op === 'item' ? over : undefined;
  return fact?.type.kind === 'enum' || fact?.type.kind === 'set' ? fact.type.values : [];
}

const isText = (side: Expression): side is Extract<Expression, { op: 'fact' }> =>
  side.op === 'fact' && side.fact.type.kind === 'text';

function add(to: Map<Fact, Set<string>>, fact: Fact, words: readonly string[]): void {
  const known = to.get(fact) ?? new Set();
  for (const word of words) known.add(word);
  to.set(fact, known);
}
