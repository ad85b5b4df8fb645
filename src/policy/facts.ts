// Facts: the typed, total list of what a policy may ask, and the reading that holds every value to it.

import type { Tell } from '../model/document-places.ts';
import { isWellFormed } from '../model/json-reader.ts';
import { isTree, own } from '../model/own.ts';
import { didYouMean, type Fault, teller } from './fault.ts';

export type FactType =
  | { kind: 'bool' }
  /** ratio: a share floored to basis points; `<` and `>=` are exact for it, other comparisons are not. */
  | { kind: 'int'; min: number; max: number; ratio?: true }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'set'; values: readonly string[] }
  | { kind: 'text' };

export type FactValue = boolean | number | string | readonly string[];

export interface Fact {
  /** As a condition writes it: `order.payableMinor`. */
  path: string;
  group: string;
  member: string;
  /** Its place among all facts of its table. */
  index: number;
  type: FactType;
  /** Said by a test or a witness that does not speak of it. */
  usual: FactValue;
  label: { en: string; zh: string };
}

/** By group and member, as the conditions of every policy name them. */
export type FactTable = Readonly<Record<string, Readonly<Record<string, Fact>>>>;

type Values = Readonly<Record<string, Readonly<Record<string, FactValue>>>>;
/** The same values by index, beside the groups and unseen by JSON: what conditions read. */
export const inOrder = Symbol('facts in order');
/** Every fact of a table, each of its type and within its bounds: the proofs of the analysis rest on it. Only `readFacts` makes them. */
export type Facts = Values & { readonly [inOrder]: readonly FactValue[] };

export type FactRow = readonly [member: string, type: FactType, usual: FactValue, en: string, zh: string];

/** Numbers the facts through all groups: their values stand in one list. */
export function factTable<G extends string>(
  groups: Readonly<Record<G, readonly FactRow[]>>,
): Record<G, Record<string, Fact>> {
  let index = 0;
  const fact = (group: string, [member, type, usual, en, zh]: FactRow): Fact => ({
    path: `${group}.${member}`,
    group,
    member,
    index: index++,
    type,
    usual,
    label: { en, zh },
  });
  const tables = Object.entries<readonly FactRow[]>(groups).map(([group, rows]) => [
    group,
    Object.fromEntries(rows.map((row) => [row[0], fact(group, row)])),
  ]);
  return Object.fromEntries(tables) as Record<G, Record<string, Fact>>;
}

export const allFacts = (table: FactTable): Fact[] => Object.values(table).flatMap((group) => Object.values(group));

/** @returns the facts, frozen; or every fault */
export function readFacts(table: FactTable, given: unknown): { facts: Facts } | { faults: Fault[] } {
  const faults: Fault[] = [];
  const groups = readTree(given, Object.keys(table), teller(faults, ''));
  const values: Record<string, Values[string] | undefined> = {};
  for (const [group, members] of Object.entries(table))
    values[group] = groups && readGroup(members, own(groups, group), teller(faults, group));
  if (faults.length > 0) return { faults };
  return { facts: complete(table, values as Values) };
}

function complete(table: FactTable, values: Values): Facts {
  const flat: FactValue[] = [];
  for (const [group, members] of Object.entries(table))
    for (const { member, index } of Object.values(members)) flat[index] = values[group]?.[member] as FactValue;
  Object.defineProperty(values, inOrder, { value: Object.freeze(flat) });
  return Object.freeze(values) as Facts;
}

/** The usual value of every fact, with what is given laid over. */
export function readPartialFacts(table: FactTable, given: unknown): { facts: Facts } | { faults: Fault[] } {
  if (!isTree(given)) return readFacts(table, given);
  const usual = Object.entries(table).map(([group, members]) => {
    const values = Object.fromEntries(Object.values(members).map((fact) => [fact.member, fact.usual]));
    const said: unknown = own(given, group);
    return [group, said === undefined ? values : isTree(said) ? { ...values, ...said } : said];
  });
  return readFacts(table, { ...given, ...Object.fromEntries(usual) });
}

function readGroup(members: FactTable[string], given: unknown, tell: Tell): Values[string] | undefined {
  const tree = readTree(given, Object.keys(members), tell);
  if (!tree) return undefined;
  const values: Record<string, FactValue | undefined> = {};
  for (const fact of Object.values(members)) values[fact.member] = readFact(fact, own(tree, fact.member), tell);
  return Object.freeze(values) as Values[string];
}

function readTree(given: unknown, known: readonly string[], tell: Tell): Record<string, unknown> | undefined {
  if (given === undefined) return void tell('', 'is missing');
  if (!isTree(given)) return void tell('', 'must be an object');
  for (const name of Object.keys(given)) if (!known.includes(name)) tell(name, 'is no fact', didYouMean(name, known));
  return given;
}

function readFact({ member, type }: Fact, said: unknown, tell: Tell): FactValue | undefined {
  if (said === undefined) return void tell(member, 'is missing');
  switch (type.kind) {
    case 'bool':
      return typeof said === 'boolean' ? said : void tell(member, 'must be true or false');
    case 'int':
      return readInt(member, type, said, tell);
    case 'text':
      return typeof said === 'string' && isWellFormed(said) ? said : void tell(member, 'must be text');
    case 'enum':
      return readWord(member, type.values, said, tell);
    case 'set':
      return readSet(member, type.values, said, tell);
  }
}

function readInt(
  member: string,
  { min, max }: { min: number; max: number },
  said: unknown,
  tell: Tell,
): number | undefined {
  if (!Number.isSafeInteger(said)) return void tell(member, 'must be a whole number');
  const value = said as number;
  if (value < min || value > max) return void tell(member, `is ${value}, and lies between ${min} and ${max}`);
  // -0 would be another text in the hash.
  return value + 0;
}

function readWord(member: string, values: readonly string[], said: unknown, tell: Tell): string | undefined {
  if (typeof said !== 'string') return void tell(member, 'must be text');
  return values.includes(said) ? said : void tell(member, `"${said}" is none of its values`, didYouMean(said, values));
}

/** In the order of the values, each once: equal sets are equal facts. */
function readSet(member: string, values: readonly string[], said: unknown, tell: Tell): readonly string[] | undefined {
  if (!Array.isArray(said)) return void tell(member, 'must be a list');
  const read = said.map((item: unknown) => readWord(member, values, item, tell));
  if (read.includes(undefined)) return undefined;
  return Object.freeze(values.filter((value) => read.includes(value)));
}
