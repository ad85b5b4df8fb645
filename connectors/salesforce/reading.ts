// Reads accounts and orders whole, and pages through them by the times of everything that belongs to them.
import { textAt } from '../../src/connector/answer.ts';
import { treesAt } from '../../src/connector/compare.ts';
import {
  ConnectorError,
  type Listed,
  type Polled,
  type PollRequest,
  type Reference,
} from '../../src/connector/contract.ts';
import { keyOf, onlyOne } from '../../src/connector/match.ts';
import { listPages, type TimePages } from '../../src/connector/time-pages.ts';
import { pollStreams, type TimeStream } from '../../src/connector/time-streams.ts';
import { type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import type { RecordType } from '../../src/model/records.ts';
import { isId, query, queryIn, quoted } from './api.ts';
import { type Kind, kinds } from './documents.ts';
import type { SalesforceContext } from './settings.ts';

type Place = Pick<PollRequest, 'record' | 'cursor'>;

/** @throws ConnectorError invalid */
export function kindOf(record: RecordType): Kind {
  const kind = kinds[record];
  if (kind) return kind;
  throw new ConnectorError('invalid', `a ${record} is nothing that is kept here`, { sent: false });
}

/** @returns those that there are, each with what belongs to it */
export async function readWhere(context: SalesforceContext, record: RecordType, field: string, values: string[]) {
  const { object, fields, children } = kindOf(record);
  const { externalId, fields: extra } = context.settings;
  const below = ['Id', externalId, ...children.fields].join(', ');
  const all = ['Id', externalId, ...fields, ...(extra[record as keyof typeof extra] ?? [])].join(', ');
  const part = `(SELECT ${below} FROM ${children.name} ORDER BY CreatedDate, Id${children.only ? ` ${children.only}` : ''})`;
  const from = `SELECT ${all}, ${part} FROM ${object} WHERE ${field}`;
  return (await queryIn(context, values, (list) => `${from} IN (${list})`)).map((row) =>
    whole(row, children.name, externalId),
  );
}

/** An account with its contact, an order with its lines; a line's number stands behind the order's in its external id. */
function whole(row: LosslessObject, children: string, externalId: string): LosslessObject {
  const { [children]: _, ...object } = row;
  const parts = treesAt(row, [children]);
  if (children === 'Contacts') return { ...object, Contact: parts[0] ?? null };
  const lines = parts.map((line) => ({ ...line, lineNo: textAt(line, [externalId])?.split('#')[1] ?? null }));
  return { ...object, OrderItems: lines };
}

export async function fetch(reference: Reference, context: SalesforceContext): Promise<string | undefined> {
  const id = 'match' in reference ? await find(reference, context) : reference.externalId;
  const [found] = id === undefined || !isId(id) ? [] : await readWhere(context, reference.record, 'Id', [id]);
  return found && stringifyJson(found);
}

export async function find(reference: Reference, context: SalesforceContext): Promise<string | undefined> {
  const { object, keys } = kindOf(reference.record);
  const { name, value } = keyOf(reference, keys);
  const rows = await query(context, `SELECT Id FROM ${object} WHERE ${name} = ${quoted(value)} LIMIT 2`);
  return textAt(onlyOne(rows, `${object} with the ${name} ${value}`), ['Id']);
}

function pagesOf(context: SalesforceContext, object: string, owner: string, time: string): TimePages {
  const { pageSize: size } = context.settings;
  const select = `SELECT ${[...new Set(['Id', owner, time])].join(', ')} FROM ${object}`;
  const page: TimePages['page'] = async ({ after, skip }) => {
    const place = `WHERE ${time} > ${after} ORDER BY ${time}, Id LIMIT ${size} OFFSET ${skip}`;
    return (await query(context, `${select} ${place}`)).map((row) => ({ ...row, id: row.Id ?? null }));
  };
  return { page, size, time };
}

const streamOf = (context: SalesforceContext, object: string, owner: string): TimeStream => ({
  ...{ ...pagesOf(context, object, owner, 'SystemModstamp'), name: `${object}.SystemModstamp`, owner: [owner] },
});

export async function poll({ record, cursor }: Place, context: SalesforceContext): Promise<Polled> {
  const { object, children } = kindOf(record);
  const streams = [streamOf(context, object, 'Id'), streamOf(context, children.object, children.owner)];
  const page = await pollStreams(cursor, streams, context.settings.poll.overlap);
  const objects = await readWhere(context, record, 'Id', [...page.objects.keys()]);
  const items = objects.map((object) => {
    const id = textAt(object, ['Id']) ?? '';
    return { record, id, at: page.objects.get(id) ?? '', data: stringifyJson(object) };
  });
  return { items, cursor: page.cursor, more: page.more };
}

export async function list({ record, cursor }: Place, context: SalesforceContext): Promise<Listed> {
  const page = await listPages(cursor, pagesOf(context, kindOf(record).object, 'Id', 'CreatedDate'));
  const ids = page.items.flatMap((row) => textAt(row, ['Id']) ?? []);
  const all = await readWhere(context, record, 'Id', ids);
  return { ...page, items: all.map((one) => ({ id: textAt(one, ['Id']) ?? '', data: stringifyJson(one) })) };
}

/** Asks for one of each, so that a field that is missing or hidden is told by its name. */
export async function check(context: SalesforceContext): Promise<void> {
  const { externalId } = context.settings;
  for (const { object, fields, children } of Object.values(kinds))
    for (const [name, columns] of [[object, fields] as const, [children.object, children.fields] as const])
      await query(context, `SELECT Id, ${externalId}, ${columns.join(', ')} FROM ${name} LIMIT 1`);
}
