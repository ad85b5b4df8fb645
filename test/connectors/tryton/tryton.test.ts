// What is particular to Tryton: errors inside HTTP 200, steps that are answered by nothing, times that stand still.
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryton } from '../../../connectors/tryton/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { failureOf, poll, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import recorded from './recorded.json' with { type: 'json' };
import { credentials, database, type TrytonServer, trytonServer } from './tryton-vendor.ts';

let erp: TrytonServer;
let server: MswServer;
let connection: Connection;
let now: number;

beforeEach(async () => {
  now = testNow;
  erp = trytonServer(() => now);
  server = await startMswServer(...erp.handlers);
  connection = connectTo(tryton, { url: server.url, database, login: credentials, company: 1 });
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
const answer = (body: object) =>
  server.use(
    on.post(`*/${database}/`, async ({ request }) => {
      const { method } = (await request.clone().json()) as { method: string };
      return /\.(write|create)$/.test(method) ? HttpResponse.json({ id: 1, ...body }) : undefined;
    }),
  );

describe('an error inside HTTP 200', () => {
  it.each([
    ['a refusal', recorded.errors.noAccess, 'rejected', 'You are not allowed to access "User".'],
    ['a warning', ['UserWarning', ['name', 'Are you sure?', '']], 'rejected', 'Are you sure?'],
    ['a fault of a program', recorded.errors.unknownField, 'unclear', "'nope'"],
    ['no words at all', [], 'unclear', 'an error without words'],
  ])('%s', async (_, error, kind, message) => {
    const id = erp.add('customer', testNow);
    answer({ error });
    expect(await failureOf(update('customer', id, { name: 'Z' }))).toMatchObject({ kind, message, sent: true });
  });

  it('is unclear also where there is neither error nor result', async () => {
    const id = erp.add('customer', testNow);
    answer({});
    expect(await failureOf(update('customer', id, { name: 'Z' }))).toMatchObject({ kind: 'unclear' });
  });

  it('is unknown after a question', async () => {
    server.use(on.post(`*/${database}/`, () => HttpResponse.json({ id: 1, result: [2, 's'] })));
    expect(await failureOf(poll({ connection }, 'order'))).toMatchObject({ kind: 'unknown' });
  });
});

describe('a step that is answered by nothing', () => {
  const cancel = (externalId: string) =>
    connection.connector.cancel?.({ record: 'order', externalId, key: 'k', again: false }, connection.context());

  it('was not taken, and is no yes', async () => {
    const id = erp.add('order', testNow);
    await update('order', id, { state: 'confirmed' });
    expect(erp.row('sale.sale', id).state).toBe('processing');
    expect(await cancel(id)).toBe('no');
    expect(await failureOf(update('order', id, { state: 'cancelled' }))).toMatchObject({
      kind: 'rejected',
      message: '"cancel" was not refused, but it is still processing',
    });
    expect(erp.row('sale.sale', id).state).toBe('processing');
  });

  it('is a yes where the sale is found cancelled', async () => {
    const id = erp.add('order', testNow);
    expect(await cancel(id)).toBe('yes');
    expect(erp.row('sale.sale', id).state).toBe('cancelled');
    expect(await failureOf(update('order', id, { state: 'confirmed' }))).toMatchObject({ kind: 'rejected' });
  });

  it('takes nothing back from a sale that is further', async () => {
    const id = erp.add('order', testNow);
    await update('order', id, { state: 'confirmed' });
    await update('order', id, { state: 'quotation' });
    expect(erp.row('sale.sale', id).state).toBe('processing');
  });

  it('names the states that there are', async () => {
    const id = erp.add('order', testNow);
    const error = await failureOf(update('order', id, { state: 'paid' }));
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('known: draft, quotation') });
  });
});

