// Four simulated systems that edit one order while sends are lost, repeated and delayed and the hub is restarted. Once
// everybody is let speak and be spoken to, all copies have to be the same and nothing owed.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { FeedPage, Send } from '../../src/core/core.ts';
import { type Json, type JsonObject, parseJson, toJson } from '../../src/model/json.ts';
import { mergePatch } from '../../src/model/merge-patch.ts';
import { type Scene, scene } from './scene.ts';
import { shopOrder } from './words.ts';

type Pushed = 'shop' | 'crm' | 'wms';
type Fate = 'taken' | 'lost' | 'down';

const parse = (text: string): JsonObject => toJson(parseJson(text)) as JsonObject;

/** Keeps objects by id, answers a repeated key as before, and tells the hub of its own edits by messages. */
class FakeSystem {
  readonly objects = new Map<string, JsonObject>();
  readonly messages: object[] = [];
  readonly keys = new Map<string, { id: string; body: string }>();
  readonly name: Pushed;
  #count = 0;

  constructor(name: Pushed) {
    this.name = name;
  }

  take(send: Send): string {
    const before = this.keys.get(send.key);
    if (before) {
      if (before.body !== send.body) throw new Error(`${send.key} came with another body`);
      return before.id;
    }
    const id = send.externalId ?? `${this.name}-${++this.#count}`;
    const held = this.objects.get(id) ?? {};
    const body = parse(send.body);
    this.objects.set(id, {
      ...(this.name === 'crm' && send.op === 'update' ? (mergePatch(held, body) as JsonObject) : { ...held, ...body }),
      id,
    });
    this.keys.set(send.key, { id, body: send.body });
    return id;
  }

  /** The one order that this is about; undefined before it got here. */
  only(): JsonObject | undefined {
    if (this.objects.size > 1) throw new Error(`${this.name} has ${this.objects.size} orders`);
    return [...this.objects.values()][0];
  }
}

type Action =
  | { kind: 'edit'; who: 'shop' | 'crm' | 'wms'; value: number }
  | { kind: 'hear'; who: Pushed; at: number; again: boolean }
  | { kind: 'echo'; who: 'crm' | 'wms' }
  | { kind: 'send'; to: Pushed; fate: Fate }
  | { kind: 'poll'; keeps: boolean }
  | { kind: 'wait'; ms: number }
  | { kind: 'restart' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      who: fc.constantFrom('shop', 'crm', 'wms'),
      value: fc.nat(99),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('hear' as const),
      who: fc.constantFrom('shop', 'crm', 'wms'),
      at: fc.nat(3),
      again: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('echo' as const), who: fc.constantFrom('crm', 'wms') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      to: fc.constantFrom('shop', 'crm', 'wms'),
      fate: fc.constantFrom('taken', 'taken', 'lost', 'down'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('poll' as const), keeps: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(5000) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
) as fc.Arbitrary<Action>;

const stages = ['NEW', 'PICKING', 'PACKED', 'SHIPPED'];

class World {
  readonly hub: Scene;
  readonly systems = { shop: new FakeSystem('shop'), crm: new FakeSystem('crm'), wms: new FakeSystem('wms') };
  readonly booked = new Map<string, JsonObject>();
  /** The newest change that each booked row came with. */
  readonly bookedSeq = new Map<string, number>();
  #cursor: string | null = null;
  #stage = 0;

  constructor(hub: Scene) {
    this.hub = hub;
    this.systems.shop.objects.set('1001', shopOrder({ updated_at: this.#now() }) as JsonObject);
    this.#tell('shop', { record: 'order', data: this.systems.shop.only() });
  }

  #now(): string {
    this.hub.pass(1000);
    return new Date(this.hub.now()).toISOString();
  }

  #tell(who: Pushed, message: object): void {
    this.systems[who].messages.push(structuredClone(message));
  }

  async run(one: Action): Promise<void> {
    if (one.kind === 'edit') this.#edit(one.who, one.value);
    if (one.kind === 'hear') await this.#hear(one.who, one.at, one.again);
    if (one.kind === 'echo') this.#echo(one.who);
    if (one.kind === 'send') await this.send(one.to, one.fate);
    if (one.kind === 'poll') await this.#poll(one.keeps);
    if (one.kind === 'wait') this.hub.pass(one.ms);
    if (one.kind === 'restart') await this.hub.restart();
  }

  #edit(who: Pushed, value: number): void {
    const held = this.systems[who].only();
    if (!held) return;
    const id = String(held.id);
    if (who === 'shop') {
      const address = value % 2 === 0 ? { street: `shop ${value}` } : {};
      const changed = {
        ...held,
        total: `${value}.00`,
        updated_at: this.#now(),
        ship_to: { ...(held.ship_to as JsonObject), ...address },
      };
      this.systems.shop.objects.set(id, changed);
      this.#tell('shop', { record: 'order', id, data: changed });
    }
    if (who === 'crm') {
      const delta = {
        id,
        updatedAt: Date.parse(this.#now()),
        ...(value % 2 === 0 ? { receiver: { address: `crm ${value}` } } : { staffMemo: `memo ${value}` }),
      };
      this.systems.crm.objects.set(id, mergePatch(held, delta) as JsonObject);
      this.#tell('crm', { record: 'order', id, data: delta });
    }
    if (who === 'wms') {
      this.#stage = Math.min(this.#stage + 1, stages.length - 1);
      const stage = stages[this.#stage] ?? 'NEW';
      this.systems.wms.objects.set(id, { ...held, stage });
      this.#tell('wms', { record: 'order', id, data: { id, stage } });
    }
  }

  #echo(who: 'crm' | 'wms'): void {
    const held = this.systems[who].only();
    if (held) this.#tell(who, { record: 'order', id: String(held.id), data: held });
  }

  async #hear(who: Pushed, at: number, again: boolean): Promise<void> {
    const { messages } = this.systems[who];
    const place = Math.min(at, messages.length - 1);
    const message = messages[place];
    if (!message) return;
    if (!again) messages.splice(place, 1);
    const result = await this.hub.say(who, message);
    if (result.status === 'invalid') throw new Error(JSON.stringify(result));
  }

  async hearAll(): Promise<boolean> {
    let heard = false;
    for (const who of ['shop', 'crm', 'wms'] as const) {
      for (; this.systems[who].messages.length > 0; heard = true) await this.#hear(who, 0, false);
    }
    return heard;
  }

  async send(to: Pushed, fate: Fate): Promise<boolean> {
    const [send] = await this.hub.due(to, 1);
    if (!send) return false;
    if (fate === 'down')
      await this.hub.fail(send, { kind: 'unavailable', message: 'refused', sent: send.repeat, suspectedMs: 10 });
    else {
      const id = this.systems[to].take(send);
      if (fate === 'lost')
        await this.hub.fail(send, { kind: 'timeout', message: 'no answer', sent: true, suspectedMs: 10 });
      else await this.hub.deliver(send, id);
    }
    return true;
  }

  async #page(after: string | null): Promise<FeedPage> {
    const page = await this.hub.core.feed({ system: 'erp', after, limit: 2 });
    if ('gone' in page) throw new Error('the cursor is gone');
    return page;
  }

  /** A poller that crashes has booked what it got and comes back with its last cursor. */
  async #poll(keeps: boolean): Promise<boolean> {
    const page = await this.#page(this.#cursor);
    for (const item of page.items) {
      const seq = Number(item.seq);
      if (seq < (this.bookedSeq.get(item.id) ?? 0)) throw new Error(`the feed went back to ${seq} for ${item.id}`);
      this.bookedSeq.set(item.id, seq);
      if (item.record === 'order') this.booked.set(item.id, { ...this.booked.get(item.id), ...parse(item.data) });
    }
    if (keeps) this.#cursor = page.next;
    return page.items.length > 0;
  }

  /** Everybody speaks and is spoken to until nobody has anything left to say. @returns rounds that it took */
  async quiet(): Promise<number> {
    for (let round = 1; round <= 50; round++) {
      this.hub.pass(1000);
      let busy = await this.hearAll();
      for (const to of ['shop', 'crm', 'wms'] as const) while (await this.send(to, 'taken')) busy = true;
      while (await this.#poll(true)) busy = true;
      if (!busy) return round;
    }
    throw new Error('it never came to rest');
  }
}

