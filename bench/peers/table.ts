// A table of rules in words that every engine can be given: conditions as data, one slot or more a rule.

export type Operator = 'equal' | 'in' | 'has' | 'atLeast' | 'lessThan' | 'startsWith';

export interface Atom {
  fact: string;
  operator: Operator;
  value: string | number | boolean | readonly string[];
}

export interface TableRule {
  id: string;
  /** `any` where one of the atoms suffices, `none` where all must be false. */
  how: 'all' | 'any' | 'none';
  atoms: readonly Atom[];
  slots: readonly { slot: string; exclusive: boolean; key: string }[];
  halt?: true;
  /** Matches only while the exclusive slots of the rule are empty. */
  otherwise?: true;
}

export type PlainOrder = Readonly<Record<string, string | number | boolean | readonly string[]>>;

const literal = (value: Atom['value']): string => JSON.stringify(value);

/** An atom as a condition of ours. */
export function celOf({ fact, operator, value }: Atom): string {
  const path = `order.${fact}`;
  switch (operator) {
    case 'equal':
      return `${path} == ${literal(value)}`;
    case 'in':
      return `${path} in ${literal(value)}`;
    case 'has':
      return `${literal(value)} in ${path}`;
    case 'atLeast':
      return `${path} >= ${literal(value)}`;
    case 'lessThan':
      return `${path} < ${literal(value)}`;
    case 'startsWith':
      return `${path}.startsWith(${literal(value)})`;
  }
}

/** What a table reads of an order: the peers turn every fact that they are given into something of theirs, read or not. */
export function readBy(table: readonly TableRule[], order: PlainOrder): PlainOrder {
  const names = new Set(table.flatMap(({ atoms }) => atoms.map(({ fact }) => fact)));
  return Object.fromEntries(Object.entries(order).filter(([name]) => names.has(name)));
}
