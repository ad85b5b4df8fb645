// What holds for orders whatever happens to them, whichever engine keeps them: random events, in any order, repeated, at once.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DecisionView } from '../../../src/core/core.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { type Facts, readFacts } from '../../../src/policy/facts.ts';
import { factsHash } from '../../../src/policy/facts-hash.ts';
import { decide } from '../../../src/policy/routing/decide.ts';
import { routingFacts } from '../../../src/policy/routing/facts.ts';
import { type Engine, type Scene, scene } from '../../core/scene.ts';
import { addressA, addressB } from '../../core/words.ts';
import { inForce, milkPowder } from './words.ts';

const routing = inForce();
let hub: Scene;

type Event =
  | { kind: 'shop'; says: Record<string, unknown> }
  | { kind: 'person'; patch: JsonObject }
  | { kind: 'wms'; stage: string };

const goods = (care: string[]) => [{ line: '1', sku: 'X', qty: 1, price: '1.00', total: '1.00', care }];
const says = fc.record(
  {
    payment: fc.constantFrom('paid', 'paid', 'paid', 'unpaid', 'authorized', 'refunded'),
    risk: fc.constantFrom('none', 'none', 'none', 'review', 'blocked'),
    state: fc.constantFrom('open', 'open', 'open', 'on hold', 'cancelled'),
    total: fc.constantFrom('499.99', '500.00', '520.00'),
    ship_to: fc.constantFrom(addressA, addressB, { ...addressA, country: 'FR' }),
    items: fc.constantFrom(goods([]), goods(['cold_chain']), goods(['fragile']), goods(['hazmat'])),
  },
  { requiredKeys: [] },
);
const patches = fc.constantFrom<JsonObject>(
  { holds: { manual: { code: 'manual', reason: 'by phone', by: 'ops' } } },
  { holds: { manual: null } },
  { holds: { hold: null } },
  { tags: null },
  { tags: ['vip'] },
  { warehouseId: 'WH-GZ-01' },
);
const stages = fc.constantFrom('ACCEPTED', 'PICKING', 'SHIPPED', 'CANCELLED', 'EXCEPTION');
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: says.map((one) => ({ kind: 'shop' as const, says: one })) },
  { weight: 2, arbitrary: patches.map((patch) => ({ kind: 'person' as const, patch })) },
  { weight: 1, arbitrary: stages.map((stage) => ({ kind: 'wms' as const, stage })) },
);
const story = fc.array(fc.tuple(event, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 8 });

let count = 0;

/** Lives through its events, each as often as it says, at once. @returns the order's id */
async function live(events: readonly [Event, number][]): Promise<string> {
  const number = `L-${++count}`;
  let data: Record<string, unknown> = { ...milkPowder().data, id: number, order_number: number, payment: 'unpaid' };
  let minute = 0;
  const say = (): Promise<{ id: string }> => {
    data = { ...data, updated_at: `2026-11-23T04:${String(10 + ++minute).padStart(2, '0')}:00Z` };
    return hub.say('shop', { record: 'order', data });
  };
  const { id } = await say();
  for (const [one, times] of events) {
    if (one.kind === 'shop') data = { ...data, ...one.says };
    const change = { record: 'order', data: { ...data, updated_at: `2026-11-23T04:${10 + ++minute}:00Z` } };
    await Promise.all(Array.from({ length: times }, () => happen(one, id, change)));
  }
  return id;
}

async function happen(one: Event, id: string, change: object): Promise<unknown> {
  if (one.kind === 'shop') return hub.say('shop', change);
  if (one.kind === 'person')
    return hub.core
      .patch({ address: { type: 'order', id }, body: JSON.stringify(one.patch), ifMatch: '*', actor: 'ops' })
      .catch(() => undefined);
  const { data } = await hub.record('order', id);
  const shipment = `logistics/${id}/${Number(data.fulfillmentGeneration ?? 0)}`;
  if (!(await hub.core.record({ type: 'shipment', id: shipment }))) return undefined;
  return hub.say('wms', {
    record: 'shipment',
    id: `D-${shipment}`,
    data: { delivery_code: `${String(data.number)}-${Number(data.fulfillmentGeneration ?? 0)}`, stage: one.stage },
  });
}

