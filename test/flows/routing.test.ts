// The routing policy in the whole hub: in force from the start, carried out over HTTP, read back, kept over a restart.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { milkPowder } from '../intake/routing/words.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import { endAll, type Hub, layOut, type Place, startAt, syncline, write } from './hub.ts';
import { closeSystems, type System, startSystem } from './system.ts';
import { until } from './until.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const nowhere = { url: 'http://127.0.0.1:9' };
const layWith = (wms: System, policy = shippedText): Place => {
  const shipment = {
    create: 'POST /deliveries',
    update: 'PUT /deliveries/{id}',
    ask: 'POST /deliveries/{id}/change-request',
  };
  const place = layOut({
    systems: {
      shop: { role: 'order', connector: 'http', settings: nowhere },
      crm: { role: 'crm', connector: 'http', settings: nowhere },
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

  it('does not start with a policy that has faults, and tells all of them', async () => {
    const wms = await startSystem();
    const faulty = shippedText
      .replace('key: WH-COLD-01', 'key: WH-COLD-09')
      .replace('order.payableMinor', 'order.payble');
    const { code, err } = await syncline(layWith(wms, faulty), 'serve');
    expect(code).toBe(1);
    expect(err.split('\n').filter((line) => line.includes('policies/routing.yaml'))).toEqual([
      expect.stringContaining('WH-COLD-09'),
      expect.stringContaining('order.payble'),
    ]);
  });
});
