// The kinds of field that canonical records are made of, each a zod schema that carries its kind as a mark.
import { z } from 'zod';
import type { RecordType } from './record-types.ts';

export type FieldKind =
  | 'text'
  | 'int'
  | 'decimal'
  | 'bool'
  | 'money'
  | 'instant'
  | 'date'
  | 'enum'
  | 'set'
  | 'address'
  | 'window'
  | 'reference'
  | 'object'
  | 'collection'
  | 'any';

/** A field as fields.ts reads it from the schema. */
export interface Field {
  /** Dotted; entries of a collection without their key: `lines.sku`. */
  path: string;
  kind: FieldKind;
  personal: boolean;
  /** A payload that creates the record (or the entry) must say it. */
  required: boolean;
  /** Enum values, lowest rank first; also those of a set of enum values. */
  values?: readonly string[];
  /** Type that a reference refers to. */
  record?: RecordType;
  /** Collection: the member that keys it. */
  key?: string;
  /** Members of an object, address, window or money; of an entry of a collection. */
  fields?: Record<string, Field>;
  /** Changes hands as one value although it is an object or an array. */
  atomic: boolean;
}

/** What the schema says of a field beside its shape; read back by fields.ts. */
export interface FieldMark {
  kind: FieldKind;
  /** Personal data: masked in answers and logs. */
  personal?: boolean;
  /** A payload that creates the record must say it. */
  required?: boolean;
  /** Collections: the member that keys it. */
  key?: string;
  /** References: the type referred to. */
  record?: RecordType;
}

const mark = <S extends z.ZodType>(schema: S, fieldMark: FieldMark): S =>
  schema.meta({ ...schema.meta(), ...fieldMark });

/** The same field, marked. */
export const personal = <S extends z.ZodType>(schema: S): S => schema.meta({ ...schema.meta(), personal: true });
export const required = <S extends z.ZodType>(schema: S): S => schema.meta({ ...schema.meta(), required: true });

const optional = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape).partial();

export const text = () => mark(z.string(), { kind: 'text' });
export const int = () => mark(z.int(), { kind: 'int' });
export const instant = () => mark(z.iso.datetime({ precision: 3 }), { kind: 'instant' });
export const oneOf = <const V extends readonly [string, ...string[]]>(values: V) =>
  mark(z.enum(values), { kind: 'enum' });
export const setOf = <S extends z.ZodType>(item: S) => mark(z.array(item), { kind: 'set' });
export const reference = (record: RecordType) => mark(z.string(), { kind: 'reference', record });
export const object = <S extends z.ZodRawShape>(shape: S) => mark(optional(shape), { kind: 'object' });
export const collection = <S extends z.ZodRawShape>(key: string, shape: S) =>
  mark(z.record(z.string(), optional(shape)), { kind: 'collection', key });
/** A value that the model does not look into. */
export const any = () => mark(z.json(), { kind: 'any' });

/** Minor units, never a fraction. */
export const money = () =>
  mark(z.strictObject({ amount: int(), currency: mark(z.string().regex(/^[A-Z]{3}$/), { kind: 'text' }) }), {
    kind: 'money',
  });

export const addressMembers = [
  'name',
  'phone',
  'country',
  'province',
  'city',
  'district',
  'town',
  'street',
  'postalCode',
  'divisionCode',
  'rawText',
] as const;

export const address = () => {
  const shape = Object.fromEntries(addressMembers.map((member) => [member, personal(text())]));
  return mark(optional(shape), { kind: 'address', personal: true });
};

export const deliveryWindow = () =>
  mark(optional({ startAt: instant(), endAt: instant(), note: text() }), { kind: 'window' });
