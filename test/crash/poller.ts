// The ERP: polls its feed, keeps a book, and crashes between receiving a page and using its cursor.
import { ask, askOnce, isLater, type Talk } from './ask.ts';
import type { Chance } from './chance.ts';
import { type FeedItem, pause, type Words } from './history.ts';
import { type Row, refusedBy, wordsIn } from './words.ts';

interface Page {
  items: (Omit<FeedItem, 'said' | 'text'> & { data: Row })[];
  next: string;
}

export class Poller {
  /** What the ERP holds, by the hub's id. */
  readonly book = new Map<string, { objectId: string; said: Words }>();
  readonly #talk: Talk;
  readonly #chance: Chance;
  #cursor: string | null = null;
  /** Served by the page whose cursor is used next. */
  #unacknowledged: { id: string; seq: string }[] = [];
  #lastId = 0;
  #stopped = false;
  #calm = false;

  constructor(talk: Talk, chance: Chance) {
    this.#talk = talk;
    this.#chance = chance;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const page = await this.#page();
      if (page) await this.#take(page);
      if (!page || page.items.length === 0) await pause(20);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** No more crashes. */
  calm(): void {
    this.#calm = true;
  }

  async #page(): Promise<Page | undefined> {
    const { recorder } = this.#talk;
    const after = this.#cursor === null ? '' : `&after=${encodeURIComponent(this.#cursor)}`;
    const waits = this.#chance.hits(0.5);
    const answered = await askOnce(this.#talk, {
      path: `/v1/feeds/erp?limit=${this.#chance.whole(1, 30)}${after}`,
      ...(waits && { headers: { prefer: 'wait=1' } }),
    });
    if (!answered || isLater(answered)) return undefined;
    if (answered.status !== 200) {
      recorder.history.oddities.push(`${answered.status} from the feed: ${answered.text.slice(0, 300)}`);
      return undefined;
    }
    for (const { id, seq } of this.#unacknowledged.splice(0))
      recorder.history.feed.push({ kind: 'acknowledged', tick: recorder.tick(), id, seq });
    const page = JSON.parse(answered.text) as Page;
    const items = page.items.map(({ data, ...item }) => ({
      ...item,
      said: wordsIn('erp', data),
      text: JSON.stringify(data),
    }));
    recorder.history.feed.push({ kind: 'page', tick: recorder.tick(), after: this.#cursor, next: page.next, items });
    recorder.moments.emit('page');
    return page;
  }

  async #take(page: Page): Promise<void> {
    if (this.#crashes()) return;
    const refused = page.items.filter(({ data }) => String(data.FNote).includes(refusedBy('erp')));
    if (refused.length > 0) await this.#reject(refused);
    const taken = page.items.filter((item) => !refused.includes(item));
    for (const { id, data } of taken) this.#enter(id, wordsIn('erp', data));
    if (taken.length > 0 && this.#chance.hits(0.4)) await this.#acknowledge(taken);
    // It has used the page, and forgets that it did.
    if (this.#crashes()) return;
    this.#cursor = page.next;
    this.#unacknowledged = taken.map(({ id, seq }) => ({ id, seq }));
  }

  #crashes(): boolean {
    return !this.#calm && this.#chance.hits(0.1);
  }

  #enter(id: string, said: Words): void {
    const known = this.book.get(id);
    this.book.set(id, {
      objectId: known?.objectId ?? `ERP-${++this.#lastId}`,
      // Its number is told on create only.
      said: { ...known?.said, ...said },
    });
  }

  async #acknowledge(items: Page['items']): Promise<void> {
    const named = items.map(({ id, seq }) => ({ record: 'order', id, seq, externalId: this.book.get(id)?.objectId }));
    await this.#settle('ack', named, (status) => (status === 'acknowledged' ? 'acknowledged' : undefined));
  }

  async #reject(items: Page['items']): Promise<void> {
    const named = items.map(({ id, seq }) => ({ record: 'order', id, seq, reason: 'the ERP does not take this note' }));
    await this.#settle('reject', named, (status) => (status === 'acknowledged' ? 'rejected' : undefined));
  }

  async #settle(
    verb: 'ack' | 'reject',
    items: object[],
    kindOf: (status: string) => 'acknowledged' | 'rejected' | undefined,
  ): Promise<void> {
    const { recorder } = this.#talk;
    const body = JSON.stringify({ items });
    const { status, text } = await ask(this.#talk, { method: 'POST', path: `/v1/feeds/erp/${verb}`, body });
    if (status !== 200) throw new Error(`${status} to ${verb}: ${text}`);
    const { results } = JSON.parse(text) as { results: { id: string; seq: string; status: string }[] };
    for (const result of results) {
      const kind = kindOf(result.status);
      if (kind) recorder.history.feed.push({ kind, tick: recorder.tick(), id: result.id, seq: result.seq });
      if (result.status === 'unknown' || result.status === 'conflict')
        recorder.history.oddities.push(`${verb} of a served item ${result.id} ${result.seq} is ${result.status}`);
    }
  }
}
