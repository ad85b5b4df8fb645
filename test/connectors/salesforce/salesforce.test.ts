// What is particular to Salesforce: an upsert that makes no second object, rows that are refused one by one, limits that
// are a 403, lines that move without their order; and that its community's client can talk to the model.
import jsforce from 'jsforce';
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { salesforce } from '../../../connectors/salesforce/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { ConnectorError, Send } from '../../../src/connector/contract.ts';
import { failureOf, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { credentials, type SalesforceOrg, salesforceOrg } from './salesforce-vendor.ts';

const { clientId, clientSecret, refreshToken } = credentials;

let org: SalesforceOrg;
let server: MswServer;
let connection: Connection;

beforeEach(async () => {
  org = salesforceOrg(() => testNow);
  server = await startMswServer(...org.handlers);
  connection = connectTo(salesforce, { url: server.url, clientId, clientSecret });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const aSend = (op: Send['op'], record: Send['record'], body: object, more: Partial<Send> = {}): Send => ({
  ...{ op, record, recordId: `${record}_1`, key: 'salesforce:x:x_1:2', match: [], repeat: false },
  body: JSON.stringify(body),
  ...more,
});
const line = (lineNo: string, code = 'LAMP-001', more = {}) => ({
  ...{ lineNo, Product2: { ProductCode: code }, Quantity: 1, UnitPrice: '25.99', ...more },
});
const anOrder = (...OrderItems: object[]) => ({
  ...{ AccountId: org.add('customer', 0), EffectiveDate: '2026-11-23T10:00:00.000Z', OrderItems },
});

describe('a create', () => {
  it('goes on where it broke off: lines that are there are not made again, and the order is activated last', async () => {
    const body = { ...anOrder(line('1'), line('2', 'CHAIR-002')), Status: 'Activated' };
    server.use(
      on.patch('*/composite/sobjects/OrderItem/:field', () => new HttpResponse(null, { status: 503 }), { once: true }),
    );
    expect(await failureOf(push({ connection }, aSend('create', 'order', body)))).toMatchObject({
      kind: 'unavailable',
    });
    expect(org.rows('Order')).toMatchObject([{ Status: 'Draft', Syncline_Id__c: 'order_1' }]);
    const { externalId } = await push({ connection }, aSend('create', 'order', body, { repeat: true }));
    expect(await push({ connection }, aSend('create', 'order', body, { repeat: true }))).toMatchObject({ externalId });
    expect(org.rows('Order')).toMatchObject([{ Id: externalId, Status: 'Activated', TotalAmount: 51.98 }]);
    expect(org.rows('OrderItem').map((item) => item.Syncline_Id__c)).toEqual(['order_1#1', 'order_1#2']);
  });

  it('of two at once makes one account: the one that Salesforce lets wait is tried again', async () => {
    const busy = [{ success: false, errors: [duplicate('Syncline_Id__c')] }];
    server.use(on.patch('*/composite/sobjects/Account/:field', () => HttpResponse.json(busy), { once: true }));
    const send = aSend('create', 'customer', { Name: 'Marlowe Lamps' });
    expect(await failureOf(push({ connection }, send))).toMatchObject({ kind: 'unavailable' });
  });

  it('names every product that the price book does not have, and makes nothing', async () => {
    const error = await failureOf(
      push({ connection }, aSend('create', 'order', anOrder(line('1', 'NONE'), line('2')))),
    );
    expect(error).toMatchObject({ kind: 'invalid', sent: false, message: expect.stringContaining('code NONE') });
    expect(org.rows('Order')).toEqual([]);
  });
});

const duplicate = (field: string) => ({
  ...{ statusCode: 'DUPLICATE_VALUE', fields: [field] },
  message: `duplicate value found: ${field} duplicates value on record with id: 001Aq0000000001`,
});

it('adds no products to an order that was made in Salesforce', async () => {
  const externalId = org.add('order', testNow);
  const send = aSend('update', 'order', { OrderItems: [line('1')] }, { externalId });
  expect(await failureOf(push({ connection }, send))).toMatchObject({ kind: 'invalid', sent: false });
  expect(org.rows('OrderItem')).toHaveLength(3);
});

describe('a batch', () => {
  it('goes through in three requests, and only what is refused fails', async () => {
    const names = ['Anna', null, 'Berta'];
    const sends = names.map((Name, n) => ({ ...aSend('create', 'customer', { Name }), recordId: `cus_${n}` }));
    const results = await connection.connector.pushMany?.(sends, connection.context());
    expect(results).toMatchObject([
      { pushed: { externalId: org.rows('Account')[0]?.Id } },
      { error: { kind: 'rejected', message: 'Required fields are missing: [Name]' } },
      { pushed: { externalId: org.rows('Account')[1]?.Id } },
    ]);
    expect(org.rows('Account').map(({ Name }) => Name)).toEqual(['Anna', 'Berta']);
    // A token, a look, and one upsert of all three.
    expect(server.arrivals.map(({ method }) => method)).toEqual(['POST', 'GET', 'PATCH']);
    expect(JSON.parse(server.arrivals[2]?.body ?? '')).toMatchObject({ allOrNone: false });
  });

  it.each<[object, ConnectorError['kind']]>([
    [{ statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access' }, 'unavailable'],
    [{ statusCode: 'UNKNOWN_EXCEPTION', message: 'An unexpected error occurred' }, 'unclear'],
    [duplicate('AccountNumber'), 'rejected'],
    [{ statusCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?' }, 'rejected'],
  ])('whose row answers %o is %s', async (fault, kind) => {
    const answer = [{ success: false, errors: [fault] }];
    server.use(on.patch('*/composite/sobjects/Account/:field', () => HttpResponse.json(answer)));
    const send = aSend('create', 'customer', { Name: 'Anna' });
    expect(await failureOf(push({ connection }, send))).toMatchObject({ kind });
  });

  it.each([[], [{}], [{ success: true }], [{ success: false, errors: [] }], {}, 'x'])(
    'whose answer is %o says of no row what became of it',
    async (answer) => {
      server.use(on.patch('*/composite/sobjects/Account/:field', () => HttpResponse.json(answer)));
      const send = aSend('create', 'customer', { Name: 'Anna' });
      expect(await failureOf(push({ connection }, send))).toMatchObject({ kind: 'unclear' });
    },
  );
});

describe('an answer to a question', () => {
  it.each<[number, string, ConnectorError['kind']]>([
    [403, 'REQUEST_LIMIT_EXCEEDED', 'throttled'],
    [403, 'API_DISABLED_FOR_ORG', 'forbidden'],
    [404, 'NOT_FOUND', 'rejected'],
    [503, 'SERVER_UNAVAILABLE', 'unavailable'],
    [400, 'MALFORMED_QUERY', 'rejected'],
  ])('%i %s is %s', async (status, errorCode, kind) => {
    server.use(on.get('*/query', () => HttpResponse.json([{ message: 'no', errorCode }], { status })));
    const asked = connection.connector.poll?.(
      { record: 'order', cursor: undefined, now: testNow },
      connection.context(),
    );
    expect(await failureOf(asked as Promise<unknown>)).toMatchObject({ kind, status });
  });

  it('leads to no other place than the REST API', async () => {
    const answer = { records: [], done: false, nextRecordsUrl: '//evil.example.com/services/data/v65.0/query/01g' };
    server.use(on.get('*/query', () => HttpResponse.json(answer)));
    const asked = connection.connector.check?.(connection.context()) as Promise<unknown>;
    expect(await failureOf(asked)).toMatchObject({ kind: 'unknown' });
  });
});

describe('a session', () => {
  it('that has ended is asked for anew once, by the refresh token too', async () => {
    const refreshing = connectTo(salesforce, { url: server.url, clientId, clientSecret, refreshToken });
    const check = () => refreshing.connector.check?.(refreshing.context());
    await check();
    org.revoke?.();
    await check();
    expect(org.tokens).toBe(2);
    await refreshing.destroy();
  });

  it('that is refused again is unauthorized, and no third one is asked for', async () => {
    const over = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }];
    server.use(on.get('*/query', () => HttpResponse.json(over, { status: 401 })));
    const asked = connection.connector.check?.(connection.context()) as Promise<unknown>;
    expect(await failureOf(asked)).toMatchObject({ kind: 'unauthorized' });
    expect(org.tokens).toBe(2);
  });
});

it('polls an account whose contact moved, and an order of which only a line did', async () => {
  const contact = { AccountId: org.add('customer', 0), LastName: 'Marlowe', Email: 'zoe@example.com' };
  const person = org.save('Contact', contact, testNow - 86_400_000);
  org.add('order', testNow - 86_400_000);
  const [customers, orders] = [
    await pollToTheEnd({ connection }, 'customer'),
    await pollToTheEnd({ connection }, 'order'),
  ];
  org.save('Contact', { Id: person, Email: 'new@example.com' });
  org.save('OrderItem', { Id: org.rows('OrderItem')[0]?.Id, Quantity: 7 });
  const read = async (record: Send['record'], cursor?: string) =>
    (await pollToTheEnd({ connection }, record, cursor)).items.map(({ data }) => JSON.parse(data ?? ''));
  expect(await read('customer', customers.cursor)).toMatchObject([{ Contact: { Email: 'new@example.com' } }]);
  expect(await read('order', orders.cursor)).toMatchObject([{ OrderItems: [{ Quantity: 7 }, {}, {}] }]);
});

it('finds what has a quote in its number, and is led nowhere by it', async () => {
  const id = org.save('Account', { Name: 'Anna', AccountNumber: `O'Neil\\` });
  const find = (value: string) =>
    connection.connector.find?.({ record: 'customer', match: [{ field: 'number', value }] }, connection.context());
  expect(await find(`O'Neil\\`)).toBe(id);
  expect(await find(`x' OR Name = 'Anna`)).toBeUndefined();
});

it('tells in a check which field is missing', async () => {
  const other = connectTo(salesforce, { url: server.url, clientId, clientSecret, externalId: 'Hub__c' });
  const asked = other.connector.check?.(other.context()) as Promise<unknown>;
  expect(await failureOf(asked)).toMatchObject({
    ...{ kind: 'rejected', message: expect.stringContaining("No such column 'Hub__c' on entity 'Account'") },
  });
  await other.destroy();
});

it.each<[string, Partial<Send>, string]>([
  ['deletes nothing', { op: 'delete', externalId: '001Aq0000000001AAA' }, 'nothing is deleted'],
  ['keeps no shipments', { record: 'shipment' }, 'a shipment is nothing that is kept here'],
])('%s', async (_, more, message) => {
  const error = await failureOf(push({ connection }, { ...aSend('create', 'customer', {}), ...more }));
  expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
  expect(server.arrivals).toEqual([]);
});

it('has a model that jsforce understands, as the connector does', async () => {
  const client = new jsforce.Connection({ instanceUrl: server.url, loginUrl: server.url, version: '65.0' });
  await client.authorize({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const account = { Name: 'Anna', Syncline_Id__c: 'customer_1' };
  for (const created of [true, false])
    expect(await client.sobject('Account').upsert(account, 'Syncline_Id__c')).toMatchObject({ success: true, created });
  const { externalId: Id } = await push({ connection }, aSend('create', 'customer', { Name: 'Anna', Phone: '1' }));
  const names = ['Berta', 'Clara', 'Dora'].map((Name, n) => ({ Name, Syncline_Id__c: `customer_${n + 2}` }));
  const upserted = await client.sobject('Account').upsert(names, 'Syncline_Id__c', { allOrNone: false });
  expect(upserted).toMatchObject(names.map(() => ({ success: true, created: true })));
  const updated = await client.sobject('Account').update([
    { Id: Id ?? '', Phone: '2' },
    { Id: '001', Phone: '3' },
  ]);
  expect(updated).toMatchObject([{ success: true }, { success: false, errors: [{ statusCode: 'MALFORMED_ID' }] }]);
  // Two rows a page: the rest is behind nextRecordsUrl.
  const rows = await client.query<{ Name: string; Phone: string }>('SELECT Name, Phone FROM Account', {
    autoFetch: true,
  });
  expect(rows.records.map(({ Name, Phone }) => [Name, Phone])).toEqual([
    ...[['Anna', '2'], ...['Berta', 'Clara', 'Dora'].map((name) => [name, null])],
  ]);
  await expect(client.query('SELECT Nope FROM Account')).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' });
});
