// Evaluates a returns policy: the same facts and standings give the same terms, reasons and trace, and nothing is done yet.
import { requireKept } from '../constraints.ts';
import type { InWords } from '../document-shapes.ts';
import type { Standing } from './breaker.ts';
import { type Floor, protecting } from './floor.ts';
import { limitRules } from './limits.ts';
import type { BreakerRule, Grant, ReturnsPolicy } from './policy.ts';
import type { Situation } from './situation.ts';
import { type Bounds, type Level, type Need, relax, sameTerms, type Terms, tighten, worst } from './terms.ts';

export interface ReturnDecision extends Terms {
  level: Level;
  flags: readonly { id: string; level: Level }[];
  /** Grants that count. */
  grants: readonly string[];
  /** Why, in written order; never empty. */
  reasons: readonly (InWords & { rule: string })[];
  /** One entry per rule, in written order; the limits after them. */
  trace: readonly ReturnTraceEntry[];
  /** The floor under this return: it cannot be declined but by a person for a reason of its list. */
  protectedBy: Floor['id'] | null;
  /** What the customer may always ask for. */
  review: InWords;
}

export interface ReturnTraceEntry {
  rule: string;
  part: 'grant' | 'requirement' | 'gate' | 'breaker' | 'limit';
  /** withheld: a grant that counts once its evidence was passed, and changes nothing until then. */
  status: 'matched' | 'no_match' | 'withheld' | 'open' | 'half_open' | 'half_open_used_up' | 'closed';
  reason?: InWords;
}

const review: InWords = { en: 'You can ask that a person looks at this decision', zh: '您可以要求人工复核本决定' };
const noGrant: InWords = { en: 'No grant applies: a person decides', zh: '不满足自动通过条件，由人工审核' };

/** @throws Error where the facts break a constraint: then nothing is decided */
export function decideReturn(policy: ReturnsPolicy, situation: Situation): ReturnDecision {
  requireKept(policy, situation.facts);
  return evaluateReturn(policy, situation);
}

/** Whatever the constraints say: for the analysis, which looks at them itself. */
export function evaluateReturn(policy: ReturnsPolicy, situation: Situation): ReturnDecision {
  const granted = grant(policy, situation);
  const flagged = flag(policy, situation);
  const capped = flagged.reduce((terms, { caps }) => tighten(terms, caps), granted.terms);
  const limited = limit(policy, situation, capped);
  const floor = protecting(policy.floor, {
    ...situation.claim,
    deliveredDaysAgo: situation.facts.request?.deliveredDaysAgo as number,
  });
  const flags = flagged.flatMap(({ id, level }) => (level ? [{ id, level }] : []));
  const trace = [...granted.trace, ...traceOf(policy, situation), ...limited.trace];
  const { approval, refund, needs } = limited.terms;
  return {
    approval,
    refund,
    needs: needs.filter((need) => !situation.met.includes(need)),
    level: worst(flags.map(({ level }) => level)),
    flags,
    grants: granted.ids,
    reasons: reasonsOf(trace, floor),
    trace,
    protectedBy: floor?.id ?? null,
    review,
  };
}

interface Granted {
  terms: Terms;
  ids: string[];
  trace: ReturnTraceEntry[];
}

/** A grant that is subject to something asks for it only where it relaxes more than the others do. */
function grant({ baseline, grants }: ReturnsPolicy, { facts, met }: Situation): Granted {
  const matching = grants.filter(({ when }) => when.holds(facts));
  const isFree = ({ subjectTo }: Grant): boolean => subjectTo.every((need) => met.includes(need));
  const free = matching.filter(isFree).reduce((terms, { gives }) => relax(terms, gives), baseline);
  const counting = matching.filter((one) => isFree(one) || !sameTerms(relax(free, one.gives), free));
  const relaxed = counting.reduce((terms, { gives }) => relax(terms, gives), free);
  const terms = counting.reduce((found, { subjectTo }) => tighten(found, { needs: subjectTo }), relaxed);
  const trace = grants.map((one): ReturnTraceEntry => {
    const { id: rule, reason } = one;
    if (counting.includes(one)) return { rule, part: 'grant', status: 'matched', reason };
    return { rule, part: 'grant', status: matching.includes(one) ? 'withheld' : 'no_match' };
  });
  return { terms, ids: counting.map(({ id }) => id), trace };
}

