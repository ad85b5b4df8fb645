// Systems that keep rows of models which name each other by id (Tryton, Odoo): objects are put together from rows, looked
// for by keys, and paged by the times of everything that belongs to them.
import { type Lossless, type LosslessObject, stringifyJson } from '../model/json.ts';
import { put } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { textAt } from './answer.ts';
import { textsAt, treesAt } from './compare.ts';
import type { Listed, Polled, Reference } from './contract.ts';
import { ConnectorError } from './error.ts';
import { changeOf, keyOf, onlyOne } from './match.ts';
import { listPages } from './time-pages.ts';
import { pollStreams, type TimeStream } from './time-streams.ts';

interface Part {
  model: string;
  fields: readonly string[];
  refs?: Readonly<Record<string, Part>>;
}

/** What is read of objects of one type. */
export interface RowKind {
  model: string;
  fields: readonly string[];
  /** Members that hold lists of ids, and what is read in place of them. */
  parts: Readonly<Record<string, Part>>;
  /** Members that name one row (`{ id }`), and what is read of it beside its id. */
  refs?: Readonly<Record<string, Part>>;
  /** Whose changes are changes of it: a model, and where its rows hold the object's id, e.g. `id`, `order_id.id`. */
  watched: readonly { model: string; owner: string }[];
  /** Our fields that identify it → what the system calls them. */
  keys: Readonly<Record<string, string>>;
  /** Only these rows are objects of the type. */
  domain?: readonly Lossless[];
  /** What a mapping wants to see in one place. */
  derive?(row: LosslessObject): LosslessObject;
}

export interface RowSearch {
  model: string;
  domain: Lossless[];
  fields: readonly string[];
  /** Ascending. */
  order?: readonly string[];
  offset?: number;
  limit?: number;
}

export interface RowSource {
  kinds: Readonly<Partial<Record<RecordType, RowKind>>>;
  /** A list of rows, with their times as RFC 3339 in UTC, with milliseconds, and with ids where they name others. */
  search(asked: RowSearch): Promise<Lossless>;
  /** @param text RFC 3339. @returns what a domain says of rows whose time is later; more of them do no harm */
  after(time: string, text: string): Lossless;
  /** The member that holds when a row was made. */
  created: string;
  /** Members whose times a poll follows. */
  follows: readonly string[];
  /** Fields that the settings want beside those of the kind. */
  extra(record: RecordType): readonly string[];
  pageSize: number;
  overlapMs: number;
}

/** @throws ConnectorError unknown for an answer that is no list of rows */
async function rowsOf(source: RowSource, asked: RowSearch): Promise<LosslessObject[]> {
  const found = await source.search(asked);
  const rows = treesAt(found, []);
  if (Array.isArray(found) && rows.length === found.length) return rows;
  throw new ConnectorError('unknown', `the answer to the search of ${asked.model} is no list of rows`);
}

/** @throws ConnectorError invalid */
export function kindOf({ kinds }: RowSource, record: RecordType): RowKind {
  const kind = kinds[record];
  if (kind) return kind;
  throw new ConnectorError('invalid', `a ${record} is nothing that is asked for here`, { sent: false });
}

/** @returns those that there are, in the order of the ids */
export async function readObjects(
  source: RowSource,
  record: RecordType,
  ids: readonly string[],
): Promise<LosslessObject[]> {
  const { model, fields, parts, refs = {}, domain = [], derive } = kindOf(source, record);
  const rows = await byId(source, { model, domain: [...domain], fields: [...fields, ...source.extra(record)] }, ids);
  await readRefs(source, [...rows.values()], refs);
  for (const [member, part] of Object.entries(parts)) {
    const wanted = [...rows.values()].flatMap((row) => textsAt(row, [member]));
    const found = await byId(source, { ...part, domain: [] }, wanted);
    await readRefs(source, [...found.values()], part.refs ?? {});
    for (const row of rows.values()) put(row, member, partsOf(row, member, found));
  }
  const found = ids.map((id) => rows.get(id)).filter((row) => row !== undefined);
  return found.map((row) => ({ ...row, ...derive?.(row) }));
}

async function readRefs(
  source: RowSource,
  rows: LosslessObject[],
  refs: Readonly<Record<string, Part>>,
): Promise<void> {
  for (const [member, part] of Object.entries(refs)) {
    const idIn = (row: LosslessObject): string => textAt(row, [member, 'id']) ?? '';
    const found = await byId(source, { ...part, domain: [] }, rows.map(idIn));
    await readRefs(source, [...found.values()], part.refs ?? {});
    for (const row of rows) {
      const named = found.get(idIn(row));
      if (named) put(row, member, named);
    }
  }
}

const partsOf = (row: LosslessObject, member: string, found: Map<string, LosslessObject>): LosslessObject[] =>
  textsAt(row, [member])
    .map((id) => found.get(id))
    .filter((part) => part !== undefined);

