// A condition as a function of the facts. Facts are total, so nothing in it can fail.
import type { Fact, Facts, FactValue } from '../facts.ts';
import type { Comparison, Expression, Scalar, TextTest } from './expression.ts';

export type Condition = (facts: Facts) => boolean;

/** @param item that the `exists` around looks at */
type Run<T> = (facts: Facts, item: string) => T;

export function compileCondition(expression: Expression): Condition {
  const run = truth(expression);
  return (facts) => run(facts, '');
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
  (facts, item) =>
    left(facts, item) && right(facts, item);

const either =
  (left: Run<boolean>, right: Run<boolean>): Run<boolean> =>
  (facts, item) =>
    left(facts, item) || right(facts, item);

const not =
  (of: Run<boolean>): Run<boolean> =>
  (facts, item) =>
    !of(facts, item);

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
      return (facts, item) => (test(facts, item) ? then(facts, item) : otherwise(facts, item));
    }
    default:
      return truth(expression);
  }
}

function factValue({ group, member }: Fact): Run<FactValue> {
  return (facts) => (facts[group] as Facts[string])[member] as FactValue;
}

/** Numbers are safe integers and bigints lie beyond them: equal only when identical, and ordered exactly by JavaScript. */
function compare(how: Comparison, first: Expression, second: Expression): Run<boolean> {
  const [left, right] = [scalar(first), scalar(second)];
  switch (how) {
    case '==':
      return (facts, item) => left(facts, item) === right(facts, item);
    case '!=':
      return (facts, item) => left(facts, item) !== right(facts, item);
    case '<':
      return (facts, item) => left(facts, item) < right(facts, item);
    case '<=':
      return (facts, item) => left(facts, item) <= right(facts, item);
    case '>':
      return (facts, item) => left(facts, item) > right(facts, item);
    case '>=':
      return (facts, item) => left(facts, item) >= right(facts, item);
  }
}

function isIn(item: Expression, list: Expression): Run<boolean> {
  const wanted = scalar(item);
  const items = set(list);
  return (facts, one) => items(facts, one).includes(wanted(facts, one));
}

function set(list: Expression): Run<readonly Scalar[]> {
  if (list.op === 'fact') return factValue(list.fact) as Run<readonly Scalar[]>;
  if (list.op === 'if') {
    const [test, then, otherwise] = [truth(list.test), set(list.then), set(list.otherwise)];
    return (facts, item) => (test(facts, item) ? then(facts, item) : otherwise(facts, item));
  }
  const items = list.op === 'list' ? list.items : [];
  if (items.every((one) => one.op === 'literal')) {
    const values = items.map(({ value }) => value);
    return () => values;
  }
  const runs = items.map(scalar);
  return (facts, item) => runs.map((run) => run(facts, item));
}

function textTest(how: TextTest, on: Run<Scalar>, argument: Run<Scalar>): Run<boolean> {
  const [text, part] = [on as Run<string>, argument as Run<string>];
  switch (how) {
    case 'startsWith':
      return (facts, item) => text(facts, item).startsWith(part(facts, item));
    case 'endsWith':
      return (facts, item) => text(facts, item).endsWith(part(facts, item));
    case 'contains':
      return (facts, item) => text(facts, item).includes(part(facts, item));
  }
}

function exists(over: Fact, body: Run<boolean>): Run<boolean> {
  const items = factValue(over) as Run<readonly string[]>;
  return (facts) => items(facts, '').some((item) => body(facts, item));
}
