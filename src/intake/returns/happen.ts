// One event of a return: what it was, what it becomes, and everything that follows, in one transaction.
import { isOver } from '../../policy/effective.ts';
import type { ActiveReturns } from '../../policy/returns/active.ts';
import { applyEvent } from '../../policy/returns/life/apply.ts';
import type { Refusal, ReturnEvent, ReturnFact } from '../../policy/returns/life/events.ts';
import type { Need as Shown } from '../../policy/returns/terms.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted, unasked } from '../routing/draft-state.ts';
import { openTask } from '../task.ts';
import { carryOut } from './carry-out.ts';
import { askedBy, decidedOf, decideFor, decisionRow, whyManual } from './decide-return.ts';
import { lifeOf, lifeTree, type ReturnLife } from './life.ts';
import { lookAt } from './situation.ts';

/** What may be told from outside: a decision is made here. */
export type Told =
  | Exclude<ReturnFact, { type: 'decided' | 'identity_verified' }>
  | { type: 'identity_verified' }
  | { type: 'decided' };

export type Happened =
  | { need: Key[] }
  | { refused: Refusal }
  | { life: ReturnLife; repeated: boolean }
  /** There is no such return. */
  | undefined;

export function happen(
  id: string,
  told: Told & Pick<ReturnEvent, 'id' | 'at' | 'by'>,
  active: ActiveReturns,
  work: Work,
  /** What the pre-check has found, for whoever looks. */
  found: readonly string[] = [],
): Happened {
  const before = lifeOf(id, work);
  if (!before || 'need' in before) return before;
  if (before.state.seen.includes(told.id)) return { life: before, repeated: true };
  if (told.type === 'decided' || told.type === 'identity_verified')
    return decideAgain(before, { id: told.id, at: told.at, by: told.by, type: told.type }, active, work);
  const applied = applyEvent(before.state, told, active.policy);
  if ('refused' in applied) return applied;
  if ('repeated' in applied) return { life: before, repeated: true };
  const { state, ...made } = applied;
  const met: readonly Shown[] = told.type === 'evidence_submitted' && told.outcome !== 'resubmit' ? ['evidence'] : [];
  const after: ReturnLife = { state, about: { ...before.about, met: [...new Set([...before.about.met, ...met])] } };
  return carryOut({ before, after, made, event: told, active, found }, work) ?? { life: after, repeated: false };
}

interface Redecided extends Pick<ReturnEvent, 'id' | 'at' | 'by'> {
  type: 'decided' | 'identity_verified';
}

/** With what was shown since. A decision that fails changes nothing, says so, and waits for a person. */
function decideAgain(before: ReturnLife, told: Redecided, active: ActiveReturns, work: Work): Happened {
  if (!waitsFor(told.type, before)) return asItStands(before, told, active, work);
  if (isOver(active, work.context.now)) return asItStands(before, told, active, work);
  const { customerId, storeId } = before.about;
  const subject = { at: told.at, returnId: before.state.id, customerId, storeId };
  const hand = lookAt(subject, active, work);
  if ('need' in hand) return hand;
  const shown: readonly Shown[] = told.type === 'identity_verified' ? ['identity'] : [];
  const about = { ...before.about, met: [...new Set([...before.about.met, ...shown])] };
  const { permits, requestedAt } = before.state;
  const asked = askedBy(about, { at: told.at, held: permits, requestedAt });
  const made = decideFor(hand, asked, active);
  const row = decisionRow(made, { subject: before.state.id, active, work });
  if (made.failure !== undefined) {
    const needed = tellFailure(before, made.failure, work);
    if (needed) return needed;
    work.out.policy.push({ decision: row });
    return { life: before, repeated: false };
  }
  const { settled } = made;
  const applied = applyEvent(before.state, { ...told, decided: decidedOf(settled) }, active.policy);
  if ('refused' in applied) return applied;
  if ('repeated' in applied) return { life: before, repeated: true };
  const { state, ...step } = applied;
  const decidedAt = about.decidedAt ?? told.at;
  const { level } = settled.decision;
  const why = whyManual(settled.decision);
  const after = { state, about: { ...about, decisionId: row.id, level, decidedAt, why } };
  work.out.policy.push({ decision: row });
  const event = { ...told, decided: decidedOf(settled) } as ReturnEvent;
  const decided = { hand, states: settled.states };
  return carryOut({ before, after, made: step, event, active, decided }, work) ?? { life: after, repeated: false };
}

/** What is not waited for decides nothing anew, and takes no permit: it counts for other returns all the same. */
const waitsFor = (type: Redecided['type'], { state: { regions } }: ReturnLife): boolean =>
  type === 'decided' || regions.approval === 'awaiting_identity' || regions.approval === 'awaiting_evidence';

/** Nothing is decided: what was shown is kept, and what waits is for a person. */
function asItStands(before: ReturnLife, told: Redecided, active: ActiveReturns, work: Work): Happened {
  const { terms, protectedBy, permits } = before.state;
  const needs = (terms?.needs ?? []).filter((need) => need !== 'identity');
  const decided = {
    approval: 'manual',
    refund: terms?.refund ?? 'after_inspection',
    needs,
    protectedBy,
    permits,
  } as const;
  const event = { ...told, decided } as ReturnEvent;
  const applied = applyEvent(before.state, event, active.policy);
  if ('refused' in applied) return applied;
  if ('repeated' in applied) return { life: before, repeated: true };
  const { state, ...made } = applied;
  const shown: readonly Shown[] = told.type === 'identity_verified' ? ['identity'] : [];
  const after = { state, about: { ...before.about, met: [...new Set([...before.about.met, ...shown])] } };
  return carryOut({ before, after, made, event, active }, work) ?? { life: after, repeated: false };
}

/** A task of its own, once for all that fails until somebody sees to it. */
export function tellFailure({ about, state }: ReturnLife, failure: string, work: Work): { need: Key[] } | undefined {
  const { world, context, out } = work;
  const open = about.tasks.return_error;
  const missing = open === undefined ? [] : unasked(work, [open]);
  if (missing.length > 0) return { need: missing };
  const title = `return ${about.number} could not be decided about, and nothing was`;
  const reason = `${failure}. Put that right and answer "decide_again"; answer "review" to decide it by hand`;
  if (open !== undefined && drafted(work, open)?.row.data.state === 'open') {
    world.notes.alert({ kind: 'return_error', record: state.id, message: `${title}: ${reason}` });
    return undefined;
  }
  const options = ['decide_again', 'review'];
  const asked = {
    kind: 'return_error',
    record: 'return',
    recordId: state.id,
    unit: 'regions',
    role: 'returns',
  } as const;
  openTask({ ...asked, title, reason, options, dueAt: state.decideBy }, world, context, out);
  const task = out.records.at(-1)?.id ?? '';
  const life = { state, about: { ...about, tasks: { ...about.tasks, return_error: task } } };
  out.returns.push({ life: { returnId: state.id, life: lifeTree(life) } });
  return undefined;
}
