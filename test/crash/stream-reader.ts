// Follows the change stream from cursor to cursor, across restarts of the hub and crashes of its own.
import { askOnce, isLater, type Talk } from './ask.ts';
import type { Chance } from './chance.ts';
import { pause, type StreamEvent } from './history.ts';

export class StreamReader {
  readonly #talk: Talk;
  readonly #chance: Chance;
  #cursor: string | null = null;
  #stopped = false;
  /** The last answer was none that it could use: there is no end to read to. */
  #refused = false;

  constructor(talk: Talk, chance: Chance) {
    this.#talk = talk;
    this.#chance = chance;
  }

  /** Resolves once it was stopped and has read to the end. */
  async run(): Promise<void> {
    for (;;) {
      const ends = this.#stopped;
      const count = await this.#read();
      if (ends && count === 0) return;
      if (ends && this.#refused) return;
      if (count === undefined) await pause(20);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** @returns how many events it read; undefined when no answer came */
  async #read(): Promise<number | undefined> {
    const { recorder } = this.#talk;
    const after = this.#cursor === null ? '' : `&after=${encodeURIComponent(this.#cursor)}`;
    const answered = await askOnce(this.#talk, {
      path: `/v1/changes?limit=${this.#chance.whole(1, 60)}${after}`,
      ...(!this.#stopped && { headers: { prefer: 'wait=1' } }),
    });
    if (!answered || isLater(answered)) return undefined;
    this.#refused = answered.status !== 200;
    if (this.#refused) {
      recorder.history.oddities.push(`${answered.status} from the stream: ${answered.text.slice(0, 300)}`);
      return undefined;
    }
    const { events, next } = JSON.parse(answered.text) as { events: StreamEvent[]; next: string };
    const kept = this.#stopped || !this.#chance.hits(0.1);
    recorder.history.stream.push({ tick: recorder.tick(), after: this.#cursor, next, events, kept });
    if (kept) this.#cursor = next;
    return events.length;
  }
}
