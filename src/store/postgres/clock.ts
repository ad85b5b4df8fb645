// The time of the database, known here without asking each time: due times and leases are judged by one clock only.
import { databaseNow, one, type Runner } from './session.ts';

const statement = { name: 'clock', text: `SELECT ${databaseNow}` };

export class DatabaseClock {
  readonly #elapsed: () => number;
  #ahead = 0;

  /** @param elapsed seconds of a clock that only goes forward */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Half of the way is taken for the answer. */
  async look(runner: Runner): Promise<void> {
    const before = this.#elapsed();
    const now = (await one(runner, statement)) as number;
    this.#ahead = now - ((before + this.#elapsed()) / 2) * 1000;
  }

  /** ms since 1970. */
  readonly now = (): number => Math.floor(this.#elapsed() * 1000 + this.#ahead);
}