describe('a sale', () => {
  it('keeps its lines and addresses once it is a promise, although the server would take them', async () => {
    const id = erp.add('order', testNow);
    await update('order', id, { state: 'confirmed' });
    const lines = [{ sequence: 1, quantity: 5 }];
    for (const body of [{ lines }, { shipment_address: { street: 'elsewhere' } }])
      expect(await failureOf(update('order', id, body))).toMatchObject({ kind: 'rejected' });
    expect(erp.rows('sale.line')).toMatchObject([{ quantity: 3 }]);
    // Said once more, as it is: nothing to refuse.
    await update('order', id, { lines: [{ sequence: 1, quantity: 3, unit_price: '25.9900' }] });
  });

  it('is not made a second time with the same reference, which Tryton would do', async () => {
    const id = erp.add('order', testNow);
    const { reference, party } = erp.row('sale.sale', id);
    const body = { reference, party: { id: party }, currency: { code: 'EUR' } };
    const error = await failureOf(push({ connection }, aSend('create', 'order', body)));
    expect(error).toMatchObject({
      kind: 'rejected',
      message: `there is a sale ${id} with the reference WEB-1 already`,
    });
    expect(await push({ connection }, aSend('create', 'order', body, { repeat: true }))).toMatchObject({
      externalId: id,
    });
    expect(erp.rows('sale.sale')).toHaveLength(1);
  });

  it('that there is twice is not guessed at', async () => {
    const [first, second] = [erp.add('order', testNow), erp.add('order', testNow)];
    erp.write('sale.sale', second, { reference: 'WEB-1' });
    const body = { reference: 'WEB-1', party: { id: 1 } };
    const error = await failureOf(push({ connection }, aSend('create', 'order', body, { repeat: true })));
    expect(error).toMatchObject({ kind: 'unknown', message: expect.stringContaining('several sale.sale') });
    expect(first).not.toBe(second);
  });

  it('of an unknown product, currency or party is invalid, and nothing is made', async () => {
    const party = { id: erp.add('customer', testNow) };
    const good = { reference: 'N-1', party, currency: { code: 'EUR' } };
    for (const [body, words] of [
      [{ ...good, lines: [{ product: { code: 'NONE' } }] }, 'no product.product with the code NONE'],
      [{ ...good, currency: { code: 'XYZ' } }, 'no currency.currency with the code XYZ'],
      [{ ...good, party: {} }, 'no id'],
      [{ ...good, sale_date: 'tomorrow' }, '"tomorrow" is no date'],
    ] as const) {
      const error = await failureOf(push({ connection }, aSend('create', 'order', body)));
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(words), sent: false });
    }
    expect(erp.rows('sale.sale')).toEqual([]);
  });

  it('gets an address of its own rather than another order’s', async () => {
    const id = erp.add('order', testNow);
    const before = erp.rows('party.address').length;
    await update('order', id, { shipment_address: { street: '5 Elm Walk' } });
    await update('order', id, { shipment_address: { street: '5 Elm Walk' } });
    expect(erp.rows('party.address')).toHaveLength(before + 1);
    expect(erp.rows('party.address').at(-1)).toMatchObject({ street: '5 Elm Walk', city: 'Sampleton', country: 1 });
    expect(erp.rows('party.address')[0]).toMatchObject({ street: '17 Larch Row' });
  });

  it('goes where it went also when its party, which had no address, gets one or has one cleared', async () => {
    const { externalId: party = '' } = await push(
      { connection },
      aSend('create', 'customer', { code: 'C-9', name: 'Zoë' }),
    );
    const body = { reference: 'N-2', party: { id: party }, currency: { code: 'EUR' } };
    const address = { street: '5 Elm Walk', city: 'Sampleton', country: { code: 'DE' } };
    const sale = { ...body, shipment_address: address, invoice_address: address, lines: [] };
    const { externalId: id = '' } = await push({ connection }, aSend('create', 'order', sale));
    for (const street of ['17 Larch Row', null]) await update('customer', party, { address: { street } });
    const { shipment_address, invoice_address } = erp.row('sale.sale', id);
    expect(invoice_address).toBe(shipment_address);
    expect(erp.row('party.address', String(shipment_address))).toMatchObject({ street: '5 Elm Walk' });
    expect(erp.rows('party.address').map(({ street }) => street)).toEqual([null, '5 Elm Walk']);
  });
});

