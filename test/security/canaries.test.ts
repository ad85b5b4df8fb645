// Secrets and personal data, planted everywhere they can enter, and looked for everywhere they could leave.
import { createHmac } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectors } from '../../connectors/index.ts';
import { startHub as start } from '../../src/app.ts';
import { secretsOf } from '../../src/cli/serve.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { createClient, type HubClient } from '../flows/client.ts';
import { anOrder, orderChange, plainCustomer, plainMappings, plainOrder, source, target } from '../flows/documents.ts';
import { endAll, layOut } from '../flows/hub.ts';
import { closeSystems, type System, startSystem } from '../flows/system.ts';
import { until } from '../flows/until.ts';

/** Personal: no two alike, and none of them a word of ours. */
const person = {
  name: '张伟CANARY',
  phone: '+8613912345678',
  city: '泉城市',
  street: '趵突泉路 77 号',
  customer: 'Canaria Islander',
  other: '金丝雀路 12 号',
};
const personal = [...Object.values(person), '13912345678', '趵突泉路'];

const secrets = {
  bearer: 'canary-bearer-0f9e8d7c',
  password: 'canary-password-1a2b3c',
  header: 'canary-header-44c0ffee',
  signing: 'canary-signing-5ad5ad',
  webhook: 'canary-webhook-6be6be',
  root: 'canary-root-key-77aa88',
  desk: 'canary-desk-key-99bb00',
  full: 'canary-full-key-11cc22',
  shop: 'canary-shop-key-33dd44',
  erp: 'canary-erp-key-55ee66',
};
const coded = [...Object.values(secrets), Buffer.from(`hub:${secrets.password}`).toString('base64')];
const keys = [
  `root:admin=${secrets.root}`,
  `desk:read+operate+metrics+policy=${secrets.desk}`,
  `full:read+pii=${secrets.full}`,
  `shop:intake=${secrets.shop}`,
  `erp:feed=${secrets.erp}`,
].join(';');

let hub: HubClient;
let wms: System;
let crm: System;
/** Named in payloads and answers, and asked by nobody. */
let inside: System;
let orderId = '';
let customerId = '';
let returnId = '';
let refused = '';
const lines: string[] = [];
const stopped: (() => Promise<unknown>)[] = [];

const as = (who: keyof typeof secrets, method: string, path: string, body?: unknown) =>
  hub.ask(method, path, { key: secrets[who], ...(body !== undefined && { body }) });

/** As returns need it: whose it is, and that it arrived. */
const soldOrder = {
  ...plainOrder,
  fields: [
    ...plainOrder.fields,
    { ours: 'customerId', theirs: 'buyer', codec: { lookup: { record: 'customer' } } },
    { ours: 'fulfillmentStatus', theirs: 'sent', dir: 'in', codec: { enum: { in: { delivered: 'delivered' } } } },
  ],
};

/** The system says everything that it was sent, as careless systems do. */
const echo = (status: number) => (arrival: System['arrivals'][number]) => {
  if (arrival.method === 'GET') return undefined;
  const { to = {} } = JSON.parse(arrival.text || '{}') as { to?: Record<string, string> };
  const said = `no delivery to ${to.name}, ${to.street}, ${to.city}, tel ${to.phone}; you sent ${arrival.headers.authorization} ${arrival.headers['x-api-key']}`;
  const headers = { location: inside.url, link: `<${inside.url}>; rel="next"`, refresh: `0;url=${inside.url}` };
  return { status, headers, body: { message: said, headers: arrival.headers, body: arrival.text, url: inside.url } };
};

beforeAll(async () => {
  wms = await startSystem();
  crm = await startSystem();
  inside = await startSystem();
  wms.reply = echo(422);
  crm.reply = echo(503);
  const webhook = { scheme: 'standard', secret: secrets.webhook };
  const place = layOut({
    systems: {
      shop: source({ webhook }),
      wms: target(wms, { settings: { auth: { bearer: secrets.bearer }, sign: secrets.signing } }),
      crm: target(crm, { settings: { auth: { header: { name: 'X-Api-Key', value: secrets.header } } } }),
      pos: source({ auth: { basic: { username: 'hub', password: secrets.password } } }),
      erp: { role: 'erp', connector: 'feed' },
    },
    mappings: { ...plainMappings, 'http/order.yaml': soldOrder, 'http/customer.yaml': plainCustomer },
    more: { log: { level: 'debug' }, policies: 'policies' },
  });
  cpSync('policies', join(place.folder, 'policies'), { recursive: true });
  const config = await loadConfig(place.config, { env: { SYNCLINE_KEYS: keys }, connectors });
  const to = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'debug', secrets: secretsOf(config), to });
  const running = await start(config, { log, version: '0', oneThread: true });
  stopped.push(() => {
    running.stop('the test ends');
    return running.stopped;
  });
  hub = createClient(running.address, secrets.root);
  await use();
});
afterAll(async () => {
  for (const stop of stopped) await stop();
  await endAll();
  await closeSystems();
});

