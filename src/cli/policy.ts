// syncline policy check, test and diff: what is wrong with a policy, what it decides, what a new version changes.
import type { Finding } from '../policy/analysis/finding.ts';
import type { SoundPolicy } from '../policy/sound-policy.ts';
import { counted } from './counted.ts';
import { exitCodes, Failure, shortPath } from './failure.ts';
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
  const { policy } = loaded;
  const findings = policy.check().map((finding) => ({ file, ...finding }));
  const told = {
    policy: { file, ...policy.view },
    faults: ofSeverity(findings, 'error'),
    warnings: ofSeverity(findings, 'warning'),
    notes: ofSeverity(findings, 'info'),
  };
  answer(io, options, told, [
    headline(policy, shortPath(file, io.folder)),
    ...findings.flatMap((finding) => findingLines(finding, io.folder)),
    summary({ faults: told.faults.length, warnings: told.warnings.length, notes: told.notes.length }),
  ]);
  return told.faults.length > 0 ? exitCodes.failed : exitCodes.ok;
}

type Told = Finding<unknown>;

const ofSeverity = (findings: readonly Told[], wanted: Told['severity']): Omit<Told, 'severity'>[] =>
  findings.flatMap(({ severity, ...finding }) => (severity === wanted ? [finding] : []));

const headline = ({ title, parts, reads }: SoundPolicy, file: string): string =>
  `${file}${title ? ` (${title.en})` : ''}: ${parts.map(([count, what]) => counted(count, what)).join(', ')}; reads ${reads.join(', ')}`;

export async function policyTest(named: string | undefined, options: PolicyOptions, io: Io): Promise<number> {
  const file = await policyPlace(named, options, io);
  const policy = await soundPolicy(file, options, io);
  const { tests, untested } = policy.runTests();
  const failed = tests.filter(({ passed }) => !passed).length;
  answer(io, options, { file, tests, untested }, [
    ...tests.flatMap(testLines),
    ...untested.map((id) => `warning: no test has ${a(policy)} that the rule ${id} matches`),
    `${counted(tests.length, 'test')}, ${failed === 0 ? 'none' : failed} failed`,
  ]);
  return failed > 0 ? exitCodes.failed : exitCodes.ok;
}

/** A difference is an answer and no fault. Warehouses are those of the newer version. */
export async function policyDiff(before: string, after: string, options: PolicyOptions, io: Io): Promise<number> {
  const [older, newer] = [await policyPlace(before, options, io), await policyPlace(after, options, io)];
  const [first, second] = [await soundPolicy(older, options, io, newer), await soundPolicy(newer, options, io)];
  const progress = showProgress(io, options, 'comparing');
  const diff = second.changedSince(first, progress.at);
  progress.end();
  if (!diff)
    throw new Failure(
      `${shortPath(older, io.folder)} is a policy of ${first.kind} and ${shortPath(newer, io.folder)} one of ${second.kind}: name two versions of one`,
    );
  const { verdict, parts } = diff;
  const changed = parts.filter((part) => part.verdict === 'different').length;
  const unknown = parts.filter((part) => part.verdict === 'unknown').length;
  answer(io, options, { before: older, after: newer, verdict, parts }, [
    ...parts.flatMap((part) => partLines(part, a(second))),
    verdict === 'equivalent'
      ? `both versions decide every ${second.subject} alike (proved)`
      : `${counted(parts.length, 'part')}, ${changed === 0 ? 'none' : changed} different, ${unknown === 0 ? 'none' : unknown} unknown`,
  ]);
  return exitCodes.ok;
}

const a = ({ subject }: SoundPolicy): string => `${subject === 'order' ? 'an' : 'a'} ${subject}`;

const summary = ({ faults, warnings = 0, notes = 0 }: { faults: number; warnings?: number; notes?: number }): string =>
  `${counted(faults, 'fault')}, ${counted(warnings, 'warning')}, ${counted(notes, 'note')}`;
