// A WooCommerce shop: orders, over its REST API (wc/v3) and its webhooks.
import { arrayAt, createdId, textAt } from '../../src/connector/answer.ts';
import { askJson, type JsonAnswer, type JsonRequest } from '../../src/connector/ask-json.ts';
import { ConnectorError, type Pushed, type Received, type Send } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { changeOf, unlessMissing } from '../../src/connector/match.ts';
import { payloadOf, treeOf } from '../../src/connector/payload.ts';
import { isSigned, signedJson } from '../../src/connector/signature.ts';
import { pollPages } from '../../src/connector/time-pages.ts';
import { type Lossless, type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import { operations } from './operations.ts';
import { credentialsOf, settings, type WooContext } from './settings.ts';

/** The order in the shop's own metadata: by it a lost create is found again. */
const mark = '_syncline_id';

export const woocommerce = defineConnector({
  name: 'woocommerce',
  title: 'A WooCommerce shop: orders over its REST API (basic)',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => ['order'],
  writeStyle: () => 'changes',
  repeatSafe: () => 'natural-key',
  fetches: () => ['order'],
  lists: () => ['order'],
  polls: ({ poll: { every: everyMs } }) => [{ record: 'order', everyMs }],

  push,
  receive: async ({ headers, body }, context): Promise<Received> => {
    const { webhookSecrets: secrets } = context.settings;
    if (!secrets) throw new ConnectorError('not_found', 'no webhook is configured');
    if (!isSigned({ secrets, parts: [body], signature: headers['x-wc-webhook-signature'] }))
      throw new ConnectorError('unauthorized', 'the signature does not match');
    // Nothing tells two deliveries of one second apart, so none is taken for a repeat: the order is fetched each time.
    const id = textAt(signedJson(body), ['id']);
    return { changes: id === undefined ? [] : [{ record: 'order', id }] };
  },
  poll: async ({ cursor }, context) => {
    const { pageSize: size, poll } = context.settings;
    const page = async ({ after, skip }: { after: string; skip: number }) => {
      const place = { modified_after: after.slice(0, 19), dates_are_gmt: 'true', offset: String(skip) };
      return ordersIn(await orders(context, { ...place, orderby: 'modified' }));
    };
    const pages = { page, size, time: 'date_modified_gmt' };
    const { items, ...rest } = await pollPages(cursor, pages, poll.overlap);
    return { ...rest, items: items.map((one) => changeOf('order', one, textAt(one, ['date_modified_gmt']))) };
  },
  list: async ({ cursor = '1' }, context) => {
    const found = await orders(context, { orderby: 'id', page: cursor });
    const items = ordersIn(found).map((one) => changeOf('order', one));
    const more = Number(cursor) < pagesIn(found);
    return { items, cursor: more ? String(Number(cursor) + 1) : undefined, more };
  },
  fetch: async (reference, context) => {
    const id = 'externalId' in reference ? reference.externalId : '';
    const found = await orderOf(id, context);
    return found && stringifyJson(found);
  },
  check: async (context) => void (await orders(context, { page: '1' })),
});

async function push(send: Send, context: WooContext): Promise<Pushed> {
  const refuse = (what: string): never => {
    throw new ConnectorError('invalid', what, { sent: false });
  };
  if (send.op === 'delete' || send.record !== 'order') refuse(`no ${send.record} is ${send.op}d in the shop`);
  const body = theirs(payloadOf(send));
  if (send.op === 'update' && body.line_items !== undefined) refuse('lines of an order are changed in the shop only');
  if (send.op === 'update') return update(send, body, context);
  const there = send.repeat ? await findMarked(send.recordId, context) : undefined;
  if (there !== undefined) return { externalId: there, status: 200 };
  const marked = { ...body, meta_data: [{ key: mark, value: send.recordId }] };
  const { tree, answer } = await ask(context, { method: 'POST', path: 'orders', body: marked, sending: send });
  return { externalId: createdId(tree), status: answer.status };
}

async function update(send: Send, body: LosslessObject, context: WooContext): Promise<Pushed> {
  const id = send.externalId ?? '';
  if (!isId(id)) throw new ConnectorError('not_found', `there is no order ${id}`, { sent: false });
  const { answer } = await ask(context, { method: 'PUT', path: `orders/${id}`, body, sending: send });
  return { externalId: id, status: answer.status };
}

/** WooCommerce looks for nothing by metadata: orders that were made lately are looked through, the newest first. */
async function findMarked(recordId: string, context: WooContext): Promise<string | undefined> {
  const after = new Date(context.now() - context.settings.lookBack).toISOString().slice(0, 19);
  const query = { after, dates_are_gmt: 'true', orderby: 'id', order: 'desc' };
  for (let page = 1, last = 1; page <= last; page += 1) {
    const found = await orders(context, { ...query, page: String(page) });
    last = pagesIn(found);
    const ours = ordersIn(found).find((one) => isMarked(one, recordId));
    if (ours) return createdId(ours);
  }
  return undefined;
}

const isMarked = (order: Lossless, recordId: string): boolean =>
  arrayAt(order, ['meta_data']).some((one) => textAt(one, ['key']) === mark && textAt(one, ['value']) === recordId);

const isId = (text: string): boolean => /^\d{1,15}$/.test(text);

async function orderOf(id: string, context: WooContext): Promise<LosslessObject | undefined> {
  if (!isId(id)) return undefined;
  const found = await unlessMissing(ask(context, { method: 'GET', path: `orders/${id}` }));
  return found && treeOf(plain(found.tree));
}

const orders = (context: WooContext, query: Record<string, string>): Promise<JsonAnswer> => {
  const usual = { per_page: String(context.settings.pageSize), order: 'asc', status: 'any' };
  return ask(context, { method: 'GET', path: 'orders', query: { ...usual, ...query } });
};
const ordersIn = ({ tree }: JsonAnswer): Lossless[] => arrayAt(tree, []).map(plain);
const pagesIn = ({ answer }: JsonAnswer): number => Number(answer.header('x-wp-totalpages') ?? 1);

/** Times in UTC say so; a name in two parts is one too. */
function plain(order: Lossless): Lossless {
  const members = Object.entries(treeOf(order) ?? {}).map(([name, value]): [string, Lossless] => {
    if (isAddress(name)) return [name, { ...treeOf(value), name: nameIn(value) }];
    return [name, name.endsWith('_gmt') && value !== null ? `${value}Z` : value];
  });
  return Object.fromEntries(members);
}

const isAddress = (member: string): boolean => member === 'billing' || member === 'shipping';
const nameIn = (address: Lossless): string =>
  ['first_name', 'last_name'].flatMap((part) => textAt(address, [part]) ?? []).join(' ');

/** The other way round: the first word is the first name. */
function theirs(body: LosslessObject): LosslessObject {
  const members = Object.entries(body).map(([member, value]): [string, Lossless] => {
    const { name, ...address } = treeOf(value) ?? {};
    if (!isAddress(member) || name === undefined) return [member, value];
    const [first_name = '', ...rest] = (textAt(name, []) ?? '').split(' ');
    return [member, { ...address, first_name, last_name: rest.join(' ') }];
  });
  return Object.fromEntries(members);
}

interface Asked extends Pick<JsonRequest, 'method' | 'path' | 'body' | 'sending'> {
  query?: Record<string, string>;
}

function ask(context: WooContext, { path, query = {}, ...request }: Asked): Promise<JsonAnswer> {
  const { url, auth, consumerKey, consumerSecret } = context.settings;
  const keys = auth === 'query' ? { consumer_key: consumerKey, consumer_secret: consumerSecret } : {};
  const search = new URLSearchParams({ ...query, ...keys }).toString();
  const whole = `${url.path}/wp-json/wc/v3/${path}${search === '' ? '' : `?${search}`}`;
  return askJson(context, { ...request, origin: url.origin, path: whole, what: `${request.method} ${path}` });
}
