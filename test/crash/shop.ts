// The shop: several writers, each with orders of its own, who repeat whatever was not answered.

import { type Answered, ask, type Question, type Talk } from './ask.ts';
import type { Chance } from './chance.ts';
import { type Asked, pause, type Reply, type Result } from './history.ts';
import { forbiddenNote, noteOf, refusedBy, shopOrder } from './words.ts';

interface Order {
  id: string;
  number: string;
  version: number;
  changedAt: number;
  busy: boolean;
}

/** What is sent for one change, byte for byte the same each time. */
interface Change {
  asked: Asked;
  item: object;
}

type Form = 'header' | 'single' | 'array' | 'lines';

const ordersEach = 24;
/** Each of these shares of versions is refused by one of the systems. */
const refusedShare = 0.05;

export class ShopWriter {
  readonly #talk: Talk;
  readonly #chance: Chance;
  readonly #name: string;
  readonly #orders: Order[] = [];
  /** Answered questions, some of which are asked again. */
  readonly #answered: { question: Question; changes: Change[] }[] = [];
  #keys = 0;
  #burst = false;
  #stopped = false;

  constructor(talk: Talk, chance: Chance, name: string) {
    this.#talk = talk;
    this.#chance = chance;
    this.#name = name;
  }

  /** Resolves once it was stopped and everything it asked for is answered. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.#act();
      await pause(this.#chance.whole(0, 25));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Many at once, next. */
  burst(): void {
    this.#burst = true;
  }

  #act(): Promise<unknown> {
    const chance = this.#chance;
    if (this.#burst) return this.#actAtOnce();
    if (this.#orders.length === 0 || (this.#orders.length < ordersEach && chance.hits(0.25))) return this.#create();
    const draw = chance.next();
    if (draw < 0.55) return this.#edit(chance.pick(['header', 'single'] as const), 1);
    if (draw < 0.75) return this.#edit(chance.pick(['array', 'lines'] as const), chance.whole(2, 5));
    if (draw < 0.85) return this.#repeat();
    if (draw < 0.95) return this.#forbidden();
    return this.#actAtOnce();
  }

  #actAtOnce(): Promise<unknown> {
    this.#burst = false;
    const creates = this.#orders.length < ordersEach ? [this.#create(), this.#create()] : [];
    const edits = Array.from({ length: 10 }, () => this.#edit('header', 1));
    return Promise.all([...creates, ...edits]);
  }

  #create(): Promise<unknown> {
    const serial = `${this.#name}-${this.#orders.length + 1}`;
    const order = { id: `S-${serial}`, number: `SO-${serial}`, version: 0, changedAt: 0, busy: false };
    this.#orders.push(order);
    return this.#write([order], this.#chance.pick(['header', 'single'] as const));
  }

  #edit(form: Form, count: number): Promise<unknown> {
    const free = this.#orders.filter(({ busy }) => !busy);
    const orders = new Set(Array.from({ length: Math.min(count, free.length) }, () => this.#chance.pick(free)));
    return orders.size === 0 ? Promise.resolve() : this.#write([...orders], form);
  }

  async #write(orders: Order[], form: Form): Promise<void> {
    for (const order of orders) order.busy = true;
    const changes = orders.map((order) => this.#nextVersion(order));
    // An item that cannot be taken does not hold up the others of its batch.
    if (form === 'array' && this.#chance.hits(0.2)) changes.push(this.#nameless());
    await this.#send(changes, form);
    for (const order of orders) order.busy = false;
  }

  #nextVersion(order: Order): Change {
    order.version += 1;
    order.changedAt = Math.max(order.changedAt + 1, this.#talk.recorder.now());
    const flags = this.#chance.hits(refusedShare * 3) ? [refusedBy(this.#chance.pick(['crm', 'wms', 'erp']))] : [];
    const note = noteOf(order.number, order.version, flags);
    const data = shopOrder(order.id, order.number, { version: order.version, note, changedAt: order.changedAt });
    return this.#change(order.id, { number: order.number, what: 'value', version: order.version, note }, data);
  }

  #nameless(): Change {
    const note = forbiddenNote(`${this.#name} without a number`);
    const id = `S-${this.#name}-nameless-${this.#keys}`;
    return this.#change(id, { number: id, what: 'forbidden', version: 1, note }, { id, currency: 'CNY', note });
  }

  #change(id: string, what: Pick<Asked, 'number' | 'what' | 'version' | 'note'>, data: object): Change {
    const key = `shop-${this.#name}-${++this.#keys}`;
    const asked = { by: 'shop' as const, key, ...what, sentTick: 0, reply: undefined, again: [] };
    return { asked, item: { record: 'order', id, key, data } };
  }

