// What is particular to Vendure, against a running shop: the traps that its model repeats, and webhooks as its plugin sends them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { vendure } from '../../connectors/vendure/index.ts';
import type { Connection } from '../../src/connector/connection.ts';
import type { Send, WebhookRequest } from '../../src/connector/contract.ts';
import { connectTo } from '../connectors/connect.ts';
import { failureOf, pollToTheEnd, push } from '../contract/connector/scene.ts';
import { until } from '../flows/until.ts';
import { freePort } from '../postgres/server.ts';
import { createDatabase } from './database.ts';
import { installVendure, startShop, targetFile } from './vendure/server.ts';
import { setUpVendure } from './vendure/setup.ts';
import { open, type Shoppers } from './vendure/shoppers.mjs';

const site = inject('vendure');
const secret = 'whsec_c2FtcGxlIHNlY3JldCBvZiBhIHNhbXBsZQ==';
const patienceMs = 120_000;

let shop: Shoppers;
let connection: Connection;

beforeAll(async () => {
  shop = await open(site);
  const settings = { url: `${site.url}/admin-api`, login: site.login, webhook: { scheme: 'standard', secret } };
  connection = connectTo(vendure, settings, { timeoutMs: 60_000, now: Date.now });
});
afterAll(() => Promise.all([connection.destroy(), shop.close()]));
beforeEach(() => shop.empty());

const anUpdate = (record: Send['record'], externalId: string, body: object): Send => ({
  ...{ op: 'update', record, recordId: 'x_1', key: 'shop:x_1:2', match: [], repeat: false },
  ...{ externalId, body: JSON.stringify(body) },
});
const heldOrder = async (id: string) => (await shop.held('order')).find((one) => one.id === id);

it('knows an API key too, and a wrong one by the check', async () => {
  const { id } = await shop.place();
  const url = `${site.url}/admin-api`;
  for (const [apiKey, isKnown] of [
    [site.apiKey, true],
    ['nobody:nothing', false],
  ] as const) {
    const keyed = connectTo(vendure, { url, apiKey }, { timeoutMs: 60_000, now: Date.now });
    const check = Promise.resolve(keyed.connector.check?.(keyed.context()));
    if (isKnown) await check;
    else expect(await failureOf(check)).toMatchObject({ kind: 'unauthorized' });
    const fetching = Promise.resolve(keyed.connector.fetch?.({ record: 'order', externalId: id }, keyed.context()));
    if (isKnown) expect(JSON.parse((await fetching) ?? 'null')).toMatchObject({ id });
    else expect(await failureOf(fetching)).toMatchObject({ kind: 'forbidden' });
    await keyed.destroy();
  }
});

it('brings an order that was shipped although its updatedAt stood still', async () => {
  const { id } = await shop.place({ quantity: 1 });
  const { cursor } = await pollToTheEnd({ connection }, 'order');
  const before = (await heldOrder(id))?.updatedAt;
  const parcel = await shop.fulfil(id);
  await shop.transitionFulfillment(parcel, 'Shipped');
  expect(await heldOrder(id)).toMatchObject({ state: 'Shipped', updatedAt: before });
  const later = new Date(Date.parse(String(cursor)) + 60_000).toISOString();
  expect((await pollToTheEnd({ connection }, 'order', later)).items).toEqual([]);
  const { items } = await pollToTheEnd({ connection }, 'shipment');
  expect(items.map(({ record, id: name, data }) => [record, name, JSON.parse(data ?? '').state])).toEqual([
    ['order', id, 'Shipped'],
    ['shipment', parcel, 'Shipped'],
  ]);
});

describe('inside HTTP 200', () => {
  it('an illegal transition is a refusal in its words, and changes nothing', async () => {
    const { id } = await shop.place();
    const error = await failureOf(push({ connection }, anUpdate('order', id, { state: 'Delivered' })));
    expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining('Cannot transition Order') });
    const asked = { record: 'order' as const, externalId: id, key: 'k', again: false, from: '', to: 'Delivered' };
    expect(await connection.connector.transition?.(asked, connection.context())).toBe('no');
    expect(await heldOrder(id)).toMatchObject({ state: 'PaymentSettled' });
  });

  it('a customer who is not there is not_found', async () => {
    const error = await failureOf(push({ connection }, anUpdate('customer', '999999', { firstName: 'x' })));
    expect(error).toMatchObject({ kind: 'not_found' });
  });
});

describe('an address of an order', () => {
  it('is changed through Modifying, and the order is back where it was', async () => {
    const { id } = await shop.place();
    await push({ connection }, anUpdate('order', id, { shippingAddress: { streetLine1: '4 Birch Lane' } }));
    expect(await heldOrder(id)).toMatchObject({
      state: 'PaymentSettled',
      shippingAddress: { streetLine1: '4 Birch Lane', city: 'Sampleton' },
    });
  });

  it('leaves the order where it was when Vendure knows no such country', async () => {
    const { id } = await shop.place();
    const error = await failureOf(
      push({ connection }, anUpdate('order', id, { shippingAddress: { countryCode: 'XX' } })),
    );
    expect(error).toMatchObject({ kind: 'rejected', message: 'The countryCode "XX" was not recognized' });
    expect(await heldOrder(id)).toMatchObject({ state: 'PaymentSettled', shippingAddress: { countryCode: 'DE' } });
  });

  it('waits while somebody modifies the order', async () => {
    const { id } = await shop.place();
    await shop.transitionOrder(id, 'Modifying');
    const error = await failureOf(
      push({ connection }, anUpdate('order', id, { shippingAddress: { streetLine1: '4 Birch Lane' } })),
    );
    expect(error).toMatchObject({ kind: 'unavailable', sent: false });
    expect(await heldOrder(id)).toMatchObject({ state: 'Modifying', shippingAddress: { streetLine1: '17 Larch Row' } });
  });
});

