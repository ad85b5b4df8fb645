// One story through all three: a Vendure shop, a Tryton and a hub between them, each a process of its own. Only people act in
// the two systems; what comes of it in the other one is the hub's doing.
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { RecordView } from '../flows/client.ts';
import { endAll, type Hub, layOut, startAt, syncline } from '../flows/hub.ts';
import { until } from '../flows/until.ts';
import { say } from './running.ts';
import { storyDocuments } from './story-documents.ts';
import { setUpTryton, type TrytonSite } from './tryton-setup.ts';
import { targetFile } from './vendure/server.ts';
import { open, type Shoppers } from './vendure/shoppers.mjs';

const vendure = inject('vendure');
/** As long as a busy machine may take over what takes a second. */
const patienceMs = 180_000;
const secret = 'whsec_c2FtcGxlIHNlY3JldCBvZiBhIHNhbXBsZQ==';
const run = Date.now().toString(36);

let shop: Shoppers;
let tryton: TrytonSite;
let hub: Hub;
let placed: { id: string; code: string };
let order: RecordView;
let sale: Sale;

interface Sale {
  id: number;
  state: string;
  party: number;
  shipment_address: number;
  shipments: number[];
}

const often = '2s';

beforeAll(async () => {
  shop = await open(vendure);
  await shop.empty();
  tryton = await setUpTryton(inject('tryton'));
  const place = layOut({
    mappings: storyDocuments(),
    systems: {
      vendure: {
        ...{ role: 'order', connector: 'vendure' },
        settings: {
          url: `${vendure.url}/admin-api`,
          login: vendure.login,
          webhook: { scheme: 'standard', secret },
          // Webhooks bring what happens; polls are for what they miss.
          poll: { orders: '1h', customers: '1h', fulfillments: '1h' },
        },
        delivery: { timeout: '60s' },
      },
      tryton: {
        ...{ role: 'erp', connector: 'tryton' },
        settings: { ...tryton.settings, poll: { every: often, overlap: '10s' } },
        delivery: { timeout: '60s' },
      },
    },
  });
  hub = await startAt(place, [], { withinMs: patienceMs });
  writeFileSync(targetFile(vendure), JSON.stringify({ url: `${hub.url}/v1/webhooks/vendure`, secret }));
});
afterAll(async () => {
  rmSync(targetFile(vendure), { force: true });
  await shop.close();
  await endAll();
});

const read = async <T>(model: string, id: number, fields: string[]): Promise<T> =>
  ((await tryton.call(`model.${model}.read`, [id], fields)) as T[])[0] as T;
