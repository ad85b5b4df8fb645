// What work on a version comes to, as it is kept with the version and told: plain data, of bounded size.
import type { PartDiff, PolicyDiff } from '../../policy/analysis/compare-parts.ts';
import type { Finding, Witness } from '../../policy/analysis/finding.ts';
import type { BacktestReport } from '../../policy/backtest.ts';
import type { FactValue } from '../../policy/facts.ts';
import type { Fault } from '../../policy/fault.ts';

/** Facts that are not as usual, by path. */
type Shown = Readonly<Record<string, FactValue>>;

export interface FindingView extends Fault {
  /** The steps of the check did not suffice. */
  unknown?: true;
  /** An order or a return that shows it; confirmed: the policy itself decides it so. */
  witness?: { verdict: Witness['verdict']; facts: Shown; decision: object };
}

export interface CheckResult {
  outcome: 'passed' | 'failed';
  faults: FindingView[];
  warnings: FindingView[];
  notes: FindingView[];
  /** Findings beyond those that are kept, by what they are. */
  more: { faults: number; warnings: number; notes: number };
  tests: { passed: number; failed: number; untested: readonly string[] };
}

export interface BacktestResult extends BacktestReport {
  /** The version in force; null: each decision is compared with what was decided then. */
  against: number | null;
  /** Decisions since this time (ms since 1970), at most `limit`. */
  since: number;
  limit: number;
  gate: { maxChangedShareBp: number; passed: boolean };
}

export interface DiffView {
  verdict: PolicyDiff['verdict'];
  parts: (Omit<PartDiff, 'changes'> & {
    changes: { before: readonly string[]; after: readonly string[]; facts: Shown }[];
  })[];
}

type Severe = Pick<Finding<unknown>, 'severity'> & Fault & { unknown?: true; witness?: Witness<unknown> };

/** Of each severity; what is beyond is counted. */
const mostFindings = 200;

export function checkResult(findings: readonly Severe[], tests: CheckResult['tests']): CheckResult {
  const of = (wanted: Severe['severity']) => findings.filter(({ severity }) => severity === wanted);
  const [faults, warnings, notes] = [of('error'), of('warning'), of('info')];
  const kept = (list: readonly Severe[]): FindingView[] => list.slice(0, mostFindings).map(findingView);
  const beyond = (list: readonly Severe[]): number => Math.max(0, list.length - mostFindings);
  return {
    outcome: faults.length > 0 ? 'failed' : 'passed',
    ...{ faults: kept(faults), warnings: kept(warnings), notes: kept(notes) },
    more: { faults: beyond(faults), warnings: beyond(warnings), notes: beyond(notes) },
    tests,
  };
}

/** Those of the other versions, which only the store knows. */
export function withFindings(result: CheckResult, findings: readonly Severe[]): CheckResult {
  const more = checkResult(findings, result.tests);
  return {
    ...result,
    outcome: more.outcome === 'failed' ? 'failed' : result.outcome,
    faults: [...more.faults, ...result.faults],
    warnings: [...more.warnings, ...result.warnings],
  };
}

function findingView({ path, message, suggestion, check, rule, unknown, witness }: Severe): FindingView {
  return {
    ...{ path, message },
    ...(suggestion !== undefined && { suggestion }),
    ...(check !== undefined && { check }),
    ...(rule !== undefined && { rule }),
    ...(unknown && { unknown }),
    ...(witness && { witness: witnessView(witness) }),
  };
}

/** Without the trace: two hundred entries that say little beside what was decided. */
function witnessView({ verdict, unusual, decision }: Witness<unknown>): NonNullable<FindingView['witness']> {
  const { trace: _, reasons: __, review: ___, ...said } = decision as Record<string, unknown>;
  return { verdict, facts: Object.fromEntries(unusual), decision: said };
}

export const diffView = ({ verdict, parts }: PolicyDiff): DiffView => ({
  verdict,
  parts: parts.map(({ changes, ...part }) => ({
    ...part,
    changes: changes.map(({ before, after, unusual }) => ({ before, after, facts: Object.fromEntries(unusual) })),
  })),
});
