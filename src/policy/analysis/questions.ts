// What can be asked of a policy's formulas: whether something can happen, with facts that show it.
import type { Expression } from '../condition/expression.ts';
import type { Facts, FactTable } from '../facts.ts';
import type { Finding, Witness } from './finding.ts';
import { type Formula, Formulas } from './formula.ts';
import { type Lowered, lower } from './lower.ts';
import { type Answer, solve } from './solve.ts';
import { Vocabulary } from './vocabulary.ts';
import { factsOfModel, unusual } from './witness.ts';

export type Asked<D> = { can: 'no' } | { can: 'unknown' } | { can: 'yes'; witness: Witness<D> };

export interface Asking<D> {
  table: FactTable;
  /** All that will be lowered. */
  expressions: readonly Expression[];
  decide(facts: Facts): D;
}

export class Questions<D> {
  readonly formulas = new Formulas();
  readonly vocabulary: Vocabulary;
  readonly #asking: Asking<D>;

  constructor(asking: Asking<D>) {
    this.#asking = asking;
    this.vocabulary = new Vocabulary(this.formulas, asking.expressions);
  }

  lower(expression: Expression): Lowered {
    return lower(expression, this.vocabulary);
  }

  /** Whether the formulas can hold together, without facts that show it. */
  can(...goals: readonly Formula[]): Answer['can'] {
    return solve(this.formulas, ...goals).can;
  }

  /** @param shows whether the evaluator's decision is what was asked for */
  ask(goals: readonly Formula[], shows: (decision: D) => boolean): Asked<D> {
    const answer = solve(this.formulas, ...goals);
    if (answer.can !== 'yes') return answer;
    const { table, decide } = this.#asking;
    const facts = factsOfModel(table, answer.model, this.vocabulary);
    const decision = decide(facts);
    const verdict = shows(decision) ? 'confirmed' : 'possible';
    return { can: 'yes', witness: { facts, unusual: unusual(table, facts), verdict, decision } };
  }
}

/** The rule that something is found about. */
export interface About {
  rule: { id: string; path: string; acceptUnproven?: string };
}

type Told<D> = Pick<Finding<D>, 'check' | 'severity' | 'message'> & Partial<Finding<D>>;

/** About a rule, at its path or at a place below it. */
export const ofRule = <D = never>({ rule }: About, told: Told<D>, below = ''): Finding<D> => ({
  path: `${rule.path}${below}`,
  rule: rule.id,
  ...told,
});

/** Never passed over: without the author's word it counts as an error. */
export const undecided = (about: About, check: Finding['check'], question: string): Finding<never> =>
  ofRule(about, {
    check,
    severity: about.rule.acceptUnproven === undefined ? 'error' : 'warning',
    unknown: true,
    message: `it could not be decided within the steps of the check ${question}`,
    suggestion: 'make the conditions around it simpler, or say acceptUnproven: <reason>',
  });
