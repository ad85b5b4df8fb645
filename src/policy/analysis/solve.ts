// Decides whether formulas can be true together: propagation, then a split on an open part, within a budget of steps.
import type { Formula, Formulas, Or } from './formula.ts';
import { intersect, relation, type Spans } from './spans.ts';

/** What is left of every variable, by its index: any choice of values makes the formula true. */
export type Model = readonly Spans[];

export type Answer = { can: 'yes'; model: Model } | { can: 'no' } | { can: 'unknown' };

/** A step is one look into a formula that is no literal and not decided yet. */
const stepBudget = 20_000;

/** @param goals that must hold together */
export function solve({ domains }: Formulas, ...goals: readonly Formula[]): Answer {
  return new Search(domains, stepBudget).run(goals);
}

/**
 * @param assumed what holds of all facts. More demands may take more steps: where these do not suffice, what is impossible
 * without them is impossible with them, too
 */
export function solveUnder(formulas: Formulas, assumed: readonly Formula[], goals: readonly Formula[]): Answer {
  const answer = solve(formulas, ...assumed, ...goals);
  if (answer.can !== 'unknown' || assumed.length === 0) return answer;
  return solve(formulas, ...goals).can === 'no' ? { can: 'no' } : answer;
}

class OutOfSteps extends Error {}

/** The undecided rest of one branch. */
interface Branch {
  left: Spans[];
  /** Disjunctions that must hold and do not surely yet. */
  open: Or[];
}

class Search {
  readonly #start: readonly Spans[];
  #steps: number;
  /** Ids of formulas that hold in this branch, as far as they are no literals: demanded, or found to follow. */
  readonly #holding = new Set<number>();
  /** The same in the order in which they were found, to forget those of a branch that failed. */
  readonly #found: number[] = [];

  constructor(start: readonly Spans[], budget: number) {
    this.#start = start;
    this.#steps = budget;
  }

  run(goals: readonly Formula[]): Answer {
    try {
      const model = this.#search({ left: [...this.#start], open: [] }, goals);
      return model ? { can: 'yes', model } : { can: 'no' };
    } catch (error) {
      if (error instanceof OutOfSteps) return { can: 'unknown' };
      throw error;
    }
  }

  /** @returns undefined when `branch` cannot hold together with `demands` */
  #search(branch: Branch, demands: readonly Formula[]): Model | undefined {
    const before = this.#found.length;
    const model = this.#settle(branch, demands) ? this.#split(branch) : undefined;
    while (this.#found.length > before) this.#holding.delete(this.#found.pop() as number);
    return model;
  }

  #step(): void {
    if (--this.#steps < 0) throw new OutOfSteps();
  }

  #hold(id: number): void {
    this.#holding.add(id);
    this.#found.push(id);
  }

  #split({ left, open }: Branch): Model | undefined {
    if (open.length === 0) return left;
    const smallest = open.reduce((a, b) => (b.parts.length < a.parts.length ? b : a));
    const part = smallest.parts.find((one) => this.#status(one, left) === undefined) as Formula;
    return (
      this.#search({ left: [...left], open: [...open] }, [part]) ??
      this.#search({ left: [...left], open: [...open] }, [part.not])
    );
  }

  /** Draws every conclusion. @returns false when a contradiction was found */
  #settle(branch: Branch, demands: readonly Formula[]): boolean {
    const waiting = [...demands];
    do {
      for (let demand = waiting.pop(); demand; demand = waiting.pop())
        if (!this.#demand(demand, branch, waiting)) return false;
      const open: Or[] = [];
      for (const one of branch.open) {
        const parts = this.#openParts(one, branch.left);
        if (parts === undefined) continue;
        if (parts.length === 0) return false;
        if (parts.length === 1) waiting.push(parts[0] as Formula);
        else open.push(one);
      }
      branch.open = open;
    } while (waiting.length > 0);
    return true;
  }

  #demand(demand: Formula, branch: Branch, waiting: Formula[]): boolean {
    if (demand.kind === 'true' || demand.kind === 'false') return demand.kind === 'true';
    if (this.#holding.has(demand.id)) return true;
    if (this.#holding.has(demand.not.id)) return false;
    if (demand.kind === 'literal') {
      const { index } = demand.variable;
      const left = intersect(branch.left[index] as Spans, demand.allowed);
      branch.left[index] = left;
      return left.length > 0;
    }
    this.#hold(demand.id);
    if (demand.kind === 'and') waiting.push(...demand.parts);
    else branch.open.push(demand);
    return true;
  }

  /** @returns undefined when a part surely holds; else at most two parts that may hold: more say no more */
  #openParts({ parts }: Or, left: Spans[]): Formula[] | undefined {
    this.#step();
    const open: Formula[] = [];
    for (const part of parts) {
      const status = this.#status(part, left);
      if (status === true) return undefined;
      if (status === undefined) open.push(part);
    }
    return open;
  }

  /** @returns undefined while it may still be either */
  #status(formula: Formula, left: Spans[]): boolean | undefined {
    if (formula.kind === 'literal') {
      const how = relation(left[formula.variable.index] as Spans, formula.allowed);
      return how === 'across' ? undefined : how === 'inside';
    }
    if (formula.kind === 'true' || formula.kind === 'false') return formula.kind === 'true';
    if (this.#holding.has(formula.id)) return true;
    if (this.#holding.has(formula.not.id)) return false;
    this.#step();
    const status = this.#statusOfParts(formula, left);
    if (status !== undefined) this.#hold(status ? formula.id : formula.not.id);
    return status;
  }

  #statusOfParts({ kind, parts }: Extract<Formula, { kind: 'and' | 'or' }>, left: Spans[]): boolean | undefined {
    const deciding = kind === 'or';
    let all = true;
    for (const part of parts) {
      const status = this.#status(part, left);
      if (status === deciding) return deciding;
      if (status === undefined) all = false;
    }
    return all ? !deciding : undefined;
  }
}
