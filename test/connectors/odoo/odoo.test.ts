// What is particular to Odoo: exceptions by name, methods that ask back instead of doing it, false for nothing; and that a
// client of others can talk to the model.
import odooPackage from '@fernandoslim/odoo-jsonrpc';
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { odoo } from '../../../connectors/odoo/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { failureOf, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { credentials, type OdooServer, odooServer } from './odoo-vendor.ts';

const { database, apiKey, uid, username } = credentials;
/** The package is a module that does not say so: its types take it for another kind. */
const OdooClient = odooPackage as unknown as typeof odooPackage.default;

let erp: OdooServer;
let server: MswServer;
let connection: Connection;

beforeEach(async () => {
  erp = odooServer(() => testNow);
  server = await startMswServer(...erp.handlers);
  connection = connectTo(odoo, { url: server.url, database, apiKey });
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
const update = (record: Send['record'], externalId: string, body: object) =>
  push({ connection }, aSend('update', record, body, { externalId }));

describe('an exception', () => {
  const write = '*/json/2/res.partner/write';
  it.each([
    ['odoo.exceptions.UserError', 422, 'rejected'],
    ['odoo.exceptions.AccessError', 403, 'forbidden'],
    ['odoo.exceptions.MissingError', 404, 'not_found'],
    ['werkzeug.exceptions.NotFound', 404, 'rejected'],
    ['builtins.ValueError', 500, 'unavailable'],
  ])('%s', async (name, status, kind) => {
    const id = erp.add('customer', testNow);
    server.use(on.post(write, () => HttpResponse.json({ name, message: 'no' }, { status })));
    expect(await failureOf(update('customer', id, { name: 'Z' }))).toMatchObject({ kind, status });
  });

  it('inside HTTP 200 is known by its name, and unclear where it is not', async () => {
    const rpc = connectTo(odoo, { url: server.url, database, apiKey, uid });
    const id = erp.add('customer', testNow);
    const send = (body: object) => push({ connection: rpc }, aSend('update', 'customer', body, { externalId: id }));
    expect(await failureOf(send({ vat: 'wrong' }))).toMatchObject({ kind: 'rejected', status: 200 });
    expect(await failureOf(send({ nope: 'x' }))).toMatchObject({ kind: 'unclear', message: "Invalid field 'nope'" });
    await rpc.destroy();
  });
});

describe('a method that asks back', () => {
  it('has done nothing, and is no yes', async () => {
    const id = erp.add('shipment', testNow);
    erp.write('stock.picking', id, { state: 'assigned' });
    erp.asksBack = true;
    const question = {
      record: 'shipment' as const,
      externalId: id,
      key: 'k',
      again: false,
      from: 'assigned',
      to: 'done',
    };
    expect(await connection.connector.transition?.(question, connection.context())).toBe('no');
    expect(erp.row('stock.picking', id).state).toBe('assigned');
    erp.asksBack = false;
    expect(await connection.connector.transition?.(question, connection.context())).toBe('yes');
  });

  it('is not asked to when an order is cancelled', async () => {
    const id = erp.add('order', testNow);
    await update('order', id, { state: 'sale' });
    const question = { record: 'order' as const, externalId: id, key: 'k', again: false };
    expect(await connection.connector.cancel?.(question, connection.context())).toBe('yes');
    expect(erp.row('sale.order', id).state).toBe('cancel');
  });
});

describe('an order', () => {
  it('is not made a second time with the same reference, which Odoo would do', async () => {
    const id = erp.add('order', testNow);
    const body = { client_order_ref: 'WEB-1', partner_id: { id: 1 } };
    const error = await failureOf(push({ connection }, aSend('create', 'order', body)));
    expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining(`a sale.order ${id} with`) });
    expect(await push({ connection }, aSend('create', 'order', body, { repeat: true }))).toMatchObject({
      externalId: id,
    });
    expect(erp.rows('sale.order')).toHaveLength(1);
  });

  it('gets a delivery address of its own, once', async () => {
    const id = erp.add('order', testNow);
    const address = { name: 'Zoë Marlowe', street: '5 Elm Walk', city: 'Sampleton', country_id: { code: 'DE' } };
    for (const note of ['a', 'b']) await update('order', id, { note, partner_shipping_id: address });
    expect(erp.rows('res.partner').filter(({ type }) => type === 'delivery')).toMatchObject([
      { street: '5 Elm Walk', parent_id: 1, country_id: 1 },
    ]);
    expect(erp.row('res.partner', '1').street).toBe('17 Larch Row');
  });

  it('of an unknown product or country is invalid, and nothing is made', async () => {
    const good = { client_order_ref: 'N-1', partner_id: { id: Number(erp.add('customer', testNow)) } };
    for (const [body, words] of [
      [
        { ...good, order_line: [{ product_id: { default_code: 'NONE' } }] },
        'no product.product with the default_code NONE',
      ],
      [{ ...good, partner_shipping_id: { country_id: { code: 'XX' } } }, 'no res.country with the code XX'],
      [{ client_order_ref: 'N-1' }, 'no id'],
    ] as const) {
      const error = await failureOf(push({ connection }, aSend('create', 'order', body)));
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(words), sent: false });
    }
    expect(erp.rows('sale.order')).toEqual([]);
  });

  it('is found by the poll when only a line of it moved', async () => {
    const id = erp.add('order', testNow - 86_400_000);
    const { cursor } = await pollToTheEnd({ connection }, 'order');
    erp.write('sale.order.line', '1', { qty_delivered: 1 });
    const { items } = await pollToTheEnd({ connection }, 'order', cursor);
    expect(items.map(({ id: found, data }) => [found, JSON.parse(data ?? '').order_line[0].qty_delivered])).toEqual([
      [id, 1],
    ]);
  });
});

it.each<[string, Partial<Send>, string]>([
  ['make a delivery', { op: 'create', record: 'shipment' }, 'deliveries are made by Odoo'],
  ['delete', { op: 'delete', externalId: '1' }, 'nothing is deleted in Odoo'],
  ['make a partner without a reference', { op: 'create', record: 'customer' }, 'no ref'],
])('does not %s', async (_, more, message) => {
  const error = await failureOf(push({ connection }, { ...aSend('update', 'order', {}), ...more }));
  expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
  expect(server.arrivals).toEqual([]);
});

it('has a model that a client of others understands', async () => {
  erp.add('customer', testNow);
  const { hostname, port } = new URL(server.url);
  const client = new OdooClient({ baseUrl: `http://${hostname}`, port: Number(port), db: database, username, apiKey });
  await client.connect();
  const id = await client.create('res.partner', { name: 'Anna', ref: 'C-77' });
  expect(await client.update('res.partner', id, { city: 'Sampleton' })).toBe(true);
  const found = await client.searchRead<{ city: string }>('res.partner', [['ref', '=', 'C-77']], ['city']);
  expect(found).toEqual([{ id, city: 'Sampleton' }]);
  const match = [{ field: 'number', value: 'C-77' }];
  expect(await connection.connector.find?.({ record: 'customer', match }, connection.context())).toBe(String(id));
});