  /** The same bytes under a known key again, or other bytes under it. */
  async #repeat(): Promise<void> {
    const known = this.#answered.at(-this.#chance.whole(1, Math.min(20, this.#answered.length)));
    if (known) await this.#tell(known.question, known.changes);
  }

  async #forbidden(): Promise<void> {
    const chance = this.#chance;
    const order = chance.pick(this.#orders);
    const draw = chance.whole(1, 3);
    if (draw === 1) return this.#send([this.#nameless()], 'single');
    const note = forbiddenNote(`${this.#name} ${this.#keys}`);
    const data = { ...shopOrder(order.id, order.number, { version: 900_000, note, changedAt: order.changedAt }) };
    const change = this.#change(order.id, { number: order.number, what: 'forbidden', version: 0, note }, data);
    const used = this.#answered.at(-1)?.changes[0]?.asked;
    if (draw === 2 && used?.what === 'value') change.asked.key = used.key;
    const item = { ...change.item, ...(draw === 2 ? { key: change.asked.key } : { record: 'ordr' }) };
    if (draw === 2 && used?.what !== 'value') return;
    await this.#send([{ asked: change.asked, item }], 'single');
  }

  async #send(changes: Change[], form: Form): Promise<void> {
    const question = questionOf(changes, form);
    for (const { asked } of changes) {
      asked.sentTick = this.#talk.recorder.tick();
      this.#talk.recorder.history.asked.push(asked);
    }
    await this.#tell(question, changes);
    this.#answered.push({ question, changes });
    if (this.#answered.length > 50) this.#answered.shift();
  }

  async #tell(question: Question, changes: Change[]): Promise<void> {
    const { recorder } = this.#talk;
    recorder.moments.emit('asked');
    const answered = await ask(this.#talk, question);
    noteReplies(
      changes.map(({ asked }) => asked),
      answered,
      recorder.tick(),
    );
    recorder.moments.emit('replied');
  }
}

function questionOf(changes: Change[], form: Form): Question {
  const path = '/v1/systems/shop/changes';
  const method = 'POST';
  const items = changes.map(({ item }) => item);
  if (form === 'lines') {
    const body = items.map((item) => `${JSON.stringify(item)}\n`).join('');
    return { method, path, type: 'application/x-ndjson', body };
  }
  if (form === 'array') return { method, path, body: JSON.stringify(items) };
  const [first] = changes;
  if (form === 'single' || !first) return { method, path, body: JSON.stringify(items[0]) };
  const { key: _, ...item } = first.item as { key: string };
  return { method, path, headers: { 'idempotency-key': first.asked.key }, body: JSON.stringify(item) };
}

/** Puts what the hub answered beside what it was asked, in order. */
export function noteReplies(asked: Asked[], { status, text }: Answered, tick: number): void {
  const results = status === 202 ? (JSON.parse(text) as { results: Result[] }).results : [];
  for (const [index, one] of asked.entries()) {
    const reply: Reply = { tick, httpStatus: status, result: results[index] };
    if (one.reply) one.again.push(reply);
    else one.reply = reply;
  }
}
