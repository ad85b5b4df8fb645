// The routing policy in the whole hub: in force from the start, carried out over HTTP, read back, kept over a restart.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { milkPowder } from '../intake/routing/words.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import type { RecordView } from './client.ts';
import { endAll, type Hub, layOut, type Place, startAt, syncline, write } from './hub.ts';
import { closeSystems, type System, startSystem } from './system.ts';
import { until } from './until.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const nowhere = { url: 'http://127.0.0.1:9' };
const asked = {
  create: 'POST /deliveries',
  update: 'PUT /deliveries/{id}',
  ask: 'POST /deliveries/{id}/change-request',
};
const layWith = (
  wms: System,
  { policy = shippedText, shipment = asked as object, crm = nowhere as object } = {},
): Place => {
  const place = layOut({
    systems: {
      shop: { role: 'order', connector: 'http', settings: nowhere },
      crm: { role: 'crm', connector: 'http', settings: crm },
      wms: { role: 'wms', connector: 'http', settings: { url: wms.url, records: { shipment } } },
    },
    more: { policies: 'policies' },
  });
  write(join(place.folder, 'policies', 'routing.yaml'), policy);
  write(join(place.folder, 'policies', 'warehouses.yaml'), readFileSync('policies/warehouses.yaml', 'utf8'));
  return place;
};

interface Decision {
  id: string;
  version: number;
  haltedBy: string | null;
  effects: { slot: string; status: string }[];
}

const get = async <T>(hub: Hub, path: string): Promise<T> => JSON.parse((await hub.ask('GET', path)).text) as T;

const street = (data: Record<string, unknown>): unknown => (data.shipTo as { street: string }).street;
/** An order that is pushed, and that the CRM has too. */
async function pushed(hub: Hub, words: object = {}): Promise<{ id: string; shipment: RecordView; inCrm: string }> {
  const { id } = await hub.say('shop', milkPowder(words));
  const view = (type: string, of: string) => get<RecordView>(hub, `/v1/records/${type}/${encodeURIComponent(of)}`);
  const arrived = (one: RecordView) => one.replicas.every(({ state, externalId }) => state === 'synced' && externalId);
  const shipment = await until('the parcel is in the warehouse', () => view('shipment', `logistics/${id}/0`), arrived);
  const order = await until('the CRM has the order', () => view('order', id), arrived);
  return { id, shipment, inCrm: order.replicas.find(({ system }) => system === 'crm')?.externalId ?? '' };
}
const newAddress = (hub: Hub, inCrm: string, address: string) =>
  hub.say('crm', { record: 'order', id: inCrm, data: { id: inCrm, receiver: { address } } });
interface Task {
  data: { kind: string; reason: string };
}
const declined = (hub: Hub, id: string) =>
  until(
    'a person is told',
    () => get<{ items: (Task & { data: { recordId: string } })[] }>(hub, '/v1/tasks?state=open'),
    ({ items }) => items.some(({ data }) => data.kind === 'request_declined' && data.recordId === id),
  ).then(({ items }) => items.find(({ data }) => data.recordId === id)?.data.reason);

