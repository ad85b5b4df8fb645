// Goods on their way back stand in `incomingReturn` of the warehouse that they came from, and nowhere else of its stock.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine, Scene } from '../../core/scene.ts';
import {
  allocate,
  askFor,
  customer,
  day,
  delivered,
  goodCustomer,
  pass,
  returnsScene,
  review,
  stocked,
  withStock,
} from './words.ts';

let hub: Scene;
let good: string;
const begin = async (folder = 'mappings', engine: Engine = 'sqlite'): Promise<void> => {
  hub = await returnsScene(undefined, { systems: withStock(), folder, engine });
  good = await goodCustomer(hub);
};
afterEach(() => hub.close());

const tell = (id: string, type: string, more: object = {}) =>
  hub.core.returnEvent(id, { type, id: `${type}/${hub.now()}/${JSON.stringify(more)}`, by: 'person', ...more }, 'ops');
const stockOf = async (id: string) => (await hub.record('inventory', id)).data;
const incoming = async (id: string): Promise<unknown> => (await stockOf(id)).incomingReturn;

/** An order of two teas and a pot, sent from a warehouse. */
async function sent(warehouse = 'WH-SH-01', customerId = good): Promise<string> {
  const items = [
    { line: '1', sku: 'TEA-9', name: 'Tea', qty: 2, price: '20.00', total: '40.00' },
    { line: '2', sku: 'POT-9', name: 'Pot', qty: 1, price: '60.00', total: '60.00' },
    { line: '3', sku: 'TEA-9', name: 'Tea, as a gift', qty: 1, price: '20.00', total: '20.00' },
  ];
  const { id } = await delivered(hub, customerId, { price: '60.00', qty: 2, items });
  await allocate(hub, id, warehouse);
  return id;
}

const all = [
  { orderLine: '1', quantity: 2 },
  { orderLine: '2', quantity: 1 },
  { orderLine: '3', quantity: 1 },
];
const looked = (orderLine: string, result: string, disposition: string) => ({ orderLine, result, disposition });

