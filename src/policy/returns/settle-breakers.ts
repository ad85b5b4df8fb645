// One decision with the breakers around it: who trips, who is tried, and which permits the approval takes.
import type { Facts } from '../facts.ts';
import {
  type BreakerEvent,
  type BreakerState,
  moveBreaker,
  newBreaker,
  type Permit,
  type Standing,
  standingOf,
} from './breaker.ts';
import { decideReturn, type ReturnDecision } from './decide.ts';
import type { BreakerNews } from './life/effects.ts';
import type { BreakerRule, ReturnsPolicy } from './policy.ts';
import type { Situation } from './situation.ts';

export interface BreakersAtHand {
  /** The instant of the request; ms since 1970. */
  now: number;
  /** As loaded and locked in this transaction, by id; one that could not be read counts as open. */
  states: Readonly<Record<string, BreakerState | 'unreadable'>>;
  /** Facts since the last opening of each breaker, the request at hand among them; of one left out, the facts of the decision. */
  since: Readonly<Record<string, Facts>>;
  /** Permits that this return has from an earlier decision. */
  held: readonly Permit[];
}

export interface Settled {
  decision: ReturnDecision;
  /** How the breakers stood for it: stored with the facts, since the decision depends on them. */
  standings: Readonly<Record<string, Standing>>;
  /** What is to be stored in the same transaction. */
  states: Readonly<Record<string, BreakerState>>;
  /** All permits that the return has now. */
  permits: readonly Permit[];
}

/** Pure: two decisions at once are told apart by whoever stores the states, and the later one is asked again. */
export function decideWithBreakers(
  policy: ReturnsPolicy,
  situation: Omit<Situation, 'breakers'>,
  at: BreakersAtHand,
): Settled {
  const asked = new Map(policy.breakers.map((rule) => [rule, ask(rule, situation.facts, at)]));
  const standings = Object.fromEntries([...asked].map(([rule, state]) => [rule.id, standing(rule, state, at.held)]));
  const decision = decideReturn(policy, { ...situation, breakers: standings });
  const settled = [...asked].flatMap(([rule, state]) =>
    state === 'unreadable' ? [] : [{ rule, ...permitsAfter(rule, state, decision, at) }],
  );
  return {
    decision,
    standings,
    states: Object.fromEntries(settled.map(({ rule, state }) => [rule.id, state])),
    permits: settled.flatMap(({ permit }) => (permit ? [permit] : [])),
  };
}

function ask(rule: BreakerRule, facts: Facts, { states, since, now }: BreakersAtHand): BreakerState | 'unreadable' {
  const state = states[rule.id] ?? newBreaker;
  if (state === 'unreadable') return state;
  return moveBreaker(rule, state, { kind: 'asked', trips: rule.when.holds(since[rule.id] ?? facts) }, now);
}

function standing({ id }: BreakerRule, state: BreakerState | 'unreadable', held: readonly Permit[]): Standing {
  if (state === 'unreadable') return 'open';
  return holds(id, state, held) ? 'half_open' : standingOf(state);
}

const holds = (breaker: string, { state, openedAt }: BreakerState, held: readonly Permit[]): Permit | undefined =>
  state === 'half_open' ? held.find((one) => one.breaker === breaker && one.openedAt === openedAt) : undefined;

/** Only an automatic approval takes a permit, once for each return and opening; one that is no longer automatic gives it back. */
function permitsAfter(
  rule: BreakerRule,
  state: BreakerState,
  { approval }: ReturnDecision,
  { held, now }: BreakersAtHand,
): { state: BreakerState; permit?: Permit } {
  const permit = holds(rule.id, state, held);
  if (approval === 'manual')
    return { state: permit ? moveBreaker(rule, state, { kind: 'permit_returned', permit }, now) : state };
  if (permit) return { state, permit };
  if (state.state !== 'half_open' || state.openedAt === null) return { state };
  const taken = moveBreaker(rule, state, { kind: 'permit_taken' }, now);
  return { state: taken, permit: { breaker: rule.id, openedAt: state.openedAt } };
}

/** What inspections, lapses and cancelled returns do to the breakers; `since` as for a decision, without a request at hand. */
export function breakersAfter(
  { breakers }: Pick<ReturnsPolicy, 'breakers'>,
  news: readonly BreakerNews[],
  {
    states,
    since,
    now,
  }: { states: Readonly<Record<string, BreakerState>>; since: Readonly<Record<string, Facts>>; now: number },
): Record<string, BreakerState> {
  const moved = breakers.map((rule): [string, BreakerState] => {
    const facts = since[rule.id];
    const trips = facts !== undefined && rule.when.holds(facts);
    const events = news.flatMap((one) => eventOf(one, rule.id, trips) ?? []);
    const state = states[rule.id] ?? newBreaker;
    return [rule.id, events.reduce((found, event) => moveBreaker(rule, found, event, now), state)];
  });
  return Object.fromEntries(moved);
}

function eventOf(news: BreakerNews, breaker: string, trips: boolean): BreakerEvent | undefined {
  if (news.kind === 'permit_returned') return news.permit.breaker === breaker ? news : undefined;
  const permit = news.permits.find((one) => one.breaker === breaker);
  return news.kind === 'overdue'
    ? { kind: 'overdue', permit, trips }
    : { kind: 'inspected', result: news.result, permit, trips };
}
