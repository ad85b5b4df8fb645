// A person who presses "replay" on dead letters now and then.
import { ask, askJson, type Talk } from './ask.ts';
import type { Chance } from './chance.ts';
import { pause } from './history.ts';

export class Operator {
  readonly #talk: Talk;
  readonly #chance: Chance;
  #stopped = false;

  constructor(talk: Talk, chance: Chance) {
    this.#talk = talk;
    this.#chance = chance;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      await pause(this.#chance.whole(100, 500));
      const { items } = await askJson<{ items: { id: string }[] }>(this.#talk, '/v1/deadletters?limit=50');
      if (items.length > 0) await this.#replay(this.#chance.pick(items).id);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #replay(id: string): Promise<void> {
    this.#talk.recorder.moments.emit('replayed');
    const { status, text } = await ask(this.#talk, {
      method: 'POST',
      path: `/v1/deadletters/${id}/replay`,
      body: '{}',
    });
    // 409: a newer change has closed it meanwhile, or an earlier press whose answer was lost.
    if (status !== 200 && status !== 202 && status !== 409)
      this.#talk.recorder.history.oddities.push(`${status} to the replay of ${id}: ${text.slice(0, 300)}`);
  }
}