/** Every record that was made of a type, with what it says. */
async function made(type: 'shipment' | 'coupon' | 'notification'): Promise<{ id: string; data: JsonObject }[]> {
  const found: { id: string; data: JsonObject }[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await hub.core.changes({ after, limit: 1000, record: type });
    if ('gone' in page) throw new Error('the stream is gone');
    for (const { op, recordId, units } of page.changes)
      if (op === 'created')
        found.push({ id: recordId, data: Object.assign({}, ...Object.values(units).map(([, now]) => now)) });
    if (page.changes.length === 0) return found;
    after = page.next;
  }
}

/** How often the one that is there most often is there. */
function mostOften(all: readonly string[]): number {
  const times = new Map<string, number>();
  for (const one of all) times.set(one, (times.get(one) ?? 0) + 1);
  return Math.max(...times.values());
}

async function decisionsOf(id: string): Promise<DecisionView[]> {
  return (await hub.core.decisions(id, 1000, null)).items as DecisionView[];
}

function check({ haltedBy, slots, effects, trace, facts, factsHash: hash, error }: DecisionView): void {
  expect(error).toBeUndefined();
  expect(trace.map(({ rule }) => rule)).toEqual(routing.policy.rules.map(({ id }) => id));
  if (haltedBy !== null) expect(effects.map(({ slot }) => slot)).toEqual(['flow', 'notify']);
  for (const { name, exclusive } of routing.policy.slots)
    if (exclusive)
      expect(effects.filter((one) => one.slot === name && one.status === 'claimed').length).toBeLessThan(2);
  const read = readFacts(routingFacts, facts) as { facts: Facts };
  expect(factsHash(routing.policy.reads, read.facts)).toBe(hash);
  expect(JSON.stringify(decide(routing.policy, read.facts))).toBe(JSON.stringify({ haltedBy, slots, trace }));
}

/** @param runs each of 25 stories */
export function orderLaws(engine: Engine, runs: number): void {
  beforeAll(async () => {
    hub = await scene({ routing, engine });
  });
  afterAll(() => hub.close());

  it('each generation is pushed once, each thing granted and told once, and every decision can be replayed', async () => {
    const stories = fc.array(story, { minLength: 25, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(stories, async (all) => {
        const ids = await Promise.all(all.map(live));
        for (const id of ids) for (const decision of await decisionsOf(id)) check(decision);
        for (const id of ids) {
          const { data } = await hub.record('order', id);
          const holds = Object.values((data.holds ?? {}) as Record<string, JsonObject>);
          const [last] = await decisionsOf(id);
          // A hold of the policy stands only where its newest decision asks for it.
          if (holds.some(({ by }) => by === 'policy')) expect(last?.haltedBy).toBe('risk-hold');
        }
      }),
      { numRuns: runs },
    );
    const shipments = await made('shipment');
    expect(shipments.length).toBeGreaterThan(runs);
    expect(mostOften(shipments.map(({ data }) => `${data.orderId}/${data.generation}`))).toBe(1);
    for (const { data } of shipments) expect(data.warehouseId).toBeDefined();
    for (const type of ['coupon', 'notification'] as const)
      expect(mostOften((await made(type)).map(({ data }) => String(data.key)))).toBe(1);
  }, 240_000);

  it('two hundred evaluations of one order at once make one shipment', async () => {
    const unpaid = milkPowder({ id: 'P-1', order_number: 'P-1', payment: 'unpaid', paid_at: null });
    const { id } = await hub.say('shop', unpaid);
    const paid = (second: number) =>
      milkPowder({
        id: 'P-1',
        order_number: 'P-1',
        updated_at: new Date(Date.parse('2026-11-23T04:30:00Z') + second).toISOString(),
      });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, at) =>
        at % 2 === 0 ? hub.say('shop', paid(at)) : hub.core.decide({ mode: 'live', order: id }, 'ops'),
      ),
    );
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect((await made('shipment')).filter(({ data }) => data.orderId === id)).toHaveLength(1);
    expect((await made('coupon')).filter(({ data }) => data.orderId === id)).toHaveLength(1);
  });
}
