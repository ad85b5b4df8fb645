// Where sends in flight are stored. Their rows are large and short-lived, so many share one row of the table, side by
// side on its pages; it goes once the last of them is settled. The replicas say which of them still count.
import type { InFlightRow } from '../rows.ts';
import type { Connection } from './connection.ts';
import { type FlightHead, type FlightOf, flightParts, flightRow } from './flight-cells.ts';

export interface LiveFlight {
  replica: number;
  system: string;
  type: string;
  op: InFlightRow['op'];
  seq: number;
  /** Since when it is behind, if it is claimed. */
  claimedLag: number | null;
}

const mostPerBatch = 32;
const mostText = 256 * 1024;
/** Batches that may stay for the sake of a few slow sends each, before the oldest is emptied into a new one. */
const spareBatches = 64;

export class FlightLog {
  /** Replicas whose send is in a batch, oldest batch first. */
  readonly #batches = new Map<number, Set<number>>();
  readonly #heads;
  readonly #flightOf;
  readonly #read;
  readonly #insert;
  readonly #remove;
  #next = 1;
  #live = 0;
  #pending: { heads: FlightHead[]; texts: string[]; length: number } = { heads: [], texts: [], length: 0 };
  #emptied: number[] = [];
  /** The batch read last: at start and for a page of the feed, its neighbours are asked for next. */
  #known: { no: number; heads: FlightHead[]; texts: string } | undefined;

  constructor(db: Connection) {
    this.#heads = db.prepare<[], [number, string]>('SELECT no, head FROM in_flight ORDER BY no').raw();
    this.#flightOf = db
      .prepare<[number], [number | null, string, string, number | null]>(
        'SELECT flight, system, type, iif(claimed, behind_since, NULL) FROM replicas WHERE no = ?',
      )
      .raw();
    this.#read = db.prepare<[number], [string, string]>('SELECT head, texts FROM in_flight WHERE no = ?').raw();
    this.#insert = db.prepare('INSERT INTO in_flight (no, head, texts) VALUES (?, ?, ?)');
    this.#remove = db.prepare('DELETE FROM in_flight WHERE no = ?');
  }

  /** Reads anew which sends there are. */
  load(): LiveFlight[] {
    this.#batches.clear();
    this.#pending = { heads: [], texts: [], length: 0 };
    this.#emptied = [];
    this.#known = undefined;
    const live: LiveFlight[] = [];
    for (const [no, head] of this.#heads.all()) {
      const replicas = new Set<number>();
      for (const [replica, seq, , op] of JSON.parse(head) as FlightHead[]) {
        const [flight, system, type, claimedLag] = this.#flightOf.get(replica) ?? [null, '', '', null];
        if (flight !== no) continue;
        replicas.add(replica);
        live.push({ replica, system, type, op, seq, claimedLag });
      }
      this.#batches.set(no, replicas);
      this.#next = Math.max(this.#next, no + 1);
    }
    this.#live = live.length;
    return live;
  }

  /** @returns the batch that it will be in */
  append(replica: number, row: InFlightRow): number {
    const { head, texts } = flightParts(replica, row);
    this.#pending.heads.push(head);
    for (const text of texts) this.#add(text);
    const batch = this.#next;
    const replicas = this.#batches.get(batch) ?? new Set();
    replicas.add(replica);
    this.#batches.set(batch, replicas);
    this.#live += 1;
    if (this.#pending.heads.length === mostPerBatch || this.#pending.length > mostText) this.#writeBatch();
    return batch;
  }

  /** The send is settled, or stored anew elsewhere. */
  release(replica: number, batch: number): void {
    const replicas = this.#batches.get(batch);
    if (!replicas?.delete(replica)) return;
    this.#live -= 1;
    if (replicas.size === 0) this.#emptied.push(batch);
  }

  /** Into the open transaction. */
  write(): void {
    if (this.#pending.heads.length > 0) this.#writeBatch();
    for (const batch of this.#emptied) {
      this.#remove.run(batch);
      this.#batches.delete(batch);
    }
    this.#emptied = [];
  }

  /** Replicas whose sends have to be stored anew, so that a few old ones do not keep whole batches. */
  stale(): number[] {
    if (this.#batches.size <= spareBatches + (this.#live * 4) / mostPerBatch) return [];
    const stale: number[] = [];
    let batches = 0;
    for (const replicas of this.#batches.values()) {
      if (stale.length >= mostPerBatch || batches === mostPerBatch) break;
      stale.push(...replicas);
      batches += 1;
    }
    return stale;
  }

  read(of: FlightOf, batch: number): InFlightRow | undefined {
    if (this.#known?.no !== batch) {
      const cells = this.#read.get(batch);
      if (!cells) return undefined;
      this.#known = { no: batch, heads: JSON.parse(cells[0]) as FlightHead[], texts: cells[1] };
    }
    return flightRow(of, this.#known.heads, this.#known.texts);
  }

  #add(text: string): void {
    this.#pending.texts.push(text);
    this.#pending.length += text.length;
  }

  #writeBatch(): void {
    this.#insert.run(this.#next, JSON.stringify(this.#pending.heads), this.#pending.texts.join(''));
    this.#pending = { heads: [], texts: [], length: 0 };
    this.#next += 1;
  }
}
