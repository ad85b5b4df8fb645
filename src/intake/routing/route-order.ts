// One decision about one order: its facts, what the policy decides of them, and the writes that this comes to.
import { instant } from '../../clock.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Facts } from '../../policy/facts.ts';
import { factsHash } from '../../policy/facts-hash.ts';
import type { ActiveRouting } from '../../policy/routing/active.ts';
import { type Decision, decide } from '../../policy/routing/decide.ts';
import { type Effect, effectsOf } from '../../policy/routing/effects.ts';
import { factsOfOrder, hour, paidAtOf } from '../../policy/routing/order-facts.ts';
import { decisionKey, matchKey } from '../../store/draft.ts';
import type { DecisionRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { openTask } from '../task.ts';
import { drafted, unasked } from './draft-state.ts';
import { type Kept, keptBy, keptTree } from './kept.ts';
import { idsOfEffects, type Plan, planEffects, standingHolds } from './plan-effects.ts';
import { editByPolicy, makeByPolicy } from './policy-edit.ts';
import { decideBeside } from './shadow.ts';

export type Routed =
  | { need: Key[] }
  /** @param again it was decided of the same facts before, and nothing is done a second time */
  | { decision: DecisionRow; again: boolean };

interface Deciding {
  routing: ActiveRouting;
  order: RecordState;
  customer: JsonObject | undefined;
  kept: Kept;
  work: Work;
}

/** What was worked out without looking at anything but the order and its customer. */
interface Evaluated {
  facts: Facts;
  hash: string;
  decision: Decision;
  effects: Effect[];
}

/**
 * @param order one that is routed: see guard.ts
 * @param fresh decided anew even if it was decided of the same facts before
 */
export function routeOrder(order: RecordState, routing: ActiveRouting, work: Work, fresh = false): Routed {
  const { row } = order;
  const customerId = customerOf(order, routing);
  // Of an order that this very change makes nothing can be there yet, and its id is another one in every round.
  const isNew = !work.state.reaches(row.id);
  const own = isNew ? [] : [decisionKey(row.id)];
  const first = unasked(work, [...own, ...(customerId === undefined ? [] : [customerId])]);
  if (first.length > 0) return { need: first };
  const customer = customerId === undefined ? undefined : dataOf(customerId, work);
  if (customer && 'need' in customer) return customer;
  const last = newestDecision(row.id, isNew, work);
  const deciding = { routing, order, customer: customer?.data, kept: keptBy(last), work };
  watch(deciding);
  const evaluated = attempt(() => evaluate(deciding));
  if ('failure' in evaluated) return fail(deciding, evaluated.failure);
  const { facts, hash } = evaluated;
  if (!fresh && last && last.error === null && last.version === routing.version && last.factsHash === hash)
    return { decision: last, again: true };
  const ids = isNew ? [] : idsOfEffects(routing, evaluated.effects, facts);
  const missing = unasked(work, [...ids, ...shipmentKeys(deciding)]);
  if (missing.length > 0) return { need: missing };
  const claimed = new Set(ids.filter((id) => drafted(work, id) !== undefined));
  const plan = attempt(() =>
    planEffects({ routing, order: row, kept: deciding.kept, claimed, now: work.context.now, ...evaluated }),
  );
  return 'failure' in plan ? fail(deciding, plan.failure, evaluated) : carryOut(deciding, evaluated, plan);
}

/** An order that is not routed needs no further looks. */
export function leaveOrder(
  { row }: RecordState,
  routing: Pick<ActiveRouting, 'readsCustomer' | 'hours'>,
  { out }: Work,
): void {
  if (routing.readsCustomer) out.policy.push({ routable: { orderId: row.id, customerId: null } });
  if (routing.hours.length > 0) out.policy.push({ timer: { subject: row.id, kind: 'route', dueAt: null } });
}

function customerOf({ row }: RecordState, { readsCustomer }: ActiveRouting): string | undefined {
  const { customerId } = row.data;
  return readsCustomer && typeof customerId === 'string' ? customerId : undefined;
}

function dataOf(customerId: string, work: Work): { data: JsonObject } | { need: Key[] } | undefined {
  const found = drafted(work, customerId)?.row;
  if (!found?.mergedInto) return found;
  const into = found.mergedInto;
  return unasked(work, [into]).length > 0 ? { need: [into] } : drafted(work, into)?.row;
}

/** Of this very draft, or stored before. */
function newestDecision(orderId: string, isNew: boolean, { state, out }: Work): DecisionRow | undefined {
  const ofDraft = out.policy.findLast(({ decision }) => decision?.subject === orderId)?.decision;
  return ofDraft ?? (isNew ? undefined : state.decision(decisionKey(orderId)));
}

function evaluate({ routing, order, customer, kept, work }: Deciding): Evaluated {
  const { policy } = routing;
  const { row } = order;
  const stamp = row.stamps[work.world.catalog.policy('order').unitOf('shipTo').name];
  // What made the order gave it its first address: that is no change.
  const addressChangedAt = stamp && stamp.version > 1 ? stamp.at : undefined;
  const read = factsOfOrder({ id: row.id, order: row.data, customer, addressChangedAt, now: work.context.now });
  if ('faults' in read) throw new Error(read.faults.map(({ path, message }) => `${path} ${message}`).join('; '));
  const { facts } = read;
  const decision = decide(policy, facts);
  const effects = effectsOf(policy, decision, facts, standingHolds(kept, row));
  return { facts, hash: factsHash(policy.reads, facts), decision, effects };
}

type Failure = { failure: string };

function attempt<T extends object>(run: () => T): T | Failure {
  try {
    return run();
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

/** The number of the shipment that a push would make is a name that must be free. */
function shipmentKeys({ order: { row }, work }: Deciding): Key[] {
  if (!work.world.catalog.matchFields('shipment').includes('number')) return [];
  const generation = Number(row.data.fulfillmentGeneration ?? 0);
  return [matchKey('shipment', 'number', `${String(row.data.number)}-${generation}`)];
}

/** What is decided of an order may change by its customer, and by time alone. */
function watch({ routing, order: { row }, work }: Deciding): void {
  const { out, context } = work;
  const { customerId } = row.data;
  if (routing.readsCustomer && typeof customerId === 'string')
    out.policy.push({ routable: { orderId: row.id, customerId } });
  if (routing.hours.length === 0) return;
  const paidAt = paidAtOf(row.data);
  const times = paidAt === undefined ? [] : routing.hours.map((hours) => paidAt + hours * hour);
  const dueAt = times.find((at) => at > context.now) ?? null;
  out.policy.push({ timer: { subject: row.id, kind: 'route', dueAt } });
}

function carryOut(deciding: Deciding, evaluated: Evaluated, plan: Plan): Routed {
  const { order, work } = deciding;
  const edited = editByPolicy(order, plan.patch, work);
  if (edited && 'need' in edited) return edited;
  for (const { type, id, data } of plan.records) {
    const made = makeByPolicy(type, id, data, work);
    if ('need' in made) return made;
  }
  const decision = decisionRow(deciding, { evaluated, plan });
  work.out.policy.push({ decision });
  decideBeside(evaluated, decision, work);
  tell(decision, deciding, plan);
  return { decision, again: false };
}

function decisionRow(
  { routing, order, kept, work }: Deciding,
  { evaluated, plan, error }: { evaluated: Evaluated | undefined; plan?: Plan; error?: string },
): DecisionRow {
  return {
    id: work.context.newId('dec_'),
    policy: 'routing',
    version: routing.version,
    subject: order.row.id,
    at: work.context.now,
    factsHash: evaluated?.hash ?? '',
    facts: asTree(evaluated?.facts ?? {}),
    outcome: asTree(evaluated?.decision ?? { haltedBy: null, slots: {}, trace: [] }),
    effects: (plan?.effects ?? []).map(asTree),
    kept: keptTree(plan?.kept ?? kept),
    error: error ?? null,
  };
}

/** Plain data, frozen as it was decided. */
const asTree = (value: object): JsonObject => value as JsonObject;

/** Nothing is done, the order says why, and the next change tries again. */
function fail(deciding: Deciding, message: string, evaluated?: Evaluated): Routed {
  const { order, work } = deciding;
  const decision = decisionRow(deciding, { evaluated, error: message });
  const routingError = { decisionId: decision.id, message, at: instant(work.context.now) };
  const edited = editByPolicy(order, { routingError }, work);
  if (edited && 'need' in edited) return edited;
  work.out.policy.push({ decision });
  const what = `order ${String(order.row.data.number ?? order.row.id)} cannot be routed: ${message}`;
  work.world.notes.alert({ kind: 'routing_error', record: order.row.id, message: what });
  return { decision, again: false };
}

function tell({ id }: DecisionRow, { order: { row }, work }: Deciding, { effects }: Plan): void {
  const name = `order ${String(row.data.number ?? row.id)}`;
  for (const { slot, status, warehouse } of effects) {
    if (status === 'blocked_missing') {
      const why =
        warehouse === null ? 'no warehouse that can handle the goods serves the address' : 'what it needs is empty';
      const message = `${name}: nothing comes of ${slot}, since ${why} (${id})`;
      work.world.notes.alert({ kind: 'routing_blocked', record: row.id, message });
    }
    if (status === 'conflict_frozen') askAboutConflict({ row } as RecordState, { slot, warehouse, id }, work);
  }
}

function askAboutConflict(
  { row }: RecordState,
  { slot, warehouse, id }: { slot: string; warehouse: string | null | undefined; id: string },
  { world, context, out }: Work,
): void {
  const question = {
    kind: 'routing_conflict' as const,
    record: 'order' as const,
    recordId: row.id,
    unit: slot,
    title: `order ${String(row.data.number ?? row.id)} would now get ${String(warehouse)}, and has been pushed already`,
    reason: `decision ${id}: ${slot} is frozen by a push that was made before`,
    options: ['keep', 'changed_by_hand'],
  };
  openTask(question, world, context, out);
}