describe('a hub with policies', () => {
  it('pushes a paid order once, says why, and knows it after a restart', async () => {
    const wms = await startSystem();
    const place = layWith(wms);
    let hub = await startAt(place);
    const { id } = await hub.say('shop', milkPowder());
    await until('the parcel is in the warehouse', () => wms.asked('POST').length === 1);
    expect(JSON.parse(wms.asked('POST')[0]?.text ?? '')).toMatchObject({
      delivery_code: 'SO-1001-0',
      stage: 'REQUESTED',
    });
    const { items } = await get<{ items: Decision[] }>(hub, `/v1/decisions?record=${id}`);
    expect(items).toMatchObject([{ version: 1, haltedBy: null }]);
    expect(await get<Decision>(hub, `/v1/decisions/${items[0]?.id}`)).toEqual(items[0]);
    const timeline = await get<{ items: { kind: string; id?: string }[] }>(hub, `/v1/records/order/${id}/timeline`);
    expect(timeline.items.find(({ kind }) => kind === 'decision')).toMatchObject({ id: items[0]?.id });
    const shipment = `/v1/records/shipment/${encodeURIComponent(`logistics/${id}/0`)}`;
    expect(await get(hub, shipment)).toMatchObject({ data: { warehouseId: 'WH-COLD-01' } });
    expect(await hub.stop()).toBe(0);

    write(join(place.folder, 'policies', 'routing.yaml'), shippedText.replace('Tiered order routing', 'Routing'));
    hub = await startAt(place);
    const answer = await hub.ask('POST', '/v1/routing/decisions', { body: { order: id } });
    expect(JSON.parse(answer.text)).toMatchObject({
      id: null,
      version: 2,
      notRouted: 'its fulfillment is released already',
    });
    const live = await hub.ask('POST', '/v1/routing/decisions', { body: { order: id, mode: 'live' } });
    expect(live.status).toBe(409);
    expect(wms.asked('POST')).toHaveLength(1);
  });

  it('asks the warehouse about an address that changes after the push', async () => {
    const wms = await startSystem();
    wms.reply = ({ path }) => (path.endsWith('/change-request') ? { status: 200 } : undefined);
    const hub = await startAt(layWith(wms));
    const { id } = await hub.say('shop', milkPowder());
    const shipment = `/v1/records/shipment/${encodeURIComponent(`logistics/${id}/0`)}`;
    const replica = async () => (await get<{ replicas: { state: string }[] }>(hub, shipment)).replicas[0]?.state;
    await until('the parcel is in the warehouse', replica, (state) => state === 'synced');
    const receiver = { address: '新街 9 号' };
    const said = await hub.say('crm', {
      record: 'order',
      id: '8812',
      data: { id: '8812', orderNo: 'SO-1001', receiver },
    });
    expect(said).toMatchObject({ status: 'pending', pending: [{ unit: 'shipTo' }] });
    const order = () => get<{ data: { shipTo: { street: string } } }>(hub, `/v1/records/order/${id}`);
    await until('the warehouse has said yes', order, ({ data }) => data.shipTo.street === '新街 9 号');
    const [question] = wms.arrivals.filter(({ path }) => path.endsWith('/change-request'));
    expect(JSON.parse(question?.text ?? '')).toMatchObject({ consignee: { address: '新街 9 号' } });
    expect(question?.key).toMatch(/^wms:change_request:crq_[0-9a-f]{32}:ask$/);
    expect(await get(hub, shipment)).toMatchObject({ data: { shipTo: { street: '新街 9 号' } } });
  });

  it('asks by the update itself where the warehouse knows no question: done is yes, refused is no', async () => {
    const [wms, crm] = [await startSystem(), await startSystem()];
    wms.reply = ({ method, text }) =>
      method === 'PUT' && text.includes('江边') ? { status: 422, body: { error: 'ALREADY PACKED' } } : undefined;
    const shipment = { create: 'POST /deliveries', update: 'PUT /deliveries/{id}', fetch: 'GET /deliveries/{id}' };
    const records = { order: { create: 'POST /orders', update: 'PATCH /orders/{id}' } };
    const hub = await startAt(layWith(wms, { shipment, crm: { url: crm.url, records } }));
    const { id, shipment: parcel, inCrm } = await pushed(hub);
    const order = () => get<RecordView>(hub, `/v1/records/order/${id}`);

    expect(await newAddress(hub, inCrm, '新街 9 号')).toMatchObject({
      status: 'pending',
      pending: [{ unit: 'shipTo' }],
    });
    await until('the warehouse has done it', order, ({ data }) => street(data) === '新街 9 号');
    const [change, ...more] = wms.asked('PUT');
    expect(more).toEqual([]);
    expect(JSON.parse(change?.text ?? '')).toMatchObject({
      ...{ delivery_code: 'SO-1001-0', warehouse_code: 'WH-COLD-01', consignee: { address: '新街 9 号' } },
    });
    const after = await get<RecordView>(hub, `/v1/records/shipment/${encodeURIComponent(parcel.id)}`);
    expect(street(after.data)).toBe('新街 9 号');
    expect(after.replicas).toMatchObject([{ system: 'wms', state: 'synced' }]);

    expect(await newAddress(hub, inCrm, '江边 1 号')).toMatchObject({ status: 'pending' });
    expect(await declined(hub, id)).toContain('ALREADY PACKED');
    expect(street((await order()).data)).toBe('新街 9 号');
    const addressIn = () =>
      (crm.objects.get(`/orders/${inCrm}`)?.receiver as { address?: string } | undefined)?.address;
    // The CRM showed 江边 1 号 to its people: it is told what holds.
    await until(
      'the CRM is put right',
      () => crm.asked('PATCH').at(-1)?.text ?? '',
      (text) => text.includes('新街 9 号'),
    );
    expect(addressIn()).toBe('新街 9 号');
  });

  it('has a parcel that cannot be changed held, cancelled and pushed anew, once its cancel is confirmed', async () => {
    const [wms, crm] = [await startSystem(), await startSystem()];
    let cancel = { status: 202 };
    wms.reply = ({ path }) =>
      path.endsWith('/hold') ? { status: 200 } : path.endsWith('/cancel') ? cancel : undefined;
    const verb = (name: string) => `POST /deliveries/{id}/${name}`;
    const shipment = { create: 'POST /deliveries', hold: verb('hold'), cancel: verb('cancel') };
    const records = { order: { create: 'POST /orders', update: 'PATCH /orders/{id}' } };
    const hub = await startAt(layWith(wms, { shipment, crm: { url: crm.url, records } }));
    const { id, shipment: parcel, inCrm } = await pushed(hub);
    const paths = () => wms.asked('POST').map(({ path }) => path.replace(/W-\d+/, 'D'));
    await newAddress(hub, inCrm, '新街 9 号');
    await until('the cancel is asked for', paths, (all) => all.some((path) => path.endsWith('/cancel')));
    expect(paths()).toEqual(['/deliveries', '/deliveries/D/hold', '/deliveries/D/cancel']);
    const order = () => get<RecordView>(hub, `/v1/records/order/${id}`);
    expect(street((await order()).data)).toBe('老街 1 号');
    const external = parcel.replicas[0]?.externalId ?? '';
    await hub.say('wms', { record: 'shipment', id: external, data: { id: external, stage: 'CANCELLED' } });
    const anew = await until(
      'the parcel is pushed anew',
      () => wms.asked('POST').filter(({ path }) => path === '/deliveries'),
      ({ length }) => length === 2,
    );
    expect(JSON.parse(anew[1]?.text ?? '')).toMatchObject({
      ...{ delivery_code: 'SO-1001-1', consignee: { address: '新街 9 号' } },
    });
    expect((await order()).data).toMatchObject({ fulfillmentGeneration: 1, fulfillmentStatus: 'released' });

    cancel = { status: 409 };
    const other = await pushed(hub, { id: '1002', order_number: 'SO-1002' });
    await newAddress(hub, other.inCrm, '江边 1 号');
    expect(await declined(hub, other.id)).toBe('wms said no; it may hold the parcel since it was asked to');
    expect(wms.asked('POST').filter(({ path }) => path === '/deliveries')).toHaveLength(3);
    await until(
      'the CRM is put right',
      () => crm.asked('PATCH').at(-1)?.text ?? '',
      (text) => text.includes('老街 1 号'),
    );
  });

  it('does not start with a policy that has faults, and tells all of them', async () => {
    const wms = await startSystem();
    const faulty = shippedText
      .replace('key: WH-COLD-01', 'key: WH-COLD-09')
      .replace('order.payableMinor', 'order.payble');
    const { code, err } = await syncline(layWith(wms, { policy: faulty }), 'serve');
    expect(code).toBe(1);
    expect(err.split('\n').filter((line) => line.includes('policies/routing.yaml'))).toEqual([
      expect.stringContaining('WH-COLD-09'),
      expect.stringContaining('order.payble'),
    ]);
  });
});
