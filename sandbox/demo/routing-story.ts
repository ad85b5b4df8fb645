// The third story: the routing policy decides once where an order goes, however often its webhook comes.
import { join } from 'node:path';
import type { Document } from 'yaml';
import type { RecordView } from './hub-client.ts';
import type { Narrator, Seen } from './narrator.ts';
import { projectRoot } from './root.ts';
import type { Stage } from './stage.ts';

export function routingConfiguration(document: Document): void {
  document.set('policies', join(projectRoot, 'policies'));
}

export async function tellRoutingStory(stage: Stage, narrator: Narrator): Promise<void> {
  await milkPowder(stage, narrator);
  await riskHeld(stage, narrator);
  await cancelledByWarehouse(stage, narrator);
}

const home = {
  ...{ name: '韩梅梅', phone: '+8613800138001', country: 'CN', province: '上海市', city: '上海市' },
  ...{ district: '浦东新区', street: '世纪大道 8 号', zip: '200120' },
};
const milk = {
  payment: 'paid',
  total: '520.00',
  ship_to: home,
  items: [
    {
      line: '1',
      sku: 'MILK-900',
      name: 'Milk powder, 900 g',
      qty: 2,
      price: '260.00',
      total: '520.00',
      care: ['cold_chain'],
    },
  ],
};

const orderOf = ({ hub }: Stage, number: string): Promise<RecordView> => hub.record('order', `number:${number}`);

async function milkPowder(stage: Stage, narrator: Narrator): Promise<void> {
  const { shop, wms, crm } = stage;
  narrator.heading('1. Milk powder for 520 CNY, paid, and its webhook comes three times');
  const buyer = shop.register({ full_name: home.name, phones: [home.phone] });
  await buyer.webhook;
  shop.faults.set({ kind: 'duplicates', times: 3, next: 1 });
  const order = shop.placeOrder({ ...milk, customer_id: buyer.item.id });
  const number = order.item.order_number;
  const sent = await order.webhook;
  await narrator.see('each of the three is answered well', () => ({
    holds: sent?.answers.length === 3 && sent.answers.every((status) => status === 200),
    seen: `${sent?.webhookId} was answered ${sent?.answers.join(', ')}`,
  }));
  await narrator.see('cold-chain goods: the cold store, and a VIP order', async () => {
    const { data } = await orderOf(stage, number);
    const tags = JSON.stringify(data.tags ?? []);
    return { holds: data.warehouseId === 'WH-COLD-01' && tags === '["vip"]', seen: `${data.warehouseId}, ${tags}` };
  });
  await narrator.see('one parcel in the WMS, for the cold store', () => {
    const found = wms.deliveries().filter(({ delivery_code }) => delivery_code.startsWith(number));
    return {
      holds: found.length === 1 && found[0]?.warehouse_code === 'WH-COLD-01',
      seen: found.map((one) => `${one.id} ${one.delivery_code} ${one.warehouse_code}`).join('; ') || 'none',
    };
  });
  await narrator.see('one coupon for the customer', () => {
    const found = crm.coupons();
    return { holds: found.length === 1, seen: found.map((one) => `${one.id} ${one.template}`).join('; ') || 'none' };
  });
  await narrator.see('nobody was disturbed', () => seenMessages(stage, 0));
  await tellWhy(stage, narrator, number);
}

function seenMessages({ crm }: Stage, wanted: number): Seen {
  const messages = crm.messages();
  return {
    holds: messages.length === wanted,
    seen: messages.map(({ desk, text }) => `${desk}: ${text?.en}`).join('; ') || 'no message',
  };
}

interface Decisions {
  items: { id: string; version: number; trace: { rule: string; status: string; reason?: { en: string } }[] }[];
}

async function tellWhy(stage: Stage, narrator: Narrator, number: string): Promise<void> {
  await narrator.see('the decision says why, in both languages', async () => {
    const { id } = await orderOf(stage, number);
    const { items } = (await stage.hub.get(`/v1/decisions?record=${id}`)) as Decisions;
    const matched = items[0]?.trace.filter(({ status }) => status === 'matched') ?? [];
    return {
      holds: items.length === 1 && matched.length === 3,
      seen: matched.map(({ rule, reason }) => `${rule} (${reason?.en})`).join(' · ') || `${items.length} decisions`,
    };
  });
}

async function riskHeld(stage: Stage, narrator: Narrator): Promise<void> {
  const { shop, wms } = stage;
  narrator.heading('2. An order under risk review stops, and a supervisor is told once');
  const order = shop.placeOrder({ ...milk, risk: 'review' });
  const number = order.item.order_number;
  await order.webhook;
  for (const total of ['530.00', '520.00']) await shop.changeOrder(order.item.id, { total }).webhook;
  narrator.say(`${number} is paid, under review, and changed twice meanwhile`);
  const parcels = (): number => wms.deliveries().filter(({ delivery_code }) => delivery_code.startsWith(number)).length;
  await narrator.see('it is held, and no parcel is packed', async () => {
    const { data } = await orderOf(stage, number);
    const holds = Object.keys((data.holds ?? {}) as object).join(', ');
    return { holds: holds === 'hold' && parcels() === 0, seen: `holds: ${holds || 'none'}; ${parcels()} parcels` };
  });
  await narrator.see('one message, to the supervisor', () => seenMessages(stage, 1));
  await shop.changeOrder(order.item.id, { risk: 'none' }).webhook;
  narrator.say('the review ends well');
  await narrator.see('it goes on by itself: one parcel, still one message', async () => {
    const { data } = await orderOf(stage, number);
    const { holds, seen } = seenMessages(stage, 1);
    return {
      holds: holds && parcels() === 1 && data.holds === undefined,
      seen: `${parcels()} parcels, ${data.fulfillmentStatus}; ${seen}`,
    };
  });
}

async function cancelledByWarehouse(stage: Stage, narrator: Narrator): Promise<void> {
  const { shop, wms, hub } = stage;
  narrator.heading('3. The warehouse gives a parcel back, and a person decides');
  const number = shop.orders().at(-1)?.order_number ?? '';
  const parcels = () => wms.deliveries().filter(({ delivery_code }) => delivery_code.startsWith(number));
  narrator.say('the warehouse packs, and its clock knows seconds only');
  await narrator.wait(1_100);
  await wms.move(parcels()[0]?.id ?? '', 'CANCELLED');
  const tasks = async () =>
    ((await hub.get('/v1/tasks?state=open')) as { items: { id: string; data: { kind?: string; title?: string } }[] })
      .items;
  await narrator.see('nothing is sent again by itself: there is a task', async () => {
    const [task] = await tasks();
    return {
      holds: task?.data.kind === 'shipment_cancelled' && parcels().length === 1,
      seen: task?.data.title ?? 'no task',
    };
  });
  const [task] = await tasks();
  await hub.post(`/v1/tasks/${task?.id}/done`, { decision: 'reissue' });
  narrator.say('somebody answers: reissue');
  await narrator.see('the order is pushed anew, under the next number', () => ({
    holds: parcels().length === 2,
    seen: parcels()
      .map(({ delivery_code, stage: at }) => `${delivery_code} ${at}`)
      .join(', '),
  }));
}
