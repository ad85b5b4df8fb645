// A small model of a WooCommerce shop, by what its documentation says: orders that are paged with headers, times of whole
// seconds without a zone, keys in a header or in the query; metadata is kept and looked for by nobody.
import { HttpResponse, http as on } from 'msw';
import type { Held, Vendor } from '../../contract/connector/subject.ts';

export const credentials = { consumerKey: 'ck_0042', consumerSecret: 'cs_s3cret_0042' };

type Fields = Record<string, unknown>;
type Order = Fields & { id: number; date_created_gmt: string; date_modified_gmt: string };

export interface WooShop extends Vendor {
  orders(): Order[];
}

const statuses = ['pending', 'processing', 'on-hold', 'completed', 'cancelled', 'refunded', 'failed', 'trash'];
const text = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
const noAddress = Object.fromEntries(
  ['first_name', 'last_name', 'address_1', 'address_2', 'city', 'state', 'postcode', 'country', 'phone'].map((name) => [
    name,
    '',
  ]),
);

class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export function wooShop(now: () => number): WooShop {
  const table = new Map<number, Order>();
  const merged = (present: Fields, given: Fields): Fields =>
    Object.fromEntries(
      Object.entries({ ...present, ...given }).map(([name, value]) => {
        const isPart = name === 'billing' || name === 'shipping';
        return [name, isPart ? { ...(present[name] as Fields), ...(value as Fields) } : value];
      }),
    );
  const checked = (given: Fields): void => {
    if (given.status !== undefined && !statuses.includes(String(given.status)))
      throw new Refusal('rest_invalid_param', 'Invalid parameter(s): status');
    if (Array.isArray(given.line_items) && given.line_items.some(({ sku, product_id }) => !sku && !product_id))
      throw new Refusal('woocommerce_rest_required_product_reference', 'Product ID or SKU is required.');
  };
  const make = (given: Fields, at: number): Order => {
    checked(given);
    const id = table.size + 1;
    const lines = (given.line_items ?? []) as Fields[];
    const line_items = lines.map((line, n) => ({ id: id * 10 + n, name: '', meta_data: [], ...line }));
    const empty = { number: String(id), status: 'pending', currency: 'EUR', total: '25.99', customer_note: '' };
    const times = { date_created_gmt: text(at), date_modified_gmt: text(at), date_paid_gmt: null };
    const parts = { billing: noAddress, shipping: noAddress, meta_data: [], transaction_id: '' };
    const order = { ...merged({ ...empty, ...parts, customer_id: 0 }, given), line_items, id, ...times };
    table.set(id, order);
    return order;
  };
  const known = (id: unknown): Order => {
    const order = table.get(Number(id));
    if (!order) throw new Refusal('woocommerce_rest_shop_order_invalid_id', 'Invalid ID.', 404);
    return order;
  };
  const page = (url: URL): Response => {
    const asked = (name: string): string => url.searchParams.get(name) ?? '';
    const later = (field: keyof Order, bound: string) => (order: Order) => bound === '' || String(order[field]) > bound;
    const found = [...table.values()]
      .filter(later('date_modified_gmt', asked('modified_after')))
      .filter(later('date_created_gmt', asked('after')));
    const key = ({ id, date_modified_gmt }: Order): string =>
      (asked('orderby') === 'modified' ? date_modified_gmt : '') + String(id).padStart(9, '0');
    found.sort((a, b) => key(a).localeCompare(key(b)) * (asked('order') === 'asc' ? 1 : -1));
    const size = Number(asked('per_page') || 10);
    const start = asked('offset') === '' ? (Number(asked('page') || 1) - 1) * size : Number(asked('offset'));
    const headers = { 'x-wp-total': String(found.length), 'x-wp-totalpages': String(Math.ceil(found.length / size)) };
    return HttpResponse.json(found.slice(start, start + size), { headers });
  };
  const change = (order: Order, given: Fields): Order => {
    checked(given);
    return Object.assign(order, merged(order, given), { date_modified_gmt: text(now()) });
  };

  const guarded =
    (answer: (asked: { request: Request; params: Fields; url: URL }) => Response | Promise<Response>) =>
    async ({ request, params }: { request: Request; params: Fields }): Promise<Response> => {
      const url = new URL(request.url);
      const failed = ({ code, message, status }: Refusal) =>
        HttpResponse.json({ code, message, data: { status } }, { status });
      const { consumerKey, consumerSecret } = credentials;
      const basic = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
      const isKnown =
        request.headers.get('authorization') === basic ||
        (url.searchParams.get('consumer_key') === consumerKey &&
          url.searchParams.get('consumer_secret') === consumerSecret);
      if (!isKnown)
        return failed(new Refusal('woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.', 401));
      try {
        return await answer({ request, params, url });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return failed(error);
      }
    };
  const at = '*/wp-json/wc/v3/orders';
  return {
    handlers: [
      on.get(
        at,
        guarded(({ url }) => page(url)),
      ),
      on.get(
        `${at}/:id`,
        guarded(({ params }) => HttpResponse.json(known(params.id))),
      ),
      on.post(
        at,
        guarded(async ({ request }) =>
          HttpResponse.json(make((await request.json()) as Fields, now()), { status: 201 }),
        ),
      ),
      on.put(
        `${at}/:id`,
        guarded(async ({ request, params }) =>
          HttpResponse.json(change(known(params.id), (await request.json()) as Fields)),
        ),
      ),
    ],
    held: (): Held[] => [...table.values()].map((order) => ({ id: String(order.id), object: structuredClone(order) })),
    add: (_, ms) => String(make({ line_items: [{ sku: 'LAMP-001', quantity: 1 }] }, ms).id),
    touch: (_, id, ms) => void Object.assign(known(id), { date_modified_gmt: text(ms) }),
    orders: () => [...table.values()],
  };
}