interface Flagged {
  id: string;
  /** Requirements have no colour. */
  level?: Level;
  caps: Bounds & { needs?: readonly Need[] };
}

function flag({ requirements, gates, breakers }: ReturnsPolicy, situation: Situation): Flagged[] {
  const { facts } = situation;
  return [
    ...requirements.flatMap(({ id, when, needs }) => (when.holds(facts) ? [{ id, caps: { needs } }] : [])),
    ...gates.flatMap(({ id, level, when, caps, needs }) =>
      when.holds(facts) ? [{ id, level, caps: { ...caps, needs } }] : [],
    ),
    ...breakers.flatMap((rule) => flagOfBreaker(rule, situation.breakers[rule.id] ?? 'closed')),
  ];
}

/** One whose permits are used up leaves every approval to a person, beside what it caps when it is open. */
function flagOfBreaker({ id, level, caps, halfOpen }: BreakerRule, standing: Standing): Flagged[] {
  switch (standing) {
    case 'closed':
      return [];
    case 'half_open':
      return [{ id, caps: halfOpen.caps }];
    case 'open':
      return [{ id, level, caps }];
    case 'half_open_used_up':
      return [{ id, level, caps: { ...caps, approval: 'manual' } }];
  }
}

function traceOf({ requirements, gates, breakers }: ReturnsPolicy, situation: Situation): ReturnTraceEntry[] {
  const entry = (part: 'requirement' | 'gate') => (rule: ReturnsPolicy['requirements' | 'gates'][number]) => {
    const holds = rule.when.holds(situation.facts);
    const told: ReturnTraceEntry = { rule: rule.id, part, status: holds ? 'matched' : 'no_match' };
    return holds ? { ...told, reason: rule.reason } : told;
  };
  return [
    ...requirements.map(entry('requirement')),
    ...gates.map(entry('gate')),
    ...breakers.map(({ id, halfOpen, reason }): ReturnTraceEntry => {
      const status = situation.breakers[id] ?? 'closed';
      const caps = status === 'half_open' ? Object.keys(halfOpen.caps).length > 0 : status !== 'closed';
      return { rule: id, part: 'breaker', status, ...(caps && { reason }) };
    }),
  ];
}

function limit(policy: ReturnsPolicy, situation: Situation, terms: Terms): { terms: Terms; trace: ReturnTraceEntry[] } {
  const passed = limitRules.filter(({ isPassed }) => isPassed(policy, situation));
  const limited = passed.reduce((found, { caps }) => tighten(found, caps), terms);
  const changes = !sameTerms(limited, terms);
  const trace = limitRules.map((one): ReturnTraceEntry => {
    const status = passed.includes(one) ? 'matched' : 'no_match';
    // Where the refund waits for the goods anyway, a limit is no reason.
    return { rule: one.id, part: 'limit', status, ...(status === 'matched' && changes && { reason: one.reason }) };
  });
  return { terms: limited, trace };
}

function reasonsOf(trace: readonly ReturnTraceEntry[], floor: Floor | undefined): ReturnDecision['reasons'] {
  const told = trace.flatMap(({ rule, reason }) => (reason ? [{ rule, ...reason }] : []));
  const isGranted = trace.some(({ part, status }) => part === 'grant' && status === 'matched');
  return [
    ...(isGranted ? [] : [{ rule: 'baseline', ...noGrant }]),
    ...told,
    ...(floor ? [{ rule: floor.id, ...floor.reason }] : []),
  ];
}
