// What is particular to HubSpot: partial answers, people without numbers, limits, what an order is linked to, its own package.
import { Client, Signature } from '@hubspot/api-client';
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubspot } from '../../../connectors/hubspot/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { PushResult, Send } from '../../../src/connector/contract.ts';
import { readSettings } from '../../../src/connector/settings.ts';
import { failureOf, poll, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { type Account, credentials, hubspotAccount } from './hubspot-vendor.ts';
import samples from './samples.json' with { type: 'json' };

let account: Account;
let server: MswServer;
let connection: Connection;
const { accessToken, app } = credentials;
const webhook = { url: 'https://hub.example.com/v1/webhooks/hubspot', secrets: [app.clientSecret] };

beforeEach(async () => {
  account = hubspotAccount(() => testNow);
  server = await startMswServer(...account.handlers);
  connection = connectTo(hubspot, { url: server.url, accessToken, webhook });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

let sent = 0;
const aSend = (record: Send['record'], body: object, more: Partial<Send> = {}): Send => {
  sent += 1;
  return {
    ...{ op: 'create', record, recordId: `x_${sent}`, key: `crm:${record}:x_${sent}:1`, match: [], repeat: false },
    body: JSON.stringify(body),
    ...more,
  };
};
const anUpdate = (record: Send['record'], externalId: string, body: object): Send =>
  aSend(record, body, { op: 'update', externalId });
const pushMany = (...sends: Send[]) => connection.connector.pushMany?.(sends, connection.context()) ?? [];
const asked = (): string[] => server.arrivals.map(({ method, url }) => `${method} ${url.replace(/\?.*/, '')}`);
const person = (n: number, more: object = {}) => ({
  number: `C-${n}`,
  properties: { email: `zoe.${n}@example.com`, firstname: 'Zoë', ...more },
});

describe('a batch', () => {
  it('is one request for all that are new and one for all that are known, and only what fails fails', async () => {
    const known = account.make('contacts', { email: 'known@example.com' });
    const results = await pushMany(
      aSend('customer', person(1)),
      anUpdate('customer', known, { properties: { phone: '+49300000004' } }),
      aSend('customer', person(2, { email: 'no address' })),
      anUpdate('customer', '999999', { properties: { phone: '1' } }),
      aSend('customer', person(3)),
    );
    expect(results).toMatchObject([
      { pushed: { externalId: expect.any(String) } },
      { pushed: { externalId: known } },
      { error: { kind: 'rejected', message: expect.stringContaining('Email address no address is invalid') } },
      { error: { kind: 'not_found' } },
      { pushed: { externalId: expect.any(String) } },
    ]);
    expect(asked()).toEqual([
      'POST /crm/v3/objects/contacts/batch/upsert',
      'POST /crm/v3/objects/contacts/batch/update',
    ]);
    expect(account.row('contacts', known).properties.phone).toBe('+49300000004');
    expect(account.held('customer')).toHaveLength(3);
  });

  it('that is refused whole is told one by one', async () => {
    server.use(
      on.post('*/batch/upsert', async ({ request }) => {
        const { inputs } = (await request.clone().json()) as { inputs: object[] };
        const body = { category: 'VALIDATION_ERROR', message: 'one of them is wrong' };
        return inputs.length > 1 ? HttpResponse.json(body, { status: 400 }) : undefined;
      }),
    );
    const results = await pushMany(aSend('customer', person(1)), aSend('customer', person(2, { email: 'nobody' })));
    expect(results).toMatchObject([
      { pushed: {} },
      { error: { kind: 'rejected', message: expect.stringContaining('nobody') } },
    ]);
  });

  it('of more than HubSpot takes at once is several, and answers in its order', async () => {
    const results = await pushMany(
      ...Array.from({ length: 101 }, (_, n) => aSend('order', { number: `O-${n}`, properties: {} })),
    );
    const rows = results.map((result) =>
      account.row('orders', 'pushed' in result ? `${result.pushed.externalId}` : ''),
    );
    expect(rows.map(({ properties }) => properties.syncline_number)).toEqual(results.map((_, n) => `O-${n}`));
    expect(asked()).toHaveLength(2);
  });

  it('with one that cannot be sent sends the others', async () => {
    const results = await pushMany(aSend('customer', { tags: [] }), aSend('customer', person(1)));
    expect(results).toMatchObject([{ error: { kind: 'invalid', sent: false } }, { pushed: {} }]);
  });
});

describe('an answer that is not known', () => {
  const answering = (body: object, status = 200) =>
    server.use(
      on.post('*/batch/:verb', () => HttpResponse.json({ status: 'COMPLETE', results: [], ...body }, { status })),
    );

  it.each([
    ['says nothing of the object', {}],
    ['has an error of a new category', { errors: [{ category: 'SOMETHING_NEW', message: 'odd', context: {} }] }],
  ])('is unclear after a write: it %s', async (_, body) => {
    answering(body, 207);
    expect(await failureOf(push({ connection }, aSend('customer', person(1))))).toMatchObject({ kind: 'unclear' });
  });

  it('is unclear for the one of a batch that it passes over', async () => {
    answering({ results: [{ id: '7', properties: { syncline_number: 'C-2' } }] });
    expect(await pushMany(aSend('customer', person(1)), aSend('customer', person(2)))).toMatchObject([
      { error: { kind: 'unclear' } },
      { pushed: { externalId: '7' } },
    ]);
  });
});

describe('a customer', () => {
  it('who is there under the same e-mail address, without a number, becomes ours', async () => {
    const id = account.make('contacts', { email: 'zoe.1@example.com', phone: '1' });
    expect((await push({ connection }, aSend('customer', person(1)))).externalId).toBe(id);
    expect(account.row('contacts', id).properties).toMatchObject({
      syncline_number: 'C-1',
      firstname: 'Zoë',
      phone: '1',
    });
    expect(account.held('customer')).toHaveLength(1);
  });

  it('of another number keeps the e-mail address', async () => {
    account.make('contacts', { email: 'zoe.1@example.com', syncline_number: 'C-9' });
    const error = await failureOf(push({ connection }, aSend('customer', person(1))));
    expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining('Contact already exists') });
    expect(account.held('customer')).toHaveLength(1);
  });

  it('without a number is known by the e-mail address, and with neither is not made twice', async () => {
    const { properties } = person(1);
    const once = await push({ connection }, aSend('customer', { properties }));
    expect((await push({ connection }, aSend('customer', { properties }, { repeat: true }))).externalId).toBe(
      once.externalId,
    );
    const unnamed = aSend('customer', { properties: { lastname: 'Marlowe' } });
    expect((await push({ connection }, unnamed)).externalId).toEqual(expect.any(String));
    expect(await failureOf(push({ connection }, { ...unnamed, repeat: true }))).toMatchObject({ kind: 'unclear' });
    expect(account.held('customer')).toHaveLength(2);
  });

  it('is found by number or e-mail address, and by nothing else', async () => {
    const id = account.make('contacts', { email: 'zoe.1@example.com' });
    const find = (field: string, value: string) =>
      connection.connector.find?.({ record: 'customer', match: [{ field, value }] }, connection.context());
    expect(await find('emails', 'zoe.1@example.com')).toBe(id);
    expect(await failureOf(find('phones', '1') ?? Promise.resolve())).toMatchObject({ kind: 'invalid', sent: false });
  });

  it.each([
    [{ properties: { tags: ['a'] } }, 'the property tags is no text'],
    [{ name: 'Zoë' }, 'only number, properties are written, not name'],
  ])('takes nothing that would not be written: %j', async (body, words) => {
    const error = await failureOf(push({ connection }, anUpdate('customer', '1', body)));
    expect(error).toMatchObject({ kind: 'invalid', sent: false, message: expect.stringContaining(words) });
  });
});

describe('an order', () => {
  it('is linked to its customer, once, also where the answer to the link was lost', async () => {
    const customer = { id: account.make('contacts', {}) };
    const send = aSend('order', { number: 'O-1', properties: { hs_total_price: 12.5 }, customer });
    server.lose(
      ({ url }) =>
        () =>
          url.startsWith('/crm/v4/'),
    );
    expect((await failureOf(push({ connection }, send))).sent).toBe(true);
    server.lose(undefined);
    const { externalId = '' } = await push({ connection }, { ...send, repeat: true });
    expect([...(account.links.get(externalId) ?? [])]).toEqual([`contacts ${customer.id}`]);
    expect(account.row('orders', externalId).properties.hs_total_price).toBe('12.5');
    expect(account.held('order')).toHaveLength(1);
  });
});

describe('orders in a batch', () => {
  const customers = () => [1, 2, 3].map(() => ({ id: account.make('contacts', {}) }));
  const ordersOf = (all: { id: string }[]) =>
    all.map((customer, n) => aSend('order', { number: `O-${n}`, properties: {}, customer }));
  const idsOf = (results: PushResult[]) => results.map((one) => ('pushed' in one ? `${one.pushed.externalId}` : ''));
  const paths = {
    upsert: 'POST /crm/v3/objects/orders/batch/upsert',
    link: '/crm/v4/associations/orders/contacts/batch',
  };

  it('are linked to their customers by one more request', async () => {
    const all = customers();
    const results = await pushMany(...ordersOf(all));
    expect(idsOf(results).map((id) => [...(account.links.get(id) ?? [])])).toEqual(
      all.map(({ id }) => [`contacts ${id}`]),
    );
    expect(asked()).toEqual([paths.upsert, `POST ${paths.link}/associate/default`]);
  });

  it('of which one names a customer that is not there are linked by themselves, and that one fails', async () => {
    const [first, , third] = customers();
    const results = await pushMany(...ordersOf([{ id: `${first?.id}` }, { id: '999999' }, { id: `${third?.id}` }]));
    expect(results).toMatchObject([{ pushed: {} }, { error: { status: 404 } }, { pushed: {} }]);
    const [one = '', , other = ''] = idsOf(results);
    expect([account.links.get(one)?.size, account.links.get(other)?.size]).toEqual([1, 1]);
  });

  it('have not arrived whole while the answer to their links is lost, and a repeat makes nothing twice', async () => {
    const sends = ordersOf(customers());
    server.lose(
      ({ url }) =>
        () =>
          url.startsWith(paths.link),
    );
    const lost = { error: { kind: 'unavailable', sent: true } };
    expect(await pushMany(...sends)).toMatchObject([lost, lost, lost]);
    server.lose(undefined);
    const results = await pushMany(...sends.map((send) => ({ ...send, repeat: true })));
    expect(idsOf(results).map((id) => account.links.get(id)?.size)).toEqual([1, 1, 1]);
    expect(account.held('order')).toHaveLength(3);
  });
});

describe('a limit', () => {
  it.each([
    ['TEN_SECONDLY_ROLLING', 10_000],
    ['SECONDLY', 1_000],
    ['DAILY', undefined],
  ] as const)('of %s says how long to wait', async (policy, retryAfterMs) => {
    account.exhaust(policy);
    expect(await failureOf(poll({ connection }, 'customer'))).toMatchObject({
      ...{ kind: 'throttled', status: 429, retryAfterMs },
      message: `You have reached your ${policy.toLowerCase()} limit.`,
    });
    expect((await poll({ connection }, 'customer')).items).toEqual([]);
  });

  it.each([
    [423, {}, 2_000],
    [477, { 'retry-after': '60' }, 60_000],
  ])('of its own, %i, is no refusal', async (status, headers, retryAfterMs) => {
    server.use(on.patch('*/contacts/1', () => HttpResponse.json({ message: 'later' }, { status, headers })));
    const error = await failureOf(push({ connection }, anUpdate('customer', '1', { properties: { phone: '1' } })));
    expect(error).toMatchObject({ kind: 'unavailable', retryAfterMs, message: 'later' });
  });
});

describe('a poll', () => {
  it('goes on behind the last time, so that no search is counted through to its limit', async () => {
    for (let n = 0; n < 12; n += 1) account.add('customer', testNow - n * 60_000);
    const few = connectTo(hubspot, { url: server.url, accessToken, pageSize: 3 });
    const { items } = await pollToTheEnd({ connection: few }, 'customer');
    await few.destroy();
    expect(new Set(items.map(({ id }) => id)).size).toBe(12);
    const afters = server.arrivals.map(({ body }) => Number(JSON.parse(body).after ?? 0));
    expect(Math.max(...afters)).toBeLessThan(3);
  });
});

describe('settings', () => {
  it.each([
    [{}, 'must have either accessToken or app'],
    [{ accessToken, app }, 'must have either accessToken or app'],
    [{ accessToken, webhook: { url: webhook.url } }, 'must be given where there is no app'],
  ])('that cannot work are refused: %#', (raw, words) => {
    expect(JSON.stringify(readSettings(hubspot.settings, raw))).toContain(words);
  });
});

describe("HubSpot's own package", () => {
  const client = () => new Client({ accessToken, basePath: server.url });

  it('writes and reads the same objects, in the same forms', async () => {
    const { contacts } = client().crm;
    const { externalId = '' } = await push({ connection }, aSend('customer', person(1)));
    const one = await contacts.basicApi.getById('C-1', ['email'], undefined, undefined, undefined, 'syncline_number');
    expect(one).toMatchObject({
      id: externalId,
      properties: { email: 'zoe.1@example.com' },
      updatedAt: new Date(testNow),
    });
    const { results } = await contacts.batchApi.upsert({
      inputs: [{ id: 'C-1', idProperty: 'syncline_number', properties: { phone: '1' } }],
    });
    expect(results).toMatchObject([{ id: externalId, _new: false }]);
    const { items } = await pollToTheEnd({ connection }, 'customer');
    expect(JSON.parse(items[0]?.data ?? '')).toMatchObject({
      id: externalId,
      number: 'C-1',
      properties: { phone: '1' },
    });
  });

  it('reads the partial answer, the pages and the search that the connector reads', async () => {
    const { contacts } = client().crm;
    const inputs = [1, 2].map((n) => ({
      ...{ id: `C-${n}`, idProperty: 'syncline_number', objectWriteTraceId: `${n}` },
      properties: { email: n === 1 ? 'one@example.com' : 'wrong' } as Record<string, string>,
    }));
    const partial = await contacts.batchApi.upsert({ inputs });
    expect(partial).toMatchObject({
      results: [{ objectWriteTraceId: '1' }],
      ...{ numErrors: 1, errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['2'] } }] },
    });
    for (const n of [3, 4, 5]) account.make('contacts', { email: `${n}@example.com` });
    expect(await contacts.getAll(2)).toHaveLength(4);
    const filters = [{ propertyName: 'lastmodifieddate', operator: 'GT', value: '0' }];
    const body = server.arrivals.length;
    const found = await contacts.searchApi.doSearch({ filterGroups: [{ filters }], limit: 2 } as never);
    expect(found).toMatchObject({ total: 4, paging: { next: { after: '2' } } });
    expect(server.arrivals[body]?.url).toBe('/crm/v3/objects/contacts/search');
  });

  it('links orders as the connector does, by the same path and the same members', async () => {
    const [order, contact] = [account.make('orders', {}), account.make('contacts', {})];
    const inputs = [{ _from: { id: order }, to: { id: contact } }];
    await client().crm.associations.v4.batchApi.createDefault('orders', 'contacts', { inputs });
    expect([...(account.links.get(order) ?? [])]).toEqual([`contacts ${contact}`]);
  });

  it('gets the token of an app by the same request', async () => {
    const { clientId, clientSecret, refreshToken } = app;
    const tokens = new Client({ basePath: server.url }).oauth.tokensApi;
    const got = await tokens.create('refresh_token', undefined, undefined, clientId, clientSecret, refreshToken);
    expect(got).toMatchObject({ expiresIn: 1800, tokenType: 'bearer' });
    const form = server.arrivals.at(-1)?.body;
    const ours = connectTo(hubspot, { url: server.url, app });
    await ours.connector.check?.(ours.context());
    await ours.destroy();
    const asked = server.arrivals.find(({ url, body }) => url === '/oauth/v1/token' && body !== form)?.body ?? '';
    expect(Object.fromEntries(new URLSearchParams(asked))).toEqual(Object.fromEntries(new URLSearchParams(form)));
  });

  it('accepts what the connector accepts, and nothing that is altered', async () => {
    const [requestBody, timestamp] = [JSON.stringify(samples.webhook), Date.now()];
    const { url } = webhook;
    const of = { clientSecret: app.clientSecret, requestBody, url, timestamp };
    const signature = Signature.getSignature('POST', 'v3', of as never);
    const signed = { signatureVersion: 'v3', signature, ...of };
    expect(Signature.isValid(signed)).toBe(true);
    expect(Signature.isValid({ ...signed, requestBody: `${requestBody} ` })).toBe(false);
    const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(timestamp) };
    const of2 = connectTo(hubspot, { url: server.url, accessToken, webhook }, { now: () => timestamp });
    const receive = (body: string) => of2.connector.receive?.({ headers, body: Buffer.from(body) }, of2.context());
    expect(await receive(requestBody)).toMatchObject({ changes: [{ record: 'customer' }, { record: 'order' }] });
    expect(await failureOf(receive(`${requestBody} `) ?? Promise.resolve())).toMatchObject({ kind: 'unauthorized' });
    await of2.destroy();
  });
});
