// One start of one contender: filled with orders, then put under one load after another.

import type { LoadJob, LoadOutcome } from '../load/send.ts';
import type { LoadJobs } from '../load.ts';
import type { Received, SinkJobs } from '../sinks.ts';
import { joinArrivals, newestAccepted } from './arrival.ts';
import type { Contender } from './contenders.ts';
import type { Program } from './jobs.ts';
import { quantile } from './numbers.ts';
import type { Server } from './server.ts';

export interface Rig {
  load: Program<LoadJobs>;
  sinks: Program<SinkJobs>;
  sinkUrls: readonly string[];
}

export type Load = Pick<LoadJob, 'kind' | 'connections'> &
  Partial<Pick<LoadJob, 'perRequest' | 'ms' | 'changes' | 'rate' | 'probe'>> & {
    /** Deliveries wait until the load is over, where the contender can do that. */
    held?: boolean;
  };

export interface Measured {
  accepted: number;
  acceptedPerSecond: number;
  /** Payloads received by all sinks, repeats not counted, from the first request until they were quiet. */
  deliveredPerSecond: number;
  answer: { p50: number; p99: number };
  /** Answers to the probe; nothing without one. */
  probe: { p50: number; p99: number };
  /** Accepted → received. */
  wait: { p50: number; p99: number };
  /** Processor time of the server for a change and all its deliveries. */
  cpuMicroseconds: number;
  lost: number;
  overtaken: number;
  stale: number;
  repeated: number;
  turnedAway: number;
  payloadBytes: number;
}

/** What does not come for so long is lost. */
const idleMs = 10_000;

export class Session {
  readonly server: Server;
  readonly #contender: Contender;
  readonly #rig: Rig;
  #existing = 0;
  #nextMark = 0;

  private constructor(contender: Contender, server: Server, rig: Rig) {
    this.#contender = contender;
    this.server = server;
    this.#rig = rig;
  }

  static async start(contender: Contender, folder: string, rig: Rig): Promise<Session> {
    return new Session(contender, await contender.start(folder, rig.sinkUrls), rig);
  }

  get canHold(): boolean {
    return this.#contender.hold !== undefined;
  }

  async measure({ held = false, ...load }: Load): Promise<Measured> {
    await this.#rig.sinks.ask('reset', this.#nextMark);
    const cpuBefore = this.#cpuMs();
    if (held) await this.#contender.hold?.(this.server.url);
    const outcome = await this.#send(load);
    if (held) await this.#contender.release?.(this.server.url);
    const newest = newestAccepted(outcome.ledger, outcome.existing);
    await this.#rig.sinks.ask('quiet', { newest, idleMs });
    const received = await this.#rig.sinks.ask('received', outcome.ledger.records.length);
    return judge(outcome, received, this.#cpuMs() - cpuBefore);
  }

  async #send(load: Load): Promise<LoadOutcome> {
    const url = this.server.url + this.#contender.path;
    const at = { url, existing: this.#existing, firstMark: this.#nextMark };
    const outcome = await this.#rig.load.ask('send', { perRequest: 1, ...load, ...at });
    this.#existing = outcome.existing;
    this.#nextMark += outcome.ledger.records.length;
    return outcome;
  }

  #cpuMs(): number {
    return this.server.usage()?.cpuMs ?? Number.NaN;
  }
}

function judge(outcome: LoadOutcome, { counts, arrivedAt }: Received, cpuMs: number): Measured {
  const { ledger, accepted, startedAt, endedAt, answerMs, probeMs, turnedAway } = outcome;
  const { waits, lost, overtaken } = joinArrivals(ledger, arrivedAt);
  const total = (name: 'deliveries' | 'stale' | 'repeated' | 'bytes') =>
    counts.reduce((sum, one) => sum + one[name], 0);
  const quietAt = Math.max(...counts.map(({ lastAt }) => lastAt));
  return {
    accepted,
    acceptedPerSecond: (accepted * 1000) / (endedAt - startedAt),
    deliveredPerSecond: ((total('deliveries') - total('repeated')) * 1000) / (quietAt - startedAt),
    answer: { p50: quantile(answerMs, 0.5), p99: quantile(answerMs, 0.99) },
    probe: { p50: quantile(probeMs, 0.5), p99: quantile(probeMs, 0.99) },
    wait: { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) },
    cpuMicroseconds: (cpuMs * 1000) / accepted,
    ...{ lost, overtaken, stale: total('stale'), repeated: total('repeated'), turnedAway },
    payloadBytes: total('bytes') / total('deliveries'),
  };
}
