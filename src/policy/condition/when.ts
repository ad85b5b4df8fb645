// A condition of a document: its text, what it says, and the function that asks it.
import type { FactTable } from '../facts.ts';
import { type Fault, teller } from '../fault.ts';
import { type Condition, compileCondition } from './compile.ts';
import type { Expression } from './expression.ts';
import type { ParseText } from './library.ts';
import { readCondition } from './read.ts';

export interface When {
  text: string;
  expression: Expression;
  holds: Condition;
}

/** What reading conditions needs to know of the world around them. */
export interface ConditionReading {
  table: FactTable;
  parse: ParseText;
  faults: Fault[];
}

/** @returns undefined after the faults were told */
export function readWhen(text: string, path: string, reading: ConditionReading, rule?: string): When | undefined {
  const tell = teller(reading.faults, path, { check: 'S2', ...(rule !== undefined && { rule }) });
  const expression = readCondition(text, reading, tell);
  return expression && { text, expression, holds: compileCondition(expression) };
}
