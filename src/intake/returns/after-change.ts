// What systems and people change of returns, of their refunds and of their tasks is an event of the return.
import type { Json, JsonObject } from '../../model/json.ts';
import type { ActiveReturns } from '../../policy/returns/active.ts';
import { applyEvent } from '../../policy/returns/life/apply.ts';
import type { TaskKind } from '../../policy/returns/life/effects.ts';
import type { Actor, Refusal, ReturnFact } from '../../policy/returns/life/events.ts';
import { outstanding, refundable } from '../../policy/returns/life/state.ts';
import type { ChangeRow } from '../../store/rows.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted } from '../routing/draft-state.ts';
import { editByPolicy } from '../routing/policy-edit.ts';
import { openTask } from '../task.ts';
import { happen, type Told } from './happen.ts';
import { lifeOf, lifeTree, type ReturnLife, recordData } from './life.ts';
import { entries, textOf } from './record-facts.ts';

type Need = { need: Key[] } | undefined;

/** The one call that intake and the console make. @returns the keys that it needs first, if there are such */
export function reactToReturns(work: Work): Need {
  const { returns } = work.world;
  if (!returns) return undefined;
  const { changes } = work.out;
  const made = changes.length;
  for (let at = 0; at < made; at++) {
    const change = changes[at] as ChangeRow;
    if (change.source === 'policy' || change.op === 'none') continue;
    const needed = reactTo(change, returns, work);
    if (needed) return needed;
  }
  return undefined;
}

function reactTo(change: ChangeRow, returns: ActiveReturns, work: Work): Need {
  switch (change.type) {
    case 'return':
      return afterReturn(change, returns, work);
    case 'refund':
      return afterRefund(change, returns, work);
    case 'task':
      return afterTask(change, returns, work);
  }
  return undefined;
}

/** A warehouse speaks of goods, whoever else of money and of the customer; a person may say all of it. */
function actorOf({ source }: ChangeRow, { world }: Work): Actor {
  if (source === 'console') return 'person';
  return world.catalog.system(source)?.role === 'wms' ? 'wms' : 'orders';
}

/** What the change says has happened, in the order in which it can have; then the record says what holds. */
function afterReturn(change: ChangeRow, returns: ActiveReturns, work: Work): Need {
  const id = change.recordId;
  const life = lifeOf(id, work);
  if (life && 'need' in life) return life;
  if (!life) return unknownReturn(change, work);
  const record = drafted(work, id);
  if (!record) return undefined;
  for (const told of toldBy(record.row.data, life)) {
    const event = {
      ...told,
      id: `change/${change.seq}/${told.type}`,
      at: change.occurredAt,
      by: actorOf(change, work),
    };
    const happened = happen(id, event, returns, work);
    if (happened && 'need' in happened) return happened;
    if (happened && 'refused' in happened) refuse(change, life, happened.refused.message.en, work);
  }
  return putRight(id, work);
}

function toldBy({ regions, lines, status }: JsonObject, { state }: ReturnLife): Told[] {
  const said = (regions ?? {}) as JsonObject;
  const now = state.regions;
  const told: Told[] = [];
  const differs = (region: 'logistics' | 'inspection'): boolean =>
    said[region] !== undefined && said[region] !== now[region];
  if (status === 'cancelled' && now.approval !== 'cancelled' && now.approval !== 'expired')
    told.push({ type: 'cancelled' });
  if (differs('logistics')) {
    if (said.logistics === 'in_transit') told.push({ type: 'carrier_scanned' });
    if (said.logistics === 'lost') told.push({ type: 'lost' });
    if (said.logistics === 'received') told.push({ type: 'received', lines: receivedLines(lines, state) });
  }
  if (differs('inspection') && ['passed', 'partial', 'failed'].includes(textOf(said.inspection))) {
    if (now.logistics !== 'received' && said.logistics !== 'received')
      told.push({ type: 'received', lines: receivedLines(lines, state) });
    told.push({ type: 'inspected', lines: inspectedLines(lines, textOf(said.inspection), state) });
  }
  return told;
}

/** As they were counted; whoever does not count has all of them. */
function receivedLines(said: Json | undefined, { lines }: ReturnLife['state']) {
  const counted = new Map(entries(said));
  return lines.map(({ orderLine, quantity }) => {
    const received = counted.get(orderLine)?.received;
    return { orderLine, quantity: typeof received === 'number' ? received : quantity };
  });
}

type Inspected = Extract<ReturnFact, { type: 'inspected' }>['lines'][number];

function inspectedLines(said: Json | undefined, whole: string, { lines }: ReturnLife['state']): Inspected[] {
  const found = new Map(entries(said));
  const otherwise = whole === 'passed' ? 'ok' : whole === 'failed' ? 'not_ok' : 'partial';
  return lines.map(({ orderLine }): Inspected => {
    const { result, disposition } = found.get(orderLine) ?? {};
    const looked = (typeof result === 'string' ? result : otherwise) as Inspected['result'];
    const usual = looked === 'ok' ? 'restock' : 'hold';
    return {
      orderLine,
      result: looked,
      disposition: (typeof disposition === 'string' ? disposition : usual) as Inspected['disposition'],
    };
  });
}

/** What a system says of the regions is a report: what holds is what its events have come to. */
function putRight(id: string, work: Work): Need {
  const life = lifeOf(id, work);
  const record = drafted(work, id);
  if (!life || 'need' in life || !record) return undefined;
  const edited = editByPolicy(record, recordData(life), work);
  return edited && 'need' in edited ? edited : undefined;
}

