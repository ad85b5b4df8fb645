// The schema read as a tree of fields, for everything that walks canonical data.
import { z } from 'zod';
import type { JsonObject } from './json-value.ts';
import type { Field, FieldKind, FieldMark } from './kinds.ts';
import { hideAll, maskTree } from './mask.ts';
import { own } from './own.ts';
import { isRecordType, type RecordType, recordSchema } from './records.ts';

export type { Field, FieldKind } from './kinds.ts';

const atomicKinds: ReadonlySet<FieldKind> = new Set(['money', 'address', 'window', 'set']);
const known = new Map<RecordType, Record<string, Field>>();

export function fieldsOf(type: RecordType): Record<string, Field> {
  const found = known.get(type);
  if (found) return found;
  const fields = readShape(recordSchema(type), '', false);
  known.set(type, fields);
  return fields;
}

/** @returns the field at a dotted path (`shipTo.street`, `lines.sku`, `lines.*.sku`); below `x` all is of kind any */
export function fieldAt(type: RecordType, path: string): Field | undefined {
  let fields: Record<string, Field> | undefined = fieldsOf(type);
  let field: Field | undefined;
  for (const segment of path.split('.')) {
    if (segment === '*' && field?.kind === 'collection') continue;
    if (field?.kind === 'any') return { ...field, path };
    field = fields && own(fields, segment);
    if (!field) return undefined;
    fields = field.fields;
  }
  return field;
}

const requiredOf = new Map<RecordType, readonly string[]>();

export function requiredFields(type: RecordType): readonly string[] {
  const found = requiredOf.get(type);
  if (found) return found;
  const required = Object.values(fieldsOf(type)).filter((field) => field.required);
  const paths = required.map((field) => field.path);
  requiredOf.set(type, paths);
  return paths;
}

/**
 * Personal values become "•••"; the structure stays, and what is empty stays empty. Partial trees too. Of a type that only
 * a newer program knows every value may be personal.
 */
export const maskPersonal = (type: string, data: JsonObject): JsonObject =>
  isRecordType(type) ? maskTree(fieldsOf(type), data) : hideAll(data);

function readShape(schema: z.ZodObject, parent: string, personal: boolean): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const [name, member] of Object.entries(schema.shape)) {
    fields[name] = readField(member as z.ZodType, parent === '' ? name : `${parent}.${name}`, personal);
  }
  return fields;
}

function readField(schema: z.ZodType, path: string, personalParent: boolean): Field {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  const mark = inner.meta() as unknown as FieldMark;
  const personal = personalParent || mark.personal === true;
  const base: Field = {
    path,
    kind: mark.kind,
    personal,
    required: mark.required === true,
    atomic: atomicKinds.has(mark.kind),
  };
  const values = valuesOf(inner);
  const members = membersOf(inner);
  return {
    ...base,
    ...(values && { values }),
    ...(mark.record && { record: mark.record }),
    ...(mark.key && { key: mark.key }),
    ...(members && { fields: readShape(members, path, personal) }),
  };
}

function valuesOf(schema: z.ZodType): readonly string[] | undefined {
  if (schema instanceof z.ZodArray) return valuesOf(schema.element as z.ZodType);
  return schema instanceof z.ZodEnum ? schema.options.map(String) : undefined;
}

function membersOf(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodRecord) return membersOf(schema.valueType as z.ZodType);
  return schema instanceof z.ZodObject ? schema : undefined;
}
