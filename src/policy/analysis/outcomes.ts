// A routing policy as formulas: when each rule matches, when each action wins its slot, what each slot comes to.
import type { Action, RoutingPolicy, Rule, Slot, Tier } from '../routing/policy.ts';
import type { Formula, Formulas } from './formula.ts';
import { lower } from './lower.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface RuleOutcome {
  rule: Rule;
  /** The condition alone; of `otherwise`: that its slots are empty. */
  condition: Formula;
  /** Reached, and the condition holds. */
  matches: Formula;
  /** No rule before it has halted. */
  unhalted: Formula;
  wins: ReadonlyMap<Action, Formula>;
  /** For each exclusive slot: that it was filled before this rule, as far as nothing halted. */
  taken: ReadonlyMap<Slot, Formula>;
  /** Parts of the condition that the analysis cannot look into. */
  open: readonly string[];
}

export interface PolicyOutcome {
  rules: readonly RuleOutcome[];
  halted: Formula;
  /** That a slot emits something: filled, and so is what it needs. */
  emits: ReadonlyMap<Slot, Formula>;
  /** That all slots emit which a slot needs. */
  provided: ReadonlyMap<Slot, Formula>;
}

export function outcomesOf(policy: RoutingPolicy, vocabulary: Vocabulary): PolicyOutcome {
  return new Unfolding(vocabulary).run(policy);
}

/**
 * Everything before a rule is gathered as lists of cases. Cases are written as if nothing had halted, since each use of
 * them demands that: a formula then grows with the number of rules, and not with its square.
 */
class Unfolding {
  readonly #vocabulary: Vocabulary;
  readonly #formulas: Formulas;
  readonly #halts: Formula[] = [];
  /** Cases in which an exclusive slot is filled. */
  readonly #claims = new Map<Slot, Formula[]>();
  /** The same for each key of a set. */
  readonly #keys = new Map<string, Formula[]>();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#formulas = vocabulary.formulas;
  }

  run(policy: RoutingPolicy): PolicyOutcome {
    const rules = policy.tiers.flatMap((tier) => this.#tier(tier));
    const emits = new Map<Slot, Formula>();
    const provided = new Map<Slot, Formula>();
    for (const slot of policy.settling) {
      const cases = rules.flatMap(({ wins }) =>
        [...wins].flatMap(([action, won]) => (action.slot === slot ? [won] : [])),
      );
      const needed = this.#formulas.and(slot.needs.map((need) => emits.get(need) ?? this.#formulas.false));
      provided.set(slot, needed);
      emits.set(slot, this.#formulas.and([this.#formulas.or(cases), needed]));
    }
    return { rules, halted: this.#formulas.or(this.#halts), emits, provided };
  }

  #tier(tier: Tier): RuleOutcome[] {
    const before: { rule: Rule; condition: Formula }[] = [];
    return tier.rules.map((rule) => {
      const outcome = this.#rule(rule, tier.first ? before.map(({ condition }) => condition) : []);
      this.#claim(outcome, tier.first ? before : []);
      before.push(outcome);
      return outcome;
    });
  }

  #rule(rule: Rule, before: readonly Formula[]): RuleOutcome {
    const taken = new Map(rule.exclusive.map((slot) => [slot, this.#formulas.or(this.#claims.get(slot) ?? [])]));
    const { formula: condition, open } = this.#condition(rule, taken);
    const unhalted = this.#formulas.or(this.#halts).not;
    const matches = this.#formulas.and([unhalted, this.#formulas.or(before).not, condition]);
    const wins = rule.actions.map((action): [Action, Formula] => {
      const lost = action.slot.exclusive ? [taken.get(action.slot) as Formula] : (this.#keys.get(keyOf(action)) ?? []);
      const all = rule.atomic ? [...lost, ...taken.values()] : lost;
      return [action, this.#formulas.and([matches, this.#formulas.or(all).not])];
    });
    return { rule, condition, matches, unhalted, wins: new Map(wins), taken, open };
  }

  #condition({ when }: Rule, taken: ReadonlyMap<Slot, Formula>): { formula: Formula; open: readonly string[] } {
    if (when !== 'otherwise') return lower(when.expression, this.#vocabulary);
    return { formula: this.#formulas.or([...taken.values()]).not, open: [] };
  }

  /** @param before the rules of a tier that ends at its first match */
  #claim({ rule, condition, taken }: RuleOutcome, before: readonly { rule: Rule; condition: Formula }[]): void {
    const reached = (passes: (one: Rule) => boolean): Formula =>
      this.#formulas.or(before.filter((one) => !passes(one.rule)).map((one) => one.condition)).not;
    if (rule.halt) this.#halts.push(this.#formulas.and([condition, reached((one) => one.halt)]));
    for (const slot of rule.exclusive) {
      // Where an earlier rule of the tier that surely claims the slot matches, the slot is filled as well.
      const own = this.#formulas.and([
        ...this.#alone(rule, condition, slot, taken),
        reached((one) => surelyClaims(one, slot)),
      ]);
      this.#claims.set(slot, [...(this.#claims.get(slot) ?? []), own]);
    }
    for (const action of rule.actions.filter((one) => !one.slot.exclusive)) {
      const others = rule.atomic ? [...taken.values()].map((one) => one.not) : [];
      const own = this.#formulas.and([condition, ...others, reached(() => false)]);
      this.#keys.set(keyOf(action), [...(this.#keys.get(keyOf(action)) ?? []), own]);
    }
  }

  /** When a reached rule fills a slot that is empty: whether that slot is, need not be asked. */
  #alone({ when, atomic }: Rule, condition: Formula, slot: Slot, taken: ReadonlyMap<Slot, Formula>): Formula[] {
    const others = [...taken].flatMap(([one, filled]) => (one === slot ? [] : [filled.not]));
    if (when === 'otherwise') return others;
    return atomic ? [condition, ...others] : [condition];
  }
}

const keyOf = ({ slot, key }: Action): string => `${slot.name}/${key}`;

/** Whenever it matches. */
const surelyClaims = ({ exclusive, atomic }: Rule, slot: Slot): boolean =>
  exclusive.includes(slot) && (!atomic || exclusive.length === 1);
