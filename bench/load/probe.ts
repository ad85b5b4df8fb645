// Asks one address at a fixed rate beside a load, over connections of its own.
import { nowMs } from '../measure/now.ts';
import { atRate } from './at-rate.ts';
import { Connection } from './connection.ts';

export interface ProbeJob {
  path: string;
  /** Requests per second. */
  rate: number;
}

/** Enough that a stall of a second is seen by every request that falls into it. */
const connections = 50;

export class Probe {
  readonly #tookMs: number[] = [];
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  static async start(server: string, { path, rate }: ProbeJob): Promise<Probe> {
    const url = new URL(path, server);
    const lanes = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
    const request = Buffer.from(`GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
    const probe = new Probe();
    const ask = async (lane: Connection, since: number): Promise<void> => {
      const { status } = await lane.send(request);
      if (status !== 200) throw new Error(`${url.pathname} answered ${status} beside the load`);
      probe.#tookMs.push(nowMs() - since);
    };
    probe.#running = atRate(lanes, { rate, startedAt: nowMs(), goesOn: () => !probe.#stopped }, ask).finally(() => {
      for (const lane of lanes) lane.close();
    });
    // It is looked at when the load is over.
    probe.#running.catch(() => undefined);
    return probe;
  }

  /** @returns how long each answer took, ms */
  async stop(): Promise<Float64Array> {
    this.#stopped = true;
    await this.#running;
    return Float64Array.from(this.#tookMs);
  }
}
