// Reads many objects: page by page, or what changed since a cursor.
import { ConnectorError, type InboundChange, type Listed, type Polled, type PollRequest } from '../../src/connector/contract.ts';
import { type Lossless, stringifyJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { RecordType } from '../../src/model/records.ts';
import { configured, parse, read, recordOf, textAt } from './call.ts';
import type { HttpContext } from './settings.ts';

export async function list(request: { record: RecordType; cursor: string | undefined }, context: HttpContext): Promise<Listed> {
  const { id, list: settings } = recordOf(context, request.record);
  const { request: template, ...pages } = configured(settings, `list of ${request.record}`);
  const page = await readPage(context, { template, values: { cursor: request.cursor } }, pages);
  const cursor = page.next;
  const items = page.items.map((item) => {
    const found = textAt(item, id);
    return { ...(found !== undefined && { id: found }), data: stringifyJson(item) };
  });
  return { items, cursor, more: cursor !== undefined && cursor !== request.cursor };
}

/** Marks the cursor of a poll that is not at its end: the next request goes on, without the overlap. */
const goingOn = '>';
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const zonedInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

export async function poll({ record, cursor }: PollRequest, context: HttpContext): Promise<Polled> {
  const { id, poll: configuration } = recordOf(context, record);
  const settings = configured(configuration, `poll of ${record}`);
  const asked = cursor?.startsWith(goingOn) ? cursor.slice(1) : earlier(cursor, settings.overlap);
  const page = await readPage(context, { template: settings.request, values: { cursor: asked } }, settings);
  const times = page.items.map((item) => (settings.changedAt ? textAt(item, settings.changedAt) : undefined));
  const items = page.items.map((item, index) => changeOf(record, item, { id: textAt(item, id), at: times[index] }));
  const next = page.next ?? latest(times);
  // The page's own cursor again: there is nothing behind it, whatever the page holds.
  const more = next !== undefined && next !== asked && items.length > 0;
  return { items, cursor: more ? goingOn + next : (next ?? cursor?.replace(/^>/, '')), more };
}

interface Page {
  items: Lossless[];
  next: string | undefined;
}

async function readPage(
  context: HttpContext,
  request: Parameters<typeof read>[1],
  at: { items?: readonly string[] | undefined; cursor?: readonly string[] | undefined },
): Promise<Page> {
  const text = await read(context, request);
  if (text === undefined) throw new ConnectorError('rejected', `${request.template.method} of a page answers 404`, { status: 404 });
  const answer = parse(text);
  const items = at.items ? getPath(answer, at.items) : Array.isArray(answer) ? answer : getPath(answer, ['items']);
  if (!Array.isArray(items)) {
    throw new ConnectorError('unknown', `a page holds no array${at.items ? ` at ${at.items.join('.')}` : ''}`);
  }
  return { items, next: at.cursor ? textAt(answer, at.cursor) : undefined };
}

function changeOf(record: RecordType, item: Lossless, said: { id: string | undefined; at: string | undefined }): InboundChange {
  return {
    record,
    ...(said.id !== undefined && { id: said.id }),
    ...(said.at !== undefined && zonedInstant.test(said.at) && { at: said.at }),
    data: stringifyJson(item),
  };
}

/** Times of one form sort as texts or as numbers; what is neither is left as it came, in order. */
function latest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).reduce<string | undefined>((newest, time) => later(newest, time), undefined);
}

function later(a: string | undefined, b: string): string {
  if (a === undefined) return b;
  return timeOf(a) > timeOf(b) ? a : b;
}

/** ms since 1970 of an RFC 3339 time or an epoch in seconds or ms; NaN for anything else. */
function timeOf(text: string): number {
  if (instant.test(text)) return Date.parse(text);
  if (/^\d{13}$/.test(text)) return Number(text);
  return /^\d{10}$/.test(text) ? Number(text) * 1000 : Number.NaN;
}

/** A cursor that is a time, moved back in its own form; any other as it is. */
function earlier(cursor: string | undefined, overlap: number): string | undefined {
  if (cursor === undefined || overlap === 0) return cursor;
  const moved = timeOf(cursor) - overlap;
  if (Number.isNaN(moved)) return cursor;
  if (instant.test(cursor)) return new Date(moved).toISOString();
  return cursor.length === 13 ? String(moved) : String(Math.floor(moved / 1000));
}
