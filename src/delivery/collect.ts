// Brings settlements to the store in batches: while one batch is under way the next gathers, and none is ever dropped.
import type { Clock } from '../clock.ts';
import type { Core, Settled, Settlement } from '../core/core.ts';
import type { Log } from '../log.ts';
import { growingDelay, Wait } from './wait.ts';

export interface CollectorDeps {
  core: Pick<Core, 'settle'>;
  clock: Clock;
  log: Log;
  /** Once per settlement that was an attempt. */
  counted(settled: Settled): void;
  /** The store takes settlements again. */
  recovered(): void;
}

/** A store that fails while the hub stops gets so many more tries; what it never took is claimed again after the start. */
const lastTries = 5;

export class Collector {
  /** The store does not take settlements: claiming more would only pile them up. */
  failing = false;
  readonly #deps: CollectorDeps;
  readonly #pause: Wait;
  #gathered: Settlement[] = [];
  #underWay: Promise<void> | undefined;
  #ending = false;

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
    this.#pause = new Wait(deps.clock);
  }

  add(settlement: Settlement): void {
    this.#gathered.push(settlement);
    this.#underWay ??= this.#work();
  }

  /** Resolves when everything is settled, or the store has failed to the last. */
  async drain(): Promise<void> {
    this.#ending = true;
    this.#pause.end();
    while (this.#underWay) await this.#underWay;
  }

  async #work(): Promise<void> {
    // Whatever ends in this very turn goes with the first batch.
    await Promise.resolve();
    while (this.#gathered.length > 0) {
      const batch = this.#gathered;
      this.#gathered = [];
      const settled = await this.#settle(batch);
      this.#count(batch, settled);
    }
    this.#underWay = undefined;
  }

  async #settle(batch: Settlement[]): Promise<Settled[]> {
    let last = 0;
    for (let failures = 0; ; failures += 1) {
      try {
        const settled = await this.#deps.core.settle(batch);
        this.#recover();
        return settled;
      } catch (error) {
        this.failing = true;
        last += this.#ending ? 1 : 0;
        this.#deps.log.error(
          { err: error, settlements: batch.length },
          'the store did not take settlements; trying again',
        );
      }
      if (last > lastTries) return this.#giveUp(batch);
      await this.#pause.begin(growingDelay(failures));
    }
  }

  #recover(): void {
    if (!this.failing) return;
    this.failing = false;
    this.#deps.recovered();
  }

  #giveUp(batch: Settlement[]): Settled[] {
    this.#deps.log.error(
      { settlements: batch.length },
      'stopping without having settled these; they are sent again after the next start',
    );
    return [];
  }

  /** What the hub took back itself was no attempt, and a stale settlement is not this claim's. */
  #count(batch: Settlement[], settled: Settled[]): void {
    settled.forEach((one, index) => {
      const outcome = batch[index]?.outcome;
      if (one.state !== undefined && outcome && !('stopped' in outcome)) this.#deps.counted(one);
    });
  }
}
