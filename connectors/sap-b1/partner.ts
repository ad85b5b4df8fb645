// Business partners of SAP Business One: read with their bill-to address, followed by two times, written by code.
import { textAt } from '../../src/connector/answer.ts';
import { differing, holds, treesAt } from '../../src/connector/compare.ts';
import {
  ConnectorError,
  type Listed,
  type Polled,
  type PollRequest,
  type Pushed,
  type Reference,
  type Send,
} from '../../src/connector/contract.ts';
import { changeOf, keyOf, unlessMissing } from '../../src/connector/match.ts';
import { payloadOf, requiredText, treeOf } from '../../src/connector/payload.ts';
import { listPages } from '../../src/connector/time-pages.ts';
import { pollStreams, type TimeStream } from '../../src/connector/time-streams.ts';
import { isoOf, repeatedFace, wallTimeOf } from '../../src/connector/wall-time.ts';
import { type Lossless, type LosslessObject, parseJson, stringifyJson } from '../../src/model/json.ts';
import { ask, rowsOf } from './odata.ts';
import type { SapContext } from './settings.ts';

/** A quote inside a key or a filter is written twice. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const pathOf = (code: string): string => `BusinessPartners(${encodeURIComponent(quoted(code))})`;

const billTo = 'bo_BillTo';

/** The first bill-to address stands in one place. */
function objectOf(row: Lossless, context: SapContext): LosslessObject {
  const partner = treeOf(row) ?? {};
  const address = treesAt(partner, ['BPAddresses']).find((one) => one.AddressType === billTo) ?? null;
  const times = { created_at: timeIn(row, 'Create', context), updated_at: timeIn(row, 'Update', context) };
  return { ...partner, id: partner.CardCode ?? null, ...times, address };
}

type Times = 'Create' | 'Update';

/** A day and a time of day, neither with a zone; null before the first change. */
function timeIn(row: Lossless, which: Times, { settings }: SapContext): string | null {
  const day = textAt(row, [`${which}Date`])?.slice(0, 10);
  const time = textAt(row, [`${which}Time`]) ?? '00:00:00';
  return day === undefined ? null : isoOf(`${day} ${time.slice(0, 8)}`, settings.timeZone);
}

/** @param seen takes the objects of the pages, by id */
function streamOf(context: SapContext, which: Times, seen: Map<string, LosslessObject>): TimeStream {
  const { pageSize: size, timeZone } = context.settings;
  const [day, time] = [`${which}Date`, `${which}Time`];
  const member = which === 'Create' ? 'created_at' : 'updated_at';
  const page: TimeStream['page'] = async ({ after, skip }) => {
    const [date = '', clock = ''] = wallTimeOf(after, timeZone).slice(0, 19).split(' ').map(quoted);
    const later = `(${day} gt ${date} or (${day} eq ${date} and ${time} gt ${clock}))`;
    const query = new URLSearchParams({
      $filter: `CardType eq 'cCustomer' and ${later}`,
      $orderby: `${day} asc,${time} asc,CardCode asc`,
      $top: String(size),
      $skip: String(skip),
    });
    const rows = (await rowsOf(context, `BusinessPartners?${query}`, size)).map((row) => objectOf(row, context));
    for (const row of rows) seen.set(textAt(row, ['id']) ?? '', row);
    return rows;
  };
  return { name: member, owner: ['id'], time: member, size, page };
}

export async function poll({ record, cursor }: PollRequest, context: SapContext): Promise<Polled> {
  const seen = new Map<string, LosslessObject>();
  const streams = (['Create', 'Update'] as const).map((which) => streamOf(context, which, seen));
  const { poll: asked, timeZone } = context.settings;
  const repeated = Math.max(...streams.map(({ name }) => repeatedFace(placeIn(cursor, name), timeZone)));
  const page = await pollStreams(cursor, streams, asked.overlap + repeated);
  const items = [...page.objects].map(([id, at]) => changeOf(record, seen.get(id) ?? {}, at));
  return { items, cursor: page.cursor, more: page.more };
}

