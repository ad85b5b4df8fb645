// What a decision makes happen, worked out before anything is written: what the order is to say, which records are to be made,
// and what becomes of every effect. Pure.
import { instant } from '../../clock.ts';
import type { JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import type { RecordType } from '../../model/records.ts';
import type { Facts } from '../../policy/facts.ts';
import type { ActiveRouting } from '../../policy/routing/active.ts';
import type { Decision } from '../../policy/routing/decide.ts';
import { claimableKeys, type Effect, recordIdOf } from '../../policy/routing/effects.ts';
import { nearestWarehouse } from '../../policy/routing/nearest-warehouse.ts';
import { holdsOfPolicy } from '../../policy/routing/order-facts.ts';
import type { RoutingPolicy, Rule, Slot } from '../../policy/routing/policy.ts';
import type { RecordRow } from '../../store/rows.ts';
import { effectRecord, recordTypeOf } from './effect-records.ts';
import type { Kept } from './kept.ts';

export interface Planning {
  routing: ActiveRouting;
  order: RecordRow;
  facts: Facts;
  decision: Decision;
  effects: readonly Effect[];
  kept: Kept;
  /** Once-keys, as ids of records, that have a record already. */
  claimed: ReadonlySet<string>;
  now: number;
}

type SettledStatus =
  | 'claimed'
  | 'already_claimed'
  | 'unchanged'
  | 'suppressed'
  | 'conflict_frozen'
  | 'blocked_missing'
  /** A person or the ping-pong guard holds the unit that it would set. */
  | 'held';

export interface SettledEffect extends Omit<Effect, 'status'> {
  status: SettledStatus;
  /** The warehouse that it comes to; null where none serves the order. */
  warehouse?: string | null;
}

export interface Plan {
  /** What the order is to say. */
  patch: JsonObject;
  records: readonly { type: RecordType; id: string; data: JsonObject }[];
  effects: readonly SettledEffect[];
  kept: Kept;
}

/** Ids that must be looked up first: every record that an effect would make, and those that freeze a slot. */
export function idsOfEffects({ policy }: ActiveRouting, effects: readonly Effect[], facts: Facts): string[] {
  const made = effects.flatMap(({ onceKey, status }) => (onceKey && status === 'would_claim' ? [onceKey] : []));
  const freezing = policy.slots.flatMap(({ frozenBy }) => (frozenBy ? claimableKeys(policy, frozenBy, facts) : []));
  return [...new Set([...made, ...freezing].map(recordIdOf))];
}

interface Draft {
  planning: Planning;
  patch: JsonObject;
  /** Made when everything is known that they are made of. */
  making: { type: RecordType; id: string; effect: Effect }[];
  /** Slots that emit nothing although a rule has filled them. */
  empty: Set<string>;
  tags: string[];
  holds: Map<string, number>;
  shipment: string | undefined;
}

export function planEffects(planning: Planning): Plan {
  const { kept, effects, routing, order } = planning;
  const draft: Draft = {
    planning,
    patch: {},
    making: [],
    empty: new Set(),
    tags: [...kept.tags],
    holds: new Map(),
    shipment: kept.shipment,
  };
  const settled = new Map<Effect, SettledEffect>();
  // A slot after those that it needs: what it makes reads what they have set.
  for (const slot of routing.policy.settling)
    for (const effect of effects) if (effect.slot === slot.name) settled.set(effect, settle(effect, slot, draft));
  endHolds(draft);
  if (order.data.routingError !== undefined) draft.patch.routingError = null;
  const { patch, tags, holds, shipment } = draft;
  return {
    patch,
    records: draft.making.map((one) => made(one, draft)),
    effects: effects.map((effect) => settled.get(effect) as SettledEffect),
    kept: { tags, holds, shipment },
  };
}

function settle(effect: Effect, slot: Slot, draft: Draft): SettledEffect {
  if (effect.status !== 'would_claim') return { ...effect, status: effect.status };
  if (slot.needs.some(({ name }) => draft.empty.has(name))) {
    draft.empty.add(slot.name);
    return { ...effect, status: 'blocked_missing' };
  }
  switch (effect.action) {
    case 'hold':
      return { ...effect, status: hold(effect, draft) };
    case 'tag.add':
      return { ...effect, status: addTag(effect, draft) };
    case 'warehouse.lock':
    case 'warehouse.allocate':
      return chooseWarehouse(effect, slot, draft);
    default:
      return { ...effect, status: makeRecord(effect, draft) };
  }
}

/** @param field of the order, which is a unit of its own */
const isHeld = ({ planning: { order } }: Draft, field: string): boolean => order.stamps[field]?.held !== undefined;

function hold({ key, rule }: Effect, draft: Draft): SettledStatus {
  const { order, kept, routing, now } = draft.planning;
  const standing = standingHolds(kept, order).get(key);
  const raised = Number(draft.patch.holdSeq ?? order.data.holdSeq ?? 0) + 1;
  draft.holds.set(key, standing ?? raised);
  if (standing !== undefined) return 'unchanged';
  if (isHeld(draft, 'holds')) return 'held';
  const entry = { code: key, reason: ruleOf(routing.policy, rule).reason.en, since: instant(now), by: holdsOfPolicy };
  draft.patch.holds = { ...(draft.patch.holds as JsonObject | undefined), [key]: entry };
  draft.patch.holdSeq = raised;
  return 'claimed';
}

/** Holds that rules have made and nobody has taken away: the code of each, and the number that it raised. */
export function standingHolds(kept: Kept, { data }: Pick<RecordRow, 'data'>): Map<string, number> {
  const holds = isTree(data.holds) ? (data.holds as JsonObject) : {};
  return new Map([...kept.holds].filter(([code]) => isOfPolicy(holds, code)));
}

const isOfPolicy = (holds: JsonObject, code: string): boolean => {
  const entry = Object.hasOwn(holds, code) ? holds[code] : undefined;
  return isTree(entry) && (entry as JsonObject).by === holdsOfPolicy;
};

/** A hold ends when no rule asks for it any more. */
function endHolds(draft: Draft): void {
  const { kept, order } = draft.planning;
  for (const code of standingHolds(kept, order).keys()) {
    if (draft.holds.has(code)) continue;
    draft.patch.holds = { ...(draft.patch.holds as JsonObject | undefined), [code]: null };
  }
}

/** Once for an order and a tag: what a writer has taken off stays off. */
function addTag({ key }: Effect, draft: Draft): SettledStatus {
  const { order } = draft.planning;
  const there = (draft.patch.tags ?? order.data.tags ?? []) as string[];
  const isNew = !draft.tags.includes(key);
  if (isNew) draft.tags.push(key);
  if (there.includes(key)) return 'unchanged';
  if (!isNew) return 'already_claimed';
  if (isHeld(draft, 'tags')) return 'held';
  draft.patch.tags = [...there, key];
  return 'claimed';
}

function chooseWarehouse(effect: Effect, slot: Slot, draft: Draft): SettledEffect {
  const { order, routing, facts, claimed } = draft.planning;
  const warehouse = effect.action === 'warehouse.lock' ? effect.key : nearestWarehouse(routing.warehouses, facts)?.id;
  if (warehouse === undefined) {
    draft.empty.add(slot.name);
    return { ...effect, status: 'blocked_missing', warehouse: null };
  }
  const status = (): SettledStatus => {
    if (order.data.warehouseId === warehouse) return 'unchanged';
    const freezing = slot.frozenBy ? claimableKeys(routing.policy, slot.frozenBy, facts) : [];
    if (freezing.some((key) => claimed.has(recordIdOf(key)))) return 'conflict_frozen';
    if (isHeld(draft, 'warehouseId')) return 'held';
    draft.patch.warehouseId = warehouse;
    return 'claimed';
  };
  return { ...effect, status: status(), warehouse };
}

function makeRecord(effect: Effect, draft: Draft): SettledStatus {
  const { claimed } = draft.planning;
  const type = recordTypeOf[effect.action];
  if (!type || effect.onceKey === undefined) throw new Error(`${effect.action} of ${effect.rule} has no once-key`);
  const id = recordIdOf(effect.onceKey);
  if (id.length > longestId) throw new Error(`the once-key of ${effect.action} is longer than ${longestId} characters`);
  if (type === 'shipment') draft.shipment = id;
  if (claimed.has(id) || draft.making.some((one) => one.id === id)) return 'already_claimed';
  draft.making.push({ type, id, effect });
  if (type === 'shipment') draft.patch.fulfillmentStatus = 'released';
  return 'claimed';
}

function made({ type, id, effect }: Draft['making'][number], { planning, patch }: Draft): Plan['records'][number] {
  const { order, routing } = planning;
  const { reason } = ruleOf(routing.policy, effect.rule);
  const after = { id: order.id, data: { ...order.data, ...patch } };
  return { type, id, data: effectRecord(type, { effect, order: after, reason }) };
}

const longestId = 256;

const ruleOf = ({ rules }: RoutingPolicy, id: string): Rule => rules.find((rule) => rule.id === id) as Rule;
