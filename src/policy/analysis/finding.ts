// What a check has found: how grave, where, and an order that shows it.

import type { Facts, FactValue } from '../facts.ts';
import type { Fault } from '../fault.ts';
import type { Decision } from '../routing/decide.ts';

export interface Finding extends Fault {
  check: NonNullable<Fault['check']>;
  /** An error keeps the version from being activated. */
  severity: 'error' | 'warning' | 'info';
  /** The steps did not suffice: neither proved nor shown. */
  unknown?: true;
  witness?: Witness;
}

export interface Witness {
  facts: Facts;
  /** What of the facts is not as usual. */
  unusual: readonly [path: string, value: FactValue][];
  /** confirmed: the evaluator decides it as foretold. possible: it does not, since the analysis left a question open. */
  verdict: 'confirmed' | 'possible';
  decision: Decision;
}
