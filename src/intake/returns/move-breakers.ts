// Breakers of the policy as a decision or an event leaves them: stored in the same commit, and told where they turn.

import type { ActiveReturns } from '../../policy/returns/active.ts';
import type { BreakerState } from '../../policy/returns/breaker.ts';
import type { BreakerNews } from '../../policy/returns/life/effects.ts';
import type { BreakerRule } from '../../policy/returns/policy.ts';
import { breakersAfter } from '../../policy/returns/settle-breakers.ts';
import type { ReturnFactRow } from '../../store/rows.ts';
import type { Work } from '../commit-edit.ts';
import { type AtHand, factsSince, noRequest, returnRow, scopeKeyOf } from './situation.ts';

type States = Readonly<Record<string, BreakerState>>;

/** @param own the return that the news are of, as they leave it */
export function statesAfter(
  news: readonly BreakerNews[],
  own: ReturnFactRow,
  { hand, states, active }: { hand: AtHand; states: States; active: ActiveReturns },
): States {
  if (news.length === 0) return states;
  const { history, subject } = hand;
  const returns = [...history.returns.filter(({ returnId }) => returnId !== own.returnId), returnRow(own)];
  const now = { ...hand, states, history: { ...history, returns } };
  const since = factsSince(now, noRequest(subject.at, own.currency), active.policy);
  return { ...states, ...breakersAfter(active.policy, news, { states, since, now: subject.at }) };
}

/** @param before as they were read @param actor `policy`, or the person whose word it is */
export function storeBreakers(
  before: States,
  after: States,
  {
    rules,
    subject,
    work,
    actor = 'policy',
  }: {
    rules: readonly BreakerRule[];
    subject: AtHand['subject'];
    work: Work;
    actor?: string;
  },
): void {
  for (const rule of rules) {
    const [was, now] = [before[rule.id], after[rule.id]];
    if (!now || JSON.stringify(was) === JSON.stringify(now)) continue;
    const scopeKey = scopeKeyOf(rule, subject);
    work.out.returns.push({ breaker: { breaker: rule.id, scopeKey, ...now } });
    if (was?.state !== now.state || was.openedAt !== now.openedAt) tell(rule, scopeKey, now, { work, actor });
  }
}

const verbs = { open: 'open', half_open: 'half_open', closed: 'close' } as const;

function tell(
  { id }: BreakerRule,
  scopeKey: string,
  { state, until }: BreakerState,
  { work, actor }: { work: Work; actor: string },
): void {
  const { out, context, world } = work;
  const detail = { scopeKey, ...(until !== null && { until: new Date(until).toISOString() }) };
  if (actor === 'policy')
    out.audit.push({ at: context.now, actor, action: `breaker.${verbs[state]}`, target: id, recordId: null, detail });
  const message = `breaker ${id} of ${scopeKey === '' ? 'the store' : scopeKey} is ${state.replace('_', ' ')} now`;
  world.notes.alert({ kind: 'return_breaker', message });
}