describe('goods that are expected back', () => {
  beforeEach(() => begin());

  it('are counted by SKU in the warehouse that the order came from, by the policy, and leave the stock alone', async () => {
    const [tea, pot, elsewhere] = [
      await stocked(hub, 'TEA-9'),
      await stocked(hub, 'POT-9'),
      await stocked(hub, 'TEA-9', 'WH-GZ-01'),
    ];
    const { id } = await askFor(hub, good, await sent(), { lines: all });
    expect([await incoming(tea), await incoming(pot), await incoming(elsewhere)]).toEqual([3, 1, undefined]);
    const { version, units, data } = await hub.record('inventory', tea);
    expect(data).toEqual({ sku: 'TEA-9', warehouseId: 'WH-SH-01', onHand: 10, incomingReturn: 3 });
    expect([version, units.incomingReturn]).toMatchObject([2, { source: 'policy', version: 2 }]);
    await tell(id, 'received', { lines: all });
    expect(await incoming(tea), 'what was received is not looked at yet').toBe(3);
    await tell(id, 'inspected', { lines: [looked('1', 'ok', 'restock')] });
    expect([await incoming(tea), await incoming(pot)], 'line by line').toEqual([1, 1]);
    await tell(id, 'inspected', { lines: [looked('2', 'not_ok', 'scrap'), looked('3', 'ok', 'restock')] });
    expect([await stockOf(tea), await stockOf(pot)]).toMatchObject([
      { onHand: 10, incomingReturn: 0 },
      { onHand: 10, incomingReturn: 0 },
    ]);
  });

  it('are counted once, whatever is told again', async () => {
    const tea = await stocked(hub, 'TEA-9');
    const { id } = await askFor(hub, good, await sent(), { lines: all });
    const scan = { type: 'carrier_scanned', id: 'scan', by: 'person' as const };
    await Promise.all([1, 2, 3].map(() => hub.core.returnEvent(id, scan, 'ops')));
    await hub.restart();
    await tell(id, 'carrier_scanned');
    expect(await incoming(tea)).toBe(3);
    const received = { type: 'received', id: 'here', by: 'person' as const, lines: all };
    await Promise.all([1, 2, 3].map(() => hub.core.returnEvent(id, received, 'ops')));
    expect(await incoming(tea)).toBe(3);
  });

  it('that came in part stay expected until they are looked at, and then none is', async () => {
    const tea = await stocked(hub, 'TEA-9');
    const { id } = await askFor(hub, good, await sent(), { lines: [{ orderLine: '1', quantity: 2 }] });
    await tell(id, 'received', { lines: [{ orderLine: '1', quantity: 1 }] });
    expect(await incoming(tea)).toBe(2);
    await tell(id, 'inspected', { lines: [looked('1', 'ok', 'restock')] });
    expect(await incoming(tea)).toBe(0);
    expect((await hub.record('restock', `restock/${id}/1`)).data.quantity).toBe(1);
  });

  it('that are lost are not expected, and are again when they turn up', async () => {
    const tea = await stocked(hub, 'TEA-9');
    const { id } = await askFor(hub, good, await sent(), { lines: all });
    await tell(id, 'carrier_scanned');
    await tell(id, 'lost');
    expect(await incoming(tea)).toBe(0);
    await tell(id, 'received', { lines: all });
    expect(await incoming(tea)).toBe(3);
  });

  it('that did not come are given up with the money', async () => {
    const tea = await stocked(hub, 'TEA-9');
    const { id } = await askFor(hub, good, await sent(), { lines: all });
    await pass(hub, 11 * 60_000);
    await tell(id, 'refund_succeeded', { seq: 1 });
    await pass(hub, 8 * day);
    expect((await hub.record('return', id)).data.regions).toMatchObject({ logistics: 'overdue', restock: 'expected' });
    expect(await incoming(tea)).toBe(3);
    await tell(id, 'clawback_written_off', { reason: 'too dear to ask' });
    expect(await incoming(tea)).toBe(0);
  });

  it('are counted from the approval on, and not of one that is declined', async () => {
    const tea = await stocked(hub, 'TEA-9');
    const fresh = await customer(hub);
    await hub.core.setBreaker(
      { breaker: 'high-price-concentration', scopeKey: fresh, state: 'open', reason: 'to see' },
      'ops',
    );
    const order = await sent('WH-SH-01', fresh);
    const more = { lines: [{ orderLine: '1', quantity: 1 }], reason: 'goods_not_intact' };
    const { id } = await askFor(hub, fresh, order, more);
    await hub.core.saveEvidence(id, { outcome: 'pass', id: 'u1', pictures: [] }, 'ops');
    expect(await incoming(tea)).toBeUndefined();
    await review(hub, id, 'decline', 'goods_not_intact');
    expect(await incoming(tea)).toBeUndefined();
    await tell(id, 'review_requested');
    await review(hub, id);
    expect(await incoming(tea)).toBe(1);
  });

  it('are never fewer than none, whatever a person has put right', async () => {
    const tea = await stocked(hub, 'TEA-9');
    const { id } = await askFor(hub, good, await sent(), { lines: all });
    const address = { type: 'inventory' as const, id: tea };
    await hub.core.patch({ address, body: '{"incomingReturn":1}', ifMatch: '*', actor: 'ops' });
    await tell(id, 'cancelled');
    expect(await incoming(tea)).toBe(0);
  });

  it('make no inventory record, and are counted with their next event once there is one', async () => {
    const unallocated = (await delivered(hub, good)).id;
    await stocked(hub, 'TEA-1');
    await askFor(hub, good, unallocated);
    const { id } = await askFor(hub, good, await sent(), { lines: all });
    const page = await hub.core.changes({ after: null, limit: 1000, record: 'inventory' });
    const changed = 'changes' in page ? page.changes : [];
    expect(changed.map(({ op, source }) => [op, source])).toEqual([['created', 'stock']]);
    const tea = await stocked(hub, 'TEA-9');
    expect(await incoming(tea)).toBeUndefined();
    await tell(id, 'carrier_scanned');
    expect(await incoming(tea)).toBe(3);
  });
});