/** Everything that can go wrong with an order of that person. */
async function use(): Promise<void> {
  const { name, phone, city, street } = person;
  const to = { name, phone, country: 'CN', city, street };
  const said = await as('shop', 'POST', '/v1/systems/shop/changes', orderChange('SO-1', { to, ...links() }));
  orderId = (JSON.parse(said.text) as { results: { id: string }[] }).results[0]?.id ?? '';
  const known = await as('shop', 'POST', '/v1/systems/shop/changes', {
    record: 'customer',
    data: { id: 'C-1', number: 'C-1', name: person.customer },
  });
  customerId = (JSON.parse(known.text) as { results: { id: string }[] }).results[0]?.id ?? '';
  await sendBack();
  refused = await until('the WMS refuses it', async () => {
    const { text } = await as('full', 'GET', '/v1/deadletters?system=wms&record=order');
    return (JSON.parse(text) as { items: { id: string }[] }).items[0]?.id ?? '';
  });
  await until('the CRM fails', async () => crm.arrivals.length > 1);
  const feed = JSON.parse((await as('erp', 'GET', '/v1/feeds/erp')).text) as { items: { id: string; seq: string }[] };
  const [item] = feed.items;
  const reason = `blocked: ${name}, ${street}, ${phone}`;
  await as('erp', 'POST', '/v1/feeds/erp/reject', {
    items: [{ record: 'order', id: item?.id, seq: item?.seq, reason }],
  });
  await misuse(to);
}

/** What this person has bought comes back, and a person at the desk has looked. */
async function sendBack(): Promise<void> {
  const ordered = await as(
    'shop',
    'POST',
    '/v1/systems/shop/changes',
    orderChange('SO-7', { buyer: 'C-1', sent: 'delivered' }),
  );
  const order = (JSON.parse(ordered.text) as { results: { id: string }[] }).results[0]?.id ?? '';
  const asked = { customer: customerId, order, lines: [{ orderLine: '1', quantity: 1 }], reason: 'size' };
  const made = await as('root', 'POST', '/v1/returns', asked);
  returnId = (JSON.parse(made.text) as { id: string }).id;
  const wrong = { ...asked, customer: person.customer, reason: person.street };
  for (const path of ['/v1/returns', '/v1/returns/decisions']) await as('root', 'POST', path, wrong);
}

/** Addresses wherever an order of these systems has room for a text. */
const links = () => ({ note: `see ${inside.url}/note`, reference: `${inside.url}/photo.jpg` });

/** Requests that are refused, each with the person or a secret in it. */
async function misuse(to: object): Promise<void> {
  const changes = '/v1/systems/shop/changes';
  await as(
    'shop',
    'POST',
    changes,
    `{"record":"order","data":{"id":"SO-2","to":{"name":"${person.name}","street":"${person.street}`,
  );
  await as(
    'shop',
    'POST',
    changes,
    orderChange('SO-3', { to: { ...to, phone: { wrong: person.phone } }, total: person.street }),
  );
  await as('shop', 'POST', changes, { record: 'order', data: { id: 'SO-4', to: person.name } });
  await as('desk', 'PATCH', `/v1/records/order/${orderId}`, { shipTo: { street: person.other } });
  await hub.ask('PATCH', `/v1/records/order/${orderId}`, {
    key: secrets.desk,
    body: { shipTo: { street: person.other }, number: 'SO-9' },
    headers: { 'content-type': 'application/merge-patch+json', 'if-match': '*' },
  });
  await as('desk', 'POST', `/v1/deadletters/${refused}/replay`, { patch: { shipTo: { strasse: person.other } } });
  await hub.ask('GET', '/v1/keys', { key: `${secrets.root}x` });
  await hub.ask('GET', '/v1/keys', {
    key: null,
    headers: { authorization: `Basic ${Buffer.from(`hub:${secrets.password}`).toString('base64')}` },
  });
  await webhook(`{"record":"order","data":{"to":"${person.name}"`);
  await webhook(`{"record":"order","data":{"to":"${person.name}"}}`, 'v1,wrong');
  await as('desk', 'POST', '/v1/systems/wms/check', {});
  await as('desk', 'POST', '/v1/systems/pos/check', {});
}

