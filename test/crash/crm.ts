// The CRM: an order system whose people edit too, and whose webhooks come in order, twice, late, and as echoes.
import { ask, type Talk } from './ask.ts';
import type { Chance } from './chance.ts';
import { type Asked, pause } from './history.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { type OrderSystem, openOrderSystem } from './order-system.ts';
import { noteReplies } from './shop.ts';
import { forbiddenNote, type Row, staffNoteOf, wordsIn } from './words.ts';

interface Event {
  asked: Asked;
  body: string;
}

export class Crm {
  readonly #talk: Talk;
  readonly #chance: Chance;
  #system: OrderSystem | undefined;
  /** Webhooks of one object leave one after the other. */
  readonly #outbox = new Map<string, Promise<void>>();
  readonly #sent: Event[] = [];
  readonly #versions = new Map<string, number>();
  readonly #times = new Map<string, number>();
  #waiting = 0;
  #keys = 0;
  #stopped = false;
  #faithful = false;

  constructor(talk: Talk, chance: Chance) {
    this.#talk = talk;
    this.#chance = chance;
  }

  async open(misbehaviour: Misbehaviour): Promise<string> {
    this.#system = await openOrderSystem({
      name: 'crm',
      knowsKeys: true,
      misbehaviour,
      recorder: this.#talk.recorder,
      written: (id) => this.#written(id),
    });
    return this.#system.url;
  }

  get objects(): Map<string, Row> {
    return this.#system?.objects ?? new Map();
  }

  /** Webhooks that wait to be answered. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The people at work. Resolves once they were stopped. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      await pause(this.#chance.whole(5, 40));
      if (this.#waiting > 20) continue;
      this.#edit();
      if (this.#chance.hits(0.15)) this.#sendAgain();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** No more echoes out of turn. */
  calm(): void {
    this.#faithful = true;
  }

  async close(): Promise<void> {
    await this.#system?.close();
  }

  #edit(): void {
    const ids = [...this.objects.keys()];
    if (ids.length === 0) return;
    const id = this.#chance.pick(ids);
    const row = this.objects.get(id) ?? {};
    const { number = '' } = wordsIn('crm', row);
    const key = this.#newKey();
    const overstep = this.#chance.hits(0.15);
    const version = this.#versions.get(id) ?? 0;
    const value = !overstep || this.#chance.hits(0.5);
    const newest = value ? version + 1 : version;
    this.#versions.set(id, newest);
    const changed = {
      ...row,
      // Also where the hub has written over it before it heard of it: an old value that is saved anew is an edit to any hub.
      ...(newest > 0 && { staffMemo: staffNoteOf(number, newest) }),
      ...(overstep && { memo: forbiddenNote(key) }),
    };
    this.#save(id, changed);
    this.#tell(id, {
      by: 'crm',
      key,
      number,
      what: value ? 'value' : 'forbidden',
      version: version + 1,
      ...(overstep && { note: forbiddenNote(key) }),
    });
  }

  #save(id: string, row: Row): void {
    const at = Math.max((this.#times.get(id) ?? 0) + 1, this.#talk.recorder.now());
    this.#times.set(id, at);
    this.objects.set(id, { ...row, updatedAt: at });
  }

  /** The system's own time stands on what the hub wrote, and sometimes it tells the hub of that. */
  #written(id: string): void {
    this.#save(id, this.objects.get(id) ?? {});
    if (!this.#faithful && this.#chance.hits(0.25)) this.#echo(id);
  }

  #echo(id: string): void {
    const { number = '' } = wordsIn('crm', this.objects.get(id) ?? {});
    this.#tell(id, { by: 'crm', key: this.#newKey(), number, what: 'echo', version: 0 });
  }

  /** A webhook that was answered: the very same, or the same news as another event. */
  #sendAgain(): void {
    if (this.#sent.length === 0) return;
    const { asked, body } = this.#chance.pick(this.#sent);
    if (this.#chance.hits(0.5)) {
      this.#queue(`again ${asked.key}`, { asked, body });
      return;
    }
    const key = this.#newKey();
    const said = JSON.stringify({ ...(JSON.parse(body) as object), key });
    const late: Asked = { ...asked, key, what: 'echo', body: said, sentTick: 0, reply: undefined, again: [] };
    this.#talk.recorder.history.asked.push(late);
    this.#queue(`late ${key}`, { asked: late, body: said });
  }

  #tell(id: string, what: Omit<Asked, 'sentTick' | 'reply' | 'again'>): void {
    const at = new Date(this.#times.get(id) ?? 0).toISOString();
    const body = JSON.stringify({ record: 'order', id, at, key: what.key, data: this.objects.get(id) });
    const asked: Asked = { ...what, body, sentTick: 0, reply: undefined, again: [] };
    this.#talk.recorder.history.asked.push(asked);
    this.#queue(id, { asked, body });
  }

  #queue(lane: string, event: Event): void {
    this.#waiting += 1;
    const before = this.#outbox.get(lane) ?? Promise.resolve();
    const sent = before
      .then(() => this.#send(event))
      // The run was given up: the judge sees that no answer came.
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#outbox.set(lane, sent);
  }

  async #send(event: Event): Promise<void> {
    const { recorder } = this.#talk;
    if (event.asked.sentTick === 0) event.asked.sentTick = recorder.tick();
    const answered = await ask(this.#talk, { method: 'POST', path: '/v1/systems/crm/changes', body: event.body });
    noteReplies([event.asked], answered, recorder.tick());
    this.#sent.push(event);
    if (this.#sent.length > 60) this.#sent.shift();
    recorder.moments.emit('replied');
  }

  #newKey(): string {
    return `crm-${++this.#keys}`;
  }
}
