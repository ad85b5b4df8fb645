// S10: the difference of two versions, part by part: proved equivalent, or facts that they decide differently.
import { brokenBy, type Constraint } from '../constraints.ts';
import type { Facts, FactTable } from '../facts.ts';
import type { Witness } from './finding.ts';
import type { Formula, Formulas } from './formula.ts';
import { lower } from './lower.ts';
import { type Model, solveUnder } from './solve.ts';
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
  /** What its questions assume; where it is left out, that neither version's constraints are broken. */
  assumed?: readonly Formula[];
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
  /** The older one, the newer one; whatever their constraints say. */
  decide: readonly [(facts: Facts) => D, (facts: Facts) => D];
  constraints: readonly [readonly Constraint[], readonly Constraint[]];
}

/** @param at is told how far it has come, 0 to 1 */
export function compareParts<D>(
  decided: readonly Part<D>[],
  versions: Versions<D>,
  at: (share: number) => void,
): PolicyDiff {
  const kept = versions.constraints.map((constraints) => constraints.map((one) => keeping(one, versions)));
  const both = kept.flat().map(({ formula }) => formula);
  const ofConstraints = both.length === 0 ? [] : [partOfConstraints<D>(kept)];
  const parts = [...ofConstraints, ...decided.map((part) => ({ assumed: both, ...part }))];
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

interface Keeping {
  id: string;
  formula: Formula;
}

const keeping = ({ id, expression }: Constraint, { vocabulary }: Versions<unknown>): Keeping => ({
  id,
  formula: lower(expression, vocabulary).formula,
});

const constraintsPart = 'constraints';

/** Facts that the one version decides of, and the other does not, since a constraint is broken. */
function partOfConstraints<D>(kept: readonly (readonly Keeping[])[]): Part<D> {
  const [before = [], after = []] = kept;
  const questions = (keeps: readonly Keeping[], breaks: readonly Keeping[]): Question[] =>
    breaks.map(({ id, formula }) => ({ rule: id, goals: [...keeps.map((one) => one.formula), formula.not] }));
  const all = [...questions(before, after), ...questions(after, before)];
  return { part: constraintsPart, declared: [], questions: all, read: () => [], assumed: [] };
}

function comparePart<D>(
  { part, declared, questions, read, assumed = [] }: Part<D>,
  versions: Versions<D>,
  asked: () => void,
): PartDiff {
  const changes = new Map<string, Change>();
  const unknown = new Set<string>();
  for (const { rule, goals } of questions) {
    const answer = solveUnder(versions.formulas, assumed, goals);
    asked();
    if (answer.can === 'no') continue;
    const change = answer.can === 'yes' && replay(answer.model, { part, read }, versions);
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
  { part, read }: Pick<Part<D>, 'part' | 'read'>,
  { table, vocabulary, decide, constraints }: Versions<D>,
): Change | undefined {
  const facts = factsOfModel(table, model, vocabulary);
  const broken = constraints.map((some) => brokenBy(facts, { constraints: some }).map(({ id }) => id));
  // Of facts of which the one decides nothing at all, only that is a difference.
  const aborting = broken.filter(({ length }) => length > 0).length;
  if (aborting !== (part === constraintsPart ? 1 : 0)) return undefined;
  const said = part === constraintsPart ? broken.map(abortion) : decide.map((one) => read(one(facts)));
  const [a, b] = said as [string[], string[]];
  const [before, after] = [a.filter((one) => !b.includes(one)), b.filter((one) => !a.includes(one))];
  if (before.length + after.length === 0) return undefined;
  return { before, after, facts, unusual: unusual(table, facts) };
}

const abortion = (broken: readonly string[]): string[] =>
  broken.length === 0 ? ['decided'] : [`aborted by ${broken.join(', ')}`];

function setNew<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}
