// The http connector in three configurations, against systems that keep what is written.
import { http } from '../../../connectors/http/index.ts';
import { createSigner } from '../../../src/connector/standard-webhooks.ts';
import type { ConnectorSubject, Vendor, WriteSamples } from '../../contract/connector/subject.ts';
import { restVendor, seeded, tokens } from './rest-vendor.ts';

const numberOf = (id: string, vendor: Vendor): unknown =>
  vendor.held('order').find((held) => held.id === id)?.object.number;

const personal = ['Zoë Marlowe', '17 Larch Row'];
const fields = { qty: 3, name: personal[0], street: personal[1] };
/** Digits that a double would round, and a member that no mapping knows. */
const created = (n: number) => ({
  body: `{"number": "NEW-${n}", "qty": 2, "weight": 1.50, "extension": {"n": ${n}}}`,
  match: [{ field: 'number', value: `NEW-${n}` }],
  holds: { number: `NEW-${n}`, qty: 2, weight: 1.5, extension: { n } },
});

/** PUT: the hub sends the object as a whole. */
const whole: WriteSamples = {
  create: created,
  update: (id, vendor) => {
    const object = { ...seeded, ...fields, number: numberOf(id, vendor) };
    return { body: JSON.stringify(object), holds: object };
  },
  refused: { op: 'create', body: '{"number":"SO-77"}', words: 'an order needs its qty' },
  sparse: (id, vendor) => {
    const object = { ...fields, number: numberOf(id, vendor) };
    return {
      null: { body: JSON.stringify({ ...object, street: null }), holds: { street: null } },
      empty: { body: JSON.stringify({ ...object, street: '' }), holds: { street: '' } },
      absent: 'PUT sends every field',
    };
  },
};

/** PATCH: what is not named stays, also what no mapping knows. */
const changes: WriteSamples = {
  ...whole,
  update: () => ({ body: JSON.stringify(fields), holds: { ...seeded, ...fields } }),
  sparse: {
    null: { body: '{"street":null}', holds: { street: null, name: personal[0] } },
    empty: { body: '{"street":""}', holds: { street: '', name: personal[0] } },
    absent: { body: '{"qty":4}', holds: { qty: 4, street: personal[1], extension: seeded.extension } },
  },
};

const base = {
  connector: http,
  personal,
  reads: {
    order: {
      shows: (id: string, vendor: Vendor) => ({ id, number: numberOf(id, vendor), note: null, memo: '' }),
      extra: { extension: seeded.extension },
      match: (id: string, vendor: Vendor) => [{ field: 'number', value: String(numberOf(id, vendor)) }],
    },
  },
  polls: {},
  httpRefusal: (words: string) => JSON.stringify({ errors: [{ message: words }] }),
} satisfies Partial<ConnectorSubject>;

const order = {
  create: 'POST /orders',
  update: 'PUT /orders/{id}',
  fetch: 'GET /orders/{id}',
  find: { request: 'GET /orders?number={number}', items: 'rows' },
  list: { request: 'GET /orders?page={cursor}', items: 'rows', cursor: 'next' },
};

export const safe: ConnectorSubject = {
  ...base,
  configuration: 'idempotency key',
  settings: (url) => ({
    url: `${url}/api`,
    auth: { bearer: tokens.bearer },
    records: { order: { ...order, delete: 'DELETE /orders/{id}' } },
  }),
  wrongCredentials: (url) => ({ url, auth: { bearer: 'nobody' }, records: { order } }),
  vendor: (now) => restVendor(now, { keys: true }),
  writes: { order: whole },
  secrets: [tokens.bearer],
};

const oauth2 = (url: string, clientSecret: string) => ({
  oauth2: { tokenUrl: `${url}/token`, clientId: tokens.client, clientSecret },
});

export const natural: ConnectorSubject = {
  ...base,
  configuration: 'natural key',
  settings: (url) => ({
    url,
    auth: oauth2(url, tokens.clientSecret),
    repeatSafe: 'natural-key',
    records: { order: { ...order, update: 'PATCH /orders/{id}' } },
  }),
  wrongCredentials: (url) => ({ url, auth: oauth2(url, 'nobody'), records: { order } }),
  vendor: (now) => restVendor(now, { oauth: true }),
  writes: { order: changes },
  secrets: [tokens.clientSecret],
};

const polled = {
  create: 'POST /orders',
  update: 'PUT /orders/{id}',
  poll: {
    request: 'GET /orders/changes?since={cursor}',
    items: 'rows',
    cursor: 'next',
    changedAt: 'updatedAt',
    overlap: '2m',
  },
};
const secret = 'whsec_c2FtcGxlIHNlY3JldCBvZiBhIHNhbXBsZQ==';
const change = `{"record": "order", "id": "1", "data": {"number": "SO-1", "weight": 1.50, "street": "${personal[1]}"}}`;

export const polling: ConnectorSubject = {
  ...base,
  configuration: 'poll, webhook',
  settings: (url) => ({
    url,
    auth: { header: { name: 'authorization', value: `Bearer ${tokens.bearer}` } },
    webhook: { scheme: 'standard', secret },
    repeatSafe: 'no',
    check: 'GET /orders',
    records: { order: polled },
  }),
  wrongCredentials: (url) => ({ url, auth: { bearer: 'nobody' }, check: 'GET /orders', records: { order: polled } }),
  vendor: (now) => restVendor(now),
  writes: { order: whole },
  reads: { order: { ...base.reads.order, match: 'no find is configured' } },
  polls: { order: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 120_000 } },
  webhook: {
    secret,
    sign: (body, by, at) => {
      const [id, timestamp] = ['msg_1', String(Math.floor(at / 1000))];
      const signature = createSigner(by)({ id, timestamp, body });
      return {
        headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
        body: Buffer.from(body),
      };
    },
    samples: [{ body: change, becomes: { raw: change, dedupeId: 'msg_1' } }],
  },
  secrets: [`Bearer ${tokens.bearer}`, secret],
};