describe('somebody else', () => {
  it('who writes between our reading and our writing is not written over', async () => {
    const id = erp.add('customer', testNow);
    let isOnce = true;
    server.use(
      on.post(`*/${database}/`, async ({ request }) => {
        const { method } = (await request.clone().json()) as { method: string };
        now += 1000;
        if (isOnce && method === 'model.party.party.write')
          erp.write('party.address', '1', { street: 'Lost update 1' });
        if (method === 'model.party.party.write') isOnce = false;
        return undefined;
      }),
    );
    const error = await failureOf(update('customer', id, { address: { street: '5 Elm Walk' } }));
    expect(error).toMatchObject({
      kind: 'unavailable',
      message: 'Records were modified in the meanwhile',
      sent: false,
    });
    expect(erp.row('party.address', '1').street).toBe('Lost update 1');
    await update('customer', id, { address: { street: '5 Elm Walk' } });
    expect(erp.row('party.address', '1').street).toBe('5 Elm Walk');
  });
});

describe('a poll of customers', () => {
  it('brings a party whose address or telephone number changed, whose own time stands still', async () => {
    const id = erp.add('customer', testNow - 86_400_000);
    const { cursor } = await pollToTheEnd({ connection }, 'customer');
    now += 3_600_000;
    erp.write('party.address', '1', { street: '5 Elm Walk' });
    expect(erp.row('party.party', id).write_date).toBeNull();
    const first = await pollToTheEnd({ connection }, 'customer', cursor);
    expect(first.items.map((item) => JSON.parse(item.data ?? '').address.street)).toEqual(['5 Elm Walk']);
    now += 3_600_000;
    erp.create('party.contact_mechanism', { party: Number(id), type: 'mobile', value: '+49 170 0000004' });
    const second = await pollToTheEnd({ connection }, 'customer', first.cursor);
    expect(second.items.map((item) => JSON.parse(item.data ?? '').phones)).toEqual([['+49 170 0000004']]);
  });

  it('takes no cursor of another kind', async () => {
    expect(await failureOf(poll({ connection }, 'customer', 'page 2'))).toMatchObject({ kind: 'invalid', sent: false });
  });
});

describe('ways to reach a party', () => {
  it('are the whole list: what is not in it goes out of use, and comes back', async () => {
    const id = erp.add('customer', testNow);
    const states = () => erp.rows('party.contact_mechanism').map(({ value, active }) => [value, active]);
    await update('customer', id, { phones: ['+49 30 0000004'] });
    await update('customer', id, { phones: ['+49 (30) 0000-004', '+49 30 0000005'] });
    await update('customer', id, { phones: ['+49 30 0000005'], emails: ['z@example.com'] });
    expect(states()).toEqual([
      ['+49 30 0000004', false],
      ['+49 30 0000005', true],
      ['z@example.com', true],
    ]);
    await update('customer', id, { phones: ['+49300000004'] });
    expect(states().slice(0, 2)).toEqual([
      ['+49 30 0000004', true],
      ['+49 30 0000005', false],
    ]);
  });
});

it('opens another session when one has ended, and tells a wrong password', async () => {
  const id = erp.add('customer', testNow);
  await update('customer', id, { name: 'Z' });
  erp.revoke?.();
  await update('customer', id, { name: 'Zo' });
  expect(erp.row('party.party', id).name).toBe('Zo');
  const logins = server.arrivals.filter(({ body }) => body.includes('common.db.login'));
  expect(logins).toHaveLength(2);
  expect(logins.every(({ headers }) => headers.authorization === undefined)).toBe(true);
});

it.each<[string, Partial<Send>, string]>([
  ['make a shipment', { op: 'create', record: 'shipment' }, 'shipments are made by Tryton'],
  ['delete', { op: 'delete', externalId: '1' }, 'nothing is deleted in Tryton'],
  ['make a party without a code', { op: 'create', record: 'customer' }, 'no code'],
  ['make a sale without a reference', { op: 'create', record: 'order' }, 'no reference'],
])('does not %s', async (_, more, message) => {
  const error = await failureOf(push({ connection }, { ...aSend('update', 'order', {}), ...more }));
  expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
  expect(server.arrivals).toEqual([]);
});
