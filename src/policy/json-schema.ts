// The JSON Schemas of the documents below policies/, so that editors complete and check them.
import { z } from 'zod';
import type { Fact, FactTable } from './facts.ts';
import { documentSchema as returnsSchema } from './returns/document.ts';
import { returnFacts } from './returns/facts.ts';
import { actionKinds } from './routing/actions.ts';
import { documentSchema } from './routing/document.ts';
import { routingFacts } from './routing/facts.ts';
import { warehousesSchema } from './warehouses.ts';

type Schema = Record<string, unknown>;

const options = { io: 'input', unrepresentable: 'any' } as const;

export const routingJsonSchema = (): Schema => ({
  $id: 'routing.schema.json',
  title: 'Syncline routing policy',
  ...withWords(z.toJSONSchema(documentSchema, options), routingFacts),
});

export const returnsJsonSchema = (): Schema => ({
  $id: 'returns.schema.json',
  title: 'Syncline returns policy',
  ...withWords(z.toJSONSchema(returnsSchema, options), returnFacts),
});

export const warehousesJsonSchema = (): Schema => ({
  $id: 'warehouses.schema.json',
  title: 'Syncline warehouses',
  ...(z.toJSONSchema(warehousesSchema, options) as Schema),
});

/** Where the grammar leaves open what the tables know: the facts of a test, the members of an action. */
function withWords(node: unknown, table: FactTable): Schema {
  return Object.fromEntries(Object.entries(node as Schema).map(([key, value]) => [key, turn(key, value, table)]));
}

function turn(key: string, value: unknown, table: FactTable): unknown {
  if (Array.isArray(value)) return value.map((item) => (isTree(item) ? withWords(item, table) : item));
  if (!isTree(value)) return value;
  if (key === 'facts') return factsSchema(table);
  const turned = withWords(value, table);
  return key === 'with' ? { ...turned, anyOf: membersOfActions() } : turned;
}

const membersOfActions = (): Schema[] =>
  Object.entries(actionKinds).map(([action, kind]) => {
    const { $schema: _, ...shape } = z.toJSONSchema(kind.with, options) as Schema;
    return { title: action, ...shape };
  });

const factsSchema = (table: FactTable): Schema => ({
  type: 'object',
  description: 'Facts by group; the others have their usual value.',
  additionalProperties: false,
  properties: Object.fromEntries(Object.entries(table).map(([group, members]) => [group, groupSchema(members)])),
});

const groupSchema = (members: FactTable[string]): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(Object.values(members).map((fact) => [fact.member, factSchema(fact)])),
});

const factSchema = ({ type, usual, label }: Fact): Schema => ({
  ...typeSchema(type),
  default: usual,
  description: `${label.en} · ${label.zh}`,
});

function typeSchema(type: Fact['type']): Schema {
  switch (type.kind) {
    case 'bool':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer', minimum: type.min, maximum: type.max };
    case 'text':
      return { type: 'string' };
    case 'enum':
      return { enum: type.values };
    case 'set':
      return { type: 'array', items: { enum: type.values }, uniqueItems: true };
  }
}

const isTree = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
