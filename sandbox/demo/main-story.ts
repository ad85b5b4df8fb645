// The first story: five things that go wrong between systems, and how they end.
import type { CrmOrder } from '../crm.ts';
import type { ErpBill } from '../erp-books.ts';
import type { WmsOrder } from '../wms.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

const home = {
  name: '李雷',
  phone: '+8613800138000',
  country: 'CN',
  province: '广东省',
  city: '深圳市',
  district: '南山区',
  street: '科技园路 1 号',
  zip: '518057',
};

export async function tellMainStory(stage: Stage, narrator: Narrator): Promise<void> {
  const number = await placeOrder(stage, narrator);
  await changeAddress(stage, narrator, number);
  await outage(stage, narrator, number);
  await threeWebhooks(stage, narrator);
  await refusedEdit(stage, narrator, number);
}

interface Copies {
  crm: CrmOrder | undefined;
  wms: WmsOrder | undefined;
  erp: ErpBill | undefined;
}

const copiesOf = ({ crm, wms, erp }: Stage, number: string): Copies => ({
  crm: crm.orders().find((order) => order.orderNo === number),
  wms: wms.orders().find((order) => order.order_code === number),
  erp: erp.bills().find((bill) => bill.FSourceBillNo === number),
});

async function quiet({ hub }: Stage): Promise<{ holds: boolean; seen: string }> {
  const count = await hub.unsynced();
  return { holds: count === 0, seen: count === 0 ? 'nobody is behind' : `${count} copies are not as they should be` };
}

const wanted = {
  payment: 'paid',
  total: '520.00',
  subtotal: '520.00',
  shipping_fee: '0.00',
  ship_to: home,
  note: 'Please ring twice and leave it with the neighbour.',
  items: [{ line: '1', sku: 'TEA-250', name: 'Green tea, 250 g', qty: 2, price: '260.00', total: '520.00' }],
};

async function placeOrder(stage: Stage, narrator: Narrator): Promise<string> {
  const { shop } = stage;
  narrator.heading('1. An order placed in the shop reaches three systems');
  const person = { full_name: home.name, emails: ['li.lei@example.com'], phones: [home.phone] };
  const customer = shop.register(person);
  const order = shop.placeOrder({ ...wanted, customer_id: customer.item.id });
  const number = order.item.order_number;
  narrator.say(
    `the shop sends order ${number} of 520.00 CNY as a signed webhook: id ${order.item.id}, decimal money, ISO times`,
  );
  await seeNewOrder(stage, narrator, number);
  await narrator.see('all copies are the same', () => quiet(stage));
  return number;
}

async function seeNewOrder(stage: Stage, narrator: Narrator, number: string): Promise<void> {
  await narrator.see('the CRM has it in its own words', () => {
    const { crm } = copiesOf(stage, number);
    return {
      holds: crm?.amountFen === 52000,
      seen: crm ? `id ${crm.id}, amountFen ${crm.amountFen}, placedAt ${crm.placedAt}` : 'no such order',
    };
  });
  await narrator.see('the WMS has it', () => {
    const { wms } = copiesOf(stage, number);
    return {
      holds: wms?.lines[0]?.qty === 2,
      seen: wms
        ? `id ${wms.id}, ${wms.order_status}, ordered_at ${wms.ordered_at}, note cut to "${wms.note}"`
        : 'no such order',
    };
  });
  await narrator.see('the ERP has polled it, after the customer that it refers to', () => {
    const { erp } = copiesOf(stage, number);
    const payer = stage.erp.customers().find(({ FID }) => FID === erp?.FCustId);
    return {
      holds: erp?.FAllAmount === '520.00' && payer !== undefined,
      seen: erp ? `${erp.FID}, FAllAmount ${erp.FAllAmount}, FCustId ${erp.FCustId}` : 'no such bill',
    };
  });
}

async function changeAddress(stage: Stage, narrator: Narrator, number: string): Promise<void> {
  narrator.heading('2. An address changed in the CRM reaches the WMS and the ERP');
  const order = copiesOf(stage, number).crm;
  await stage.crm.changeAddress(order?.id ?? '', { address: '新街 9 号', district: '福田区' });
  narrator.say(
    `customer service types 新街 9 号, 福田区 at ${order?.id}; the CRM sends those two members and nothing else`,
  );
  await narrator.see('the WMS ships to the new address', () => {
    const to = copiesOf(stage, number).wms?.consignee;
    return {
      holds: to?.address === '新街 9 号' && to.district === '福田区',
      seen: `${to?.province} ${to?.city} ${to?.district} ${to?.address}`,
    };
  });
  await narrator.see('the ERP prints the new address', () => {
    const bill = copiesOf(stage, number).erp;
    return { holds: bill?.FReceiveAddress === '新街 9 号', seen: `${bill?.FReceiveAddress}` };
  });
  await narrator.see('the shop has it too', () => {
    const to = stage.shop.orders().find((one) => one.order_number === number)?.ship_to;
    return { holds: to?.street === '新街 9 号', seen: `${to?.street}` };
  });
  await narrator.see('all copies are the same', () => quiet(stage));
}