async function byId(source: RowSource, asked: RowSearch, ids: readonly string[]): Promise<Map<string, LosslessObject>> {
  // What is no number is the id of nothing.
  const numbers = [...new Set(ids)].filter((id) => /^\d{1,15}$/.test(id)).map(Number);
  if (numbers.length === 0) return new Map();
  const { model, fields, domain } = asked;
  const rows = await rowsOf(source, { model, fields, domain: [['id', 'in', numbers], ...domain] });
  return new Map(rows.map((row) => [textAt(row, ['id']) ?? '', row]));
}

/** @throws ConnectorError not_found */
export async function objectToChange(source: RowSource, record: RecordType, id: string): Promise<LosslessObject> {
  const [found] = await readObjects(source, record, [id]);
  if (found) return found;
  throw new ConnectorError('not_found', `there is no ${kindOf(source, record).model} ${id}`, { status: 200 });
}

export async function fetchObject(source: RowSource, reference: Reference): Promise<string | undefined> {
  const id = 'match' in reference ? await findObject(source, reference) : reference.externalId;
  const [found] = id === undefined ? [] : await readObjects(source, reference.record, [id]);
  return found && stringifyJson(found);
}

export const findObject = (source: RowSource, reference: Reference): Promise<string | undefined> =>
  theOne(source, reference.record, keyOf(reference, kindOf(source, reference.record).keys));

/** @throws ConnectorError unknown when there are several */
export async function theOne(source: RowSource, record: RecordType, { name, value }: { name: string; value: string }) {
  const { model, domain = [] } = kindOf(source, record);
  const rows = await rowsOf(source, { model, domain: [[name, '=', value], ...domain], fields: ['id'], limit: 2 });
  return textAt(onlyOne(rows, `${model} with the ${name} ${value}`), ['id']);
}

/**
 * @returns code → what was read of it
 * @throws ConnectorError invalid, naming every code that the system does not have
 */
export async function rowsByCode(
  source: RowSource,
  asked: { model: string; code: string; fields?: string[] },
  codes: string[],
) {
  const { model, code, fields = [] } = asked;
  if (codes.length === 0) return new Map<string, LosslessObject>();
  const rows = await rowsOf(source, { model, domain: [[code, 'in', codes]], fields: [code, ...fields] });
  const found = new Map(rows.map((row) => [textAt(row, [code]) ?? '', row]));
  const missing = codes.filter((one) => !found.has(one));
  if (missing.length === 0) return found;
  throw new ConnectorError('invalid', `there is no ${model} with the ${code} ${missing.join(', ')}`, { sent: false });
}

/** A member that names a row by its code (`country: { code: "DE" }`) becomes that row's id. */
export async function withIdOf(
  source: RowSource,
  { model, member, code }: { model: string; member: string; code: string },
  fields: LosslessObject,
): Promise<LosslessObject> {
  if (!Object.hasOwn(fields, member)) return fields;
  const codes = [textAt(fields[member], [code]) ?? []].flat();
  const [row] = (await rowsByCode(source, { model, code }, codes)).values();
  return { ...fields, [member]: row?.id ?? null };
}

function streamOf(source: RowSource, { model, owner, domain = [] }: Stream, time: string): TimeStream {
  const [{ pageSize: size }, path] = [source, owner.split('.')];
  const page: TimeStream['page'] = ({ after, skip }) =>
    rowsOf(source, {
      ...{ model, fields: [...new Set([path[0] ?? '', time])], order: [time, 'id'], offset: skip, limit: size },
      domain: [source.after(time, after), ...domain],
    });
  return { name: `${model}.${time}`, owner: path, time, size, page };
}

type Stream = RowKind['watched'][number] & { domain?: readonly Lossless[] };

export async function pollRows(
  source: RowSource,
  { record, cursor }: { record: RecordType; cursor: string | undefined },
): Promise<Polled> {
  const { watched } = kindOf(source, record);
  const streams = watched.flatMap((one) => source.follows.map((time) => streamOf(source, one, time)));
  const page = await pollStreams(cursor, streams, source.overlapMs);
  const objects = await readObjects(source, record, [...page.objects.keys()]);
  const items = objects.map((one) => changeOf(record, one, page.objects.get(textAt(one, ['id']) ?? '')));
  return { items, cursor: page.cursor, more: page.more };
}

export async function listRows(
  source: RowSource,
  { record, cursor }: { record: RecordType; cursor: string | undefined },
): Promise<Listed> {
  const { model, domain = [] } = kindOf(source, record);
  const page = await listPages(cursor, streamOf(source, { model, owner: 'id', domain }, source.created));
  const ids = page.items.flatMap((row) => textAt(row, ['id']) ?? []);
  return { ...page, items: (await readObjects(source, record, ids)).map((one) => changeOf(record, one)) };
}
