// A return between two events: all that its next move depends on. Times are ms since 1970, amounts minor units.
import type { Permit } from '../breaker.ts';
import type { FloorId } from '../floor.ts';
import type { Approval, Need, RefundTiming } from '../terms.ts';
import { newRegions, type Regions } from './regions.ts';

export interface ReturnLine {
  orderLine: string;
  /** Pieces that were asked for. */
  quantity: number;
  /** What was paid for them and not refunded otherwise: the most that goes back for this line. */
  refundableMinor: number;
  /** Pieces that came back. */
  received: number;
  result: 'ok' | 'not_ok' | 'partial' | null;
  disposition: string | null;
}

export interface RefundPart {
  /** Its number at the provider, kept on every retry. */
  seq: number;
  amountMinor: number;
  status: 'scheduled' | 'cancelled' | 'submitted' | 'succeeded' | 'failed' | 'unknown';
  /** Until then it may be taken back. */
  dueAt: number;
}

export interface ReturnState {
  id: string;
  kind: 'return_refund' | 'refund_only' | 'exchange';
  /** Its refund makes a red invoice necessary. */
  invoiceIssued: boolean;
  lines: readonly ReturnLine[];
  regions: Regions;
  /** Of the last decision, or of the person who reviewed. */
  terms: { approval: Approval; refund: RefundTiming; needs: readonly Need[] } | null;
  protectedBy: FloorId | null;
  requestedAt: number;
  approvedAt: number | null;
  scannedAt: number | null;
  receivedAt: number | null;
  decideBy: number;
  shipBackBy: number | null;
  /** Only where a law protects the return and its time runs. */
  refundBy: number | null;
  /** A person has declined it once: time alone does not turn that over. */
  wasDeclined: boolean;
  /** How often evidence was shown in vain. */
  resubmits: number;
  refunds: readonly RefundPart[];
  recoveredMinor: number;
  /** How often money was asked back: each time under a number of its own. */
  clawbacks: number;
  /** What is reserved of the store's and the customer's refund-first limits. */
  reservedMinor: number | null;
  permits: readonly Permit[];
  /** Ids of the events that were applied: a repeat changes nothing. */
  seen: readonly string[];
  /** Alarms that went off. */
  rung: readonly string[];
}

export interface NewReturn extends Pick<ReturnState, 'id' | 'kind' | 'invoiceIssued' | 'requestedAt'> {
  lines: readonly Pick<ReturnLine, 'orderLine' | 'quantity' | 'refundableMinor'>[];
}

export const newReturn = (
  { lines, ...given }: NewReturn,
  { decideWithinMs }: { decideWithinMs: number },
): ReturnState => ({
  ...given,
  lines: lines.map((line) => ({ ...line, received: 0, result: null, disposition: null })),
  regions: newRegions,
  terms: null,
  protectedBy: null,
  decideBy: given.requestedAt + decideWithinMs,
  ...{ approvedAt: null, scannedAt: null, receivedAt: null, shipBackBy: null, refundBy: null },
  ...{
    wasDeclined: false,
    resubmits: 0,
    refunds: [],
    recoveredMinor: 0,
    clawbacks: 0,
    reservedMinor: null,
    permits: [],
    seen: [],
    rung: [],
  },
});

export const refundable = ({ lines }: Pick<ReturnState, 'lines'>): number =>
  lines.reduce((sum, line) => sum + line.refundableMinor, 0);

/** Sent or about to be sent and not recovered. A failed part counts: it may be sent again under its number. */
export const outstanding = ({ refunds, recoveredMinor }: Pick<ReturnState, 'refunds' | 'recoveredMinor'>): number =>
  refunds.reduce((sum, { status, amountMinor }) => sum + (status === 'cancelled' ? 0 : amountMinor), 0) -
  recoveredMinor;

/** For the pieces that came back, rounded down; of lines that `counts`. */
export const worthOf = (lines: readonly ReturnLine[], counts: (line: ReturnLine) => boolean): number =>
  lines
    .filter(counts)
    .reduce(
      (sum, line) => sum + Number((BigInt(line.refundableMinor) * BigInt(line.received)) / BigInt(line.quantity)),
      0,
    );

/** Lines whose pieces are to come back to the shelf: until they were looked at, also those that a parcel left out. */
export const expectedLines = ({ regions, lines }: Pick<ReturnState, 'regions' | 'lines'>): readonly ReturnLine[] =>
  regions.restock === 'expected' ? lines.filter(({ result }) => result === null) : [];
