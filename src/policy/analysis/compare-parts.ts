// S10: the difference of two versions, part by part: proved equivalent, or facts that they decide differently.
import type { Facts, FactTable } from '../facts.ts';
import type { Witness } from './finding.ts';
import type { Formula, Formulas } from './formula.ts';
import { type Model, solve } from './solve.ts';
import type { Vocabulary } from './vocabulary.ts';
import { factsOfModel, unusual } from './witness.ts';

export interface PolicyDiff {
  verdict: Verdict;
  parts: readonly PartDiff[];
}

/** equivalent is a proof; unknown says that the steps did not suffice, and is never taken for equivalent. */
export type Verdict = 'equivalent' | 'different' | 'unknown';

export interface PartDiff {
  part: string;
  verdict: Verdict;
  /** What is declared otherwise: `once`, `frozenBy`, `kind`. */
  declared: readonly { member: string; before: string | null; after: string | null }[];
  /** One for each difference, with facts that both versions were asked about. */
  changes: readonly Change[];
  /** Rules of which neither was shown: the steps did not suffice, or a condition asks what the analysis cannot look into. */
  unknown: readonly string[];
}

export interface Change {
  /** What only the one version says; none: nothing. */
  before: readonly string[];
  after: readonly string[];
  facts: Facts;
  unusual: Witness['unusual'];
}

export interface Part<D> {
  part: string;
  declared: PartDiff['declared'];
  questions: readonly Question[];
  /** What a decision says of this part. */
  read(decision: D): string[];
}

/** Whether one version can say something where the other does not. */
export interface Question {
  rule: string;
  goals: readonly Formula[];
}

export interface Versions<D> {
  formulas: Formulas;
  vocabulary: Vocabulary;
  table: FactTable;
  /** The older one, the newer one. */
  decide: readonly [(facts: Facts) => D, (facts: Facts) => D];
}

/** @param at is told how far it has come, 0 to 1 */
export function compareParts<D>(
  parts: readonly Part<D>[],
  versions: Versions<D>,
  at: (share: number) => void,
): PolicyDiff {
  const total = parts.reduce((sum, { questions }) => sum + questions.length, 0);
  let done = 0;
  const told = parts.map((part) =>
    comparePart(part, versions, () => {
      done++;
      at(done / total);
    }),
  );
  const verdict = (['different', 'unknown'] as const).find((one) => told.some((part) => part.verdict === one));
  return { verdict: verdict ?? 'equivalent', parts: told };
}

function comparePart<D>(
  { part, declared, questions, read }: Part<D>,
  versions: Versions<D>,
  asked: () => void,
): PartDiff {
  const changes = new Map<string, Change>();
  const unknown = new Set<string>();
  for (const { rule, goals } of questions) {
    const answer = solve(versions.formulas, ...goals);
    asked();
    if (answer.can === 'no') continue;
    const change = answer.can === 'yes' && replay(answer.model, read, versions);
    if (!change) unknown.add(rule);
    else setNew(changes, JSON.stringify([change.before, change.after]), change);
  }
  const isDifferent = changes.size > 0 || declared.length > 0;
  const verdict = isDifferent ? 'different' : unknown.size > 0 ? 'unknown' : 'equivalent';
  return { part, verdict, declared, changes: [...changes.values()], unknown: [...unknown] };
}

/** @returns undefined when both decide alike: the analysis had left a question open */
function replay<D>(
  model: Model,
  read: Part<D>['read'],
  { table, vocabulary, decide }: Versions<D>,
): Change | undefined {
  const facts = factsOfModel(table, model, vocabulary);
  const [a, b] = decide.map((one) => read(one(facts))) as [string[], string[]];
  const [before, after] = [a.filter((one) => !b.includes(one)), b.filter((one) => !a.includes(one))];
  if (before.length + after.length === 0) return undefined;
  return { before, after, facts, unusual: unusual(table, facts) };
}

function setNew<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}
