// Short digests of unit values: enough to know a value again, without keeping it.
import { hash } from 'node:crypto';
import type { Field } from '../model/fields.ts';
import type { Json } from '../model/json.ts';
import { childField } from '../model/tree.ts';
import type { Slot, Values } from './slots.ts';

/** 96 bits of SHA-256 over the value with sorted members; sets are sorted too. */
export function digest(slots: readonly Slot[], values: Values): string {
  const text = slots.map((slot, index) => canonical(slot.field, values[index])).join('\n');
  return hash('sha256', text, 'base64').slice(0, 16);
}

function canonical(field: Field | undefined, value: Json | undefined): string {
  if (value === undefined) return '';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(undefined, item));
    return `[${(field?.kind === 'set' ? [...new Set(items)].sort() : items).join(',')}]`;
  }
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(childField(field, key), value[key])}`).join(',')}}`;
}
