// A customer's return profile: every fact with how it was computed, from plain rows and the instant of the request alone.
import type { InWords } from '../../document-shapes.ts';
import { type Facts, readFacts } from '../../facts.ts';
import { returnFacts } from '../facts.ts';
import { periodBefore } from '../period.ts';
import type { ReturnsPolicy } from '../policy.ts';
import { type Computed, type Context, type Definition, definitions, lossWindow } from './definitions.ts';
import type { CustomerHistory, ReturnRequest, ReturnRow, StoreTotals } from './history.ts';

export interface ReturnProfile {
  facts: Facts;
  /** By path of the fact, in the order of the definitions. */
  computed: readonly (Computed & { path: string; how: InWords })[];
}

export interface ProfileInput {
  history: CustomerHistory;
  store: StoreTotals;
  request: ReturnRequest;
  /** Last opening of the breaker that the facts are for; null for the facts of the decision. */
  notBefore: number | null;
}

export function profileOf(
  { define, timezone }: Pick<ReturnsPolicy, 'define' | 'timezone'>,
  input: ProfileInput,
): ReturnProfile {
  const context: Context = { define, timezone, ...input };
  const computed = definitions.map((one) => ({ path: one.path, how: one.how, ...computedBy(one, context) }));
  const given: Record<string, Record<string, unknown>> = {};
  for (const { path, value } of computed) {
    const [group = '', member = ''] = path.split('.');
    given[group] = { ...given[group], [member]: value };
  }
  const read = readFacts(returnFacts, given);
  // A row that breaks a bound aborts the decision: it is never taken for a fact.
  if ('faults' in read) throw new Error(read.faults.map(({ path, message }) => `fact ${path} ${message}`).join('; '));
  return { facts: read.facts, computed };
}

function computedBy({ path, compute }: Definition, context: Context): Computed {
  try {
    return compute(context);
  } catch (error) {
    throw new Error(`fact ${path} cannot be computed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Since when the rows are needed that facts at an instant are computed from; orders and returns are needed whole. ms since 1970 */
export const windowsOf = (
  { define, timezone }: Pick<ReturnsPolicy, 'define' | 'timezone'>,
  at: number,
): { addressChanges: number; decided: number } => ({
  addressChanges: periodBefore(at, define.addressChanges.window, timezone),
  decided: periodBefore(at, lossWindow, timezone),
});

/** For the limits: refund-first returns past their time. */
export const overdueRefundFirst = (returns: readonly ReturnRow[], at: number): number =>
  returns.filter(
    ({ isRefundFirst, approvedAt, receivedAt, shipBackBy, status }) =>
      isRefundFirst &&
      approvedAt !== null &&
      receivedAt === null &&
      status === 'open' &&
      shipBackBy !== null &&
      shipBackBy <= at,
  ).length;
