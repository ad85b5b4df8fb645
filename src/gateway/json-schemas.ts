// The zod schemas of all routes as JSON Schema: named ones become components, the others stand where they are used.
import { z } from 'zod';
import { recordSchema, recordTypes } from '../model/records.ts';
import type { Route } from './route.ts';
import { components } from './schemas.ts';

export type Schema = { [key: string]: unknown };

const uri = (id: string): string => `#/components/schemas/${id}`;
const inlinePrefix = 'inline.';
const sharedId = '__shared';

export class Schemas {
  /** Everything in one registry, so that each refers to the others by name. */
  readonly #registry = z.registry<{ id: string }>();
  readonly #converted: Record<string, Schema>;

  constructor(routes: readonly Route[]) {
    for (const type of recordTypes) this.#add(recordSchema(type), `Data.${type}`);
    for (const [index, schema] of routes.flatMap(schemasOf).entries()) {
      this.#add(schema, components.get(schema) ?? `${inlinePrefix}${index}`);
    }
    for (const [schema, id] of components) this.#add(schema, id);
    const { schemas } = z.toJSONSchema(this.#registry, { uri, io: 'input', unrepresentable: 'any' });
    this.#converted = unshared(schemas as Record<string, Schema>);
  }

  of(schema: z.ZodType): Schema {
    const id = this.#registry.get(schema)?.id ?? '';
    return id.startsWith(inlinePrefix) ? (this.#converted[id] ?? {}) : { $ref: uri(id) };
  }

  components(): Record<string, Schema> {
    return Object.fromEntries(Object.entries(this.#converted).filter(([id]) => !id.startsWith(inlinePrefix)));
  }

  #add(schema: z.ZodType, id: string): void {
    if (!this.#registry.has(schema)) this.#registry.add(schema, { id });
  }
}

const schemasOf = (one: Route): z.ZodType[] => [
  ...(Object.values(one.query?.shape ?? {}) as z.ZodType[]),
  ...Object.values(one.body ?? {}).map(({ schema }) => schema),
  ...Object.values(one.answer.content ?? {}).map(({ schema }) => schema),
];

/** What zod puts into a common corner, because it refers to itself, becomes a component like the others, if it is used. */
function unshared(schemas: Record<string, Schema>): Record<string, Schema> {
  const { [sharedId]: shared = {}, ...rest } = schemas;
  const own = JSON.stringify(Object.fromEntries(Object.entries(rest).map(([id, schema]) => [id, bare(schema)])));
  const common = Object.entries((shared.$defs ?? {}) as Record<string, Schema>).filter(([id]) =>
    own.includes(`#/$defs/${id}"`),
  );
  const all = { ...(JSON.parse(own) as Record<string, Schema>), ...Object.fromEntries(common) };
  return JSON.parse(JSON.stringify(all).replaceAll(`${uri(sharedId)}#/$defs/`, uri('')));
}

const bare = ({ $schema: _dialect, $id: _id, ...rest }: Schema): Schema => unmarked(rest) as Schema;

/** The model marks its fields with words that mean something else in JSON Schema, or nothing. */
function unmarked(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(unmarked);
  const members = Object.entries(node).map(([name, member]) => [name, unmarked(member)] as const);
  if (typeof (node as Schema).kind !== 'string') return Object.fromEntries(members);
  const {
    kind,
    required,
    personal,
    record: _type,
    key: _keyed,
    pattern,
    ...rest
  } = Object.fromEntries(members) as Schema;
  if (kind === 'any') return {};
  return {
    ...rest,
    ...(Array.isArray(required) && { required }),
    ...(pattern !== undefined && rest.format === undefined && { pattern }),
    ...(personal === true && { 'x-personal': true }),
  };
}
