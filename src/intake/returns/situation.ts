// What a return is decided from: the rows of its customer and its store, how breakers stand, and the facts that come of it.

import type { Facts } from '../../policy/facts.ts';
import type { ActiveReturns } from '../../policy/returns/active.ts';
import { type BreakerState, newBreaker, type Permit } from '../../policy/returns/breaker.ts';
import type { Claim } from '../../policy/returns/floor.ts';
import type { BreakerRule } from '../../policy/returns/policy.ts';
import type { CustomerHistory, OrderRow, ReturnRequest, ReturnRow } from '../../policy/returns/profile/history.ts';
import { overdueRefundFirst, profileOf, type ReturnProfile, windowsOf } from '../../policy/returns/profile/profile.ts';
import type { BreakersAtHand } from '../../policy/returns/settle-breakers.ts';
import type { Situation } from '../../policy/returns/situation.ts';
import type { Need } from '../../policy/returns/terms.ts';
import { breakerQuery, customerQuery, storeQuery } from '../../store/draft.ts';
import type { CustomerRows, PolicyBreakerRow, RecordRow, ReturnFactRow, StoreTotalsRow } from '../../store/rows.ts';
import type { Key, Query, State } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted, unasked } from '../routing/draft-state.ts';

export interface Subject {
  /** The clock of everything: windows, breakers. */
  at: number;
  /** Left out of the history, since it is the request at hand. */
  returnId: string | undefined;
  customerId: string;
  storeId: string;
}

/** Rows and breakers of a subject, read while customer and store are locked. */
export interface AtHand {
  subject: Subject;
  history: CustomerHistory;
  states: Readonly<Record<string, BreakerState>>;
  /** @param notBefore last opening of the breaker that the totals are for */
  totals(notBefore: number | null): StoreTotalsRow;
}

/** @returns the keys that it needs first, if there are such; twice at the most */
export function lookAt(subject: Subject, { policy }: ActiveReturns, work: Work): { need: Key[] } | AtHand {
  const { customerId, storeId, at } = subject;
  const windows = windowsOf(policy, at);
  const own = customerQuery(customerId, windows.addressChanges);
  const queries = new Map(policy.breakers.map((rule) => [rule, breakerQuery(rule.id, scopeKeyOf(rule, subject))]));
  const first = unasked(work, [customerId, own, ...queries.values()]);
  if (first.length > 0) return { need: first };
  const states = Object.fromEntries(
    [...queries].map(([rule, query]) => [rule.id, breakerState(newestBreaker(rule, query, subject, work))]),
  );
  const openings = [null, ...Object.values(states).map(({ openedAt }) => openedAt)];
  const totalsOf = (notBefore: number | null): Query<StoreTotalsRow> =>
    storeQuery(storeId, Math.max(windows.decided, notBefore ?? 0), at);
  const second = unasked(work, [...new Set(openings.map(totalsOf))]);
  if (second.length > 0) return { need: second };
  const { state } = work;
  return {
    subject,
    history: historyOf(state.query(own), drafted(work, customerId)?.row, subject.returnId),
    states,
    totals: (notBefore) => state.query(totalsOf(notBefore)) ?? nothing,
  };
}

const nothing: StoreTotalsRow = { refundFirstDecided: 0, refundFirstOverdue: 0, exposureMinor: 0 };

export const scopeKeyOf = (
  { scope }: Pick<BreakerRule, 'scope'>,
  { customerId, storeId }: Pick<Subject, 'customerId' | 'storeId'>,
): string => (scope === 'customer' ? customerId : storeId);

/** What this very draft has moved it to, else as it is stored. */
function newestBreaker(
  { id, scope }: BreakerRule,
  query: Query<PolicyBreakerRow>,
  subject: Subject,
  { state, out }: Work,
): PolicyBreakerRow | undefined {
  const scopeKey = scopeKeyOf({ scope }, subject);
  const isIt = (row: PolicyBreakerRow | undefined): boolean => row?.breaker === id && row.scopeKey === scopeKey;
  return out.returns.findLast(({ breaker }) => isIt(breaker))?.breaker ?? state.query(query);
}

