// A small REST system that keeps what is written: pages, keys, required fields, credentials, and its own words for a no.
import { HttpResponse, http as on } from 'msw';
import type { Held, Vendor } from '../../contract/connector/subject.ts';

export const tokens = { bearer: 's3cret-bearer-token', client: 'hub', clientSecret: 'very s3cret & odd' };

interface Row {
  id: string;
  updatedAt: string;
  [name: string]: unknown;
}

export interface RestOptions {
  /** Remembers idempotency keys. */
  keys?: boolean;
  /** Gives tokens out instead of knowing one. */
  oauth?: boolean;
}

const pageSize = 3;
const required = ['number', 'qty'];

/** What its users put into an object: a null, an empty text, and something that no mapping knows. */
export const seeded = { qty: 1, note: null, memo: '', extension: { colour: 'green', weights: [1.5, 2] } };

export function restVendor(now: () => number, { keys = false, oauth = false }: RestOptions = {}): Vendor {
  const rows = new Map<string, Row>();
  const answers = new Map<string, string>();
  const valid = new Set<string>(oauth ? [] : [tokens.bearer]);
  let lastId = 0;
  let lastToken = 0;

  const add = (object: object, at: number): Row => {
    lastId += 1;
    const row = { ...object, id: String(lastId), updatedAt: new Date(at).toISOString() };
    rows.set(row.id, row);
    return row;
  };
  const isKnown = (request: Request): boolean =>
    valid.has(request.headers.get('authorization')?.replace(/^Bearer /, '') ?? '');
  const guarded =
    (handle: (request: Request, id: string) => Promise<Response> | Response) =>
    ({ request, params }: { request: Request; params: Record<string, unknown> }) =>
      isKnown(request) ? handle(request, String(params.id)) : new HttpResponse(null, { status: 401 });

  const create = async (request: Request): Promise<Response> => {
    const key = keys ? (request.headers.get('idempotency-key') ?? '') : '';
    const known = answers.get(key);
    if (known !== undefined) return HttpResponse.json(rows.get(known), { status: 201 });
    const body = (await request.json()) as object;
    const missing = missingIn(body);
    if (missing !== undefined) return refused(missing);
    const row = add(body, now());
    if (key !== '') answers.set(key, row.id);
    return HttpResponse.json(row, { status: 201 });
  };
  const change = async (request: Request, id: string): Promise<Response> => {
    const row = rows.get(id);
    if (!row) return new HttpResponse(null, { status: 404 });
    const body = (await request.json()) as object;
    const next = request.method === 'PATCH' ? { ...row, ...body } : body;
    const missing = missingIn(next);
    if (missing !== undefined) return refused(missing);
    rows.set(id, { ...next, id, updatedAt: new Date(now()).toISOString() });
    return HttpResponse.json(rows.get(id));
  };

  return {
    held: () => [...rows.values()].map((row): Held => ({ id: row.id, object: row })),
    add: (_, at) => add({ ...seeded, number: `SO-${lastId + 1}`, name: `Order ${lastId + 1}` }, at).id,
    touch: (_, id, at) => void rows.set(id, { ...(rows.get(id) as Row), updatedAt: new Date(at).toISOString() }),
    revoke: () => valid.clear(),
    handlers: [
      on.post('*/token', async ({ request }) => {
        const client = `${encodeURIComponent(tokens.client)}:${encodeURIComponent(tokens.clientSecret)}`;
        if (request.headers.get('authorization') !== `Basic ${btoa(client)}`)
          return HttpResponse.json({ error: 'invalid_client' }, { status: 401 });
        lastToken += 1;
        valid.add(`token-${lastToken}`);
        return HttpResponse.json({ access_token: `token-${lastToken}`, expires_in: 3600 });
      }),
      on.get(
        '*/orders',
        guarded((request) => HttpResponse.json(pageOf([...rows.values()], new URL(request.url).searchParams))),
      ),
      on.get(
        '*/orders/changes',
        guarded((request) => HttpResponse.json(changesOf([...rows.values()], new URL(request.url).searchParams))),
      ),
      on.post('*/orders', guarded(create)),
      on.put('*/orders/:id', guarded(change)),
      on.patch('*/orders/:id', guarded(change)),
      on.get(
        '*/orders/:id',
        guarded((_, id) => (rows.has(id) ? HttpResponse.json(rows.get(id)) : new HttpResponse(null, { status: 404 }))),
      ),
      on.delete(
        '*/orders/:id',
        guarded((_, id) => new HttpResponse(null, { status: rows.delete(id) ? 204 : 404 })),
      ),
    ],
  };
}

const missingIn = (body: object): string | undefined =>
  required.find((name) => (body as Record<string, unknown>)[name] === undefined);

const refused = (name: string): Response =>
  HttpResponse.json({ errors: [{ field: name, message: `an order needs its ${name}` }] }, { status: 422 });

/** By number, or page by page behind the last id. */
function pageOf(rows: Row[], query: URLSearchParams): object {
  const number = query.get('number');
  if (number !== null) return { rows: rows.filter((row) => row.number === number), next: null };
  const after = Number(query.get('page') ?? 0);
  const rest = rows.filter(({ id }) => Number(id) > after);
  const page = rest.slice(0, pageSize);
  return { rows: page, next: rest.length > pageSize ? page.at(-1)?.id : null };
}

/** From a time on, that time included, as most systems have it. */
function changesOf(rows: Row[], query: URLSearchParams): object {
  const since = query.get('since') ?? '';
  const rest = rows
    .filter(({ updatedAt }) => updatedAt >= since)
    .sort((a, b) => a.updatedAt.localeCompare(b.updatedAt));
  const page = rest.slice(0, pageSize);
  return { rows: page, next: page.at(-1)?.updatedAt ?? (since || null) };
}
