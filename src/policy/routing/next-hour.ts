// At which hours since its payment a condition of the policy may turn: what is decided of an order then changes by itself.
import { type Expression, factsRead, mirrored, partsOf } from '../condition/expression.ts';
import type { RoutingPolicy } from './policy.ts';

const hoursSincePaid = 'order.hoursSincePaid';

/** Ascending; empty where no rule and no constraint asks for them. */
export function turningHours({ rules, constraints }: RoutingPolicy): number[] {
  const hours = new Set<number>();
  for (const { expression } of constraints) collect(expression, hours);
  for (const { when } of rules) if (when !== 'otherwise') collect(when.expression, hours);
  return [...hours].filter((one) => Number.isSafeInteger(one) && one > 0).sort((a, b) => a - b);
}

function collect(expression: Expression, hours: Set<number>): void {
  const { op } = expression;
  if (op === 'compare' || op === 'in') {
    if (![...factsRead(expression)].some(({ path }) => path === hoursSincePaid)) return;
    for (const value of numbersIn(expression)) for (const step of stepsOf(expression)) hours.add(value + step);
  } else for (const part of partsOf(expression)) collect(part, hours);
}

/** Below a number, at it and above it may be three answers; of `<` and `>=` it is two, of `<=` and `>` two others. */
function stepsOf(expression: Expression): readonly number[] {
  if (expression.op !== 'compare' || ![expression.left, expression.right].some(({ op }) => op === 'literal'))
    return [0, 1];
  const how = expression.left.op === 'literal' ? mirrored[expression.how] : expression.how;
  if (how === '<' || how === '>=') return [0];
  return how === '<=' || how === '>' ? [1] : [0, 1];
}

function numbersIn(expression: Expression): number[] {
  if (expression.op !== 'literal') return partsOf(expression).flatMap(numbersIn);
  const { value } = expression;
  return typeof value === 'number' || typeof value === 'bigint' ? [Number(value)] : [];
}
