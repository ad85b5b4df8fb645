// What a check has found: how grave, where, and an order that shows it.

import type { Facts, FactValue } from '../facts.ts';
import type { Fault } from '../fault.ts';
import type { Decision } from '../routing/decide.ts';

/** @typeParam D what the evaluator of this kind of policy decides */
export interface Finding<D = Decision> extends Fault {
  check: NonNullable<Fault['check']>;
  /** An error keeps the version from being activated. */
  severity: 'error' | 'warning' | 'info';
  /** The steps did not suffice: neither proved nor shown. */
  unknown?: true;
  witness?: Witness<D>;
}

export interface Witness<D = Decision> {
  facts: Facts;
  /** What of the facts is not as usual. */
  unusual: readonly [path: string, value: FactValue][];
  /** confirmed: the evaluator decides it as foretold. possible: it does not, since the analysis left a question open. */
  verdict: 'confirmed' | 'possible';
  decision: D;
}

const gravity = { error: 0, warning: 1, info: 2 } as const;

/** The gravest first. */
export const byGravity = (a: Pick<Finding, 'severity'>, b: Pick<Finding, 'severity'>): number =>
  gravity[a.severity] - gravity[b.severity];
