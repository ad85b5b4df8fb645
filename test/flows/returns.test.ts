// The returns policy in the whole hub: over orders from a time without it, and with pictures that are really looked at.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { addressA } from '../core/words.ts';
import { jpegOf } from '../evidence/pictures.ts';
import { endAll, type Hub, layOut, type Place, startAt, write } from './hub.ts';
import { until } from './until.ts';

afterEach(endAll);

const nowhere = { url: 'http://127.0.0.1:9' };
const day = 86_400_000;

const lay = (): Place =>
  layOut({
    systems: {
      shop: { role: 'order', connector: 'http', settings: nowhere },
      crm: { role: 'crm', connector: 'http', settings: nowhere },
      wms: { role: 'wms', connector: 'http', settings: nowhere },
    },
  });

/** What a start with `policies: policies` finds. */
function withReturns(place: Place): void {
  write(place.config, `${readFileSync(place.config, 'utf8')}\npolicies: policies\n`);
  cpSync('policies', join(place.folder, 'policies'), { recursive: true });
}

/** @returns the ids of a customer and an order that was delivered */
async function delivered(hub: Hub): Promise<{ customer: string; order: string }> {
  const at = (ago: number): string => new Date(Date.now() - ago * day).toISOString();
  const buyer = { id: 'C-1', customer_number: 'C-1', full_name: '韩梅梅', updated_at: at(9) };
  const { id: customer } = await hub.say('shop', { record: 'customer', data: buyer });
  const { id: order } = await hub.say('shop', {
    record: 'order',
    data: {
      ...{ id: 'RO-1', order_number: 'RO-1', state: 'completed', payment: 'paid', currency: 'CNY', total: '520.00' },
      ...{ customer_id: 'C-1', placed_at: at(5), paid_at: at(5), updated_at: at(3), ship_to: addressA },
      items: [{ line: '1', sku: 'TEA-1', name: 'Tea', qty: 2, price: '260.00', total: '520.00' }],
    },
  });
  const shanghai = new Date(Date.now() - 2 * day + day / 3).toISOString().slice(0, 19).replace('T', ' ');
  const data = { order_code: 'RO-1', stage: 'DELIVERED', modified_at: shanghai };
  await hub.say('wms', { record: 'order', id: 'W-RO-1', data });
  return { customer, order };
}

interface Shown {
  outcome: string;
  checks: object[];
  return: { data: { regions: { approval: string } } };
}

async function show(hub: Hub, path: string, files: readonly Uint8Array[]): Promise<{ status: number; said: Shown }> {
  const body = new FormData();
  for (const [no, bytes] of files.entries()) body.append('files', new Blob([new Uint8Array(bytes)]), `${no}.jpg`);
  const form = new Response(body);
  const headers = { 'content-type': form.headers.get('content-type') ?? '' };
  const { status, text } = await hub.ask('POST', path, { headers, body: new Uint8Array(await form.arrayBuffer()) });
  return { status, said: JSON.parse(text) as Shown };
}

it('knows the orders from before it was in force, and looks at six pictures, once each', async () => {
  const place = lay();
  let hub = await startAt(place);
  const { customer, order } = await delivered(hub);
  const profile = `/v1/customers/${customer}/return-profile`;
  expect((await hub.ask('GET', profile)).status).toBe(409);
  expect(await hub.stop()).toBe(0);

  withReturns(place);
  hub = await startAt(place);
  const answer = await until(
    'the facts are put together',
    () => hub.ask('GET', profile),
    ({ status }) => status === 200,
  );
  const { facts } = JSON.parse(answer.text) as { facts: { fact: string; value: unknown; counted?: object }[] };
  expect(facts.find(({ fact }) => fact === 'customer.returnRateKnown')).toMatchObject({ counted: { delivered: 1 } });
  expect(facts.find(({ fact }) => fact === 'customer.lifetimeSpendMinor')).toMatchObject({ value: 52_000 });

  const body = { customer, order, lines: [{ orderLine: '1', quantity: 1 }], reason: 'size' };
  const asked = await hub.ask('POST', '/v1/returns', { body });
  const { id, data } = JSON.parse(asked.text) as { id: string; data: Shown['return']['data'] };
  expect(data.regions.approval).toBe('awaiting_evidence');
  const path = `/v1/returns/${id}/evidence`;

  const pictures = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => jpegOf(seed)));
  const [first] = pictures as [Buffer];
  expect((await show(hub, path, [...pictures, first])).status).toBe(413);
  expect((await show(hub, path, [Buffer.alloc(10 * 1024 * 1024 + 1, first)])).status).toBe(413);
  expect(await show(hub, path, [Buffer.from('no picture at all')])).toMatchObject({
    status: 422,
    said: { faults: [{ path: '/files/0' }] },
  });
  const seen = await show(hub, path, pictures);
  expect(seen).toMatchObject({
    status: 200,
    said: { outcome: 'pass', return: { data: { regions: { approval: 'approved' } } } },
  });
  const again = await show(hub, path, pictures);
  expect(again.status).toBe(409);
  const view = JSON.parse((await hub.ask('GET', `/v1/returns/${id}`)).text) as { data: { evidence: object[] } };
  expect(view.data.evidence).toHaveLength(6);
});