/** A return that nobody asked the hub for: no machine declines it, and none can decide about it. */
function unknownReturn({ recordId, op, source }: ChangeRow, { world, context, out }: Work): Need {
  if (op !== 'created') return undefined;
  openTask(
    {
      ...{ kind: 'return_refused', record: 'return', recordId, unit: 'regions', role: 'returns' },
      title: `${source} has a return that was not asked for here`,
      reason: 'ask for it: POST /v1/returns',
      options: ['asked_for', 'leave'],
    },
    world,
    context,
    out,
  );
  return undefined;
}

function refuse(change: ChangeRow, { about, state }: ReturnLife, why: string, { world, context, out }: Work): void {
  openTask(
    {
      ...{ kind: 'return_refused', record: 'return', recordId: state.id, unit: 'regions', role: 'returns' },
      title: `${change.source} says of return ${about.number} what cannot be`,
      reason: why,
      options: ['sorted_out_by_hand'],
    },
    world,
    context,
    out,
  );
}

const refundEvents: Readonly<Record<string, 'refund_succeeded' | 'refund_failed' | 'refund_unknown'>> = {
  succeeded: 'refund_succeeded',
  failed: 'refund_failed',
  unknown: 'refund_unknown',
};

/** The system that pays says what became of it; what cannot be any more is left as it is. */
function afterRefund(change: ChangeRow, returns: ActiveReturns, work: Work): Need {
  const unit = work.world.catalog.policy('refund').unitOf('status').name;
  if (!Object.hasOwn(change.units, unit)) return undefined;
  const refund = drafted(work, change.recordId)?.row.data;
  const type = refundEvents[textOf(refund?.status)];
  const [returnId, seq] = [textOf(refund?.returnId), Number(refund?.seq)];
  if (!type || returnId === '') return undefined;
  const event = { type, seq, id: `change/${change.seq}/${type}`, at: change.occurredAt, by: actorOf(change, work) };
  const happened = happen(returnId, event, returns, work);
  return happened && 'need' in happened ? happened : undefined;
}

/** What a person answers is that person's word. */
function afterTask(change: ChangeRow, returns: ActiveReturns, work: Work): Need {
  const task = drafted(work, change.recordId)?.row.data;
  const wasOpen = Object.values(change.units).some(([before]) => before.state === 'open');
  if (!task || !wasOpen || task.state !== 'done' || task.record !== 'return') return undefined;
  const id = textOf(task.recordId);
  const life = lifeOf(id, work);
  if (!life || 'need' in life) return life;
  const told = answerOf(textOf(task.kind), textOf(task.decision), reasonOf(task), life);
  if (!told) return undefined;
  const event = { ...told, id: `task/${change.recordId}`, at: change.occurredAt, by: speaker(told) };
  const happened = happen(id, event, returns, work);
  if (happened && 'need' in happened) return happened;
  if (happened && 'refused' in happened) askAgain(task, life, happened.refused.message.en, work);
  return undefined;
}

/** Deciding anew is asked for by a person, and done by the policy. */
const speaker = ({ type }: Told): 'policy' | 'person' => (type === 'decided' ? 'policy' : 'person');

/** The question is as open as before: it is put again, with what was wrong with the answer. */
function askAgain(task: JsonObject, { about, state }: ReturnLife, why: string, { world, context, out }: Work): void {
  const { kind, title, role, options, decision } = task;
  const question = { kind: kind as TaskKind, record: 'return', recordId: state.id, unit: 'regions' } as const;
  openTask(
    {
      ...{ ...question, title: textOf(title), role: textOf(role), options: options as string[] },
      reason: `"${textOf(decision)}" cannot be: ${why}`,
    },
    world,
    context,
    out,
  );
  const asked = { ...about.tasks, [question.kind]: out.records.at(-1)?.id ?? '' };
  out.returns.push({ life: { returnId: state.id, life: lifeTree({ state, about: { ...about, tasks: asked } }) } });
}

/**
 * What an answer to a task of a return would be refused for, before it is written.
 * @returns the keys that it needs first, if there are such
 */
export function refusalOf(
  task: JsonObject,
  { decision, reason, at }: { decision: string; reason: string; at: number },
  work: Work,
): { need: Key[] } | Refusal | undefined {
  const active = work.world.returns;
  if (!active || task.record !== 'return') return undefined;
  const life = lifeOf(textOf(task.recordId), work);
  if (!life || 'need' in life) return life;
  const told = answerOf(textOf(task.kind), decision, reason, life);
  if (!told || told.type === 'decided' || told.type === 'identity_verified') return undefined;
  const applied = applyEvent(life.state, { ...told, id: 'answer', at, by: 'person' }, active.policy);
  return 'refused' in applied ? applied.refused : undefined;
}

function reasonOf({ decidedBy, decision, x }: JsonObject): string {
  const said = (x as { syncline?: { reason?: unknown } } | undefined)?.syncline?.reason;
  return typeof said === 'string' ? said : `${textOf(decision)} by ${textOf(decidedBy)}`;
}

function answerOf(kind: string, decision: string, reason: string, { state }: ReturnLife): Told | undefined {
  const seq = state.refunds.at(-1)?.seq ?? 0;
  switch (decision) {
    case 'approve':
      return { type: 'reviewed', decision: 'approve', reason };
    case 'decline':
      return { type: 'reviewed', decision: 'decline', reason };
    case 'release':
      return { type: 'refund_released', amountMinor: refundable(state) - outstanding(state), reason };
    case 'claw_back':
      return { type: 'clawback_opened', reason };
    case 'retry':
      return { type: 'refund_retried', seq };
    case 'review':
      return { type: 'review_requested' };
    case 'decide_again':
      return { type: state.regions.approval === 'requested' ? 'decided' : 'identity_verified' };
    case 'done':
      return kind === 'return_refund_failed' ? { type: 'refund_succeeded', seq } : undefined;
    default:
      return undefined;
  }
}
