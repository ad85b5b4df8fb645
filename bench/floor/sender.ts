// Posts to one target over 64 connections, in the order of commit; what arrived is told to be settled.
import { type Dispatcher, Pool } from 'undici';

const connections = 64;

interface Delivery {
  no: number;
  body: string;
}

export class Sender {
  readonly #pool: Pool;
  readonly #origin: string;
  readonly #arrived: (no: number) => void;
  #queue: Delivery[] = [];
  #next = 0;
  #underWay = 0;

  constructor(origin: string, arrived: (no: number) => void) {
    this.#origin = origin;
    this.#pool = new Pool(origin, { connections, headersTimeout: 0, bodyTimeout: 0 });
    this.#arrived = arrived;
  }

  send(no: number, body: string): void {
    this.#queue.push({ no, body });
    this.#fill();
  }

  #fill(): void {
    while (this.#underWay < connections) {
      const delivery = this.#queue[this.#next];
      if (delivery === undefined) break;
      this.#next++;
      this.#underWay++;
      this.#pool.dispatch(this.#request(delivery), this.#answer(delivery.no));
    }
    // A queue must not keep what it has sent; to shorten it each time would cost more than to send.
    if (this.#next < this.#queue.length && this.#next < 10_000) return;
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }

  #request({ no, body }: Delivery): Dispatcher.DispatchOptions {
    const headers = { 'content-type': 'application/json', 'idempotency-key': String(no) };
    return { origin: this.#origin, method: 'POST', path: '/orders', headers, body };
  }

  /** The older handler face: undici 7 wraps the newer one around it, and the floor should be the fastest there is. */
  #answer(no: number): Dispatcher.DispatchHandler {
    let status = 0;
    return {
      onConnect: () => {},
      onHeaders: (code) => {
        status = code;
        return true;
      },
      onData: () => true,
      onComplete: () => {
        if (status >= 300) giveUp(`a sink answered ${status}`);
        this.#underWay--;
        this.#arrived(no);
        this.#fill();
      },
      onError: (error) => giveUp(error.message),
    };
  }
}

/** A sink of the bench never fails: a floor that lost a delivery must not be measured as if it had not. */
function giveUp(why: string): never {
  console.error(`floor: ${why}`);
  process.exit(1);
}
