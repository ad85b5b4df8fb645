// Takes a record's personal values out of a text that somebody else wrote about it.
import { fieldsOf } from './fields.ts';
import type { Json, JsonObject } from './json-value.ts';
import type { Field } from './kinds.ts';
import { mask } from './mask.ts';
import { own } from './own.ts';
import type { RecordType } from './record-types.ts';

/**
 * @param trees canonical data of the record, now and as it was sent; values that the text spells otherwise stay
 * @returns the text with each value replaced by the mask
 */
export function withoutPersonal(type: RecordType, trees: readonly JsonObject[], text: string): string {
  const values = new Set(trees.flatMap((tree) => personalIn(fieldsOf(type), tree)));
  const longestFirst = [...values].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((clean, value) => {
    const pattern = patternOf(value);
    return pattern ? clean.replace(pattern, mask) : clean;
  }, text);
}

function personalIn(fields: Readonly<Record<string, Field>>, tree: JsonObject): string[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const field = own(fields, name);
    return field ? personalOf(field, value) : [];
  });
}

function personalOf(field: Field, value: Json): string[] {
  if (field.personal) return textsIn(value);
  if (!field.fields || value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  if (field.kind !== 'collection') return personalIn(field.fields, value);
  return Object.values(value).flatMap((entry) => personalOf({ ...field, kind: 'object' }, entry));
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(textsIn);
}

const ideographs = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
const phone = /^\+?[\d\s().-]{7,}$/;

/** Shorter ones (CN, Li) would blank ordinary words. */
function patternOf(value: string): RegExp | undefined {
  const text = value.trim();
  if (phone.test(text)) return phonePattern(text);
  if (ideographs.test(text)) return text.length < 2 ? undefined : new RegExp(looseSpaces(text), 'gi');
  return text.length < 3 ? undefined : new RegExp(`(?<![\\p{L}\\d])${looseSpaces(text)}(?![\\p{L}\\d])`, 'giu');
}

const looseSpaces = (text: string): string =>
  text
    .split(/\s+/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
    .join('\\s*');

/** With or without the country, however it is grouped. */
function phonePattern(text: string): RegExp {
  const digits = text.replace(/\D/g, '').slice(-8).split('');
  return new RegExp(`(?:[+(]{0,3}\\d[\\d\\s().-]{0,12})?${digits.join('[\\s().-]{0,2}')}(?!\\d)`, 'g');
}
