// A return as it is kept: the state that its next move depends on, and what it is about.
import type { JsonObject } from '../../model/json.ts';
import type { Claim } from '../../policy/returns/floor.ts';
import { statusOf } from '../../policy/returns/life/regions.ts';
import { returnData } from '../../policy/returns/life/return-data.ts';
import type { ReturnState } from '../../policy/returns/life/state.ts';
import { isRefundFirst, type Level, type Need } from '../../policy/returns/terms.ts';
import { lifeQuery } from '../../store/draft.ts';
import type { ReturnFactLine, ReturnFactRow } from '../../store/rows.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { unasked } from '../routing/draft-state.ts';

export interface ReturnLife {
  state: ReturnState;
  about: ReturnAbout;
}

export interface ReturnAbout {
  number: string;
  orderId: string;
  customerId: string;
  storeId: string;
  currency: string;
  reason: string;
  fault: ReturnFault;
  lines: readonly ReturnFactLine[];
  claim: Omit<Claim, 'deliveredDaysAgo'>;
  /** The warehouse that its pieces came from, and the SKU of each line. Lives from before it was kept have none. */
  from?: { warehouseId: string; skus: Readonly<Record<string, string>> };
  /** Which of its lines are counted in `incomingReturn`, and of which inventory record. */
  incoming?: readonly { orderLine: string; inventoryId: string; quantity: number }[];
  deliveredAt: number | null;
  decisionId: string;
  level: Level;
  decidedAt: number | null;
  /** When the first part of the refund was out. */
  refundedAt: number | null;
  /** What was shown for this return: it is asked for once. */
  met: readonly Need[];
  /** Why the policy leaves it to a person; nothing where it does not. Lives from before it was kept have none. */
  why?: readonly string[];
  /** Ids of the newest task of each kind. */
  tasks: Readonly<Record<string, string>>;
}

export type ReturnFault = 'customer' | 'merchant' | 'carrier' | 'unknown';

/** @returns undefined where there is no such return; the keys that it needs first, if there are such */
export function lifeOf(id: string, work: Work): { need: Key[] } | ReturnLife | undefined {
  const drafted = work.out.returns.findLast(({ life }) => life?.returnId === id)?.life?.life;
  if (drafted) return drafted as unknown as ReturnLife;
  const missing = unasked(work, [id, lifeQuery(id)]);
  if (missing.length > 0) return { need: missing };
  return work.state.query(lifeQuery(id)) as ReturnLife | undefined;
}

export const lifeTree = (life: ReturnLife): JsonObject => life as unknown as JsonObject;

/** Fields that the hub writes. */
export function recordData({ state, about }: ReturnLife): JsonObject {
  const { number, orderId, customerId, reason, fault, decisionId, level } = about;
  return { number, orderId, customerId, kind: state.kind, reason, fault, ...returnData(state, { decisionId, level }) };
}

export function returnFact({ state, about }: ReturnLife): ReturnFactRow {
  const { regions, kind, approvedAt, terms, reservedMinor, scannedAt, receivedAt, requestedAt } = state;
  const { orderId, customerId, storeId, decidedAt, fault, currency, lines, refundedAt } = about;
  const isApprovedFirst = approvedAt !== null && terms !== null && isRefundFirst(terms.refund) && kind !== 'exchange';
  return {
    ...{ returnId: state.id, orderId, customerId, storeId, requestedAt, decidedAt, approvedAt, fault, currency, lines },
    status: statusOf(regions, kind === 'exchange'),
    isRefundFirst: reservedMinor !== null || isApprovedFirst,
    // A parcel that is on its way was sent: that the carrier takes long is nobody's delay.
    ...{ receivedAt, shipBackBy: scannedAt === null ? state.shipBackBy : null, refundedAt },
  };
}
