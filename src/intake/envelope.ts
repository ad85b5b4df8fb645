// Reads the envelope of changes: one object, an array or NDJSON; each item either a change or its faults.
import { createHash } from 'node:crypto';
import type { Fault } from '../core/core.ts';
import { JsonFault, type Lossless, type LosslessObject, NumberText, parseJson, stringifyJson } from '../model/json.ts';
import { nearest } from '../model/nearest.ts';
import { isRecordType, type RecordType, recordTypes } from '../model/records.ts';

export interface ChangeItem {
  record: RecordType;
  id: string | undefined;
  op: 'upsert' | 'delete';
  at: number | undefined;
  key: string | undefined;
  data: LosslessObject | undefined;
}

/** `text` gives the item's own text, the same for the same bytes: what a repeated key is compared by. */
export type Item = { change: ChangeItem; text: () => string } | { faults: Fault[] };

export interface Envelope {
  /** False: one object was sent, so its faults make the request a bad one. */
  batch: boolean;
  items: Item[];
}

export interface EnvelopeLimits {
  batch: number;
  depth: number;
}

const members = new Set(['record', 'id', 'op', 'at', 'key', 'data']);
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * @throws JsonFault when the text as a whole cannot be read (never for one bad NDJSON line)
 * @throws RangeError when it holds more than `limits.batch` items
 */
export function readEnvelope(text: string, format: 'json' | 'ndjson', limits: EnvelopeLimits): Envelope {
  if (format === 'ndjson') return { batch: true, items: readLines(text, limits) };
  const value = parseJson(text, { depth: limits.depth });
  if (!Array.isArray(value)) return { batch: false, items: [readItem(value, '', text)] };
  refuseTooMany(value.length, limits);
  return { batch: true, items: value.map((item, index) => readItem(item, `/${index}`)) };
}

function readLines(text: string, limits: EnvelopeLimits): Item[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const items: Item[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    refuseTooMany(items.length + 1, limits);
    items.push(readLine(line, index + 1, limits));
  }
  return items;
}

function readLine(line: string, number: number, limits: EnvelopeLimits): Item {
  try {
    return readItem(parseJson(line, { depth: limits.depth }), `/line ${number}`, line);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { faults: [{ path: `/line ${number}${error.path}`, message: error.message }] };
  }
}

function refuseTooMany(count: number, limits: EnvelopeLimits): void {
  if (count > limits.batch) throw new RangeError(`more than ${limits.batch} changes in one request`);
}

function readItem(value: Lossless, at: string, text?: string): Item {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof NumberText) {
    return { faults: [{ path: at, message: 'a change must be an object with record, id and data' }] };
  }
  const faults: Fault[] = [];
  const fault = (member: string, message: string): undefined => {
    faults.push({ path: `${at}/${member}`, message });
  };
  for (const member of Object.keys(value)) {
    if (!members.has(member)) fault(member, `unknown member "${member}"; known: ${[...members].join(', ')}`);
  }
  const change = {
    record: readRecordType(value.record, fault),
    id: readText(value.id, 'id', fault),
    op: readOp(value.op, fault),
    at: readInstant(value.at, fault),
    key: readText(value.key, 'key', fault),
    data: readData(value.data, fault),
  };
  if (change.record === undefined || faults.length > 0) return { faults };
  return { change: change as ChangeItem, text: () => text ?? stringifyJson(value) };
}

type Report = (member: string, message: string) => undefined;

function readRecordType(value: Lossless | undefined, fault: Report): RecordType | undefined {
  if (typeof value === 'string' && isRecordType(value)) return value;
  if (typeof value !== 'string') return fault('record', value === undefined ? 'is missing' : 'must be text');
  const close = nearest(value, recordTypes);
  return fault('record', `unknown record type "${value}"${close ? `; did you mean "${close}"?` : ''}`);
}

function readText(value: Lossless | undefined, member: string, fault: Report): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string')
    return fault(member, 'must be text (ids are strings, also when they look like numbers)');
  if (value === '' || value.length > 256) return fault(member, 'must have 1 to 256 characters');
  return value;
}

function readOp(value: Lossless | undefined, fault: Report): 'upsert' | 'delete' | undefined {
  if (value === undefined || value === 'upsert') return 'upsert';
  if (value === 'delete') return 'delete';
  return fault('op', 'must be "upsert" or "delete"');
}

function readInstant(value: Lossless | undefined, fault: Report): number | undefined {
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' && instant.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? fault('at', 'must be an RFC 3339 time such as 2026-11-23T05:00:00.000Z') : ms;
}

function readData(value: Lossless | undefined, fault: Report): LosslessObject | undefined {
  if (value === undefined) return undefined;
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof NumberText) {
    return fault('data', 'must be an object, in the words of the system');
  }
  return value;
}

/** What makes two bodies the same for a repeated key. */
export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url');
