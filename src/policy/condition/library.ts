// The CEL library behind an interface of our own: a text becomes a syntax tree, and its types are checked.
import { Environment } from '@marcbachmann/cel-js';
import type { FactTable, FactType } from '../facts.ts';

/** A node as the library parsed it; `start` and `end` are its place in the text. */
export interface Syntax {
  op: string;
  args: unknown;
  start: number;
  end: number;
}

export interface Parsed {
  syntax: Syntax;
  /** @returns what is wrong, in the library's words; undefined for a condition that is true or false */
  typeFault(): string | undefined;
}

/** @throws Error for a text that is no CEL */
export type ParseText = (text: string) => Parsed;

const limits = { maxAstNodes: 1000, maxDepth: 50 };

const typeNames: Readonly<Record<FactType['kind'], string>> = {
  bool: 'bool',
  int: 'int',
  enum: 'string',
  text: 'string',
  set: 'list<string>',
};

export function celParser(table: FactTable): ParseText {
  const environment = new Environment({ limits });
  for (const [name, members] of Object.entries(table)) {
    const types = Object.values(members).map(({ member, type }) => [member, typeNames[type.kind]]);
    environment.registerVariable({ name, schema: Object.fromEntries(types) });
  }
  return (text) => {
    const expression = environment.parse(text);
    return {
      syntax: expression.ast as unknown as Syntax,
      typeFault: () => {
        const { valid, type, error } = expression.check();
        if (!valid) return firstLine(error);
        return type === 'bool' ? undefined : `must be true or false, and is ${type}`;
      },
    };
  };
}

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.trim() ?? 'is no CEL';
