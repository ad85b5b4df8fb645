// Sends changes over N connections, each with one request under way: as fast as they are answered, or at a fixed rate.
import { nowMs } from '../measure/now.ts';
import { type Answer, waitMs } from './answer.ts';
import { atRate, pause } from './at-rate.ts';
import { type Kind, RecordChoice } from './choose.ts';
import { Connection } from './connection.ts';
import { Ledger, type LedgerCopy } from './ledger.ts';
import { Probe, type ProbeJob } from './probe.ts';
import { OrderRequest } from './request.ts';

export interface LoadJob {
  url: string;
  kind: Kind;
  connections: number;
  perRequest: number;
  /** Stops after so long, or after so many changes. */
  ms?: number;
  changes?: number;
  /** Changes per second over all connections, whether or not the last one was answered. */
  rate?: number;
  existing: number;
  firstMark: number;
  /** What is asked beside the load, at the same server. */
  probe?: ProbeJob;
}

export interface LoadOutcome {
  ledger: LedgerCopy;
  accepted: number;
  /** Orders that exist now. */
  existing: number;
  startedAt: number;
  endedAt: number;
  /** From sent, or from when it should have been sent but no connection was free, to answered; per request. */
  answerMs: Float64Array;
  /** Requests answered 429 or 503, and sent again. */
  turnedAway: number;
  /** Per request of the probe. */
  probeMs: Float64Array;
}

interface Lane {
  no: number;
  connection: Connection;
  request: OrderRequest;
  marks: number[];
}

const acceptedMark = Buffer.from('"status":"accepted"');

export async function sendLoad(job: LoadJob): Promise<LoadOutcome> {
  const sender = new Sender(job);
  const lanes = await sender.open();
  const probe = job.probe && (await Probe.start(job.url, job.probe));
  const startedAt = nowMs();
  await (job.rate === undefined ? sender.closedLoop(lanes, startedAt) : sender.openLoop(lanes, startedAt, job.rate));
  const endedAt = nowMs();
  const probeMs = (await probe?.stop()) ?? new Float64Array();
  for (const { connection } of lanes) connection.close();
  return { ...sender.outcome(), startedAt, endedAt, probeMs };
}

class Sender {
  readonly #job: LoadJob;
  readonly #choice: RecordChoice;
  readonly #ledger: Ledger;
  readonly #answerMs: number[] = [];
  #sent = 0;
  #accepted = 0;
  #turnedAway = 0;

  constructor(job: LoadJob) {
    this.#job = job;
    this.#choice = new RecordChoice(job);
    this.#ledger = new Ledger(job.firstMark);
  }

  open(): Promise<Lane[]> {
    const url = new URL(this.#job.url);
    const { perRequest } = this.#job;
    const numbers = Array.from({ length: this.#job.connections }, (_, no) => no);
    return Promise.all(
      numbers.map(async (no) => ({
        ...{ no, connection: await Connection.open(url), request: new OrderRequest({ url, perRequest }) },
        marks: Array.from({ length: perRequest }, () => 0),
      })),
    );
  }

  async closedLoop(lanes: Lane[], startedAt: number): Promise<void> {
    const lane = async (lane: Lane) => {
      while (this.#goesOn(startedAt)) await this.#exchange(lane, nowMs());
    };
    await Promise.all(lanes.map(lane));
  }

  openLoop(lanes: Lane[], startedAt: number, rate: number): Promise<void> {
    const goesOn = (no: number) => this.#goesOn(startedAt, no * this.#job.perRequest);
    return atRate(lanes, { rate, startedAt, goesOn }, (lane, since) => this.#exchange(lane, since));
  }

  outcome(): Omit<LoadOutcome, 'startedAt' | 'endedAt' | 'probeMs'> {
    return {
      ...{ ledger: this.#ledger.copy(), accepted: this.#accepted, existing: this.#choice.count },
      ...{ answerMs: Float64Array.from(this.#answerMs), turnedAway: this.#turnedAway },
    };
  }

  #goesOn(startedAt: number, sent = this.#sent): boolean {
    const { changes, ms } = this.#job;
    if (changes !== undefined && sent >= changes) return false;
    return ms === undefined || nowMs() - startedAt < ms;
  }

  async #exchange(lane: Lane, since: number): Promise<void> {
    this.#fill(lane);
    for (;;) {
      const answer = await lane.connection.send(lane.request.bytes);
      if (answer.status === 202) return this.#taken(lane, answer, since);
      if (answer.status !== 429 && answer.status !== 503) throw refusal(answer);
      this.#turnedAway++;
      await pause(waitMs(answer));
    }
  }

  #fill({ no, request, marks }: Lane): void {
    this.#sent += marks.length;
    const timeMs = Date.now();
    for (let place = 0; place < marks.length; place++) {
      const record = this.#choice.next(no);
      const mark = this.#ledger.add(record);
      marks[place] = mark;
      request.put(place, { record, mark, timeMs });
    }
  }

  #taken({ marks }: Lane, answer: Answer, since: number): void {
    const at = nowMs();
    if (countAccepted(answer.body) !== marks.length) throw refusal(answer);
    this.#answerMs.push(at - since);
    this.#accepted += marks.length;
    for (const mark of marks) this.#ledger.accepted(mark, at);
  }
}

/** A change that was answered but refused would make a rate of nothing. */
export function countAccepted(body: Buffer): number {
  let found = 0;
  for (let at = body.indexOf(acceptedMark); at >= 0; at = body.indexOf(acceptedMark, at + acceptedMark.length)) found++;
  return found;
}

/** Says what became of the first change that was not accepted: it may stand behind hundreds that were. */
const refusal = ({ status, body }: Answer): Error => {
  const text = body.toString();
  const results = text.split(/(?=\{"status":)/).slice(1);
  const refused = results.find((result) => !result.startsWith('{"status":"accepted"')) ?? text;
  return new Error(`not every change was accepted: ${status} ${refused.slice(0, 600)}`);
};
