// A condition as a formula: exact within the verifiable fragment; what lies outside becomes an open question.
import { type Comparison, type Expression, kindOf, mirrored, type Scalar } from '../condition/expression.ts';
import type { Fact } from '../facts.ts';
import type { Formula, Variable } from './formula.ts';
import { complement, intersect, nothing, type Spans } from './spans.ts';
import { holds, type Known, type Vocabulary } from './vocabulary.ts';

export interface Lowered {
  formula: Formula;
  /** Parts that the analysis cannot look into: whatever is found with them is possible, not proved. */
  open: string[];
}

export function lower(expression: Expression, vocabulary: Vocabulary): Lowered {
  const lowering = new Lowering(vocabulary);
  const formula = lowering.truth(expression);
  return { formula, open: [...lowering.open] };
}

type FactTerm = { op: 'fact'; fact: Fact };

class Lowering {
  readonly open = new Set<string>();
  readonly #vocabulary: Vocabulary;
  /** What the item of the `exists` around is. */
  #item = '';

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  truth(expression: Expression): Formula {
    const { formulas } = this.#vocabulary;
    switch (expression.op) {
      case 'and':
        return formulas.and([this.truth(expression.left), this.truth(expression.right)]);
      case 'or':
        return formulas.or([this.truth(expression.left), this.truth(expression.right)]);
      case 'not':
        return this.truth(expression.of).not;
      case 'if':
        return this.#choice(expression, (one) => this.truth(one));
      case 'compare':
        return this.#compare(expression.how, this.#term(expression.left), this.#term(expression.right));
      case 'in':
        return this.#isIn(this.#term(expression.item), expression.list);
      case 'text':
        return this.#textTest(expression, this.#term(expression.on));
      case 'exists':
        return this.#exists(expression);
      case 'fact':
        return formulas.literal((this.#known(expression.fact) as { variable: Variable }).variable, [1, 1]);
      default:
        return expression.op === 'literal' && expression.value === true ? formulas.true : formulas.false;
    }
  }

  #known(fact: Fact): Known {
    return this.#vocabulary.of(fact);
  }

  #term(expression: Expression): Expression {
    return expression.op === 'item' ? { op: 'literal', value: this.#item } : expression;
  }

  #choice({ test, then, otherwise }: Extract<Expression, { op: 'if' }>, of: (one: Expression) => Formula): Formula {
    return this.#vocabulary.formulas.choice(this.truth(test), of(this.#term(then)), of(this.#term(otherwise)));
  }

