// What can be asked of a policy's formulas: whether something can happen where no constraint is broken, with facts that show it.
import type { Expression } from '../condition/expression.ts';
import { brokenBy, type Constraint } from '../constraints.ts';
import type { Facts, FactTable } from '../facts.ts';
import type { Finding, Witness } from './finding.ts';
import { type Formula, Formulas } from './formula.ts';
import { type Lowered, lower } from './lower.ts';
import { type Answer, solve, solveUnder } from './solve.ts';
import { Vocabulary } from './vocabulary.ts';
import { factsOfModel, unusual } from './witness.ts';

export type Asked<D> = { can: 'no' } | { can: 'unknown' } | { can: 'yes'; witness: Witness<D> };

export interface Asking<D> {
  table: FactTable;
  /** All that will be lowered, but for the constraints. */
  expressions: readonly Expression[];
  constraints: readonly Constraint[];
  decide(facts: Facts): D;
}

export interface Assumed extends Lowered {
  constraint: Constraint;
}

export class Questions<D> {
  readonly formulas = new Formulas();
  readonly vocabulary: Vocabulary;
  readonly assumed: readonly Assumed[];
  readonly #asking: Asking<D>;

  constructor(asking: Asking<D>) {
    const { expressions, constraints } = asking;
    this.#asking = asking;
    this.vocabulary = new Vocabulary(this.formulas, [...expressions, ...constraints.map((one) => one.expression)]);
    this.assumed = constraints.map((constraint) => ({ constraint, ...this.lower(constraint.expression) }));
  }

  lower(expression: Expression): Lowered {
    return lower(expression, this.vocabulary);
  }

  /** Whether the formulas can hold together, without facts that show it. */
  can(...goals: readonly Formula[]): Answer['can'] {
    return this.#solve(goals).can;
  }

  /** Among facts that break no constraint. */
  #solve(goals: readonly Formula[]): Answer {
    return solveUnder(
      this.formulas,
      this.assumed.map(({ formula }) => formula),
      goals,
    );
  }

  /**
   * Of formulas that cannot hold together: the fewest constraints that keep them from it, none being needed where they
   * cannot anyway.
   */
  because(...goals: readonly Formula[]): Constraint[] {
    let needed = [...this.assumed];
    const holds = (some: readonly Assumed[]): boolean =>
      solve(this.formulas, ...some.map(({ formula }) => formula), ...goals).can === 'no';
    if (holds([])) return [];
    for (const one of this.assumed) {
      const without = needed.filter((other) => other !== one);
      if (holds(without)) needed = without;
    }
    return needed.map(({ constraint }) => constraint);
  }

  /** @param shows whether the evaluator's decision is what was asked for */
  ask(goals: readonly Formula[], shows: (decision: D) => boolean): Asked<D> {
    const answer = this.#solve(goals);
    if (answer.can !== 'yes') return answer;
    const { table, decide, constraints } = this.#asking;
    const facts = factsOfModel(table, answer.model, this.vocabulary);
    const decision = decide(facts);
    // What the analysis cannot look into may be broken all the same: such facts show nothing.
    const isKept = brokenBy(facts, { constraints }).length === 0;
    const verdict = isKept && shows(decision) ? 'confirmed' : 'possible';
    return { can: 'yes', witness: { facts, unusual: unusual(table, facts), verdict, decision } };
  }
}

/** Behind what is told of formulas that cannot hold together: the constraints that it is due to. */
export function byConstraints(constraints: readonly Constraint[]): string {
  if (constraints.length === 0) return '';
  const names = constraints.map(({ id }) => id).join(', ');
  return constraints.length === 1 ? `, by the constraint ${names}` : `, by the constraints ${names}`;
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