function placeIn(cursor: string | undefined, stream: string): string | undefined {
  try {
    return textAt(parseJson(cursor ?? '{}'), [stream]);
  } catch {
    return undefined;
  }
}

type ListRequest = Omit<PollRequest, 'now'>;

export async function list({ record, cursor }: ListRequest, context: SapContext): Promise<Listed> {
  const page = await listPages(cursor, streamOf(context, 'Create', new Map()));
  return { ...page, items: page.items.map((row) => changeOf(record, row)) };
}

/** @returns undefined where there is none */
async function read(code: string, context: SapContext): Promise<LosslessObject | undefined> {
  const found = await unlessMissing(ask(context, { method: 'GET', path: pathOf(code) }));
  return found === undefined ? undefined : objectOf(found, context);
}

const codeOf = (reference: Reference): string =>
  'match' in reference ? keyOf(reference, { number: 'CardCode' }).value : reference.externalId;

export async function fetch(reference: Reference, context: SapContext): Promise<string | undefined> {
  const found = await read(codeOf(reference), context);
  return found && stringifyJson(found);
}

export const find = async (reference: Reference, context: SapContext): Promise<string | undefined> =>
  textAt(await read(codeOf(reference), context), ['id']);

export async function push(send: Send, context: SapContext): Promise<Pushed> {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in SAP', { sent: false });
  const body = payloadOf(send);
  if (send.op === 'create') return { externalId: await create(send, body, context), status: 201 };
  const id = send.externalId ?? '';
  const present = await read(id, context);
  if (!present) throw new ConnectorError('not_found', `there is no business partner ${id}`, { status: 404 });
  await change(send, present, body, context);
  return { externalId: id, status: 200 };
}

/** The code is the key: what was made already is found by it. */
async function create(send: Send, body: LosslessObject, context: SapContext): Promise<string> {
  const code = requiredText(body, 'CardCode');
  const known = await read(code, context);
  if (known && !send.repeat)
    throw new ConnectorError('rejected', `there is a business partner ${code} already`, { status: 200 });
  if (known) return code;
  const { address, ...fields } = body;
  const rows = treeOf(address) ? { BPAddresses: [newAddress(treeOf(address) ?? {})] } : {};
  const partner = { CardType: 'cCustomer', ...context.settings.customer, ...fields, ...rows };
  const made = await ask(context, { method: 'POST', path: 'BusinessPartners', body: partner, sending: send });
  if (textAt(made, ['CardCode']) === code) return code;
  throw new ConnectorError('unclear', 'the answer to POST BusinessPartners holds no business partner', { status: 200 });
}

const newAddress = (fields: LosslessObject): LosslessObject => ({
  ...{ AddressName: 'Bill to', AddressType: billTo },
  ...fields,
});

async function change(send: Send, present: LosslessObject, body: LosslessObject, context: SapContext): Promise<void> {
  const { address, ...fields } = body;
  const changed = { ...differing(present, fields), ...addressChange(present, treeOf(address)) };
  if (Object.keys(changed).length === 0) return;
  const tag = textAt(present, ['@odata.etag']);
  const headers = tag === undefined ? {} : { 'if-match': tag };
  const path = pathOf(requiredText(present, 'CardCode'));
  await ask(context, { method: 'PATCH', path, body: changed, headers, sending: send });
}

/** A row is told from others by its number; the rows that are not named stay. */
function addressChange(present: LosslessObject, wanted: LosslessObject | undefined): LosslessObject {
  const known = treeOf(present.address);
  if (!wanted || (known && holds(known, wanted))) return {};
  const { AddressName, AddressType, RowNum, BPCode } = known ?? {};
  const row = known ? { AddressName, AddressType, RowNum, BPCode, ...wanted } : newAddress(wanted);
  return { BPAddresses: [row as LosslessObject] };
}