async function check(world: World): Promise<void> {
  const { hub, systems, booked } = world;
  const found = await hub.core.record({ type: 'order', match: { field: 'number', value: 'SO-1001' } });
  if (!found) throw new Error('the order is lost');
  const { data, replicas } = found;
  expect(replicas.map(({ system, state, lastError }) => ({ system, state, lastError }))).toEqual(
    expect.arrayContaining(
      ['shop', 'crm', 'wms', 'erp'].map((system) => ({ system, state: 'synced', lastError: null })),
    ),
  );
  const { street } = data.shipTo as { street: string };
  const { amount } = data.payable as { amount: number };
  const money = (amount / 100).toFixed(2);
  const row = booked.get(found.id);
  const [shop, crm, wms] = [systems.shop.only(), systems.crm.only(), systems.wms.only()];
  const member = (tree: Json | undefined, key: string): Json | undefined => (tree as JsonObject | undefined)?.[key];
  expect({
    shop: [member(shop?.ship_to, 'street'), shop?.total],
    crm: [member(crm?.receiver, 'address'), crm?.amountFen],
    wms: member(wms?.consignee, 'address'),
    erp: [row?.FReceiveAddress, row?.FAllAmount],
    memo: crm?.staffMemo,
    stage: wms?.stage ?? 'NEW',
  }).toEqual({
    shop: [street, money],
    crm: [street, amount],
    wms: street,
    erp: [street, money],
    memo: data.sellerNote,
    stage: String(data.fulfillmentStatus ?? 'new').toUpperCase(),
  });
  expect((await hub.core.lag()).map(({ lagSeconds }) => lagSeconds)).toEqual([0, 0, 0, 0]);
}

export async function simulate(actions: readonly Action[]): Promise<void> {
  const hub = await scene();
  try {
    const world = new World(hub);
    for (const one of actions) await world.run(one);
    await world.quiet();
    await check(world);
  } finally {
    await hub.close();
  }
}

export const stories = fc.array(action, { minLength: 5, maxLength: 60 });