describe('its webhooks', () => {
  const arrived: (WebhookRequest & { answered: number })[] = [];
  let answers: number[] = [];
  let server: Server;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answered = answers.shift() ?? 204;
      arrived.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks), answered });
      response.writeHead(answered).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    writeFileSync(targetFile(site), JSON.stringify({ url, secret }));
  });
  afterEach(() => {
    answers = [];
    arrived.length = 0;
  });
  afterAll(async () => {
    rmSync(targetFile(site), { force: true });
    await new Promise((resolve) => server.close(resolve));
  });

  const changesOf = async (request: WebhookRequest) => {
    const received = await connection.connector.receive?.(request, connection.context());
    return received && 'changes' in received ? received.changes : [];
  };
  const typeOf = ({ body }: WebhookRequest): string => JSON.parse(Buffer.from(body).toString()).type;
  const webhook = (type: string, toState?: string) =>
    until(
      `a webhook ${type}`,
      () =>
        arrived.filter(
          (one) =>
            typeOf(one) === type &&
            (toState === undefined || JSON.parse(Buffer.from(one.body).toString()).data.toState === toState),
        ),
      (found) => found.some(({ answered }) => answered === 204),
      patienceMs,
    );

  it('are signed, bring the order whole, and come again under the same id after a 503, behind what came later', async () => {
    answers = [503, 503];
    const { id } = await shop.place();
    const [paid] = await webhook('order.state_changed', 'PaymentSettled');
    if (!paid) throw new Error('no webhook');
    expect(await changesOf(paid)).toMatchObject([{ record: 'order', id, at: expect.any(String) }]);
    const refused = arrived.filter(({ answered }) => answered === 503).map(({ headers }) => headers['webhook-id']);
    expect(refused).toHaveLength(2);
    await until(
      'what was refused comes again',
      () => arrived.filter(({ answered, headers }) => answered === 204 && refused.includes(headers['webhook-id'])),
      (found) => found.length === 2,
      patienceMs,
    );
    const order = arrived.map(({ headers }) => headers['webhook-id']);
    expect(order.lastIndexOf(refused[0])).toBeGreaterThan(1);
  });

  it('tell our own writes as anybody’s: an echo', async () => {
    const { id } = await shop.place();
    await push({ connection }, anUpdate('order', id, { customFields: { erpRef: 'SO-1' } }));
    const [echo] = await webhook('order.updated');
    if (!echo) throw new Error('no webhook');
    const [change] = await changesOf(echo);
    expect(JSON.parse(change?.data ?? '')).toMatchObject({ customFields: { erpRef: 'SO-1' } });
  });

  it('of customers, addresses and fulfilments are read as well', async () => {
    const customer = await shop.addCustomer(new Date().toISOString(), 'zoe@example.com');
    const [made] = await webhook('customer.created');
    if (!made) throw new Error('no webhook');
    expect(await changesOf(made)).toMatchObject([{ record: 'customer', id: customer }]);
    const address = { fullName: 'Zoë Marlowe', streetLine1: '4 Birch Lane', countryCode: 'DE' };
    await push({ connection }, anUpdate('customer', customer, { addresses: [address] }));
    const [moved] = await webhook('customer_address.created');
    if (!moved) throw new Error('no webhook');
    expect(await changesOf(moved)).toMatchObject([{ record: 'customer', id: customer }]);
    const { id } = await shop.place();
    const parcel = await shop.fulfil(id);
    await shop.transitionFulfillment(parcel, 'Shipped');
    const [shipped] = await webhook('fulfillment.state_changed', 'Shipped');
    if (!shipped) throw new Error('no webhook');
    expect(await changesOf(shipped)).toMatchObject([{ record: 'shipment', id: parcel }]);
  });
});

it('that is killed at once has kept what it answered: whatever its webhooks told, polls bring all of it', async () => {
  await installVendure();
  const folder = mkdtempSync(join(tmpdir(), 'syncline-live-killed-'));
  const database = await createDatabase(site.database, `killed_${Date.now()}`);
  const place = { ...site, folder, database, port: await freePort() };
  writeFileSync(targetFile(place), JSON.stringify({ url: 'http://127.0.0.1:9/nobody', secret }));
  let running = await startShop(place, true);
  try {
    const url = `http://127.0.0.1:${place.port}`;
    const theirs = await setUpVendure({ url, admin: site.admin, database });
    const shoppers = await open(theirs);
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await shoppers.place({ quantity: 1 })).id);
    const parcel = await shoppers.fulfil(ids[0] ?? '');
    await shoppers.transitionFulfillment(parcel, 'Shipped');
    await shoppers.close();
    await running.kill();
    const settings = { url: `${url}/admin-api`, apiKey: theirs.apiKey };
    const other = connectTo(vendure, settings, { timeoutMs: 60_000, now: Date.now });
    expect(await failureOf(pollToTheEnd({ connection: other }, 'order'))).toMatchObject({ kind: 'unavailable' });
    running = await startShop(place, false);
    const { items } = await pollToTheEnd({ connection: other }, 'order');
    expect(items.map(({ id }) => id)).toEqual(ids);
    const sent = (await pollToTheEnd({ connection: other }, 'shipment')).items;
    expect(sent.map(({ record, id }) => [record, id])).toEqual([
      ['order', ids[0]],
      ['shipment', parcel],
    ]);
    await other.destroy();
  } finally {
    await running.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
