// syncline policy check, test and diff: what is wrong with a routing policy, what it decides, what a new version changes.
import { checkPolicy } from '../policy/analysis/check-policy.ts';
import { diffPolicies } from '../policy/analysis/diff-policies.ts';
import type { Finding } from '../policy/analysis/finding.ts';
import type { RoutingPolicy } from '../policy/routing/policy.ts';
import { runTests, untestedRules } from '../policy/routing/run-tests.ts';
import { exitCodes, shortPath } from './failure.ts';
import { answer, type Io } from './io.ts';
import { loadPolicyFile, type PolicyOptions, policyPlace, soundPolicy } from './policy-file.ts';
import { findingLines, partLines, policyFaultLine, testLines } from './policy-report.ts';
import { showProgress } from './progress.ts';

/** Faults are what was asked for: they stand in the answer, and in the exit code. */
export async function policyCheck(named: string | undefined, options: PolicyOptions, io: Io): Promise<number> {
  const file = await policyPlace(named, options, io);
  const loaded = await loadPolicyFile(file, options, io);
  if ('faults' in loaded) {
    const { faults } = loaded;
    const lines = faults.map((fault) => `fault: ${policyFaultLine(fault, io.folder)}`);
    answer(io, options, { faults, warnings: [], notes: [] }, [...lines, summary({ faults: faults.length })]);
    return exitCodes.failed;
  }
  const findings = checkPolicy(loaded.policy).map((finding) => ({ file, ...finding }));
  const told = {
    policy: viewOf(loaded.policy, file),
    faults: ofSeverity(findings, 'error'),
    warnings: ofSeverity(findings, 'warning'),
    notes: ofSeverity(findings, 'info'),
  };
  answer(io, options, told, [
    headline(loaded.policy, shortPath(file, io.folder)),
    ...findings.flatMap((finding) => findingLines(finding, io.folder)),
    summary({ faults: told.faults.length, warnings: told.warnings.length, notes: told.notes.length }),
  ]);
  return told.faults.length > 0 ? exitCodes.failed : exitCodes.ok;
}

const ofSeverity = (findings: readonly Finding[], wanted: Finding['severity']): Omit<Finding, 'severity'>[] =>
  findings.flatMap(({ severity, ...finding }) => (severity === wanted ? [finding] : []));

const viewOf = ({ title, effective, tiers, rules, slots, tests, reads }: RoutingPolicy, file: string) => ({
  file,
  title,
  effective,
  tiers: tiers.map(({ id }) => id),
  rules: rules.map(({ id }) => id),
  slots: slots.map(({ name }) => name),
  tests: tests.length,
  reads: reads.map(({ path }) => path),
});

function headline({ title, tiers, rules, slots, tests, reads }: RoutingPolicy, file: string): string {
  const parts = [
    counted(tiers.length, 'tier'),
    counted(rules.length, 'rule'),
    counted(slots.length, 'slot'),
    counted(tests.length, 'test'),
  ];
  return `${file}${title ? ` (${title.en})` : ''}: ${parts.join(', ')}; reads ${reads.map(({ path }) => path).join(', ')}`;
}

export async function policyTest(named: string | undefined, options: PolicyOptions, io: Io): Promise<number> {
  const file = await policyPlace(named, options, io);
  const policy = await soundPolicy(file, options, io);
  const tests = runTests(policy);
  const failed = tests.filter(({ passed }) => !passed).length;
  const untested = untestedRules(policy, tests).map(({ id }) => id);
  answer(io, options, { file, tests, untested }, [
    ...tests.flatMap(testLines),
    ...untested.map((id) => `warning: no test has an order that the rule ${id} matches`),
    `${counted(tests.length, 'test')}, ${failed === 0 ? 'none' : failed} failed`,
  ]);
  return failed > 0 ? exitCodes.failed : exitCodes.ok;
}

/** A difference is an answer and no fault. Warehouses are those of the newer version. */
export async function policyDiff(before: string, after: string, options: PolicyOptions, io: Io): Promise<number> {
  const [older, newer] = [await policyPlace(before, options, io), await policyPlace(after, options, io)];
  const [first, second] = [await soundPolicy(older, options, io, newer), await soundPolicy(newer, options, io)];
  const progress = showProgress(io, options, 'comparing');
  const { verdict, parts } = diffPolicies(first, second, progress.at);
  progress.end();
  const changed = parts.filter((part) => part.verdict === 'different').length;
  const unknown = parts.filter((part) => part.verdict === 'unknown').length;
  answer(io, options, { before: older, after: newer, verdict, parts }, [
    ...parts.flatMap(partLines),
    verdict === 'equivalent'
      ? 'both versions decide every order alike (proved)'
      : `${counted(parts.length, 'part')}, ${changed === 0 ? 'none' : changed} different, ${unknown === 0 ? 'none' : unknown} unknown`,
  ]);
  return exitCodes.ok;
}

const counted = (count: number, what: string): string =>
  `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;

const summary = ({ faults, warnings = 0, notes = 0 }: { faults: number; warnings?: number; notes?: number }): string =>
  `${counted(faults, 'fault')}, ${counted(warnings, 'warning')}, ${counted(notes, 'note')}`;
