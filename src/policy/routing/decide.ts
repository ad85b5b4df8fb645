// Evaluates a routing policy: the same facts give the same slots and the same trace, and nothing is done yet.
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

export function decide(policy: RoutingPolicy, facts: Facts): Decision {
  const evaluation = new Evaluation(policy, facts);
  for (const tier of policy.tiers) evaluation.tryTier(tier);
  return evaluation.decision();
}

class Evaluation {
  readonly #policy: RoutingPolicy;
  readonly #facts: Facts;
  /** What stands in each slot so far, by the slot's index. */
  readonly #filled: (Action[] | undefined)[];
  readonly #trace: TraceEntry[] = [];
  #haltedBy: string | null = null;

  constructor(policy: RoutingPolicy, facts: Facts) {
    this.#policy = policy;
    this.#facts = facts;
    this.#filled = new Array(policy.slots.length).fill(undefined);
  }

  tryTier({ rules, first }: Tier): void {
    let over = false;
    for (const rule of rules) {
      if (this.#haltedBy !== null) this.#trace.push(rule.entries.skipped);
      else if (over) this.#trace.push(rule.entries.not_reached);
      else if (!this.#matches(rule)) this.#trace.push(rule.entries.no_match);
      else {
        this.#trace.push(this.#propose(rule));
        over = first;
        if (rule.halt) this.#haltedBy = rule.id;
      }
    }
  }

  #matches({ when, exclusive }: Rule): boolean {
    if (when !== 'otherwise') return when.holds(this.#facts);
    return exclusive.every(({ index }) => this.#filled[index] === undefined);
  }

  #propose(rule: Rule): TraceEntry {
    const lost = rule.atomic ? this.#winnerOver(rule) : undefined;
    const suppressed: Suppressed[] = [];
    for (const action of rule.actions) {
      const by = lost ?? this.#place(action);
      if (by !== undefined) suppressed.push({ slot: action.slot.name, key: action.key, by });
    }
    return suppressed.length === 0 ? rule.entries.matched : { ...rule.entries.matched, suppressed };
  }

  /** Of the first exclusive slot of the rule that is filled. */
  #winnerOver({ exclusive }: Rule): string | undefined {
    const taken = exclusive.find(({ index }) => this.#filled[index] !== undefined);
    return taken && this.#filled[taken.index]?.[0]?.placed.rule;
  }

  /** @returns the rule that was there before */
  #place(action: Action): string | undefined {
    const { slot, key } = action;
    const there = this.#filled[slot.index];
    if (!there) {
      this.#filled[slot.index] = [action];
      return undefined;
    }
    const winner = slot.exclusive ? there[0] : there.find((one) => one.key === key);
    if (!winner) there.push(action);
    return winner?.placed.rule;
  }

  decision(): Decision {
    for (const slot of this.#policy.settling) if (slot.needs.length > 0) this.#block(slot);
    const slots: Record<string, Placed | readonly Placed[]> = {};
    for (const { name, index, exclusive } of this.#policy.slots) {
      const there = this.#filled[index];
      if (there) slots[name] = exclusive ? (there[0] as Action).placed : there.map(({ placed }) => placed);
    }
    return { haltedBy: this.#haltedBy, slots, trace: this.#trace };
  }

  /** A slot whose needed slots are not all filled emits nothing. */
  #block({ name, index, needs }: Slot): void {
    const there = this.#filled[index];
    const missing = needs.filter((need) => this.#filled[need.index] === undefined).map((need) => need.name);
    if (!there || missing.length === 0) return;
    this.#filled[index] = undefined;
    const authors = new Set(there.map(({ placed }) => placed.rule));
    this.#policy.rules.forEach(({ id }, at) => {
      const entry = this.#trace[at] as TraceEntry;
      if (authors.has(id)) this.#trace[at] = { ...entry, blocked: [...(entry.blocked ?? []), { slot: name, missing }] };
    });
  }
}
