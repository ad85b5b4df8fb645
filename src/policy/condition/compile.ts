// A condition as a function of the facts. Facts are total, so nothing in it can fail.
import { type Fact, type Facts, type FactValue, inOrder } from '../facts.ts';
import { type Comparison, type Expression, mirrored, type Scalar, type TextTest } from './expression.ts';

export type Condition = (facts: Facts) => boolean;

/** @param item that the `exists` around looks at */
type Run<T> = (values: readonly FactValue[], item: string) => T;

export function compileCondition(expression: Expression): Condition {
  const run = truth(expression);
  return (facts) => run(facts[inOrder], '');
}

function truth(expression: Expression): Run<boolean> {
  switch (expression.op) {
    case 'and':
      return both(truth(expression.left), truth(expression.right));
    case 'or':
      return either(truth(expression.left), truth(expression.right));
    case 'not':
      return not(truth(expression.of));
    case 'compare':
      return compare(expression.how, expression.left, expression.right);
    case 'in':
      return isIn(expression.item, expression.list);
    case 'text':
      return textTest(expression.how, scalar(expression.on), scalar(expression.argument));
    case 'exists':
      return exists(expression.over, truth(expression.body));
    default:
      return scalar(expression) as Run<boolean>;
  }
}

const both =
  (left: Run<boolean>, right: Run<boolean>): Run<boolean> =>
  (values, item) =>
    left(values, item) && right(values, item);

const either =
  (left: Run<boolean>, right: Run<boolean>): Run<boolean> =>
  (values, item) =>
    left(values, item) || right(values, item);

const not =
  (of: Run<boolean>): Run<boolean> =>
  (values, item) =>
    !of(values, item);

function scalar(expression: Expression): Run<Scalar> {
  switch (expression.op) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'fact':
      return factValue(expression.fact) as Run<Scalar>;
    case 'item':
      return (_, item) => item;
    case 'if': {
      const [test, then, otherwise] = [truth(expression.test), scalar(expression.then), scalar(expression.otherwise)];
      return (values, item) => (test(values, item) ? then(values, item) : otherwise(values, item));
    }
    default:
      return truth(expression);
  }
}

const factValue =
  ({ index }: Fact): Run<FactValue> =>
  (values) =>
    values[index] as FactValue;

/** Numbers are safe integers and bigints lie beyond them: equal only when identical, and ordered exactly by JavaScript. */
function compare(how: Comparison, first: Expression, second: Expression): Run<boolean> {
  if (first.op === 'fact' && second.op === 'literal') return compareFact(how, first.fact, second.value);
  if (first.op === 'literal' && second.op === 'fact') return compareFact(mirrored[how], second.fact, first.value);
  const [left, right] = [scalar(first), scalar(second)];
  switch (how) {
    case '==':
      return (values, item) => left(values, item) === right(values, item);
    case '!=':
      return (values, item) => left(values, item) !== right(values, item);
    case '<':
      return (values, item) => left(values, item) < right(values, item);
    case '<=':
      return (values, item) => left(values, item) <= right(values, item);
    case '>':
      return (values, item) => left(values, item) > right(values, item);
    case '>=':
      return (values, item) => left(values, item) >= right(values, item);
  }
}

/** What most conditions are made of, in one step. */
function compareFact(how: Comparison, { index }: Fact, literal: Scalar): Run<boolean> {
  switch (how) {
    case '==':
      return (values) => values[index] === literal;
    case '!=':
      return (values) => values[index] !== literal;
    case '<':
      return (values) => (values[index] as number) < (literal as number);
    case '<=':
      return (values) => (values[index] as number) <= (literal as number);
    case '>':
      return (values) => (values[index] as number) > (literal as number);
    case '>=':
      return (values) => (values[index] as number) >= (literal as number);
  }
}

function isIn(item: Expression, list: Expression): Run<boolean> {
  const wanted = scalar(item);
  const items = set(list);
  return (values, one) => items(values, one).includes(wanted(values, one));
}

function set(list: Expression): Run<readonly Scalar[]> {
  if (list.op === 'fact') return factValue(list.fact) as Run<readonly Scalar[]>;
  if (list.op === 'if') {
    const [test, then, otherwise] = [truth(list.test), set(list.then), set(list.otherwise)];
    return (values, item) => (test(values, item) ? then(values, item) : otherwise(values, item));
  }
  const items = list.op === 'list' ? list.items : [];
  if (items.every((one) => one.op === 'literal')) {
    const values = items.map(({ value }) => value);
    return () => values;
  }
  const runs = items.map(scalar);
  return (values, item) => runs.map((run) => run(values, item));
}

function textTest(how: TextTest, on: Run<Scalar>, argument: Run<Scalar>): Run<boolean> {
  const [text, part] = [on as Run<string>, argument as Run<string>];
  switch (how) {
    case 'startsWith':
      return (values, item) => text(values, item).startsWith(part(values, item));
    case 'endsWith':
      return (values, item) => text(values, item).endsWith(part(values, item));
    case 'contains':
      return (values, item) => text(values, item).includes(part(values, item));
  }
}

function exists(over: Fact, body: Run<boolean>): Run<boolean> {
  const items = factValue(over) as Run<readonly string[]>;
  return (values) => items(values, '').some((item) => body(values, item));
}
