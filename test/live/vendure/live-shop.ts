// The running shop in the place of its model: what the contract suite does and looks at happens in Vendure itself.
import { http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Held, Vendor } from '../../contract/connector/subject.ts';
import type { Blocking } from './blocking.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

/** @param url of the shop @param username of the hub @param shop thread with shoppers.mjs */
export function liveShop(url: string, username: string, shop: Blocking): Vendor {
  let persons = 0;
  shop.ask('empty');
  const add = (record: RecordType, at: number): string => {
    if (record === 'order') return shop.ask('addOrder', iso(at));
    if (record === 'shipment') return shop.ask('fulfil', shop.ask('addOrder', iso(at)));
    persons += 1;
    return shop.ask('addCustomer', iso(at), `person.${persons}@example.com`);
  };
  return {
    handlers: [on.all('*', ({ request }) => forward(url, request))],
    held: (record) =>
      shop.ask<(Held['object'] & { id: string })[]>('held', record).map((object) => ({ id: object.id, object })),
    add,
    touch: (record, id, at) => shop.ask('touch', record, id, iso(at)),
    revoke: () => shop.ask('revoke', username),
  };
}

/** Nothing of it is changed but where it goes. */
async function forward(url: string, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) headers.delete(name);
  const { method } = request;
  const body = method === 'GET' ? null : await request.arrayBuffer();
  const answer = await fetch(`${url}${pathname}${search}`, { method, headers, body });
  const kept = new Headers(answer.headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection']) kept.delete(name);
  return new Response(await answer.arrayBuffer(), { status: answer.status, headers: kept });
}