  #question(text: string, asks?: Parameters<Vocabulary['question']>[1]): Formula {
    this.open.add(text);
    return this.#vocabulary.question(text, asks);
  }

  #compare(how: Comparison, left: Expression, right: Expression): Formula {
    if (left.op === 'if') return this.#choice(left, (one) => this.#compare(how, one, right));
    if (right.op === 'if') return this.#choice(right, (one) => this.#compare(how, left, one));
    if (kindOf(left) === 'bool') return this.#sameTruth(how, left, right);
    if (left.op === 'fact')
      return right.op === 'fact' ? this.#twoFacts(how, left, right) : this.#withLiteral(how, left, right);
    if (right.op === 'fact') return this.#withLiteral(mirrored[how], right, left);
    const { formulas } = this.#vocabulary;
    return compareScalars(how, scalarOf(left), scalarOf(right)) ? formulas.true : formulas.false;
  }

  #sameTruth(how: Comparison, left: Expression, right: Expression): Formula {
    const [a, b] = [this.truth(left), this.truth(right)];
    const same = this.#vocabulary.formulas.choice(a, b, b.not);
    return how === '==' ? same : same.not;
  }

  #withLiteral(how: Comparison, { fact }: FactTerm, literal: Expression): Formula {
    const known = this.#known(fact);
    const value = scalarOf(literal);
    if (known.kind === 'int')
      return this.#vocabulary.formulas.literal(
        known.variable,
        spansOfComparison(how, value as number | bigint, known.variable),
      );
    const same = this.#vocabulary.among(known as Extract<Known, { kind: 'enum' | 'text' }>, (word) => word === value);
    return how === '==' ? same : same.not;
  }

  #twoFacts(how: Comparison, { fact: a }: FactTerm, { fact: b }: FactTerm): Formula {
    const { formulas } = this.#vocabulary;
    if (a === b) return how === '==' || how === '<=' || how === '>=' ? formulas.true : formulas.false;
    const words = a.type.kind === 'enum' ? a.type.values : b.type.kind === 'enum' ? b.type.values : undefined;
    if (words) {
      const both = (word: string): Formula =>
        formulas.and(
          [a, b].map((fact) => this.#withLiteral('==', { op: 'fact', fact }, { op: 'literal', value: word })),
        );
      const same = formulas.or(words.map(both));
      return how === '==' ? same : same.not;
    }
    if (how === '>' || how === '<=')
      return this.#twoFacts(mirrored[how], { op: 'fact', fact: b }, { op: 'fact', fact: a });
    if (how === '>=') return this.#question(`${a.path} < ${b.path}`).not;
    if (how === '<') return this.#question(`${a.path} < ${b.path}`);
    const [first, second] = [a.path, b.path].sort();
    const same = this.#question(`${first} == ${second}`);
    return how === '==' ? same : same.not;
  }

  #isIn(item: Expression, list: Expression): Formula {
    const { formulas } = this.#vocabulary;
    if (item.op === 'if') return this.#choice(item, (one) => this.#isIn(one, list));
    if (list.op === 'if') return this.#choice(list, (one) => this.#isIn(item, one));
    if (list.op === 'list') return formulas.or(list.items.map((one) => this.#compare('==', item, this.#term(one))));
    const { fact } = list as FactTerm;
    const { words } = this.#known(fact) as Extract<Known, { kind: 'set' }>;
    return formulas.or(
      words.map((word) =>
        formulas.and([this.#member(fact, word), this.#compare('==', item, { op: 'literal', value: word })]),
      ),
    );
  }

  #member(set: Fact, word: string): Formula {
    const { words, members } = this.#known(set) as Extract<Known, { kind: 'set' }>;
    return this.#vocabulary.formulas.literal(members[words.indexOf(word)] as Variable, [1, 1]);
  }

  #exists({ over, body }: Extract<Expression, { op: 'exists' }>): Formula {
    const { formulas } = this.#vocabulary;
    const { words } = this.#known(over) as Extract<Known, { kind: 'set' }>;
    const cases = words.map((word) => {
      this.#item = word;
      return formulas.and([this.#member(over, word), this.truth(body)]);
    });
    return formulas.or(cases);
  }

  #textTest(test: Extract<Expression, { op: 'text' }>, on: Expression): Formula {
    const { formulas } = this.#vocabulary;
    const { how } = test;
    const argument = scalarOf(test.argument) as string;
    if (on.op === 'if') return this.#choice(on, (one) => this.#textTest(test, one));
    if (on.op !== 'fact') return holds(scalarOf(on) as string, how, argument) ? formulas.true : formulas.false;
    const known = this.#known(on.fact) as Extract<Known, { kind: 'enum' | 'text' }>;
    const passing = this.#vocabulary.among(known, (word) => holds(word, how, argument));
    if (known.kind === 'enum' || how === 'startsWith') return passing;
    const sure = this.#classes(
      known,
      ({ exact, word, prefix }) => holds(exact ? word : prefix, how, argument) && (exact || how === 'contains'),
    );
    const undecided = this.#classes(
      known,
      ({ exact, prefix }) => !exact && !(how === 'contains' && prefix.includes(argument)),
    );
    const question = this.#question(`${on.fact.path}.${how}(${JSON.stringify(argument)})`, {
      fact: on.fact,
      how,
      argument,
    });
    return formulas.or([sure, formulas.and([undecided, question])]);
  }

  #classes(
    { classes, ...known }: Extract<Known, { kind: 'text' }>,
    passes: (one: (typeof classes)[number]) => boolean,
  ): Formula {
    const words = new Set(classes.filter(passes).map(({ word }) => word));
    return this.#vocabulary.among({ classes, ...known }, (word) => words.has(word));
  }
}

const scalarOf = (expression: Expression): Scalar => (expression as { value: Scalar }).value;

function compareScalars(how: Comparison, a: Scalar, b: Scalar): boolean {
  switch (how) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** Beyond the bounds every value is as good as the first one outside, and may be left in: literals drop it. */
function spansOfComparison(how: Comparison, value: number | bigint, { domain }: Variable): Spans {
  const [min, max] = domain as [number, number];
  const at = value > max ? max + 1 : value < min ? min - 1 : Number(value);
  switch (how) {
    case '==':
      return [at, at];
    case '!=':
      return complement(intersect([at, at], domain), domain);
    case '<':
      return upTo(min, at - 1);
    case '<=':
      return upTo(min, at);
    case '>':
      return upTo(at + 1, max);
    case '>=':
      return upTo(at, max);
  }
}

const upTo = (from: number, to: number): Spans => (from <= to ? [from, to] : nothing);
