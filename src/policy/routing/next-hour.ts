// At which hours since its payment a condition of the policy may turn: what is decided of an order then changes by itself.
import { type Expression, factsRead, partsOf } from '../condition/expression.ts';
import type { RoutingPolicy } from './policy.ts';

const hoursSincePaid = 'order.hoursSincePaid';

/** Ascending; empty where no rule asks for them. */
export function turningHours({ rules }: RoutingPolicy): number[] {
  const hours = new Set<number>();
  for (const { when } of rules) if (when !== 'otherwise') collect(when.expression, hours);
  return [...hours].filter((one) => Number.isSafeInteger(one) && one > 0).sort((a, b) => a - b);
}

function collect(expression: Expression, hours: Set<number>): void {
  const { op } = expression;
  if (op === 'compare' || op === 'in') {
    if (![...factsRead(expression)].some(({ path }) => path === hoursSincePaid)) return;
    // Below a number, at it and above it may be three answers.
    for (const value of numbersIn(expression)) hours.add(value).add(value + 1);
  } else for (const part of partsOf(expression)) collect(part, hours);
}

function numbersIn(expression: Expression): number[] {
  if (expression.op !== 'literal') return partsOf(expression).flatMap(numbersIn);
  const { value } = expression;
  return typeof value === 'number' || typeof value === 'bigint' ? [Number(value)] : [];
}
