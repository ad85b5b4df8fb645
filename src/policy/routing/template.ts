// The template of a once-key: text with facts and the key of the action in it, read once, expanded for every effect.

import type { Tell } from '../../model/document-places.ts';
import type { Fact, FactTable } from '../facts.ts';
import { allFacts } from '../facts.ts';
import { didYouMean } from '../fault.ts';

export const actionKey = 'action.key';

export interface Template {
  text: string;
  parts: readonly (string | Fact | typeof keyPart)[];
}

const keyPart = { of: actionKey } as const;

/** @returns undefined after the faults were told */
export function readTemplate(text: string, table: FactTable, tell: Tell): Template | undefined {
  const known = new Map(allFacts(table).map((fact) => [fact.path, fact]));
  const parts: Template['parts'][number][] = [];
  let sound = true;
  for (const piece of text.split(/(\{[^{}]*\})/).filter((one) => one !== '')) {
    const part = readPart(piece, known, tell);
    if (part === undefined) sound = false;
    else parts.push(part);
  }
  return sound ? { text, parts } : undefined;
}

function readPart(piece: string, known: ReadonlyMap<string, Fact>, tell: Tell): Template['parts'][number] | undefined {
  if (!piece.startsWith('{')) {
    if (!/[{}]/.test(piece)) return piece;
    return void tell('', `has a "{" or "}" without its partner in "${piece}"`);
  }
  const name = piece.slice(1, -1);
  if (name === actionKey) return keyPart;
  const fact = known.get(name);
  if (!fact) return void tell('', `{${name}} is no fact`, didYouMean(name, [...known.keys(), actionKey]));
  return fact.type.kind === 'set' ? void tell('', `{${name}} is a set, and no part of a key`) : fact;
}

export const factsOf = ({ parts }: Template): Fact[] =>
  parts.filter((part): part is Fact => typeof part === 'object' && 'member' in part);

export const namesKey = ({ parts }: Template): boolean => parts.includes(keyPart);

/** @param written the fact as the key is to hold it */
export const expand = ({ parts }: Template, key: string, written: (fact: Fact) => string): string =>
  parts.map((part) => (typeof part === 'string' ? part : 'member' in part ? written(part) : key)).join('');
