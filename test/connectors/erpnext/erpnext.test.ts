// What is particular to ERPNext: exceptions by name, a document that somebody changed meanwhile, customers that it takes
// twice, drafts that cannot be cancelled, an hour that its clock shows twice; and that the vendor's client can talk to the model.
import { FrappeApp } from 'frappe-js-sdk';
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { erpnext } from '../../../connectors/erpnext/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { failureOf, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { credentials, type ErpnextSite, erpnextSite, excepted, timeZone } from './erpnext-vendor.ts';

let site: ErpnextSite;
let server: MswServer;
let connection: Connection;

beforeEach(async () => {
  site = erpnextSite(() => testNow);
  server = await startMswServer(...site.handlers);
  connection = connectTo(erpnext, { url: server.url, ...credentials, timeZone });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const aSend = (op: Send['op'], record: Send['record'], body: object, more: Partial<Send> = {}): Send => ({
  ...{ op, record, recordId: 'x_1', key: 'erp:x_1:2', match: [], repeat: false },
  body: JSON.stringify(body),
  ...more,
});
const create = (record: Send['record'], body: object) => push({ connection }, aSend('create', record, body));
const update = (record: Send['record'], externalId: string, body: object) =>
  push({ connection }, aSend('update', record, body, { externalId }));

/** Somebody at the site is quicker than the next request of this method. */
function meanwhile(method: string, act: () => void): void {
  server.lose((arrival) => {
    if (arrival.method === method) {
      server.lose(undefined);
      act();
    }
    return () => false;
  });
}

describe('an exception', () => {
  it.each([
    ['PermissionError', 403, 'forbidden'],
    ['DoesNotExistError', 404, 'not_found'],
    ['DuplicateEntryError', 409, 'rejected'],
    ['LinkValidationError', 417, 'rejected'],
    ['UpdateAfterSubmitError', 417, 'rejected'],
    ['TimestampMismatchError', 417, 'unavailable'],
    ['DocumentLockedError', 417, 'unavailable'],
    ['QueryDeadlockError', 500, 'unavailable'],
  ])('%s', async (name, status, kind) => {
    const id = site.add('customer', testNow);
    server.use(
      on.put('*/api/resource/Customer/:name', () => HttpResponse.json(excepted(name, 'a <b>word</b>'), { status })),
    );
    const error = await failureOf(update('customer', id, { website: 'x' }));
    expect(error).toMatchObject({ kind, status, message: `${name}: a word` });
  });

  it('that has no name is read by its status alone, and what answers a write without a document is unclear', async () => {
    const id = site.add('customer', testNow);
    server.use(
      on.put('*/api/resource/Customer/:name', () => HttpResponse.text('<html>', { status: 502 }), { once: true }),
    );
    expect(await failureOf(update('customer', id, { website: 'x' }))).toMatchObject({
      kind: 'unavailable',
      status: 502,
    });
    server.use(on.put('*/api/resource/Customer/:name', () => HttpResponse.json({ message: 'queued' })));
    expect(await failureOf(update('customer', id, { website: 'x' }))).toMatchObject({ kind: 'unclear' });
  });
});

describe('a document that was changed between reading and writing', () => {
  it.each([
    ['customer', 'Customer', { website: 'ours' }, { tax_id: 'theirs' }],
    ['order', 'Sales Order', { po_no: 'ours', docstatus: 1 }, { company: 'theirs' }],
  ] as const)(
    '%s: nothing is written over, and the next attempt takes it as it is now',
    async (record, doctype, ours, theirs) => {
      const id = site.add(record, testNow - 60_000);
      meanwhile('PUT', () => site.edit(doctype, id, theirs));
      const error = await failureOf(update(record, id, ours));
      expect(error).toMatchObject({
        kind: 'unavailable',
        sent: false,
        message: expect.stringContaining('TimestampMismatchError'),
      });
      expect(site.document(doctype, id)).toMatchObject(theirs);
      expect(site.document(doctype, id)).not.toMatchObject(ours);
      await update(record, id, ours);
      expect(site.document(doctype, id)).toMatchObject({ ...theirs, ...ours });
    },
  );
});

describe('a customer', () => {
  const body = { customer_name: 'Zoë Marlowe', custom_syncline_ref: 'C-77' };

  it('of the same name is taken by ERPNext as another one, so our reference is looked for first', async () => {
    const { externalId } = await create('customer', body);
    site.insert('Customer', { customer_name: 'Zoë Marlowe' }, testNow);
    expect(site.documents('Customer').map(({ name }) => name)).toEqual(['Zoë Marlowe', 'Zoë Marlowe - 1']);
    expect(await create('customer', body)).toMatchObject({ externalId });
    expect(site.documents('Customer')).toHaveLength(2);
  });

  it('that was made while it was looked for is found again by the refusal', async () => {
    meanwhile('POST', () => site.insert('Customer', body, testNow));
    expect(await create('customer', body)).toMatchObject({ externalId: 'Zoë Marlowe' });
    expect(site.documents('Customer')).toHaveLength(1);
  });

  it('of another who has its name is refused in the words of ERPNext', async () => {
    server.use(
      on.post('*/api/resource/Customer', () =>
        HttpResponse.json(excepted('DuplicateEntryError', 'exists'), { status: 409 }),
      ),
    );
    expect(await failureOf(create('customer', body))).toMatchObject({
      kind: 'rejected',
      message: 'DuplicateEntryError: exists',
    });
  });

  it('has one address, which is changed in its place; its time moves with it', async () => {
    const id = site.add('customer', testNow - 86_400_000);
    const address = { address_line1: '4 Birch Lane', city: 'Sampleton', country: { code: 'DE' } };
    await update('customer', id, { address });
    const { cursor } = await pollToTheEnd({ connection }, 'customer');
    await update('customer', id, { address: { ...address, address_line1: '5 Elm Walk' } });
    expect(site.documents('Address')).toMatchObject([
      { address_line1: '5 Elm Walk', country: 'Germany', links: [{ link_doctype: 'Customer', link_name: id }] },
    ]);
    const { items } = await pollToTheEnd({ connection }, 'customer', cursor);
    expect(items.map(({ data }) => JSON.parse(data ?? '').address)).toMatchObject([
      { address_line1: '5 Elm Walk', country: { name: 'Germany', code: 'DE' } },
    ]);
    await update('customer', id, { address: null });
    expect(site.document('Customer', id).customer_primary_address).toBeNull();
  });
});

describe('an order', () => {
  const shipping = { address_line1: '4 Birch Lane', city: 'Sampleton', country: { code: 'DE' } };

  it('names an address that no other order loses', async () => {
    const [first, second] = [site.add('order', testNow), site.add('order', testNow)];
    const { customer } = site.document('Sales Order', first);
    site.edit('Sales Order', second, { customer });
    for (const id of [first, second]) await update('order', id, { shipping });
    expect(site.documents('Address')).toHaveLength(1);
    await update('order', second, { shipping: { ...shipping, address_line1: '5 Elm Walk' } });
    const placeOf = (id: string) =>
      site.document('Address', String(site.document('Sales Order', id).shipping_address_name));
    expect([placeOf(first), placeOf(second)]).toMatchObject([
      { address_line1: '4 Birch Lane' },
      { address_line1: '5 Elm Walk' },
    ]);
  });

  it('of an unknown country is invalid, one of an unknown item is refused; nothing is made', async () => {
    const customer = site.add('customer', testNow);
    const body = { custom_syncline_ref: 'N-1', customer, items: [{ idx: 1, item_code: 'NONE', qty: 1 }] };
    const abroad = await failureOf(create('order', { ...body, shipping: { ...shipping, country: { code: 'XX' } } }));
    expect(abroad).toMatchObject({ kind: 'invalid', message: 'there is no Country with the code XX', sent: false });
    const dated = { ...body, transaction_date: '2026-11-24' };
    expect(await failureOf(create('order', dated))).toMatchObject({
      kind: 'rejected',
      message: 'LinkValidationError: Could not find Row #1: Item: NONE',
    });
    expect(site.documents('Sales Order')).toEqual([]);
  });

  it('is cancelled from a draft too, by the only way that there is; cancelled it stays', async () => {
    const id = site.add('order', testNow);
    const question = { record: 'order' as const, externalId: id, key: 'k', again: false };
    expect(await connection.connector.cancel?.(question, connection.context())).toBe('yes');
    expect(site.document('Sales Order', id)).toMatchObject({ docstatus: 2, status: 'Cancelled' });
    expect(await connection.connector.cancel?.(question, connection.context())).toBe('yes');
    expect(await failureOf(update('order', id, { po_no: 'late' }))).toMatchObject({
      kind: 'rejected',
      message: 'ValidationError: Cannot edit cancelled document',
    });
    const back = { ...question, from: '2', to: '1' };
    expect(await connection.connector.transition?.(back, connection.context())).toBe('no');
  });

  it('that is submitted stays where it is when it is wanted as a draft', async () => {
    const id = site.add('order', testNow);
    await update('order', id, { docstatus: 1 });
    await update('order', id, { docstatus: 0 });
    expect(site.document('Sales Order', id).docstatus).toBe(1);
  });
});

describe('an hour that the clock of the site shows twice', () => {
  it('loses no change', async () => {
    site = erpnextSite(() => testNow, 'Europe/Berlin');
    server.use(...site.handlers);
    const berlin = connectTo(erpnext, { url: server.url, ...credentials, timeZone: 'Europe/Berlin' });
    const firstPass = Date.parse('2026-10-25T00:55:00Z');
    site.add('customer', firstPass);
    const { cursor } = await pollToTheEnd({ connection: berlin }, 'customer');
    // By the clock on the wall this is 45 minutes earlier.
    const late = site.add('customer', firstPass + 15 * 60_000);
    const next = await pollToTheEnd({ connection: berlin }, 'customer', cursor);
    expect(next.items.map(({ id }) => id)).toContain(late);
    const after = site.add('customer', firstPass + 70 * 60_000);
    const last = await pollToTheEnd({ connection: berlin }, 'customer', next.cursor);
    expect(last.items.map(({ id }) => id)).toContain(after);
    await berlin.destroy();
  });
});

it('tells by its check that the field of our reference is missing', async () => {
  await connection.connector.check?.(connection.context());
  site.lacksRef = true;
  expect(await failureOf(connection.connector.check?.(connection.context()) ?? Promise.resolve())).toMatchObject({
    message: expect.stringContaining('is there a field custom_syncline_ref of Customer?'),
  });
  expect(await failureOf(create('customer', { customer_name: 'Z', custom_syncline_ref: 'C-1' }))).toMatchObject({
    status: 500,
  });
  expect(site.documents('Customer')).toEqual([]);
});

it.each<[string, Partial<Send>, string]>([
  ['delete', { op: 'delete', externalId: '1' }, 'nothing is deleted in ERPNext'],
  ['make a customer without a reference', { op: 'create', record: 'customer' }, 'no custom_syncline_ref'],
  ['write what it does not know', { record: 'shipment', externalId: '1' }, 'a shipment is nothing'],
])('does not %s', async (_, more, message) => {
  const error = await failureOf(push({ connection }, { ...aSend('update', 'order', {}), ...more }));
  expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
  expect(server.arrivals).toEqual([]);
});

it('takes no webhook where none is configured', async () => {
  const receive = connection.connector.receive?.({ headers: {}, body: Buffer.from('{}') }, connection.context());
  expect(await failureOf(receive ?? Promise.resolve())).toMatchObject({ kind: 'not_found' });
});

describe("a model that the vendor's client understands", () => {
  const { apiKey, apiSecret } = credentials;
  const client = () =>
    new FrappeApp(server.url, { useToken: true, token: () => `${apiKey}:${apiSecret}`, type: 'token' }).db();

  it('makes, changes, finds and pages', async () => {
    const made = await client().createDoc('Customer', { customer_name: 'Anna', custom_syncline_ref: 'C-77' });
    await client().updateDoc('Customer', made.name, { website: 'https://example.com' });
    const match = [{ field: 'number', value: 'C-77' }];
    expect(await connection.connector.find?.({ record: 'customer', match }, connection.context())).toBe(made.name);
    const fetched = await connection.connector.fetch?.(
      { record: 'customer', externalId: made.name },
      connection.context(),
    );
    expect(JSON.parse(fetched ?? '')).toMatchObject(await client().getDoc('Customer', made.name));
    for (const _ of [1, 2, 3]) site.add('customer', testNow + 1000);
    const asked = {
      fields: ['name', 'modified'],
      orderBy: { field: 'modified', order: 'asc' as const },
      limit: 2,
      limit_start: 1,
    };
    expect(
      await client().getDocList('Customer', { ...asked, filters: [['modified', '>', made.modified]] }),
    ).toHaveLength(2);
  });

  it('refuses in a way that it reads', async () => {
    const { externalId = '' } = await create('customer', { customer_name: 'Anna', custom_syncline_ref: 'C-77' });
    const stale = client().updateDoc('Customer', externalId, { website: 'x', modified: '2020-01-01 00:00:00' });
    await expect(stale).rejects.toMatchObject({ httpStatus: 417, exc_type: 'TimestampMismatchError' });
    const twin = client().createDoc('Customer', { customer_name: 'Anna', custom_syncline_ref: 'C-77' });
    await expect(twin).rejects.toMatchObject({ httpStatus: 417, exc_type: 'UniqueValidationError' });
    await expect(client().getDoc('Customer', 'nobody')).rejects.toMatchObject({ httpStatus: 404 });
  });
});
