// The shop, the CRM and the WMS over real sockets: their words, their habits, and the webhooks they send.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Crm, startCrm } from '../../sandbox/crm.ts';
import { type Shop, startShop } from '../../sandbox/shop.ts';
import { startWms, type Wms } from '../../sandbox/wms.ts';
import { type HubStandIn, startHubStandIn } from './hub-stand-in.ts';
import { type QuickClock, quickClock } from './quick-clock.ts';

let hub: HubStandIn;
let clock: QuickClock;
let shop: Shop;
let crm: Crm;
let wms: Wms;
beforeEach(async () => {
  hub = await startHubStandIn();
  clock = quickClock();
  shop = await startShop({ hub, clock });
  crm = await startCrm({ hub, clock });
  wms = await startWms({ hub, clock });
});
afterEach(() => Promise.all([shop, crm, wms, hub].map((one) => one.close())));

const ask = async (method: string, url: string, body?: object, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

const items = [{ line: '1', sku: 'TEA', qty: 2, price: '260.00', total: '520.00' }];

describe('the shop', () => {
  it('sends an order whole, each time anything in it changes', async () => {
    const placed = shop.placeOrder({ total: '520.00', items });
    await placed.webhook;
    await shop.changeOrder(placed.item.id, { note: 'ring twice' }).webhook;
    expect(hub.taken.map(({ path }) => path)).toEqual(['/v1/webhooks/shop', '/v1/webhooks/shop']);
    expect(hub.taken.map(({ body }) => body)).toEqual([
      { record: 'order', id: '1001', data: placed.item },
      { record: 'order', id: '1001', data: { ...placed.item, note: 'ring twice' } },
    ]);
    expect(placed.item).toMatchObject({ order_number: 'SO-1001', total: '520.00', state: 'open', storefront: 'web' });
    expect(new Set(hub.taken.map(({ webhookId }) => webhookId)).size).toBe(2);
  });

  it('is written with PUT, keeps what is its own, and sends that back too', async () => {
    const { item } = shop.placeOrder({ total: '520.00', items, note: 'old' });
    const written = { total: '520.00', items, state: 'cancelled', storefront: 'x', id: '9', order_number: 'SO-9' };
    const answer = await ask('PUT', `${shop.url}/orders/${item.id}`, written);
    expect(answer).toMatchObject({ status: 200, body: { id: '1001', order_number: 'SO-1001', state: 'cancelled' } });
    expect(shop.orders()[0]).not.toHaveProperty('note');
    expect(shop.orders()[0]?.storefront).toBe('web');
    await shop.changeOrder(item.id, {}).webhook;
    expect(hub.taken[1]?.body.data).toMatchObject({ state: 'cancelled' });
  });

  it('says what it does not understand', async () => {
    expect(await ask('POST', `${shop.url}/orders`, { total: 520, items })).toEqual({
      status: 422,
      body: { message: 'total 520 is no amount such as 520.00' },
    });
    expect((await ask('PUT', `${shop.url}/orders/7`, {})).status).toBe(404);
    expect((await ask('PATCH', `${shop.url}/orders/7`, {})).status).toBe(405);
    expect((await ask('POST', `${shop.url}/carts`, {})).status).toBe(404);
    expect((await fetch(`${shop.url}/orders`, { method: 'POST', body: '[1]' })).status).toBe(400);
  });

  it('lists by pages and finds by number', async () => {
    for (let count = 0; count < 51; count++) shop.placeOrder({ total: '1.00', items });
    const first = await ask('GET', `${shop.url}/orders`);
    expect(first.body.orders).toHaveLength(50);
    expect(first.body.next_page).toBe(2);
    const second = await ask('GET', `${shop.url}/orders?page=2`);
    expect(second.body).toMatchObject({ orders: [{ order_number: 'SO-1051' }], next_page: null });
    const found = await ask('GET', `${shop.url}/orders?order_number=SO-1003`);
    expect(found.body).toMatchObject({ orders: [{ id: '1003' }] });
  });

  it('refuses an idempotency key that was used for something else', async () => {
    const key = { 'idempotency-key': 'k1' };
    await ask('POST', `${shop.url}/customers`, { full_name: 'A' }, key);
    expect((await ask('POST', `${shop.url}/customers`, { full_name: 'B' }, key)).status).toBe(422);
    expect((await ask('POST', `${shop.url}/customers`, { full_name: 'A' }, key)).body).toMatchObject({ id: '501' });
    expect(shop.customers()).toHaveLength(1);
  });

  it('asks for its token, except of people who look', async () => {
    const locked = await startShop({ token: 't0k' });
    expect((await ask('GET', `${locked.url}/orders`)).status).toBe(401);
    expect((await ask('GET', `${locked.url}/orders`, undefined, { authorization: 'Bearer t0k' })).status).toBe(200);
    expect((await ask('GET', `${locked.url}/_all`)).status).toBe(200);
    await locked.close();
  });
});

describe('webhooks', () => {
  it('are sent again, the same id and body, until they are taken', async () => {
    hub.answers = [0, 503, 429];
    const sent = await shop.placeOrder({ total: '1.00', items }).webhook;
    expect(sent).toMatchObject({ answers: [0, 503, 429, 200], taken: true });
    expect(clock.waited).toEqual([100, 200, 400]);
    const [first, ...others] = hub.taken;
    expect(others).toHaveLength(2);
    for (const other of others) expect(other).toEqual(first);
  });

  it('stop where the hub refuses for good', async () => {
    hub.answers = [401];
    expect(await shop.placeOrder({ total: '1.00', items }).webhook).toMatchObject({ answers: [401], taken: false });
  });

  it('are sent several times on demand', async () => {
    shop.faults.set({ kind: 'duplicates', times: 3, next: 1 });
    expect(await shop.placeOrder({ total: '1.00', items }).webhook).toMatchObject({ answers: [200, 200, 200] });
    expect(new Set(hub.taken.map(({ webhookId }) => webhookId)).size).toBe(1);
    await shop.placeOrder({ total: '1.00', items }).webhook;
    expect(hub.taken).toHaveLength(4);
  });

  it('go nowhere without a hub', async () => {
    const alone = await startShop();
    expect(await alone.placeOrder({ total: '1.00', items }).webhook).toBeUndefined();
    await alone.close();
  });
});

describe('the CRM', () => {
  it('sends only what a person changed, and takes merge patches', async () => {
    const receiver = { name: '李雷', address: '旧街 1 号', zip: '518057' };
    await ask('POST', `${crm.url}/orders`, { orderNo: 'SO-1', amountFen: 52000, receiver });
    expect(hub.taken).toEqual([]);
    clock.time += 5;
    await crm.changeAddress('8812', { address: '新街 9 号' });
    expect(hub.taken[0]?.body).toEqual({
      record: 'order',
      id: '8812',
      data: { id: '8812', receiver: { address: '新街 9 号' }, updatedAt: clock.time },
    });
    const patch = { receiver: { address: '新街 10 号', zip: null }, labels: ['vip'] };
    const answer = await ask('PATCH', `${crm.url}/orders/8812`, patch);
    expect(answer.body).toMatchObject({ receiver: { name: '李雷', address: '新街 10 号' }, labels: ['vip'], score: 0 });
    expect(crm.orders()[0]?.receiver).not.toHaveProperty('zip');
    expect(hub.taken).toHaveLength(1);
  });

  it('lets a person edit over HTTP', async () => {
    await ask('POST', `${crm.url}/orders`, { orderNo: 'SO-1' });
    const edited = await ask('POST', `${crm.url}/_edit/orders/8812`, { staffMemo: 'call back' });
    expect(edited.body.staffMemo).toBe('call back');
    await crm.changeOrder('8812', {});
    expect(hub.taken[0]?.body.data).toMatchObject({ staffMemo: 'call back' });
    expect((await ask('POST', `${crm.url}/_edit/orders/1`, {})).status).toBe(404);
  });

  it('says what it does not understand', async () => {
    expect(await ask('POST', `${crm.url}/orders`, { orderNo: 'SO-1', amountFen: 1.5 })).toEqual({
      status: 422,
      body: { message: 'amountFen must be whole fen' },
    });
    expect((await ask('POST', `${crm.url}/orders`, { orderNo: 'SO-1', status: 3 })).status).toBe(422);
  });
});

describe('the WMS', () => {
  const lines = [{ line_no: '1', item_code: 'TEA', qty: 2 }];
  const create = () =>
    ask('POST', `${wms.url}/outbound-orders`, { order_code: 'SO-1', note: '😀'.repeat(41), lines, stage: 'SHIPPED' });

  it('cuts notes at 40 characters and decides its stage itself', async () => {
    clock.time = Date.parse('2026-11-23T16:30:05.900Z');
    const { body } = await create();
    expect(body).toMatchObject({ id: 'W-77', note: '😀'.repeat(40), stage: 'NEW', created_at: '2026-11-24 00:30:05' });
  });

  it('keeps what it has shipped when an order is replaced', async () => {
    await create();
    await wms.work('W-77', 'PICKING');
    await wms.work('W-77', 'SHIPPED');
    await ask('PUT', `${wms.url}/outbound-orders/W-77`, { order_code: 'SO-1', order_status: 'CLOSED', lines });
    expect(wms.orders()[0]).toMatchObject({
      stage: 'SHIPPED',
      order_status: 'CLOSED',
      lines: [{ line_no: '1', qty: 2, qty_shipped: 2 }],
    });
    expect(wms.orders()[0]).not.toHaveProperty('note');
    expect(hub.taken.map(({ body }) => body.data)).toMatchObject([
      { id: 'W-77', order_code: 'SO-1', stage: 'PICKING' },
      { stage: 'SHIPPED', lines: [{ line_no: '1', qty_shipped: 2 }] },
    ]);
    expect(hub.taken[0]?.body.data).not.toHaveProperty('lines');
  });

  it('says what it does not understand', async () => {
    const answer = await ask('POST', `${wms.url}/outbound-orders`, { order_code: 'SO-1', lines: [] });
    expect(answer).toEqual({ status: 422, body: { message: 'NO LINES TO SHIP' } });
  });
});
