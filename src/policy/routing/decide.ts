// Evaluates a routing policy: the same facts give the same slots and the same trace, and nothing is done yet.
import { requireKept } from '../constraints.ts';
import type { Facts } from '../facts.ts';
import type { Action, Placed, RoutingPolicy, Rule, Slot, Suppressed, Tier, TraceEntry } from './policy.ts';

/** Replayable bit for bit from the facts. */
export interface Decision {
  /** The rule that stopped everything below it. */
  haltedBy: string | null;
  /** Filled slots only: of an exclusive one its action, of a set its actions. */
  slots: Readonly<Record<string, Placed | readonly Placed[]>>;
  /** One entry per rule, in written order. */
  trace: readonly TraceEntry[];
}

/** @throws Error where the facts break a constraint: then nothing is decided */
export function decide(policy: RoutingPolicy, facts: Facts): Decision {
  requireKept(policy, facts);
  return evaluate(policy, facts);
}

/** Whatever the constraints say: for the analysis, which looks at them itself. */
export function evaluate(policy: RoutingPolicy, facts: Facts): Decision {
  const state: State = {
    filled: new Array<Action[] | undefined>(policy.slots.length).fill(undefined),
    trace: new Array<TraceEntry>(policy.rules.length),
    haltedBy: null,
  };
  for (const tier of policy.tiers) tryTier(tier, facts, state);
  for (const slot of policy.settling) if (slot.needs.length > 0) block(slot, policy, state);
  return { haltedBy: state.haltedBy, slots: slotsOf(policy, state), trace: state.trace };
}

/** A plain object, and loops over arrays of known size: this is the path of every order. */
interface State {
  /** What stands in each slot so far, by the slot's index. */
  filled: (Action[] | undefined)[];
  /** By the rule's index. */
  trace: TraceEntry[];
  haltedBy: string | null;
}

function tryTier({ rules, first }: Tier, facts: Facts, state: State): void {
  const { trace } = state;
  let over = false;
  for (const rule of rules) {
    if (state.haltedBy !== null) trace[rule.index] = rule.entries.skipped;
    else if (over) trace[rule.index] = rule.entries.not_reached;
    else if (!matches(rule, facts, state)) trace[rule.index] = rule.entries.no_match;
    else {
      trace[rule.index] = propose(rule, state);
      over = first;
      if (rule.halt) state.haltedBy = rule.id;
    }
  }
}

function matches({ when, exclusive }: Rule, facts: Facts, { filled }: State): boolean {
  if (when !== 'otherwise') return when.holds(facts);
  return exclusive.every(({ index }) => filled[index] === undefined);
}

function propose(rule: Rule, state: State): TraceEntry {
  const lost = rule.atomic ? winnerOver(rule, state) : undefined;
  let suppressed: Suppressed[] | undefined;
  for (const action of rule.actions) {
    const by = lost ?? place(action, state);
    if (by === undefined) continue;
    suppressed ??= [];
    suppressed.push({ slot: action.slot.name, key: action.key, by });
  }
  const { matched } = rule.entries;
  return suppressed ? { rule: rule.id, status: 'matched', reason: rule.reason, suppressed } : matched;
}

/** Of the first exclusive slot of the rule that is filled. */
function winnerOver({ exclusive }: Rule, { filled }: State): string | undefined {
  const taken = exclusive.find(({ index }) => filled[index] !== undefined);
  return taken && filled[taken.index]?.[0]?.placed.rule;
}

/** @returns the rule that was there before */
function place(action: Action, { filled }: State): string | undefined {
  const { slot, key } = action;
  const there = filled[slot.index];
  if (!there) {
    filled[slot.index] = [action];
    return undefined;
  }
  const winner = slot.exclusive ? there[0] : there.find((one) => one.key === key);
  if (!winner) there.push(action);
  return winner?.placed.rule;
}

/** A slot whose needed slots are not all filled emits nothing. */
function block({ name, index, needs }: Slot, { rules }: RoutingPolicy, { filled, trace }: State): void {
  const there = filled[index];
  const missing = needs.filter((need) => filled[need.index] === undefined).map((need) => need.name);
  if (!there || missing.length === 0) return;
  filled[index] = undefined;
  const authors = new Set(there.map(({ placed }) => placed.rule));
  for (const rule of rules) {
    const entry = trace[rule.index] as TraceEntry;
    const blocked = [...(entry.blocked ?? []), { slot: name, missing }];
    if (authors.has(rule.id)) trace[rule.index] = { ...entry, blocked };
  }
}

function slotsOf({ slots }: RoutingPolicy, { filled }: State): Decision['slots'] {
  const found: Record<string, Placed | readonly Placed[]> = {};
  for (const { name, index, exclusive } of slots) {
    const there = filled[index];
    if (there) found[name] = exclusive ? (there[0] as Action).placed : there.map(({ placed }) => placed);
  }
  return found;
}
