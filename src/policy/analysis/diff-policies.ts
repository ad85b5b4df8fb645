// S10: the semantic difference of two versions, slot by slot: proved equivalent, or orders that they decide differently.
import type { Facts } from '../facts.ts';
import { type Decision, decide } from '../routing/decide.ts';
import { routingFacts } from '../routing/facts.ts';
import type { Placed, RoutingPolicy, Slot } from '../routing/policy.ts';
import type { Witness } from './finding.ts';
import { type Formula, Formulas } from './formula.ts';
import { outcomesOf, type PolicyOutcome } from './outcomes.ts';
import { expressionsOf } from './policy-under-test.ts';
import { type Model, solve } from './solve.ts';
import { Vocabulary } from './vocabulary.ts';
import { factsOfModel, unusual } from './witness.ts';

export interface PolicyDiff {
  verdict: Verdict;
  /** Every slot of either version; before them, whether and by what an order is halted is compared as `halted`. */
  parts: readonly PartDiff[];
}

/** equivalent is a proof; unknown says that the steps did not suffice, and is never taken for equivalent. */
export type Verdict = 'equivalent' | 'different' | 'unknown';

export interface PartDiff {
  part: string;
  verdict: Verdict;
  /** What is declared otherwise: `once`, `frozenBy`, `kind`. */
  declared: readonly { member: string; before: string | null; after: string | null }[];
  /** One for each difference, with an order that both versions were asked about. */
  changes: readonly Change[];
  /** Rules of which neither was shown: the steps did not suffice, or a condition asks what the analysis cannot look into. */
  unknown: readonly string[];
}

export interface Change {
  /** What only the one version says of the order; of a slot none: nothing. */
  before: readonly string[];
  after: readonly string[];
  facts: Facts;
  unusual: Witness['unusual'];
}

/** @param at is told how far it has come, 0 to 1 */
export function diffPolicies(before: RoutingPolicy, after: RoutingPolicy, at: (share: number) => void): PolicyDiff {
  const comparison = new Comparison(before, after);
  const parts = comparison.parts();
  const total = parts.reduce((sum, { questions }) => sum + questions.length, 0);
  let done = 0;
  const told = parts.map((part) =>
    comparison.compare(part, () => {
      done++;
      at(done / total);
    }),
  );
  const verdict = (['different', 'unknown'] as const).find((one) => told.some((part) => part.verdict === one));
  return { verdict: verdict ?? 'equivalent', parts: told };
}

interface Part {
  part: string;
  declared: PartDiff['declared'];
  questions: readonly Question[];
  /** What a decision says of this part. */
  read(decision: Decision): string[];
}

/** Whether one version can say something where the other does not. */
interface Question {
  rule: string;
  goals: readonly Formula[];
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
  readonly #outcomes: readonly [PolicyOutcome, PolicyOutcome];

  constructor(before: RoutingPolicy, after: RoutingPolicy) {
    this.#policies = [before, after];
    this.#vocabulary = new Vocabulary(this.#formulas, [before, after].flatMap(expressionsOf));
    this.#outcomes = [outcomesOf(before, this.#vocabulary), outcomesOf(after, this.#vocabulary)];
  }

  parts(): Part[] {
    const [a, b] = this.#outcomes;
    const halted: Part = {
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

  #slot(name: string): Part {
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

  compare({ part, declared, questions, read }: Part, asked: () => void): PartDiff {
    const changes = new Map<string, Change>();
    const unknown = new Set<string>();
    for (const { rule, goals } of questions) {
      const answer = solve(this.#formulas, ...goals);
      asked();
      if (answer.can === 'no') continue;
      const change = answer.can === 'yes' && this.#replay(answer.model, read);
      if (!change) unknown.add(rule);
      else setNew(changes, JSON.stringify([change.before, change.after]), change);
    }
    const isDifferent = changes.size > 0 || declared.length > 0;
    const verdict = isDifferent ? 'different' : unknown.size > 0 ? 'unknown' : 'equivalent';
    return { part, verdict, declared, changes: [...changes.values()], unknown: [...unknown] };
  }

  /** @returns undefined when both decide alike: the analysis had left a question open */
  #replay(model: Model, read: Part['read']): Change | undefined {
    const facts = factsOfModel(routingFacts, model, this.#vocabulary);
    const [a, b] = this.#policies.map((policy) => read(decide(policy, facts))) as [string[], string[]];
    const [before, after] = [a.filter((one) => !b.includes(one)), b.filter((one) => !a.includes(one))];
    if (before.length + after.length === 0) return undefined;
    return { before, after, facts, unusual: unusual(routingFacts, facts) };
  }
}

function setNew<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}

function contentOf(slot: Placed | readonly Placed[] | undefined): string[] {
  if (slot === undefined) return [];
  return 'key' in slot ? [nameOf(slot)] : slot.map(nameOf);
}

const nameOf = ({ action, key, with: members }: Placed): string =>
  `${action} ${key}${members ? ` ${JSON.stringify(members)}` : ''}`;

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
