// What decisions about one order hand on from one to the next.
import type { JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import type { DecisionRow } from '../../store/rows.ts';

export interface Kept {
  /** Tags that a rule has added once, whatever became of them since. */
  tags: readonly string[];
  /** Holds that rules have made and that stand, with the number that each raised. */
  holds: ReadonlyMap<string, number>;
  /** The shipment of the newest push. */
  shipment: string | undefined;
}

export function keptBy(decision: DecisionRow | undefined): Kept {
  const { tags, holds, shipment } = decision?.kept ?? {};
  return {
    tags: Array.isArray(tags) ? tags.map(String) : [],
    holds: new Map(Object.entries(isTree(holds) ? holds : {}).map(([code, seq]) => [code, Number(seq)])),
    shipment: typeof shipment === 'string' ? shipment : undefined,
  };
}

export const keptTree = ({ tags, holds, shipment }: Kept): JsonObject => ({
  tags: [...tags],
  holds: Object.fromEntries(holds),
  ...(shipment !== undefined && { shipment }),
});
