// Short digests of unit values: enough to know a value again, without keeping it.
import { hash } from 'node:crypto';
import type { Field } from '../model/fields.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { own } from '../model/own.ts';
import { childField, isObject } from '../model/tree.ts';
import { memberOf, readSlot, type Slot } from './slots.ts';

/**
 * 96 bits of SHA-256 over what the tree holds of the unit, with sorted members; sets are sorted too. They are stored:
 * the text behind them must stay what it is, or values of before are known no more.
 */
export function digest(slots: readonly Slot[], tree: JsonObject): string {
  let text = '';
  for (let at = 0; at < slots.length; at++) {
    if (at > 0) text += '\n';
    text += canonicalAt(slots[at] as Slot, tree);
  }
  return hash('sha256', text, 'base64').slice(0, 16);
}

function canonicalAt(slot: Slot, tree: JsonObject): string {
  if (slot.member === undefined) return canonical(slot.field, readSlot(tree, slot));
  const collection = own(tree, slot.top);
  return isObject(collection) ? canonicalEntries(slot, slot.member, collection) : '';
}

/** The entries with nothing but that member, as {@link readSlot} would give them. */
function canonicalEntries({ memberField }: Slot, member: string, collection: JsonObject): string {
  const within = `:{${quoted(member)}:`;
  let text = '';
  for (const key of sortedKeys(collection)) {
    const value = memberOf(collection, key, member);
    if (value === undefined) continue;
    text += `${text === '' ? '{' : ','}${quoted(key)}${within}${canonical(memberField, value)}}`;
  }
  return text === '' ? '' : `${text}}`;
}

function canonical(field: Field | undefined, value: Json | undefined): string {
  if (typeof value === 'string') return quoted(value);
  if (value === undefined) return '';
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? canonicalItems(field, value) : canonicalMembers(field, value);
}

function canonicalItems(field: Field | undefined, value: Json[]): string {
  const items = value.map((item) => canonical(undefined, item));
  return `[${(field?.kind === 'set' ? [...new Set(items)].sort() : items).join(',')}]`;
}

function canonicalMembers(field: Field | undefined, value: JsonObject): string {
  let text = '{';
  for (const key of sortedKeys(value)) {
    const member = value[key];
    // Only what has members or items of its own asks for its field.
    const inner = typeof member === 'object' ? childField(field, key) : undefined;
    text += `${text === '{' ? '' : ','}${quoted(key)}:${canonical(inner, member)}`;
  }
  return `${text}}`;
}

/** Most objects have their few members in order. */
function sortedKeys(tree: JsonObject): string[] {
  const keys = Object.keys(tree);
  for (let at = 1; at < keys.length; at++) {
    if ((keys[at - 1] as string) > (keys[at] as string)) return keys.sort();
  }
  return keys;
}

function quoted(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return JSON.stringify(text);
  }
  return `"${text}"`;
}
