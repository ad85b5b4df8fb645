// Customers and sales orders as one payload each: the document, its address, its country's code.
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type PollRequest, type Reference, type Send } from '../../src/connector/contract.ts';
import { changeOf, keyOf, onlyOne } from '../../src/connector/match.ts';
import { treeOf } from '../../src/connector/payload.ts';
import { listPages, pollPages, type TimePages } from '../../src/connector/time-pages.ts';
import { isoOf, repeatedFace, wallTimeOf } from '../../src/connector/wall-time.ts';
import { type Lossless, type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import { address, customer, type Kind, order, refField } from './documents.ts';
import { read, search } from './resource.ts';
import type { ErpnextContext } from './settings.ts';

/** @throws ConnectorError invalid */
export function kindOf(record: Send['record']): Kind {
  if (record === 'customer') return customer;
  if (record === 'order') return order;
  throw new ConnectorError('invalid', `a ${record} is nothing that ERPNext is asked for here`, { sent: false });
}

const texts = (list: (string | undefined)[]): string[] => [...new Set(list.flatMap((text) => text ?? []))];

/** @returns name → the row of that name */
async function rowsOf(context: ErpnextContext, doctype: string, fields: readonly string[], names: string[]) {
  if (names.length === 0) return new Map<string, LosslessObject>();
  const asked = { doctype, fields: ['name', ...fields], filters: [['name', 'in', names]], limit: names.length };
  const rows = (await search(context, asked)).map((row) => treeOf(row) ?? {});
  return new Map(rows.map((row) => [textAt(row, ['name']) ?? '', row]));
}

/** @returns those that there are, in the order of the names */
export async function readObjects(context: ErpnextContext, kind: Kind, names: string[]): Promise<LosslessObject[]> {
  const documents = await Promise.all(names.map((name) => read(context, kind.doctype, name)));
  const found = documents.filter((document) => document !== undefined);
  const addressOf = (document: Lossless): string | undefined => textAt(document, [kind.addressField]);
  const addresses = await rowsOf(context, address.doctype, address.fields, texts(found.map(addressOf)));
  const countries = texts([...addresses.values()].map((row) => textAt(row, ['country'])));
  const codes = await rowsOf(context, 'Country', ['code'], countries);
  const withCountry = (row: LosslessObject): LosslessObject => {
    const name = textAt(row, ['country']);
    const code = textAt(codes.get(name ?? ''), ['code'])?.toUpperCase() ?? null;
    return { ...row, country: name === undefined ? null : { name, code } };
  };
  return found.map((document) => {
    const row = addresses.get(addressOf(document) ?? '');
    const known = Object.fromEntries(kind.fields.map((field) => [field, null]));
    return {
      ...known,
      ...document,
      ...{ id: document.name ?? null, modified_at: timeIn(document, 'modified', context) ?? null },
      [kind.addressMember]: row ? withCountry(row) : null,
    };
  });
}

function timeIn(row: Lossless, member: string, { settings }: ErpnextContext): string | undefined {
  const text = textAt(row, [member]);
  return text === undefined ? undefined : isoOf(text, settings.timeZone);
}

/** Names, by a time of theirs. */
function pagesOf(context: ErpnextContext, { doctype }: Kind, time: 'creation' | 'modified'): TimePages {
  const { pageSize: size, timeZone } = context.settings;
  return {
    ...{ size, time },
    page: async ({ after, skip }) => {
      const filters = [[time, '>', wallTimeOf(after, timeZone)]];
      const asked = { doctype, fields: ['name', time], filters, order: time, start: skip, limit: size };
      const rows = await search(context, asked);
      return rows.map((row) => ({ id: textAt(row, ['name']) ?? '', [time]: timeIn(row, time, context) ?? '' }));
    },
  };
}

const idsOf = (items: Lossless[]): string[] => texts(items.map((item) => textAt(item, ['id'])));

export async function poll({ record, cursor }: PollRequest, context: ErpnextContext) {
  const [kind, { poll: asked, timeZone }] = [kindOf(record), context.settings];
  const overlapMs = asked.overlap + repeatedFace(cursor, timeZone);
  const page = await pollPages(cursor, pagesOf(context, kind, 'modified'), overlapMs);
  const objects = await readObjects(context, kind, idsOf(page.items));
  return { ...page, items: objects.map((one) => changeOf(record, one, textAt(one, ['modified_at']))) };
}

export async function list({ record, cursor }: Omit<PollRequest, 'now'>, context: ErpnextContext) {
  const kind = kindOf(record);
  const page = await listPages(cursor, pagesOf(context, kind, 'creation'));
  const objects = await readObjects(context, kind, idsOf(page.items));
  return { ...page, items: objects.map((one) => changeOf(record, one)) };
}

export async function fetch(reference: Reference, context: ErpnextContext): Promise<string | undefined> {
  const id = 'match' in reference ? await find(reference, context) : reference.externalId;
  const [found] = id === undefined ? [] : await readObjects(context, kindOf(reference.record), [id]);
  return found && stringifyJson(found);
}

export const find = (reference: Reference, context: ErpnextContext): Promise<string | undefined> => {
  const kind = kindOf(reference.record);
  return nameWith(context, kind, keyOf(reference, kind.keys));
};

/** @throws ConnectorError unknown when there are several */
export async function nameWith(context: ErpnextContext, { doctype }: Kind, key: { name: string; value: string }) {
  const filters = [[key.name, '=', key.value]];
  const rows = await search(context, { doctype, fields: ['name'], filters, limit: 2 });
  return textAt(onlyOne(rows, `${doctype} with the ${key.name} ${key.value}`), ['name']);
}

/** Without the field that our reference stands in, nothing could be looked for before it is made. */
export async function requireRef(context: ErpnextContext, kind: Kind): Promise<void> {
  await nameWith(context, kind, { name: refField, value: '-' }).catch((error: unknown) => {
    const isAnswer = error instanceof ConnectorError && error.status !== undefined;
    throw isAnswer
      ? error.as(error.kind, { message: `${error.message}; is there a field ${refField} of ${kind.doctype}?` })
      : error;
  });
}
