// A latched breaker: closed until it trips, open until it has cooled down, half open while a few permits try it.
import type { BreakerRule } from './policy.ts';

export interface BreakerState {
  state: 'closed' | 'open' | 'half_open';
  /** Its last opening, kept when it closes: the facts that trip it look no further back. ms since 1970, like all times here. */
  openedAt: number | null;
  /** When an open one may be tried. */
  until: number | null;
  closedAt: number | null;
  /** Openings so far, as far as they still count. */
  trips: number;
  permitsLeft: number;
  /** Inspections passed since it was half opened. */
  passed: number;
  /** A person's word: until then it does not trip. */
  override: { by: string; reason: string; until: number } | null;
}

/** A breaker of which nothing is stored. */
export const newBreaker: BreakerState = {
  state: 'closed',
  openedAt: null,
  until: null,
  closedAt: null,
  trips: 0,
  permitsLeft: 0,
  passed: 0,
  override: null,
};

/** An automatic approval that tries a half-open breaker; it counts for that opening alone. */
export interface Permit {
  breaker: string;
  openedAt: number;
}

export type Standing = 'closed' | 'open' | 'half_open' | 'half_open_used_up';

export type BreakerEvent =
  /** `trips`: its condition holds, of the facts since its last opening, the request at hand among them. */
  | { kind: 'asked'; trips: boolean }
  | { kind: 'permit_taken' }
  /** The return that had it ended without an answer: cancelled, expired, lost, or sent to a person. */
  | { kind: 'permit_returned'; permit: Permit }
  | { kind: 'inspected'; result: 'passed' | 'partial' | 'failed'; permit?: Permit | undefined; trips: boolean }
  | { kind: 'overdue'; permit?: Permit | undefined; trips: boolean }
  | { kind: 'opened_by_hand'; by: string; reason: string; until?: number | undefined }
  | { kind: 'closed_by_hand'; by: string; reason: string; until?: number | undefined };

/** @returns the state after what time alone has moved, and after the event */
export function moveBreaker(rule: BreakerRule, stored: BreakerState, event: BreakerEvent, now: number): BreakerState {
  const state = afterTime(rule, stored, now);
  switch (event.kind) {
    case 'asked':
      return event.trips ? trip(rule, state, now) : state;
    case 'permit_taken':
      return takePermit(state);
    case 'permit_returned':
      return isOf(state, event.permit) ? { ...state, permitsLeft: state.permitsLeft + 1 } : state;
    case 'inspected':
      return afterInspection(rule, state, event, now);
    case 'overdue':
      return isOf(state, event.permit) || event.trips ? trip(rule, state, now) : state;
    case 'opened_by_hand':
      return { ...opened(rule, state, now), until: event.until ?? now + rule.coolDownMs, trips: state.trips };
    case 'closed_by_hand': {
      const { by, reason, until = now + rule.coolDownMs } = event;
      return { ...closed(state, now), override: { by, reason, until } };
    }
  }
}

/** Lazily: nobody has to wake an open breaker for it to be half open in time. */
function afterTime({ halfOpen }: BreakerRule, state: BreakerState, now: number): BreakerState {
  const override = state.override && state.override.until > now ? state.override : null;
  if (state.state !== 'open' || state.until === null || now < state.until) return { ...state, override };
  return { ...state, override, state: 'half_open', permitsLeft: halfOpen.permits, passed: 0 };
}

/** An open one stays as it is: its time does not begin anew with every request that meets it. */
function trip(rule: BreakerRule, state: BreakerState, now: number): BreakerState {
  if (state.state === 'open' || state.override !== null) return state;
  return opened(rule, state, now);
}

const decayMs = 90 * 86_400_000;

function opened({ coolDownMs, backoff }: BreakerRule, state: BreakerState, now: number): BreakerState {
  const quiet = state.state === 'closed' && state.closedAt !== null ? Math.floor((now - state.closedAt) / decayMs) : 0;
  const trips = Math.max(0, state.trips - quiet);
  const coolDown = Math.min(coolDownMs * backoff.factor ** trips, backoff.maxMs);
  return {
    ...{ state: 'open', openedAt: now, until: now + coolDown, closedAt: null, trips: trips + 1 },
    ...{ permitsLeft: 0, passed: 0, override: null },
  };
}

const closed = (state: BreakerState, now: number): BreakerState => ({
  ...state,
  ...{ state: 'closed', until: null, closedAt: now, permitsLeft: 0, passed: 0 },
});

/** @throws Error where no permit is left: whoever takes one has asked within the same transaction */
function takePermit(state: BreakerState): BreakerState {
  if (state.state !== 'half_open' || state.permitsLeft < 1) throw new Error('there is no permit to take');
  return { ...state, permitsLeft: state.permitsLeft - 1 };
}

function afterInspection(
  rule: BreakerRule,
  state: BreakerState,
  { result, permit, trips }: Extract<BreakerEvent, { kind: 'inspected' }>,
  now: number,
): BreakerState {
  const isTrying = isOf(state, permit);
  if (trips || (isTrying && result === 'failed')) return trip(rule, state, now);
  if (!isTrying) return state;
  // Neither good nor bad: another return may try in its place.
  if (result === 'partial') return { ...state, permitsLeft: state.permitsLeft + 1 };
  const passed = state.passed + 1;
  return passed >= rule.halfOpen.closeAfterPassed ? closed(state, now) : { ...state, passed };
}

const isOf = ({ state, openedAt }: BreakerState, permit: Permit | undefined): boolean =>
  state === 'half_open' && permit !== undefined && permit.openedAt === openedAt;

export function standingOf({ state, permitsLeft }: BreakerState): Standing {
  return state === 'half_open' && permitsLeft === 0 ? 'half_open_used_up' : state;
}
