// A return as its canonical record says it: the fields that its life writes, as source "policy".
import type { JsonObject } from '../../../model/json-value.ts';
import type { Level } from '../terms.ts';
import { statusOf } from './regions.ts';
import type { ReturnState } from './state.ts';

const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** @param level the worst colour of the last decision. `null` clears a field. */
export function returnData(
  state: ReturnState,
  { decisionId, level }: { decisionId: string; level: Level },
): JsonObject {
  const { regions, kind, lines, terms, decideBy, shipBackBy, refundBy } = state;
  return {
    status: statusOf(regions, kind === 'exchange'),
    regions: { ...regions },
    lines: Object.fromEntries(
      lines.map(({ orderLine, quantity, received, result, disposition }) => [
        orderLine,
        {
          ...{ orderLine, quantity, ...(received > 0 && { received }) },
          ...{ ...(result !== null && { result }), ...(disposition !== null && { disposition }) },
        },
      ]),
    ),
    ...{ decisionId, level, needs: [...(terms?.needs ?? [])], refundTiming: terms?.refund ?? null },
    ...{ decideBy: instant(decideBy), shipBackBy: instant(shipBackBy), refundBy: instant(refundBy) },
  };
}
