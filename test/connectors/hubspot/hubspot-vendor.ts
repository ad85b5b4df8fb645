// A small model of a HubSpot account, after its published API: unique properties, partial answers, search and its limits, tokens.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Vendor } from '../../contract/connector/subject.ts';
import samples from './samples.json' with { type: 'json' };

export const credentials = {
  accessToken: 'pat-eu1-s3cret',
  app: { clientId: 'hub-app', clientSecret: 's3cret of the app', refreshToken: 's3cret refresh' },
};

type Properties = Record<string, string | null>;
interface Row {
  id: string;
  properties: Properties;
  createdAt: string;
  updatedAt: string;
  archived: boolean;
}
type Kind = 'contacts' | 'companies' | 'orders';

export interface Account extends Vendor {
  row(kind: Kind, id: string): Row;
  /** Somebody's own object. @returns its id */
  make(kind: Kind, properties: Properties): string;
  remove(kind: Kind, id: string): void;
  /** Its limit is reached: the next request is refused so. */
  exhaust(policy: 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY'): void;
  /** Customers that an order is linked to, as `contacts 101`. */
  links: Map<string, Set<string>>;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const clone = <T>(value: T): T => structuredClone(value);

/** A property with unique values that was made for the hub, and those that HubSpot has of its own. */
const unique: Record<Kind, string[]> = {
  contacts: ['email', 'syncline_number'],
  companies: ['syncline_number'],
  orders: ['syncline_number'],
};
const knownProperties: Record<Kind, string[]> = {
  contacts: [...Object.keys(samples.contact.properties), 'syncline_number', 'favorite_food'],
  companies: [...Object.keys(samples.company.properties), 'syncline_number'],
  orders: [...Object.keys(samples.order.properties), 'syncline_number'],
};
const sampleOf = { contacts: samples.contact, companies: samples.company, orders: samples.order };
const changedOf = (kind: Kind): string => (kind === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate');

/** Most that a search gives, however it is paged. */
const searchLimit = 10_000;

class Refusal extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;
  constructor(status: number, category: string, message: string, more: object = {}) {
    super(message);
    this.status = status;
    this.body = { status: 'error', message, category, ...more };
  }
}

/** @param customers what a customer is in these tests */
export function hubspotAccount(now: () => number, customers: 'contacts' | 'companies' = 'contacts'): Account {
  const rows: Record<Kind, Map<string, Row>> = { contacts: new Map(), companies: new Map(), orders: new Map() };
  const links = new Map<string, Set<string>>();
  const tokens = new Set<string>([credentials.accessToken]);
  let last = 100;
  let exhausted: string | undefined;
  const next = (): string => {
    last += 1;
    return String(last);
  };
  const kindOf = (record: RecordType): Kind => (record === 'order' ? 'orders' : customers);

  const touchRow = (kind: Kind, row: Row, at: number): void => {
    row.updatedAt = iso(at);
    row.properties[changedOf(kind)] = iso(at);
  };
  const insert = (kind: Kind, properties: Properties, at: number): Row => {
    const id = next();
    const empty = Object.fromEntries(knownProperties[kind].map((name) => [name, null]));
    const row = {
      id,
      properties: { ...empty, ...properties },
      createdAt: iso(at),
      updatedAt: iso(at),
      archived: false,
    };
    rows[kind].set(id, row);
    row.properties[kind === 'orders' ? 'hs_createdate' : 'createdate'] = iso(at);
    touchRow(kind, row, at);
    return row;
  };
  const by = (kind: Kind, name: string, value: string): Row | undefined =>
    [...rows[kind].values()].find((row) => (name === 'hs_object_id' ? row.id : row.properties[name]) === value);

  /** Words and forms of HubSpot's own: what is wrong with one property stands in a list inside the message. */
  const check = (kind: Kind, properties: Properties, self?: Row): void => {
    for (const [name, value] of Object.entries(properties)) {
      if (!knownProperties[kind].includes(name))
        throw invalid('PROPERTY_DOESNT_EXIST', name, `Property "${name}" does not exist`);
      if (name === 'email' && value && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value))
        throw invalid('INVALID_EMAIL', name, `Email address ${value} is invalid`);
      const other = value && unique[kind].includes(name) ? by(kind, name, value) : undefined;
      if (!other || other === self) continue;
      if (name === 'email') throw new Refusal(409, 'CONFLICT', `Contact already exists. Existing ID: ${other.id}`);
      throw invalid('CONFLICTING_UNIQUE_VALUE', name, `${other.id} already has that value.`);
    }
  };
  const invalid = (error: string, name: string, message: string): Refusal =>
    new Refusal(
      400,
      'VALIDATION_ERROR',
      `Property values were not valid: ${JSON.stringify([{ isValid: false, message, error, name }])}`,
      {
        errors: [{ message, code: error, context: { propertyName: [name] } }],
      },
    );
  const texts = (kind: Kind, given: unknown): Properties => {
    const properties = (given ?? {}) as Properties;
    const wrong = Object.entries(properties).find(([, value]) => typeof value !== 'string');
    if (wrong) throw invalid('INVALID_TYPE', wrong[0], `${kind}: a property is a text`);
    return properties;
  };
  const save = (kind: Kind, properties: Properties, row?: Row): Row => {
    check(kind, properties, row);
    if (!row) return insert(kind, properties, now());
    Object.assign(row.properties, properties);
    touchRow(kind, row, now());
    return row;
  };
  const found = (kind: Kind, id: string, name = 'hs_object_id'): Row => {
    const row = by(kind, name, id);
    if (row) return row;
    throw new Refusal(404, 'OBJECT_NOT_FOUND', 'Object not found.  objectId are usually numeric.');
  };

  interface Input {
    id: string;
    idProperty?: string;
    objectWriteTraceId?: string;
    properties: Properties;
  }
  const writeInput = (kind: Kind, verb: string, input: Input): Row & { new: boolean } => {
    const properties = texts(kind, input.properties);
    if (verb === 'update') return { ...save(kind, properties, found(kind, input.id, input.idProperty)), new: false };
    const name = input.idProperty ?? '';
    if (!unique[kind].includes(name))
      throw new Refusal(400, 'VALIDATION_ERROR', `idProperty ${name} is no property with unique values`);
    const known = by(kind, name, input.id);
    return { ...save(kind, { [name]: input.id, ...properties }, known), new: !known };
  };
  /** With marks it is told which was refused; without them one takes all others with it. */
  const batch = (kind: Kind, verb: string, inputs: Input[]): Response => {
    if (inputs.length > 100) throw new Refusal(400, 'VALIDATION_ERROR', 'Only 100 inputs are taken at once');
    const isMarked = inputs.every(({ objectWriteTraceId }) => objectWriteTraceId !== undefined);
    const before = clone([...rows[kind]]);
    const results: object[] = [];
    const errors: object[] = [];
    for (const input of inputs) {
      try {
        const { objectWriteTraceId } = input;
        const row = writeInput(kind, verb, input);
        // Shown as HubSpot shows it: the few properties it always shows, and those that were written.
        results.push({ ...row, properties: { ...input.properties, hs_object_id: row.id }, objectWriteTraceId });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (!isMarked) {
          rows[kind] = new Map(before);
          throw error;
        }
        const context =
          error.status === 404 ? { ids: [input.id] } : { objectWriteTraceId: [String(input.objectWriteTraceId)] };
        const { category } = error.body;
        const message =
          error.status === 404
            ? 'Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.'
            : error.message;
        errors.push({ status: 'error', category, message, context });
      }
    }
    const times = { startedAt: iso(now()), completedAt: iso(now()) };
    const body = { status: 'COMPLETE', results, ...times };
    return errors.length === 0
      ? HttpResponse.json(body)
      : HttpResponse.json({ ...body, numErrors: errors.length, errors }, { status: 207 });
  };

  const shown = (row: Row, names: readonly string[]): Row => ({
    ...row,
    properties: Object.fromEntries(
      ['hs_object_id', ...names].map((name) => [
        name,
        name === 'hs_object_id' ? row.id : (row.properties[name] ?? null),
      ]),
    ),
  });
  const list = (kind: Kind, query: URLSearchParams): object => {
    const [limit, after] = [Number(query.get('limit') ?? 10), Number(query.get('after') ?? 0)];
    if (limit > 100) throw new Refusal(400, 'VALIDATION_ERROR', 'limit must be 100 at most');
    const rest = [...rows[kind].values()].filter(({ id }) => Number(id) >= after);
    const results = rest.slice(0, limit).map((row) => shown(row, query.get('properties')?.split(',') ?? []));
    const following = rest[limit];
    return {
      results,
      ...(following && { paging: { next: { after: following.id, link: 'https://api.hubapi.com/…' } } }),
    };
  };
  interface Search {
    filterGroups?: { filters: { propertyName: string; operator: string; value: string }[] }[];
    sorts?: { propertyName: string; direction: string }[];
    properties?: string[];
    limit?: number;
    after?: string;
  }
  const search = (
    kind: Kind,
    { filterGroups = [], sorts = [], properties = [], limit = 10, after = '0' }: Search,
  ): object => {
    if (limit > 200) throw new Refusal(400, 'VALIDATION_ERROR', 'limit must be 200 at most');
    if (Number(after) + limit > searchLimit)
      throw new Refusal(400, 'VALIDATION_ERROR', `a search gives ${searchLimit} results at most`);
    if (sorts.length > 1) throw new Refusal(400, 'VALIDATION_ERROR', 'one sort at most');
    const [filter] = filterGroups[0]?.filters ?? [];
    const timeOf = (row: Row): number => Date.parse(row.properties[filter?.propertyName ?? ''] ?? '');
    if (filter?.operator !== 'GT') throw new Refusal(400, 'VALIDATION_ERROR', `no operator ${filter?.operator} here`);
    const all = [...rows[kind].values()].filter((row) => timeOf(row) > Number(filter.value));
    if (sorts[0]?.direction === 'ASCENDING') all.sort((a, b) => timeOf(a) - timeOf(b));
    const end = Number(after) + limit;
    const results = all.slice(Number(after), end).map((row) => shown(row, properties));
    return { total: all.length, results, ...(end < all.length && { paging: { next: { after: String(end) } } }) };
  };

  const guard = (request: Request): void => {
    if (!tokens.has((request.headers.get('authorization') ?? '').replace(/^Bearer /, '')))
      throw new Refusal(
        401,
        'INVALID_AUTHENTICATION',
        'Authentication credentials not found. This API supports OAuth 2.0 authentication',
      );
    const policyName = exhausted;
    exhausted = undefined;
    if (policyName)
      throw new Refusal(429, 'RATE_LIMITS', `You have reached your ${policyName.toLowerCase()} limit.`, {
        ...{ errorType: 'RATE_LIMIT', policyName },
      });
  };
  const answer = async (request: Request, serve: () => Promise<Response> | Response): Promise<Response> => {
    try {
      guard(request);
      return await serve();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const limits = { 'x-hubspot-ratelimit-interval-milliseconds': '10000', 'x-hubspot-ratelimit-max': '100' };
      return HttpResponse.json(error.body, { status: error.status, headers: limits });
    }
  };
  const issue = async (request: Request): Promise<Response> => {
    const form = new URLSearchParams(await request.text());
    const { clientId, clientSecret, refreshToken } = credentials.app;
    const isOurs =
      form.get('client_id') === clientId &&
      form.get('client_secret') === clientSecret &&
      form.get('refresh_token') === refreshToken;
    if (!isOurs || form.get('grant_type') !== 'refresh_token')
      return HttpResponse.json(
        { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' },
        { status: 400 },
      );
    const token = `half-an-hour-${next()}`;
    tokens.add(token);
    return HttpResponse.json({
      access_token: token,
      refresh_token: refreshToken,
      token_type: 'bearer',
      expires_in: 1800,
    });
  };
  const handle = async (kind: Kind, id: string, request: Request): Promise<Response> => {
    const query = new URL(request.url).searchParams;
    const properties = query.get('properties')?.split(',') ?? [];
    if (request.method === 'GET')
      return HttpResponse.json(shown(found(kind, id, query.get('idProperty') ?? undefined), properties));
    const body = (await request.json()) as { properties: unknown };
    return HttpResponse.json(save(kind, texts(kind, body.properties), found(kind, id)));
  };

  /** One that cannot be made takes all others with it. */
  const linkAll = (kind: Kind, inputs: { from: { id: string }; to: { id: string } }[]): Response => {
    if (inputs.length > 100) throw new Refusal(400, 'VALIDATION_ERROR', 'Only 100 inputs are taken at once');
    for (const { from, to } of inputs) [found('orders', from.id), found(kind, to.id)];
    for (const { from, to } of inputs) links.set(from.id, new Set(links.get(from.id)).add(`${kind} ${to.id}`));
    return HttpResponse.json({ status: 'COMPLETE', results: inputs, startedAt: iso(now()), completedAt: iso(now()) });
  };

  type Found = { request: Request; params: Record<string, unknown> };
  const kindIn = ({ params }: Found): Kind => {
    const name = String(params.kind) as Kind;
    if (name in rows) return name;
    throw new Refusal(400, 'VALIDATION_ERROR', `Unable to infer object type from: ${name}`);
  };
  const objects = '*/crm/v3/objects/:kind';
  const make = (kind: Kind, properties: Properties, at = now()): string =>
    insert(kind, { ...clone(sampleOf[kind].properties), ...properties }, at).id;
  return {
    handlers: [
      on.post('*/oauth/v1/token', ({ request }) => issue(request)),
      on.post(`${objects}/search`, (got) =>
        answer(got.request, async () => HttpResponse.json(search(kindIn(got), (await got.request.json()) as Search))),
      ),
      on.post(`${objects}/batch/:verb`, (got) =>
        answer(got.request, async () =>
          batch(kindIn(got), String(got.params.verb), ((await got.request.json()) as { inputs: Input[] }).inputs),
        ),
      ),
      on.get(objects, (got) =>
        answer(got.request, () => HttpResponse.json(list(kindIn(got), new URL(got.request.url).searchParams))),
      ),
      on.post(objects, (got) =>
        answer(got.request, async () => {
          const body = (await got.request.json()) as { properties: unknown };
          return HttpResponse.json(save(kindIn(got), texts(kindIn(got), body.properties)), { status: 201 });
        }),
      ),
      on.all(`${objects}/:id`, (got) =>
        answer(got.request, () => handle(kindIn(got), String(got.params.id), got.request)),
      ),
      on.post('*/crm/v4/associations/orders/:kind/batch/associate/default', (got) =>
        answer(got.request, async () =>
          linkAll(kindIn(got), ((await got.request.json()) as { inputs: Parameters<typeof linkAll>[1] }).inputs),
        ),
      ),
    ],
    held: (record) => [...rows[kindOf(record)].values()].map((row) => ({ id: row.id, object: clone(row.properties) })),
    add: (record, at) => {
      const kind = kindOf(record);
      const number = `${record}-${last + 1}`;
      const own = kind === 'contacts' ? { email: `person.${last + 1}@example.com` } : {};
      return make(kind, { ...own, syncline_number: number }, at);
    },
    touch: (record, id, at) => {
      const row = rows[kindOf(record)].get(id);
      if (row) touchRow(kindOf(record), row, at);
    },
    revoke: () => tokens.clear(),
    row: (kind, id) => found(kind, id),
    make: (kind, properties) => make(kind, properties),
    remove: (kind, id) => void rows[kind].delete(id),
    exhaust: (policy) => {
      exhausted = policy;
    },
    links,
  };
}
