// What is particular to the Service Layer: a session that ends, pages that the server cuts, a partner that was changed
// meanwhile, codes with quotes in them, two forms of an error.
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sapB1 } from '../../../connectors/sap-b1/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { failureOf, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { credentials, refusal, type ServiceLayer, serviceLayer, timeZone } from './sap-vendor.ts';

let now = testNow;
let layer: ServiceLayer;
let server: MswServer;
let connection: Connection;

beforeEach(async () => {
  now = testNow;
  layer = serviceLayer(() => now);
  server = await startMswServer(...layer.handlers);
  connection = connectTo(sapB1, { url: server.url, ...credentials, timeZone }, { now: () => now });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const aSend = (op: Send['op'], body: object, more: Partial<Send> = {}): Send => ({
  ...{ op, record: 'customer', recordId: 'cus_1', key: 'erp:customer:cus_1:2', match: [], repeat: false },
  body: JSON.stringify(body),
  ...more,
});
const update = (externalId: string, body: object) => push({ connection }, aSend('update', body, { externalId }));
const anyPartner = /BusinessPartners\(/;

describe('a session', () => {
  it('that has ended is opened once more, by one login for everybody who waits', async () => {
    const ids = [1, 2, 3, 4].map(() => layer.add('customer', testNow));
    await update(ids[0] as string, { FreeText: 'first' });
    expect(layer.logins()).toBe(1);
    now += 31 * 60_000;
    await Promise.all(ids.map((id) => update(id, { FreeText: 'later' })));
    expect(ids.map((id) => layer.partner(id).FreeText)).toEqual(['later', 'later', 'later', 'later']);
    expect(layer.logins()).toBe(2);
  });

  it('that is used does not end', async () => {
    const id = layer.add('customer', testNow);
    for (const FreeText of ['a', 'b', 'c']) {
      now += 20 * 60_000;
      await update(id, { FreeText });
    }
    expect(layer.logins()).toBe(1);
  });

  it.each([
    [401, refusal('301', 'Invalid session or session already timeout.')],
    [400, { error: { code: -301, message: { lang: 'en-us', value: 'Invalid session.' } } }],
  ])('that is over is known by its code, with status %s too', async (status, body) => {
    const id = layer.add('customer', testNow);
    server.use(on.get(anyPartner, () => HttpResponse.json(body, { status }), { once: true }));
    await update(id, { FreeText: 'x' });
    expect([layer.partner(id).FreeText, layer.logins()]).toEqual(['x', 2]);
  });

  it('that cannot be had fails once, and is not asked for again and again', async () => {
    const stranger = connectTo(sapB1, { url: server.url, ...credentials, companyDb: 'OTHER', timeZone });
    expect(await failureOf(stranger.connector.check?.(stranger.context()) ?? Promise.resolve())).toMatchObject({
      kind: 'unauthorized',
      sent: false,
    });
    expect(server.arrivals).toHaveLength(1);
    await stranger.destroy();
  });
});

it('reads whatever the server cuts into pages of its own', async () => {
  const ids = Array.from({ length: 7 }, (_, n) => layer.add('customer', testNow - (7 - n) * 60_000));
  const listed = await connection.connector.list?.({ record: 'customer', cursor: undefined }, connection.context());
  expect(listed?.items.map(({ id }) => id)).toEqual(ids);
  expect(server.arrivals.filter(({ url }) => url.includes('skip='))).toHaveLength(4);
});

it('polls a partner that was made and never changed, and one that was changed in its address alone', async () => {
  const [made, old] = [layer.add('customer', testNow - 60_000), layer.add('customer', testNow - 86_400_000)];
  const { cursor, items } = await pollToTheEnd({ connection }, 'customer');
  expect(new Set(items.map(({ id }) => id))).toEqual(new Set([made, old]));
  layer.edit(old, { BPAddresses: [{ AddressName: 'Bill', AddressType: 'bo_BillTo', Street: '5 Elm Walk' }] });
  const next = await pollToTheEnd({ connection }, 'customer', cursor);
  const changed = next.items.find(({ id }) => id === old);
  expect(changed).toMatchObject({ at: '2026-11-24T10:00:00.000Z' });
  expect(JSON.parse(changed?.data ?? '').address).toMatchObject({ Street: '5 Elm Walk', RowNum: 1 });
});

it('does not take a cursor of others', async () => {
  expect(await failureOf(pollToTheEnd({ connection }, 'customer', 'nothing'))).toMatchObject({ kind: 'invalid' });
});

describe('a partner that was changed between reading and writing', () => {
  const beQuicker = (code: string): void =>
    server.lose(({ method }) => {
      if (method === 'PATCH') {
        server.lose(undefined);
        layer.edit(code, { Website: 'theirs', FreeText: 'theirs' });
      }
      return () => false;
    });

  it('is not written over where it has an ETag; the next attempt takes it as it is now', async () => {
    const id = layer.add('customer', testNow);
    beQuicker(id);
    expect(await failureOf(update(id, { FreeText: 'ours' }))).toMatchObject({
      kind: 'unavailable',
      sent: false,
      status: 412,
    });
    expect(layer.partner(id)).toMatchObject({ Website: 'theirs', FreeText: 'theirs' });
    await update(id, { FreeText: 'ours' });
    expect(layer.partner(id)).toMatchObject({ Website: 'theirs', FreeText: 'ours' });
  });

  it('loses only what is written where it has none', async () => {
    layer.untagged = true;
    const id = layer.add('customer', testNow);
    beQuicker(id);
    await update(id, { FreeText: 'ours' });
    expect(layer.partner(id)).toMatchObject({ Website: 'theirs', FreeText: 'ours' });
  });
});

describe('an address', () => {
  it('is changed in its row, and no other row is touched', async () => {
    const id = layer.add('customer', testNow);
    await update(id, { address: { Street: '4 Birch Lane', City: 'Sampleton' } });
    await update(id, { address: { City: 'Anothertown' } });
    await update(id, { address: { City: 'Anothertown' } });
    expect(layer.partner(id).BPAddresses).toMatchObject([
      { RowNum: 0, AddressType: 'bo_ShipTo', Street: '9 Oak Row' },
      { RowNum: 1, AddressType: 'bo_BillTo', Street: '4 Birch Lane', City: 'Anothertown' },
    ]);
    expect(layer.partner(id).BPAddresses).toHaveLength(2);
    expect(server.arrivals.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
  });
});

describe('a code', () => {
  it('may hold quotes and blanks', async () => {
    const CardCode = "O'Neil & Co/7";
    await push({ connection }, aSend('create', { CardCode, CardName: 'A' }));
    await update(CardCode, { CardName: 'B' });
    const match = [{ field: 'number', value: CardCode }];
    expect(await connection.connector.find?.({ record: 'customer', match }, connection.context())).toBe(CardCode);
    expect(layer.partner(CardCode).CardName).toBe('B');
  });

  it('that is taken is refused, unless the create is a repeat', async () => {
    const CardCode = layer.add('customer', testNow);
    const create = aSend('create', { CardCode, CardName: 'A' });
    expect(await failureOf(push({ connection }, create))).toMatchObject({
      kind: 'rejected',
      message: `there is a business partner ${CardCode} already`,
    });
    expect(await push({ connection }, { ...create, repeat: true })).toMatchObject({ externalId: CardCode });
  });
});

it.each([
  [400, refusal('-10', 'wrong'), { kind: 'rejected', message: 'wrong' }],
  [400, { error: { code: -5002, message: { lang: 'en-us', value: 'wrong' } } }, { kind: 'rejected', message: 'wrong' }],
  [403, refusal('x', 'no'), { kind: 'forbidden' }],
  [502, {}, { kind: 'unavailable' }],
])('an answer %s to a write', async (status, body, expected) => {
  const id = layer.add('customer', testNow);
  server.use(on.patch(anyPartner, () => HttpResponse.json(body, { status })));
  expect(await failureOf(update(id, { FreeText: 'x' }))).toMatchObject({ ...expected, status });
});

it('takes a good answer that holds no partner for unclear', async () => {
  server.use(on.post('*/b1s/v2/BusinessPartners', () => HttpResponse.json({})));
  const error = await failureOf(push({ connection }, aSend('create', { CardCode: 'C-9' })));
  expect(error).toMatchObject({ kind: 'unclear' });
});

it.each<[string, Partial<Send>, string]>([
  ['delete', { op: 'delete', externalId: 'C-1' }, 'nothing is deleted'],
  ['make a partner without a code', { op: 'create' }, 'no CardCode'],
])('does not %s', async (_, more, message) => {
  const error = await failureOf(push({ connection }, { ...aSend('update', {}), ...more }));
  expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
  expect(server.arrivals).toEqual([]);
});
