// Versions of policies as both engines keep them: what stands in a row, and what of it may still change.
import type { JsonObject } from '../../model/json.ts';
import type { PolicyRow, PolicyState, RunningPolicy, ShadowRow } from '../rows.ts';

export interface StoredPolicy extends Omit<PolicyRow, 'state' | 'life' | 'shadow'> {
  state: string;
  life: string;
  shadow: number;
}

export type StoredRunning = Omit<RunningPolicy, 'state' | 'shadow'> & Pick<StoredPolicy, 'state' | 'shadow'>;

export interface StoredDifference extends Omit<ShadowRow, 'detail'> {
  no: number;
  detail: string;
}

export const policyRow = ({ state, life, shadow, ...row }: StoredPolicy): PolicyRow => ({
  ...row,
  state: state as PolicyState,
  life: JSON.parse(life) as JsonObject,
  shadow: shadow === 1,
});

export const runningPolicy = ({ state, shadow, ...row }: StoredRunning): RunningPolicy => ({
  ...row,
  state: state as PolicyState,
  shadow: shadow === 1,
});

export const storedPolicy = ({ life, shadow, ...row }: PolicyRow): StoredPolicy => ({
  ...row,
  life: JSON.stringify(life),
  shadow: shadow ? 1 : 0,
});

/** The documents of a version stay, and counts are counted elsewhere. */
export function changeable({ state, effectiveFrom, effectiveUntil, life, shadow }: PolicyRow) {
  return { state, effectiveFrom, effectiveUntil, life: JSON.stringify(life), shadow: shadow ? 1 : 0 };
}

export const shadowRow = ({ no: _, detail, ...row }: StoredDifference): ShadowRow => ({
  ...row,
  detail: JSON.parse(detail) as JsonObject,
});

/** @throws RangeError when it is none of ours */
export function placeAmong(what: string, after: string | null): number {
  if (after === null) return Number.MAX_SAFE_INTEGER;
  if (!/^\d{1,15}$/.test(after)) throw new RangeError(`${after} is no position among ${what}`);
  return Number(after);
}

export function pageOf<S extends { no: number }, T>(found: readonly S[], limit: number, row: (stored: S) => T) {
  const given = found.slice(0, limit);
  return { items: given.map(row), next: found.length > limit ? String(given.at(-1)?.no ?? 0) : null };
}