async function outage(stage: Stage, narrator: Narrator, number: string): Promise<void> {
  const { wms, crm, hub } = stage;
  narrator.heading('3. The WMS goes down, ten edits are made, it comes back');
  const before = await hub.record('order', `number:${number}`);
  const crmId = copiesOf(stage, number).crm?.id ?? '';
  wms.faults.set({ kind: 'down' });
  const seenBefore = wms.arrivals.length;
  narrator.say('the WMS resets every connection');
  for (let house = 1; house <= 10; house++) await crm.changeAddress(crmId, { address: `长江路 ${house} 号` });
  await narrator.see('ten edits are ten versions of one record', async () => {
    const { version } = await hub.record('order', `number:${number}`);
    return { holds: version === before.version + 10, seen: `version ${before.version} → ${version}` };
  });
  await watchLag(stage, narrator, number);
  wms.faults.clear();
  narrator.say('the WMS is back');
  await narrator.see('the WMS ships to the tenth address', () => {
    const to = copiesOf(stage, number).wms?.consignee;
    return { holds: to?.address === '长江路 10 号', seen: `${to?.address}` };
  });
  await narrator.see('all copies are the same', () => quiet(stage));
  await narrator.see('only the newest state was sent', () => {
    const taken = wms.arrivals.slice(seenBefore).filter(({ answered }) => answered === 200);
    const said = taken.map(({ method, key }) => `${method} under ${key}`).join(', ');
    return { holds: taken.length === 1 && taken[0]?.method === 'PUT', seen: `the WMS took ${taken.length}: ${said}` };
  });
}

async function watchLag(stage: Stage, narrator: Narrator, number: string): Promise<void> {
  const { hub } = stage;
  let first = 0;
  await narrator.see('and one copy that is behind', async () => {
    const { behind, lagSeconds } = await hub.lag('wms');
    first = lagSeconds;
    return {
      holds: behind === 1 && lagSeconds > 0,
      seen: `GET /v1/lag says wms: ${behind} behind, ${lagSeconds.toFixed(2)} s`,
    };
  });
  await narrator.see('its lag grows', async () => {
    const { lagSeconds } = await hub.lag('wms');
    return { holds: lagSeconds >= first + 1, seen: `${lagSeconds.toFixed(2)} s` };
  });
  await narrator.see('the others got on with it', () => {
    const bill = copiesOf(stage, number).erp;
    return { holds: bill?.FReceiveAddress === '长江路 10 号', seen: `the ERP has ${bill?.FReceiveAddress}` };
  });
}

async function threeWebhooks(stage: Stage, narrator: Narrator): Promise<void> {
  const { shop, crm, wms, erp, hub } = stage;
  narrator.heading('4. The same webhook three times makes one order');
  shop.faults.set({ kind: 'duplicates', times: 3, next: 1 });
  const items = [{ line: '1', sku: 'CUP-01', name: 'Cup', qty: 1, price: '39.00', total: '39.00' }];
  const order = shop.placeOrder({ total: '39.00', ship_to: home, items });
  const number = order.item.order_number;
  const sent = await order.webhook;
  await narrator.see('each of the three is answered well', () => ({
    holds: sent?.answers.length === 3 && sent.answers.every((status) => status === 200),
    seen: `${sent?.webhookId} was answered ${sent?.answers.join(', ')}`,
  }));
  await narrator.see('one order is in each system', () => {
    const counts = {
      CRM: crm.orders().filter((one) => one.orderNo === number).length,
      WMS: wms.orders().filter((one) => one.order_code === number).length,
      ERP: erp.bills().filter((one) => one.FSourceBillNo === number).length,
    };
    return {
      holds: Object.values(counts).every((count) => count === 1),
      seen: Object.entries(counts)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
    };
  });
  await narrator.see('all copies are the same', () => quiet(stage));
  await narrator.see('and it was written once: one version, one create in each system', async () => {
    const { version } = await hub.record('order', `number:${number}`);
    const creates = [crm, wms].map(
      ({ arrivals }) => arrivals.filter(({ method, text }) => method === 'POST' && text.includes(number)).length,
    );
    return {
      holds: version === 1 && creates.every((count) => count === 1),
      seen: `version ${version}, creates in CRM and WMS: ${creates.join(', ')}`,
    };
  });
}

async function refusedEdit(stage: Stage, narrator: Narrator, number: string): Promise<void> {
  const { erp, shop, hub } = stage;
  narrator.heading('5. An edit that is not allowed is put right at its source');
  const bill = copiesOf(stage, number).erp;
  const result = await erp.edit(bill?.FID ?? '', { FAllAmount: '1.00' });
  narrator.say(`a clerk types 1.00 as the amount of ${bill?.FID}, and the ERP posts the row`);
  const refused = (result?.refused ?? []) as { unit: string; reason: string; message: string }[];
  await narrator.see('the hub refuses it and says why', () => ({
    holds: refused.some(({ unit, reason }) => unit === 'money' && reason === 'not_a_writer'),
    seen:
      refused.map(({ unit, reason, message }) => `${unit} ${reason}, "${message}"`).join('; ') ||
      JSON.stringify(result),
  }));
  await narrator.see('the ERP gets the right amount back with its next poll', () => {
    const amount = copiesOf(stage, number).erp?.FAllAmount;
    return { holds: amount === '520.00', seen: `FAllAmount ${amount}` };
  });
  await narrator.see('nobody else ever saw it', async () => {
    const { payable } = (await hub.record('order', `number:${number}`)).data as { payable?: { amount: number } };
    const total = shop.orders().find((one) => one.order_number === number)?.total;
    return {
      holds: payable?.amount === 52000 && total === '520.00',
      seen: `the record says ${payable?.amount} fen, the shop ${total}`,
    };
  });
  await narrator.see('all copies are the same', () => quiet(stage));
}
