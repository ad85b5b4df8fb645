// Joins what was accepted with what arrived. A state that was overtaken by a newer one of its order counts as arrived with it.
import type { LedgerCopy } from '../load/ledger.ts';

/** Newest accepted mark of each order, -1: none. */
export function newestAccepted({ firstMark, records, acceptedAt }: LedgerCopy, existing: number): Int32Array {
  const newest = new Int32Array(existing).fill(-1);
  for (const [place, record] of records.entries()) {
    if ((acceptedAt[place] ?? 0) > 0) newest[record] = firstMark + place;
  }
  return newest;
}

export interface Arrival {
  /** From accepted (the answer was read) to received, each change at each sink; a little below 0 when it arrived first. */
  waits: Float64Array;
  /** Accepted, and neither it nor a newer state of its order came. */
  lost: number;
  /** Came with a newer state only. */
  overtaken: number;
}

export function joinArrivals(ledger: LedgerCopy, arrivedAt: readonly Float64Array[]): Arrival {
  const waits: number[] = [];
  let lost = 0;
  let overtaken = 0;
  for (const times of arrivedAt) {
    const soonest = new Map<number, number>();
    for (let place = ledger.records.length - 1; place >= 0; place--) {
      const record = ledger.records[place] ?? -1;
      const own = times[place] ?? 0;
      const newer = soonest.get(record) ?? Number.POSITIVE_INFINITY;
      const at = Math.min(own > 0 ? own : Number.POSITIVE_INFINITY, newer);
      soonest.set(record, at);
      const accepted = ledger.acceptedAt[place] ?? 0;
      if (accepted === 0) continue;
      if (at === Number.POSITIVE_INFINITY) lost++;
      else waits.push(at - accepted);
      if (own === 0 && at !== Number.POSITIVE_INFINITY) overtaken++;
    }
  }
  return { waits: Float64Array.from(waits), lost, overtaken };
}
