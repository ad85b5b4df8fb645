// After the push: the warehouse moves the order forward, a cancel opens it again, and what is late stays where it belongs.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import { type Result, type Scene, scene } from '../../core/scene.ts';
import { inForce, milkPowder } from './words.ts';

let hub: Scene;
let id: string;
beforeEach(async () => {
  hub = await scene({ routing: inForce() });
  ({ id } = await hub.say('shop', milkPowder()));
  for (const send of await hub.due('wms')) await hub.deliver(send, send.record === 'shipment' ? 'D-0' : 'W-7');
});
afterEach(() => hub.close());

const dataOf = async (): Promise<JsonObject> => (await hub.record('order', id)).data;
const shipment = async (generation = 0) =>
  (await hub.core.record({ type: 'shipment', id: `logistics/${id}/${generation}` }))?.data;
const report = (stage: string, delivery = 'D-0'): Promise<Result> =>
  hub.say('wms', { record: 'shipment', id: delivery, data: { id: delivery, stage } });
const tasks = async () => (await hub.core.tasks('open', 100, null)).items;

describe('the warehouse reports', () => {
  it.each([
    ['ACCEPTED', 'released'],
    ['PICKING', 'picking'],
    ['PACKED', 'packed'],
    ['SHIPPED', 'shipped'],
    ['IN_TRANSIT', 'shipped'],
    ['DELIVERED', 'delivered'],
    ['EXCEPTION', 'released'],
  ])('%s: the order is %s', async (stage, fulfillment) => {
    expect(await report(stage)).toMatchObject({ status: 'accepted' });
    expect((await dataOf()).fulfillmentStatus).toBe(fulfillment);
  });

  it('an earlier stage late: the order never goes back', async () => {
    await report('SHIPPED');
    await report('PICKING');
    expect((await dataOf()).fulfillmentStatus).toBe('shipped');
  });

  it('a cancel that nobody asked for: a person decides, and "reissue" pushes the order anew', async () => {
    await report('CANCELLED');
    expect(await dataOf()).toMatchObject({ fulfillmentStatus: 'released' });
    expect(await shipment(1)).toBeUndefined();
    const [task] = await tasks();
    expect(task?.data).toMatchObject({ kind: 'shipment_cancelled', recordId: id, options: ['reissue', 'leave'] });
    await hub.core.taskDone(task?.id ?? '', 'reissue', undefined, 'ops');
    expect(await dataOf()).toMatchObject({ fulfillmentStatus: 'released', fulfillmentGeneration: 1 });
    expect(await shipment(1)).toMatchObject({ number: 'SO-1001-1', generation: 1, status: 'requested' });
    expect(await shipment(0)).toMatchObject({ status: 'cancelled' });
  });

  it('a cancel that a person leaves at that: nothing is pushed', async () => {
    await report('CANCELLED');
    const [task] = await tasks();
    await hub.core.taskDone(task?.id ?? '', 'leave', undefined, 'ops');
    expect(await shipment(1)).toBeUndefined();
  });
});

describe('an order that is cancelled after the push', () => {
  const cancel = () => hub.say('shop', milkPowder({ state: 'cancelled', updated_at: '2026-11-23T04:10:00Z' }));

  it('has its shipment cancelled, and is not pushed again while it is cancelled', async () => {
    await cancel();
    expect(await shipment()).toMatchObject({ status: 'cancel_requested' });
    const sends = await hub.due('wms');
    const send = sends.find(({ record }) => record === 'shipment');
    expect(JSON.parse(send?.body ?? '{}')).toMatchObject({ stage: 'CANCEL_REQUESTED' });
    for (const one of sends) await hub.deliver(one);
    await report('CANCELLED');
    expect(await dataOf()).toMatchObject({ fulfillmentStatus: 'unfulfilled', fulfillmentGeneration: 1 });
    expect(await shipment(1)).toBeUndefined();
    expect(await tasks()).toEqual([]);
    await hub.say('shop', milkPowder({ state: 'open', updated_at: '2026-11-23T04:20:00Z' }));
    expect(await shipment(1)).toMatchObject({ status: 'requested' });
  });

  it('whose parcel has left all the same is for a person', async () => {
    await cancel();
    for (const one of await hub.due('wms')) await hub.deliver(one);
    await report('SHIPPED');
    expect((await tasks()).map(({ data }) => data.kind)).toEqual(['late_shipment']);
    expect((await dataOf()).fulfillmentStatus).toBe('shipped');
  });
});

it('a late report of an older generation moves nothing, and is for a person if the parcel has left', async () => {
  await report('CANCELLED');
  await hub.core.taskDone((await tasks())[0]?.id ?? '', 'reissue', undefined, 'ops');
  await report('PICKING');
  expect(await dataOf()).toMatchObject({ fulfillmentStatus: 'released' });
  await report('SHIPPED');
  expect(await dataOf()).toMatchObject({ fulfillmentStatus: 'released', fulfillmentGeneration: 1 });
  expect((await tasks()).map(({ data }) => data.kind)).toEqual(['late_shipment']);
});
