// Reads many objects: page by page, or what changed since a cursor.
import { parseAnswer, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Listed, type Polled, type PollRequest } from '../../src/connector/contract.ts';
import { earlier, isChangeTime, latest } from '../../src/connector/time-cursor.ts';
import { type Lossless, stringifyJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { RecordType } from '../../src/model/records.ts';
import { type Call, configured, read, recordOf } from './call.ts';
import type { HttpContext } from './settings.ts';

export async function list(
  request: { record: RecordType; cursor: string | undefined },
  context: HttpContext,
): Promise<Listed> {
  const { id, list: settings } = recordOf(context, request.record);
  const { request: template, ...pages } = configured(settings, `list of ${request.record}`);
  const page = await readPage(context, { template, values: { cursor: request.cursor } }, pages);
  const cursor = page.next;
  const items = page.items.map((item) => itemOf(item, id));
  return { items, cursor, more: cursor !== undefined && cursor !== request.cursor };
}

/** Marks the cursor of a poll that is not at its end: the next request goes on, without the overlap. */
const goingOn = '>';

export async function poll({ record, cursor }: PollRequest, context: HttpContext): Promise<Polled> {
  const { id, poll: configuration } = recordOf(context, record);
  const settings = configured(configuration, `poll of ${record}`);
  const reached = cursor?.startsWith(goingOn) ? cursor.slice(1) : cursor;
  const asked = reached === cursor ? earlier(cursor, settings.overlap) : reached;
  const page = await readPage(context, { template: settings.request, values: { cursor: asked } }, settings);
  const times = page.items.map((item) => (settings.changedAt ? textAt(item, settings.changedAt) : undefined));
  const items = page.items.map((item, index) => ({ record, ...itemOf(item, id), ...timeOf(times[index]) }));
  const next = page.next ?? latest(times);
  // The page's own cursor again: there is nothing behind it, whatever the page holds.
  if (next !== undefined && next !== asked && items.length > 0) return { items, cursor: goingOn + next, more: true };
  // Never back behind what was reached: each quiet poll would take the overlap off once more.
  return { items, cursor: latest([reached, next]), more: false };
}

interface Page {
  items: Lossless[];
  next: string | undefined;
}

async function readPage(
  context: HttpContext,
  request: Call,
  at: { items?: readonly string[] | undefined; cursor?: readonly string[] | undefined },
): Promise<Page> {
  const text = await read(context, request);
  if (text === undefined) throw new ConnectorError('rejected', 'there is no such page', { status: 404 });
  const answer = parseAnswer(text);
  const items = at.items ? getPath(answer, at.items) : Array.isArray(answer) ? answer : getPath(answer, ['items']);
  if (!Array.isArray(items)) {
    throw new ConnectorError('unknown', `a page holds no array${at.items ? ` at ${at.items.join('.')}` : ''}`);
  }
  return { items, next: at.cursor ? textAt(answer, at.cursor) : undefined };
}

function itemOf(item: Lossless, idPath: readonly string[]): { id?: string; data: string } {
  const id = textAt(item, idPath);
  return { ...(id !== undefined && { id }), data: stringifyJson(item) };
}

const timeOf = (at: string | undefined): { at?: string } => (at !== undefined && isChangeTime(at) ? { at } : {});
