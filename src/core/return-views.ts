// Returns, their decisions, their customers' profiles and the breakers, as they are shown.
import { instant } from '../clock.ts';
import { breakerState } from '../intake/returns/situation.ts';
import type { JsonObject } from '../model/json.ts';
import type { ActiveReturns } from '../policy/returns/active.ts';
import { moveBreaker } from '../policy/returns/breaker.ts';
import type { ReturnDecision } from '../policy/returns/decide.ts';
import type { ReturnProfile } from '../policy/returns/profile/profile.ts';
import type { DecisionRow, PolicyBreakerRow } from '../store/rows.ts';
import type { BreakerView, ReturnDecisionView, ReturnProfileView } from './core.ts';

export function returnDecisionView(row: DecisionRow): ReturnDecisionView {
  const { id, policy, version, subject, at, factsHash, facts, outcome, kept, error } = row;
  const head = { id, policy: policy as 'returns', version, return: subject, at: instant(at), factsHash };
  if (error !== null) return { ...head, ...nothingDecided, facts, error };
  const { breakers, limits, met } = kept;
  return {
    ...{ ...head, ...decidedView(outcome as unknown as ReturnDecision), facts },
    ...{ breakers: breakers as JsonObject, limits: limits as JsonObject, met: met as string[] },
  };
}

/** Nothing but a person follows of it. */
const nothingDecided = {
  ...{ approval: 'manual', refund: 'after_inspection', needs: [], level: 'none', flags: [], grants: [], reasons: [] },
  ...{ trace: [], protectedBy: null, review: {}, breakers: {}, limits: {}, met: [] },
};

export const decidedView = ({ approval, refund, needs, level, flags, grants, reasons, ...rest }: ReturnDecision) => ({
  ...{ approval, refund, needs: [...needs], level, flags: asTrees(flags), grants: [...grants] },
  ...{ reasons: asTrees(reasons), trace: asTrees(rest.trace), protectedBy: rest.protectedBy },
  review: { ...rest.review } as JsonObject,
});

const asTrees = (list: readonly object[]): JsonObject[] => list.map((one) => ({ ...one }) as JsonObject);

export function profileView(
  customer: string,
  at: number,
  active: ActiveReturns,
  profile: ReturnProfile,
): ReturnProfileView {
  return {
    ...{ customer, at: instant(at), policy: 'returns', version: active.version },
    facts: profile.computed
      .filter(({ path }) => !path.startsWith('request.'))
      .map(({ path, value, how, from, to, counted }) => ({
        ...{ fact: path, value: value as boolean | number, how: { ...how } },
        ...(from !== undefined && to !== undefined && { from: instant(from), to: instant(to) }),
        ...(counted && { counted: { ...counted } }),
      })),
  };
}

/** As it would stand for whoever asked now: an open one is half open once its time is over. */
export function breakerView(row: PolicyBreakerRow, { policy }: ActiveReturns, now: number): BreakerView {
  const rule = policy.breakers.find(({ id }) => id === row.breaker);
  const stored = breakerState(row);
  const state = rule ? moveBreaker(rule, stored, { kind: 'asked', trips: false }, now) : stored;
  const said = (ms: number | null): string | null => (ms === null ? null : instant(ms));
  return {
    ...{ breaker: row.breaker, scope: rule?.scope ?? null, scopeKey: row.scopeKey, level: rule?.level ?? null },
    ...{ state: state.state, openedAt: said(state.openedAt), until: said(state.until), trips: state.trips },
    ...{ permitsLeft: state.permitsLeft, passed: state.passed },
    override: state.override && { ...state.override, until: instant(state.override.until) },
  };
}