it.each<Engine>(['sqlite', 'postgres'])(
  'of returns at once add up, and each takes off its own (%s)',
  async (engine) => {
    await begin('mappings', engine);
    const tea = await stocked(hub, 'TEA-9');
    const orders = await Promise.all([sent(), sent(), sent()]);
    const made = await Promise.all(orders.map((order) => askFor(hub, good, order, { lines: all })));
    await Promise.all(made.map(({ id, data }) => (data.status === 'open' ? undefined : review(hub, id))));
    expect(await incoming(tea)).toBe(9);
    await Promise.all(made.slice(1).map(({ id }) => tell(id, 'cancelled')));
    expect(await incoming(tea)).toBe(3);
  },
);

it('an inventory record from before it was found by what it counts is found from its next change on', async () => {
  await begin();
  const tea = await stocked(hub, 'TEA-9');
  await hub.core.close();
  const db = new Database((hub.database as { path: string }).path);
  expect(db.prepare("DELETE FROM match_keys WHERE type = 'inventory'").run().changes).toBe(1);
  db.close();
  await hub.restart();
  const { id } = await askFor(hub, good, await sent(), { lines: all });
  expect(await incoming(tea)).toBeUndefined();
  const address = { type: 'inventory' as const, id: tea };
  await hub.core.patch({ address, body: '{"onHand":11}', ifMatch: '*', actor: 'ops' });
  await tell(id, 'carrier_scanned');
  expect(await stockOf(tea)).toMatchObject({ onHand: 11, incomingReturn: 3 });
});

describe('a system that maps the number', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'syncline-stock-'));
    await cp('mappings', folder, { recursive: true });
    const fields = [
      '{ ours: sku, theirs: sku, required: true }',
      '{ ours: warehouseId, theirs: place, required: true }',
      '{ ours: incomingReturn, theirs: coming_back, codec: int }',
    ];
    const head = 'connector: http\nrecord: inventory\npayload: delta\nidentity: { id: id }\nfields:\n';
    await writeFile(join(folder, 'wms', 'inventory.yaml'), `${head}${fields.map((one) => `  - ${one}\n`).join('')}`);
    return () => rm(folder, { recursive: true });
  });
  const shelf = async (words: object = {}): Promise<string> =>
    (await hub.say('wms', { record: 'inventory', id: 'S-1', data: { sku: 'TEA-9', place: 'WH-SH-01', ...words } })).id;
  const told = async () => (await hub.due('wms', 100)).filter(({ record }) => record === 'inventory');

  it('is told of it', async () => {
    await begin(folder);
    const tea = await shelf();
    await askFor(hub, good, await sent(), { lines: all });
    const sends = await told();
    expect(sends).toMatchObject([{ recordId: tea, op: 'update' }]);
    expect(JSON.parse(sends[0]?.body ?? '')).toMatchObject({ coming_back: 3 });
  });

  it('and says it itself keeps its word: it has counted the return too', async () => {
    await begin(folder);
    const tea = await shelf({ coming_back: 5 });
    const { id } = await askFor(hub, good, await sent(), { lines: all });
    expect(await incoming(tea)).toBe(5);
    await tell(id, 'cancelled');
    expect(await incoming(tea)).toBe(5);
  });

  it.each([
    ['is no matter of the policy where the document leaves it out', '[wms]', 'latest', undefined],
    ['gives way where the document puts the policy first', '[policy, wms]', 'owner', 8],
  ])('%s', async (_, writers, resolve, counted) => {
    const order = resolve === 'owner' ? `, order: ${writers}` : '';
    const unit = `incomingReturn: { writers: ${writers}, resolve: ${resolve}${order} }`;
    await writeFile(join(folder, 'inventory.merge.yaml'), `record: inventory\nunits:\n  ${unit}\n`);
    await begin(folder);
    const tea = await shelf(counted === undefined ? {} : { coming_back: 5 });
    await askFor(hub, good, await sent(), { lines: all });
    expect(await incoming(tea)).toBe(counted);
  });
});
