// The second story: what a real shop sent, read through mappings/vendure/, and what it became in the WMS and the ERP.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from 'yaml';
import type { Row } from '../exchange.ts';
import type { Look, Narrator } from './narrator.ts';
import { projectRoot } from './root.ts';
import { demoKeys, type Stage } from './stage.ts';

interface Recorded {
  webhooks: {
    arrival: number;
    body: {
      type: string;
      timestamp: string;
      data: { order?: Row; customer?: Row; fromState?: string; toState?: string };
    };
  }[];
  order: Row;
}

type Outcome = 'accepted' | 'unchanged' | 'refused';

/** What each webhook must become, by its number of arrival, and why. */
export const expected: Readonly<Record<number, [Outcome, string]>> = {
  3: ['unchanged', 'a cart is no order yet'],
  4: ['accepted', 'a new customer'],
  5: ['unchanged', 'still a cart'],
  7: ['accepted', 'paid, so a new order'],
  9: ['accepted', 'two references of other systems, kept under x.vendure'],
  10: ['accepted', 'another telephone number'],
  12: ['unchanged', 'Modifying is a state of Vendure only'],
  13: ['accepted', 'another address'],
  14: ['unchanged', 'back from Modifying'],
  17: ['accepted', 'the first parcel has left'],
  18: ['accepted', 'the second parcel has left'],
  20: ['refused', 'a part delivered does not take back that all was shipped'],
  21: ['accepted', 'delivered'],
};

export function vendureConfiguration(document: Document): void {
  document.deleteIn(['systems', 'shop']);
  document.deleteIn(['systems', 'crm']);
  // Nothing is written to it, so its address is never asked.
  document.setIn(['systems', 'vendure'], { role: 'order', connector: 'http', settings: { url: 'http://127.0.0.1:9' } });
}

export async function tellVendureStory(stage: Stage, narrator: Narrator): Promise<void> {
  const file = join(projectRoot, 'sandbox', 'vendure', 'recorded.json');
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  narrator.heading('What a Vendure shop sent, in order of arrival');
  narrator.say('its updatedAt is the same second throughout, so the time of each webhook counts');
  for (const webhook of recorded.webhooks) {
    await take(webhook, stage, narrator);
    const look = effects(stage)[webhook.arrival];
    if (look) await narrator.see(look.claim, look.look);
  }
  narrator.heading('The whole order with its lines, as the admin API answers it');
  await takeWhole(recorded.order, stage, narrator);
}

async function take({ arrival, body }: Recorded['webhooks'][number], stage: Stage, narrator: Narrator): Promise<void> {
  const { type, timestamp, data } = body;
  const record = data.order ? 'order' : 'customer';
  const payload = data.order ?? data.customer ?? {};
  const [outcome, why] = expected[arrival] ?? ['accepted', ''];
  const change = { record, id: String(payload.id), at: timestamp, key: `recorded-${arrival}`, data: payload };
  const result = await post(stage.url, change);
  const moved = data.toState === undefined ? '' : ` ${data.fromState} → ${data.toState}`;
  const said = [
    result.status,
    ...(result.applied ?? []),
    ...(result.refused ?? []).map(({ unit, reason }) => `${unit}: ${reason}`),
  ];
  await narrator.see(
    `#${arrival} ${type}${moved} is ${outcome}: ${why}`,
    () => ({ holds: result.status === outcome, seen: said.join(' ') }),
    0,
  );
}

interface Result {
  status: string;
  applied?: string[];
  refused?: { unit: string; reason: string }[];
}

async function post(url: string, change: object): Promise<Result> {
  const answer = await fetch(`${url}/v1/systems/vendure/changes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demoKeys.vendure}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  const text = await answer.text();
  const { results } = JSON.parse(text) as { results?: Result[] };
  const [result] = results ?? [];
  if (!result) throw new Error(`${answer.status} to a change: ${text}`);
  return result;
}

/** What is looked at after a webhook, by its number of arrival. */
const effects = (stage: Stage): Readonly<Record<number, { claim: string; look: Look }>> => ({
  5: {
    claim: 'neither the WMS nor the ERP has heard of a cart',
    look: () => ({
      holds: stage.wms.orders().length + stage.erp.bills().length === 0,
      seen: `${stage.wms.orders().length} orders, ${stage.erp.bills().length} bills`,
    }),
  },
  7: { claim: 'the WMS and the ERP have the order, the ERP its customer too', look: () => newOrder(stage) },
  10: {
    claim: 'the ERP has the new telephone number',
    look: () => seenAs('+49307654321', stage.erp.customers()[0]?.FTel),
  },
  13: {
    claim: 'the WMS ships to the new address',
    look: () => seenAs('Friedrichstraße 200', stage.wms.orders()[0]?.consignee?.address),
  },
  21: {
    claim: 'the ERP shows it delivered and closed, the WMS closed',
    look: () => {
      const [bill, order] = [stage.erp.bills()[0], stage.wms.orders()[0]];
      return seenAs('E C CLOSED', `${bill?.FShipStatus} ${bill?.FDocumentStatus} ${order?.order_status}`);
    },
  },
});

const seenAs = (wanted: string, found: unknown) => ({ holds: found === wanted, seen: String(found) });

function newOrder({ wms, erp }: Stage) {
  const [order] = wms.orders();
  const [bill] = erp.bills();
  const customer = erp.customers().find(({ FID }) => FID === bill?.FCustId);
  return {
    holds:
      order?.consignee?.address === 'Lindenstraße 5' &&
      bill?.FAllAmount === '67.38' &&
      customer?.FName === 'Anna Schmidt',
    seen: `WMS ${order?.id} to ${order?.consignee?.address}, ${order?.consignee?.city}; ERP ${bill?.FID} of ${bill?.FAllAmount} ${bill?.FCurrency} for ${customer?.FName}`,
  };
}

async function takeWhole(order: Row, stage: Stage, narrator: Narrator): Promise<void> {
  const result = await post(stage.url, { record: 'order', id: String(order.id), key: 'recorded-whole', data: order });
  await narrator.see(
    'it is the same order, and adds the names of its lines',
    () => ({
      holds: result.status === 'accepted' && (result.refused ?? []).length === 0,
      seen: [
        result.status,
        ...(result.applied ?? []),
        ...(result.refused ?? []).map(({ unit }) => `refused ${unit}`),
      ].join(' '),
    }),
    0,
  );
  await narrator.see('the ERP has the line with its name', () => {
    const [line] = (stage.erp.bills()[0]?.FEntity ?? []) as Row[];
    return {
      holds: line?.FMaterialName === 'Desk lamp, black',
      seen: `${line?.FQty} × ${line?.FMaterialNumber} ${line?.FMaterialName} at ${line?.FPrice}`,
    };
  });
  await narrator.see('all copies are the same, and there is one order in each system', async () => {
    const [unsynced, orders, bills] = [await stage.hub.unsynced(), stage.wms.orders().length, stage.erp.bills().length];
    return {
      holds: unsynced === 0 && orders === 1 && bills === 1,
      seen: `${unsynced} behind; ${orders} in the WMS, ${bills} in the ERP`,
    };
  });
}
