// One decision about one return: its facts, what the policy decides of them, and the row that says so.
import type { JsonObject } from '../../model/json.ts';
import { factsHash } from '../../policy/facts-hash.ts';
import type { ActiveReturns } from '../../policy/returns/active.ts';
import type { ReturnDecision } from '../../policy/returns/decide.ts';
import type { Decided } from '../../policy/returns/life/events.ts';
import { decideWithBreakers, type Settled } from '../../policy/returns/settle-breakers.ts';
import type { DecisionRow } from '../../store/rows.ts';
import type { Work } from '../commit-edit.ts';
import type { ReturnAbout } from './life.ts';
import { type Asked, type AtHand, type Weighed, weigh } from './situation.ts';

export type Made =
  | { weighed: Weighed; settled: Settled; failure?: undefined }
  /** Nothing was decided: what keeps it from that. */
  | { failure: string };

/** Pure; an evaluation that fails decides nothing, and is never taken for a no. */
export function decideFor(hand: AtHand, asked: Asked, active: ActiveReturns): Made {
  try {
    const weighed = weigh(hand, asked, active);
    return { weighed, settled: decideWithBreakers(active.policy, weighed.situation, weighed.breakers) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { failure: `${why} (customer ${hand.subject.customerId}, version ${active.version} of the policy)` };
  }
}

/** For a return that is known: of the lines that it asks back. */
export function askedBy(
  { reason, fault, currency, lines, deliveredAt, claim, met }: ReturnAbout,
  { at, held, requestedAt = at }: { at: number; held: Asked['held']; requestedAt?: number },
): Asked {
  return { request: { at, requestedAt, reason, fault, currency, lines, deliveredAt }, claim, met, held };
}

/** What made it manual: not what was granted, and not what protects it. */
export const whyManual = ({ approval, reasons, trace, protectedBy }: ReturnDecision): string[] => {
  const granted = trace.filter(({ part }) => part === 'grant').map(({ rule }) => rule);
  if (approval === 'auto') return [];
  return reasons.filter(({ rule }) => rule !== protectedBy && !granted.includes(rule)).map(({ en }) => en);
};

export const decidedOf = ({
  decision: { approval, refund, needs, protectedBy },
  permits,
}: Pick<Settled, 'permits'> & { decision: ReturnDecision }): Decided => ({
  ...{ approval, refund, needs, protectedBy, permits },
});

/** With the facts stands everything else that the decision depends on: it can be made again, bit for bit. */
export function decisionRow(
  made: Made,
  { subject, active, work }: { subject: string; active: ActiveReturns; work: Work },
): DecisionRow {
  const head = { id: work.context.newId('dec_'), policy: 'returns', version: active.version, subject };
  const rest = { ...head, at: work.context.now, effects: [] };
  if (made.failure !== undefined)
    return { ...rest, factsHash: '', facts: {}, outcome: {}, kept: {}, error: made.failure };
  const { weighed, settled } = made;
  const { facts, limits, claim, met } = weighed.situation;
  return {
    ...rest,
    factsHash: factsHash(active.policy.reads, facts),
    facts: asTree(facts),
    outcome: asTree(settled.decision),
    kept: asTree({ breakers: settled.standings, limits, claim, met }),
    error: null,
  };
}

/** Plain data, frozen as it was decided. */
const asTree = (value: object): JsonObject => value as JsonObject;