async function webhook(body: string, signature?: string): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const id = `evt-${body.length}`;
  const mac = createHmac('sha256', secrets.webhook).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature ?? `v1,${mac}` };
  await hub.ask('POST', '/v1/webhooks/shop', {
    key: null,
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

it('addresses in payloads and answers are data: nobody asks them', () => {
  expect(wms.arrivals.map(({ text }) => text).join()).toContain(`${inside.url}/photo.jpg`);
  expect(inside.arrivals).toEqual([]);
});

const found = (text: string, canaries: readonly string[]) => canaries.filter((one) => text.includes(one));

/** Everything that may be read, every list with everything in it. */
const reads = [
  '/v1/records/order/:order',
  '/v1/records/order?external=shop:SO-1',
  '/v1/records/order/:order/timeline',
  '/v1/changes',
  '/v1/returns/:return',
  '/v1/customers/:customer/return-profile',
  '/v1/breakers',
  '/v1/decisions?record=:return',
  '/v1/deadletters?state=all',
  '/v1/deadletters/:letter',
  '/v1/tasks?state=all',
  '/v1/systems',
  '/v1/lag',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/healthz',
  '/readyz',
];

const read = (who: keyof typeof secrets, path: string) =>
  as(
    who,
    'GET',
    path
      .replace(':order', orderId)
      .replace(':customer', customerId)
      .replace(':return', returnId)
      .replace(':letter', refused),
  );

describe('personal data', () => {
  it('was there to be found: it is shown with the scope pii, and it reached the systems', async () => {
    const texts = await Promise.all(reads.map(async (path) => (await read('full', path)).text));
    for (const one of [person.name, person.phone, person.street, person.city]) expect(texts.join()).toContain(one);
    expect(wms.arrivals.map(({ text }) => text).join()).toContain(person.street);
    const letter = (await as('full', 'GET', `/v1/deadletters/${refused}`)).text;
    expect(letter).toContain(`no delivery to ${person.name}`);
  });

  it.each(reads)('is not in %s without the scope pii', async (path) => {
    const answer = await read('desk', path);
    expect(answer.status).toBe(200);
    expect(found(answer.text, personal)).toEqual([]);
  });

  it('is in no line of the log, at any level', () => {
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.join('')).toContain('dead_letter');
    expect(found(lines.join(''), personal)).toEqual([]);
  });

  it('is not in the audit', async () => {
    const { text } = await as('root', 'GET', '/v1/audit');
    expect(text).toContain('system.check');
    expect(found(text, personal)).toEqual([]);
  });

  it('is not in the words of a refusal, which stay as they are otherwise', async () => {
    const { text } = await as('desk', 'GET', `/v1/deadletters/${refused}`);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'rejected',
      message: expect.stringMatching(/^no delivery to •••, •••, •••, tel •••/),
    });
  });

  it('is in no problem, whatever was wrong with the request', async () => {
    const { street } = person;
    const broken = [
      as('shop', 'POST', '/v1/systems/shop/changes', `{"record":"order","data":{"to":"${street}`),
      as('shop', 'POST', '/v1/systems/shop/changes', { record: 'order', data: { ...anOrder('SO-5'), total: street } }),
      as('shop', 'POST', '/v1/systems/shop/changes', `["${street}", ${street}]`),
      as('desk', 'POST', '/v1/tasks/tsk_1/done', { decision: 1, reason: [street] }),
    ];
    for (const { text } of await Promise.all(broken)) expect(found(text, personal)).toEqual([]);
  });
});

describe('secrets', () => {
  it('were used: they reached the systems that they are for', () => {
    expect(wms.arrivals[0]?.headers.authorization).toBe(`Bearer ${secrets.bearer}`);
    expect(wms.arrivals[0]?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(crm.arrivals[0]?.headers['x-api-key']).toBe(secrets.header);
  });

  it.each([...reads, '/v1/audit', '/v1/keys'])('are not in %s, not even for an administrator', async (path) => {
    const answer = await read('root', path);
    expect(answer.status).toBe(200);
    expect(found(answer.text, coded)).toEqual([]);
  });

  it('are in no line of the log, at any level', () => {
    expect(found(lines.join(''), coded)).toEqual([]);
  });

  it('of one system never go to another', () => {
    const sent = (system: System) => JSON.stringify(system.arrivals.map(({ headers, text }) => [headers, text]));
    expect(found(sent(wms), [secrets.header, secrets.password])).toEqual([]);
    expect(found(sent(crm), [secrets.bearer, secrets.signing, secrets.password])).toEqual([]);
  });
});
