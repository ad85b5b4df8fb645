// The fourth story: a good customer is refunded first, the fifth return of the month goes to a person, the red breaker opens.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from 'yaml';
import type { Narrator } from './narrator.ts';
import { projectRoot } from './root.ts';
import type { Stage } from './stage.ts';

/** What takes minutes and days has to be told in seconds: the shipped policy with shorter waits. */
const quick: readonly [string, string][] = [
  ['refundCancelWindow: PT10M', 'refundCancelWindow: PT0S'],
  ['coolDown: P7D', 'coolDown: PT3S'],
];

export function returnsConfiguration(document: Document): void {
  const folder = join(tmpdir(), `syncline-demo-policies-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  for (const file of ['routing.yaml', 'warehouses.yaml', 'returns.yaml']) {
    const text = readFileSync(join(projectRoot, 'policies', file), 'utf8');
    const told = file === 'returns.yaml' ? quick.reduce((all, [long, short]) => all.replace(long, short), text) : text;
    writeFileSync(join(folder, file), told);
  }
  document.set('policies', folder);
  document.set('evidence', join(folder, 'evidence'));
}

interface ReturnView {
  id: string;
  data: {
    number: string;
    status: string;
    level?: string;
    refundTiming?: string;
    regions: { approval: string; refund: string; logistics: string };
  };
  decision: { reasons: { en: string }[]; flags: { id: string }[] };
}

export async function tellReturnsStory(stage: Stage, narrator: Narrator): Promise<void> {
  const buyer = await prepare(stage, narrator);
  const first = await refundedFirst(stage, narrator, buyer);
  await comesBack(stage, narrator, first);
  await fifthOfTheMonth(stage, narrator, buyer);
  await redBreaker(stage, narrator);
}

interface Buyer {
  shopId: string;
  id: string;
  orders: string[];
}

const home = { country: 'CN', province: '上海市', city: '上海市', district: '浦东新区', street: '世纪大道 8 号' };
const day = 86_400_000;

/** A customer with delivered orders, the newest first. */
async function customerWith(
  stage: Stage,
  name: string,
  ordered: { ago: number; price: string; qty?: number }[],
): Promise<Buyer> {
  const { shop, hub } = stage;
  const buyer = shop.register({ full_name: name });
  await buyer.webhook;
  const numbers: string[] = [];
  for (const { ago, price, qty = 1 } of ordered) {
    const at = new Date(Date.now() - ago * day).toISOString();
    const total = (Number(price) * qty).toFixed(2);
    const item = { line: '1', sku: `GOODS-${price}`, qty, price, total };
    const order = shop.placeOrder({
      ...{ customer_id: buyer.item.id, payment: 'paid', state: 'completed', total, items: [item] },
      ...{ placed_at: at, paid_at: at, ship_to: { ...home, name, phone: '+8613800138001' }, delivered_at: at },
    });
    await order.webhook;
    numbers.push(order.item.order_number);
  }
  const records = await Promise.all(numbers.map((number) => hub.record('order', `number:${number}`)));
  const id = String(records[0]?.data.customerId);
  return { shopId: buyer.item.id, id, orders: records.map((one) => one.id) };
}

async function prepare(stage: Stage, narrator: Narrator): Promise<Buyer> {
  narrator.heading('1. A good customer: thirty orders in half a year, and one return before');
  const ordered = Array.from({ length: 30 }, (_, at) => ({ ago: 2 + at * 5, price: '260.00' }));
  const buyer = await customerWith(stage, '韩梅梅', [...ordered, { ago: 170, price: '99.00' }]);
  const { hub } = stage;
  const old = await ask(stage, buyer, buyer.orders.length - 1);
  await hub.post(`/v1/returns/${old.id}/review`, { decision: 'approve', reason: 'known to us' });
  await narrator.see('what a return of hers would be decided from, and how it was computed', async () => {
    const { facts } = (await hub.get(`/v1/customers/${buyer.id}/return-profile`)) as {
      facts: { fact: string; value: unknown; counted?: { returned: number; delivered: number } }[];
    };
    const rate = facts.find(({ fact }) => fact === 'customer.returnRateBp');
    const holds = typeof rate?.value === 'number' && rate.value < 1000 && rate.counted?.delivered === 31;
    return { holds, seen: `${rate?.counted?.returned} of ${rate?.counted?.delivered} orders returned` };
  });
  return buyer;
}

const ask = (stage: Stage, buyer: Buyer, at: number, quantity = 1): Promise<ReturnView> =>
  stage.hub.post('/v1/returns', {
    ...{ customer: buyer.id, order: buyer.orders[at], lines: [{ orderLine: '1', quantity }], reason: 'size' },
  }) as Promise<ReturnView>;

const because = ({ decision }: ReturnView): string => decision.reasons.map(({ en }) => en).join(' · ');
const read = (stage: Stage, { id }: ReturnView): Promise<ReturnView> =>
  stage.hub.get(`/v1/returns/${id}`) as Promise<ReturnView>;

async function refundedFirst(stage: Stage, narrator: Narrator, buyer: Buyer): Promise<ReturnView> {
  narrator.heading('2. She asks for a return, and has her money before the goods are back');
  const asked = await ask(stage, buyer, 0);
  await narrator.see('approved by itself, refunded before the goods are back', () => ({
    holds: asked.data.status === 'open' && asked.data.refundTiming === 'before_return',
    seen: because(asked),
  }));
  await narrator.see('the shop has paid 260.00 back, once', () => {
    const found = stage.shop.refunds().filter(({ refund_number }) => refund_number.startsWith(asked.data.number));
    return {
      holds: found.length === 1 && found[0]?.amount === '260.00',
      seen: found.map((one) => `${one.refund_number} ${one.amount} ${one.payment_reference}`).join('; ') || 'no refund',
    };
  });
  await narrator.see('and the hub has heard of it', async () => {
    const { data } = await read(stage, asked);
    return { holds: data.regions.refund === 'succeeded', seen: `refund ${data.regions.refund}` };
  });
  await narrator.see('the warehouse expects the goods', () => {
    const found = stage.wms.returns().filter(({ rma_code }) => rma_code === asked.data.number);
    return {
      holds: found.length === 1,
      seen: found.map(({ id, expected }) => `${id}, expected ${expected}`).join('; '),
    };
  });
  return asked;
}

async function comesBack(stage: Stage, narrator: Narrator, asked: ReturnView): Promise<void> {
  const { wms } = stage;
  const expected = wms.returns().find(({ rma_code }) => rma_code === asked.data.number);
  narrator.say('the warehouse packs it out, and its clock knows seconds only');
  await narrator.wait(1_100);
  await wms.takeBack(expected?.id ?? '', 'A');
  await narrator.see('it came back in order: on the shelf once, and the return is closed', async () => {
    const { data } = await read(stage, asked);
    const shelf = wms.putAways();
    return {
      holds: data.status === 'closed' && shelf.length === 1,
      seen: `${data.status}; ${shelf.map((one) => `${one.put_away_code}, ${one.qty} piece`).join('; ')}`,
    };
  });
}

async function fifthOfTheMonth(stage: Stage, narrator: Narrator, buyer: Buyer): Promise<void> {
  narrator.heading('3. The fifth return of the month goes to a person');
  let asked = await ask(stage, buyer, 1);
  for (let at = 2; at <= 3; at++) asked = await ask(stage, buyer, at);
  await narrator.see('yellow, and nobody is declined', () => ({
    holds: asked.data.level === 'yellow' && asked.data.regions.approval === 'in_review',
    seen: `${asked.data.level}, ${asked.data.regions.approval}: ${because(asked)}`,
  }));
  await stage.hub.post(`/v1/returns/${asked.id}/review`, { decision: 'approve', reason: 'photos are fine' });
  await narrator.see('a person has looked, and approved', async () => {
    const { data } = await read(stage, asked);
    return { holds: data.regions.approval === 'approved', seen: data.regions.approval };
  });
}

interface Breakers {
  items: { breaker: string; scopeKey: string; state: string; permitsLeft: number }[];
}

async function redBreaker(stage: Stage, narrator: Narrator): Promise<void> {
  narrator.heading('4. Dear goods, three pieces of them: the red breaker opens, and half opens');
  const dear = [2, 1].map((qty, at) => ({ ago: 2 + at, price: '2600.00', qty }));
  const cheap = Array.from({ length: 31 }, (_, at) => ({ ago: 8 + at * 4, price: '100.00' }));
  const buyer = await customerWith(stage, '李雷', [...dear, ...cheap]);
  const old = await ask(stage, buyer, buyer.orders.length - 1);
  await stage.hub.post(`/v1/returns/${old.id}/review`, { decision: 'approve', reason: 'known to us' });
  await ask(stage, buyer, 0, 2);
  const third = await ask(stage, buyer, 1);
  const breaker = async () =>
    ((await stage.hub.get('/v1/breakers')) as Breakers).items.find(({ scopeKey }) => scopeKey === buyer.id);
  await narrator.see('the third piece is red: nothing is approved by itself', () => ({
    holds: third.data.level === 'red' && third.data.regions.approval === 'in_review',
    seen: because(third),
  }));
  await narrator.see('the breaker of this customer has opened, and cools down', async () => {
    const found = await breaker();
    return { holds: found !== undefined, seen: `${found?.breaker}: ${found?.state}` };
  });
  await narrator.see('and then half opens, with permits to try it', async () => {
    const found = await breaker();
    return {
      holds: found?.state === 'half_open' && found.permitsLeft === 2,
      seen: `${found?.state}, ${found?.permitsLeft} permits`,
    };
  });
  const tried = await ask(stage, buyer, 5);
  await narrator.see('the next one is tried: approved by itself, refunded when the goods are here', async () => {
    const found = await breaker();
    return {
      holds:
        tried.data.regions.approval === 'approved' &&
        tried.data.refundTiming === 'on_receipt' &&
        found?.permitsLeft === 1,
      seen: `${tried.data.regions.approval}, ${tried.data.refundTiming}; ${found?.permitsLeft} permit left`,
    };
  });
}
