// S10: the semantic difference of two versions, slot by slot: proved equivalent, or orders that they decide differently.
import { contentOf } from '../routing/content.ts';
import { type Decision, evaluate } from '../routing/decide.ts';
import { routingFacts } from '../routing/facts.ts';
import type { RoutingPolicy, Slot } from '../routing/policy.ts';
import {
  compareParts,
  type Part,
  type PartDiff,
  type PolicyDiff,
  type Question,
  type Versions,
} from './compare-parts.ts';
import { type Formula, Formulas } from './formula.ts';
import { outcomesOf, type PolicyOutcome } from './outcomes.ts';
import { expressionsOf } from './policy-under-test.ts';
import { Vocabulary } from './vocabulary.ts';

/** Every slot of either version; before them, whether and by what an order is halted is compared as `halted`. */
export function diffPolicies(before: RoutingPolicy, after: RoutingPolicy, at: (share: number) => void): PolicyDiff {
  const comparison = new Comparison(before, after);
  return compareParts(comparison.parts(), comparison.versions, at);
}

interface Case {
  value: string;
  rule: string;
  emitted: Formula;
}

class Comparison {
  readonly #formulas = new Formulas();
  readonly #vocabulary: Vocabulary;
  readonly #policies: readonly [RoutingPolicy, RoutingPolicy];
  readonly versions: Versions<Decision>;
  readonly #outcomes: readonly [PolicyOutcome, PolicyOutcome];

  constructor(before: RoutingPolicy, after: RoutingPolicy) {
    this.#policies = [before, after];
    this.#vocabulary = new Vocabulary(
      this.#formulas,
      [before, after].flatMap((policy) => [
        ...expressionsOf(policy),
        ...policy.constraints.map((one) => one.expression),
      ]),
    );
    this.#outcomes = [outcomesOf(before, this.#vocabulary), outcomesOf(after, this.#vocabulary)];
    this.versions = {
      formulas: this.#formulas,
      vocabulary: this.#vocabulary,
      table: routingFacts,
      decide: [(facts) => evaluate(before, facts), (facts) => evaluate(after, facts)],
      constraints: [before.constraints, after.constraints],
    };
  }

  parts(): Part<Decision>[] {
    const [a, b] = this.#outcomes;
    const halted: Part<Decision> = {
      part: 'halted',
      declared: [],
      questions: [...this.#halting(a, b), ...this.#halting(b, a)],
      read: ({ haltedBy }) => (haltedBy === null ? [] : ['halted']),
    };
    const names = new Set(this.#policies.flatMap(({ slots }) => slots.map(({ name }) => name)));
    return [halted, ...[...names].map((name) => this.#slot(name))];
  }

  #halting({ rules }: PolicyOutcome, other: PolicyOutcome): Question[] {
    const halts = rules.filter(({ rule }) => rule.halt);
    return halts.map(({ rule, matches }) => ({ rule: rule.id, goals: [matches, other.halted.not] }));
  }

  #slot(name: string): Part<Decision> {
    const slots = this.#policies.map((policy) => policy.slots.find((slot) => slot.name === name));
    const [before, after] = [this.#cases(0, slots[0]), this.#cases(1, slots[1])];
    const questions = [...this.#questions(before, after), ...this.#questions(after, before)];
    return {
      part: name,
      declared: declaredOf(slots[0], slots[1]),
      questions,
      read: ({ slots }) => contentOf(slots[name]),
    };
  }

  /** One question for each case: small ones are decided where one about the whole slot would run out of steps. */
  #questions(one: readonly Case[], other: readonly Case[]): Question[] {
    const cases = new Map<string, Formula[]>();
    for (const { value, emitted } of other) cases.set(value, [...(cases.get(value) ?? []), emitted]);
    const said = new Map([...cases].map(([value, emitted]) => [value, this.#formulas.or(emitted)]));
    return one.map(({ value, rule, emitted }) => ({
      rule,
      goals: [emitted, (said.get(value) ?? this.#formulas.false).not],
    }));
  }

  /** When a rule's action is what the slot emits. */
  #cases(version: 0 | 1, slot: Slot | undefined): Case[] {
    const { rules, provided } = this.#outcomes[version];
    const needed = (slot && provided.get(slot)) ?? this.#formulas.true;
    return rules.flatMap(({ rule, wins }) =>
      [...wins].flatMap(([action, won]) =>
        action.slot === slot
          ? [{ value: action.value, rule: rule.id, emitted: this.#formulas.and([won, needed]) }]
          : [],
      ),
    );
  }
}

function declaredOf(before: Slot | undefined, after: Slot | undefined): PartDiff['declared'] {
  if (!before || !after) return [];
  const members: [string, (slot: Slot) => string | null][] = [
    ['kind', ({ exclusive }) => (exclusive ? 'exclusive' : 'set')],
    ['once', ({ once }) => once?.text ?? null],
    ['frozenBy', ({ frozenBy }) => frozenBy?.name ?? null],
  ];
  return members.flatMap(([member, of]) =>
    of(before) === of(after) ? [] : [{ member, before: of(before), after: of(after) }],
  );
}