const saleFields = ['state', 'party', 'shipment_address', 'shipments'];
const step = (model: string, name: string, id: number) => tryton.call(`model.${model}.${name}`, [id]);
const heldOrder = async () => (await shop.held('order')).find(({ id }) => id === placed.id);
const see = <T>(what: string, look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> => {
  say(`story: ${what}`);
  return until(what, look, holds, patienceMs);
};

it('an order that is placed in Vendure becomes a sale in Tryton', async () => {
  placed = await shop.place({ quantity: 2, email: `zoe.${run}@example.com`, sku: 'LAMP-001' });
  order = await see(
    'the hub has the order, from its webhook',
    () => hub.get<RecordView>(`/v1/records/order?external=vendure:${placed.id}`),
    ({ data }) => data.number === placed.code && data.paymentStatus === 'paid',
  );
  expect(order.data.shipTo).toMatchObject({ street: '17 Larch Row', city: 'Sampleton', country: 'DE' });
  const [found] = (await see(
    'Tryton has the sale, as a quotation',
    () => tryton.call('model.sale.sale.search_read', [['reference', '=', placed.code]], 0, 2, null, saleFields),
    (rows) => (rows as Sale[])[0]?.state === 'quotation',
  )) as [Sale];
  sale = found;
  expect(await read('party.address', sale.shipment_address, ['street', 'city', 'party_name'])).toMatchObject({
    ...{ street: '17 Larch Row', city: 'Sampleton', party_name: 'Zoë Marlowe' },
  });
  const lines = await tryton.call('model.sale.line.search_read', [['sale', '=', sale.id]], 0, null, null, [
    ...['quantity', 'product.code', 'unit_price'],
  ]);
  expect(lines).toMatchObject([{ quantity: 2, 'product.': { code: 'LAMP-001' } }]);
  await see(
    'the hub knows that it has',
    () => hub.replica(order.id, 'tryton'),
    ({ state }) => state === 'synced',
  );
});

it('an address that is changed in Tryton reaches the Vendure order, through Modifying', async () => {
  await step('sale.sale', 'draft', sale.id);
  const moved = {
    party: sale.party,
    party_name: 'Zoë Marlowe',
    street: '4 Birch Lane',
    postal_code: '00004',
    city: 'Sampleton',
  };
  const [country] = (await tryton.call('model.country.country.search', [['code', '=', 'DE']], 0, 1, null)) as number[];
  const [address] = (await tryton.call('model.party.address.create', [{ ...moved, country }])) as number[];
  await tryton.call('model.sale.sale.write', [sale.id], { shipment_address: address });
  await step('sale.sale', 'quote', sale.id);
  await see('the order in Vendure goes to the new address', heldOrder, (seen) =>
    JSON.stringify(seen?.shippingAddress ?? '').includes('4 Birch Lane'),
  );
  const seen = await see('and is back where it was', heldOrder, (held) => held?.state === 'PaymentSettled');
  expect(seen?.shippingAddress).toMatchObject({ streetLine1: '4 Birch Lane', postalCode: '00004', countryCode: 'DE' });
  const states = await shop.sql(`select data::json ->> 'to' as state from history_entry
    where "orderId" = ${placed.id} and type = 'ORDER_STATE_TRANSITION' order by id desc limit 2`);
  expect(states.map(({ state }) => state)).toEqual(['PaymentSettled', 'Modifying']);
  const now = await hub.record('order', order.id);
  expect(now.data.shipTo).toMatchObject({ street: '4 Birch Lane' });
  expect(now.units.shipTo).toMatchObject({ source: 'tryton' });
});

it('a shipment that is done in Tryton becomes a fulfilment in Vendure', async () => {
  await step('sale.sale', 'confirm', sale.id);
  const confirmed = await see(
    'Tryton has made a shipment of the sale',
    () => read<Sale>('sale.sale', sale.id, saleFields),
    ({ shipments }) => shipments.length > 0,
  );
  const [parcel] = confirmed.shipments as [number];
  await tryton.call('model.stock.shipment.out.write', [parcel], { reference: `TRACK-${run}` });
  for (const name of ['assign_try', 'pick', 'pack', 'done']) await step('stock.shipment.out', name, parcel);
  const [fulfilment] = await see(
    'Vendure has the fulfilment',
    () => shop.held('shipment'),
    ([first]) => first?.state === 'Shipped',
  );
  expect(fulfilment).toMatchObject({ orderId: placed.id, trackingCode: `TRACK-${run}`, lines: [{ quantity: 2 }] });
  expect(await heldOrder()).toMatchObject({ state: 'Shipped' });
  await see(
    'and the hub has heard of it',
    () => hub.record('order', order.id),
    ({ data }) => data.fulfillmentStatus === 'shipped',
  );
});

it('nothing comes back of it: every copy is level, and the echoes of its own writes change nothing', async () => {
  const settled = await see(
    'every copy of the order is level',
    () => hub.record('order', order.id),
    ({ replicas }) => replicas.every(({ state }) => state === 'synced'),
  );
  expect(await hub.deadLetters()).toEqual([]);
  expect((await shop.held('shipment')).length).toBe(1);
  expect(settled.data.shipTo).toMatchObject({ street: '4 Birch Lane' });
  // Where the sale went first is as it was: nobody's later write has touched it.
  const former = await read('party.address', sale.shipment_address, ['street', 'city']);
  expect(former).toMatchObject({ street: '17 Larch Row', city: 'Sampleton' });
});

it('what a webhook never told is found by reconciling', async () => {
  rmSync(targetFile(vendure));
  const lost = await shop.place({ email: `lost.${run}@example.com`, sku: 'LAMP-001' });
  const outcome = await syncline(hub.place, 'reconcile', 'vendure', '--url', hub.url, '--repair', '--json');
  expect(JSON.parse(outcome.out)).toMatchObject({ state: 'done' });
  await see(
    'the hub has the order that nobody told of',
    () => hub.get<RecordView>(`/v1/records/order?external=vendure:${lost.id}`),
    ({ data }) => data.number === lost.code,
  );
});