export function breakerState(row: PolicyBreakerRow | undefined): BreakerState {
  if (!row) return newBreaker;
  const { breaker: _, scopeKey: __, ...state } = row;
  return state;
}

export function historyOf(
  rows: CustomerRows | undefined,
  customer: Pick<RecordRow, 'data'> | undefined,
  except: string | undefined,
): CustomerHistory {
  const { orders = [], returns = [], addressChanges = [] } = rows ?? {};
  const until = customer?.data.identityVerifiedUntil;
  const others = returns.filter(({ returnId }) => returnId !== except);
  return {
    orders: orders as OrderRow[],
    returns: others.map(returnRow),
    refunds: others.map(({ returnId, refundedAt }) => ({ returnId, succeededAt: refundedAt })),
    addressChanges,
    identityVerifiedUntil: typeof until === 'string' ? Date.parse(until) : null,
  };
}

export const returnRow = (row: ReturnFactRow): ReturnRow => row as ReturnRow;

export interface Asked {
  request: ReturnRequest;
  claim: Omit<Claim, 'deliveredDaysAgo'>;
  met: readonly Need[];
  held: readonly Permit[];
}

export interface Weighed {
  profile: ReturnProfile;
  situation: Omit<Situation, 'breakers'>;
  breakers: BreakersAtHand;
}

/**
 * Facts of a request, and for each breaker those since its last opening.
 * @throws Error where a row breaks a bound: then nothing is decided
 */
export function weigh(hand: AtHand, asked: Asked, { policy }: ActiveReturns): Weighed {
  const { history, states, subject } = hand;
  const { request, claim, met, held } = asked;
  const profile = profileOf(policy, { history, store: hand.totals(null), request, notBefore: null });
  const limits = { overdueRefundFirst: overdueRefundFirst(history.returns, subject.at), currency: request.currency };
  return {
    profile,
    situation: { facts: profile.facts, limits, claim, met },
    breakers: { now: subject.at, states, since: factsSince(hand, request, policy), held },
  };
}

/** By breaker, also of those that never opened; breakers that opened at the same time, or never, share their facts. */
export function factsSince(
  { history, states, totals }: AtHand,
  request: ReturnRequest,
  policy: ActiveReturns['policy'],
): Record<string, Facts> {
  const openings = new Set(policy.breakers.map(({ id }) => states[id]?.openedAt ?? null));
  const since = new Map(
    [...openings].map((notBefore) => {
      const input = { history, store: totals(notBefore), request, notBefore };
      return [notBefore, profileOf(policy, input).facts] as const;
    }),
  );
  return Object.fromEntries(
    policy.breakers.map(({ id }) => [id, since.get(states[id]?.openedAt ?? null) as Facts] as const),
  );
}

/** Nothing is asked for: what an inspection or a lapse does to breakers is told by what is there. */
export const noRequest = (at: number, currency: string): ReturnRequest => ({
  ...{ at, reason: '', fault: 'customer', currency, lines: [], deliveredAt: null },
});

/** Read without a decision: for a customer's profile. */
export const profileQueries = (
  { policy }: ActiveReturns,
  { customerId, storeId, at }: Omit<Subject, 'returnId'>,
): { own: Query<CustomerRows>; store: Query<StoreTotalsRow> } => {
  const windows = windowsOf(policy, at);
  return { own: customerQuery(customerId, windows.addressChanges), store: storeQuery(storeId, windows.decided, at) };
};

export function profileIn(
  state: State,
  active: ActiveReturns,
  { customerId, storeId, at }: Omit<Subject, 'returnId'>,
): ReturnProfile {
  const { own, store } = profileQueries(active, { customerId, storeId, at });
  const history = historyOf(state.query(own), state.record(customerId)?.row, undefined);
  const request = noRequest(at, active.policy.define.lifetimeSpend.currency);
  return profileOf(active.policy, { history, store: state.query(store) ?? nothing, request, notBefore: null });
}
