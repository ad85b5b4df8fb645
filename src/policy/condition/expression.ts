// A condition as this hub understands it: the white list of CEL, and nothing else.
import type { Fact } from '../facts.ts';

export const comparisons = ['==', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof comparisons)[number];

/** The comparison that says the same with its sides exchanged. */
export const mirrored: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

export const textTests = ['startsWith', 'endsWith', 'contains'] as const;
export type TextTest = (typeof textTests)[number];

/** An integer that a double cannot hold stays a bigint: integers are exact. */
export type Scalar = boolean | number | bigint | string;

export type Expression =
  | { op: 'literal'; value: Scalar }
  | { op: 'fact'; fact: Fact }
  /** The item that `exists` looks at. */
  | { op: 'item' }
  | { op: 'list'; items: readonly Expression[] }
  | { op: 'not'; of: Expression }
  | { op: 'and' | 'or'; left: Expression; right: Expression }
  | { op: 'if'; test: Expression; then: Expression; otherwise: Expression }
  | { op: 'compare'; how: Comparison; left: Expression; right: Expression }
  | { op: 'in'; item: Expression; list: Expression }
  | { op: 'text'; how: TextTest; on: Expression; argument: Expression }
  | { op: 'exists'; over: Fact; body: Expression };

export type Kind = 'bool' | 'int' | 'text' | 'set';

/** Of an expression whose types were checked. */
export function kindOf(expression: Expression): Kind {
  switch (expression.op) {
    case 'literal':
      return kindOfScalar(expression.value);
    case 'fact': {
      const { kind } = expression.fact.type;
      return kind === 'enum' ? 'text' : kind;
    }
    case 'item':
      return 'text';
    case 'list':
      return 'set';
    case 'if':
      return kindOf(expression.then);
    default:
      return 'bool';
  }
}

function kindOfScalar(value: Scalar): Kind {
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'text' : 'int';
}

/** The parts of an expression, in written order. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.op) {
    case 'not':
      return [expression.of];
    case 'and':
    case 'or':
    case 'compare':
      return [expression.left, expression.right];
    case 'if':
      return [expression.test, expression.then, expression.otherwise];
    case 'in':
      return [expression.item, expression.list];
    case 'text':
      return [expression.on, expression.argument];
    case 'exists':
      return [expression.body];
    case 'list':
      return expression.items;
    default:
      return [];
  }
}

/** Every fact that is read, once. */
export function factsRead(expression: Expression): Set<Fact> {
  const found = new Set<Fact>();
  const visit = (one: Expression): void => {
    if (one.op === 'fact') found.add(one.fact);
    if (one.op === 'exists') found.add(one.over);
    for (const part of partsOf(one)) visit(part);
  };
  visit(expression);
  return found;
}
