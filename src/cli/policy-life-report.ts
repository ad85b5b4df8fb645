// Versions of policies in words: the list, one of them, what its check found and its backtest counted.
import type { PolicyVersionView, PolicyView } from '../core/core.ts';
import type { BacktestResult, CheckResult, FindingView } from '../core/policies/results.ts';
import { scopeText } from '../policy/scope.ts';
import { columnLines } from './columns.ts';
import { counted } from './counted.ts';
import { findingWords, policyFaultLine, witnessText } from './policy-report.ts';

export function listLines(policies: readonly PolicyView[]): string[] {
  const versions = policies.flatMap(({ policy, versions: all }) =>
    all.map(({ version, state, createdAt, createdBy, effectiveFrom, effectiveUntil, scope }) => [
      ...[`${policy}@${version}`, state, createdAt, createdBy],
      ...[effectiveFrom ?? '', effectiveUntil ?? '', scopeText(scope)],
    ]),
  );
  if (versions.length === 0) return ['there is no version of a policy yet'];
  const rows = [['VERSION', 'STATE', 'CREATED', 'BY', 'FROM', 'UNTIL', 'SCOPE'], ...versions];
  return columnLines(rows);
}

export function versionLines(view: PolicyVersionView): string[] {
  const { policy, version, state, createdAt, createdBy, approved, activated, inForce, rollbackOf, shadow } = view;
  const by = (step: { at: string; by: string; override?: string } | null): string | undefined =>
    step ? `${step.at} by ${step.by}${step.override === undefined ? '' : `, although: ${step.override}`}` : undefined;
  const lines: [what: string, said: string | undefined][] = [
    ['state', state],
    ['made', `${createdAt} by ${createdBy}`],
    ['of', rollbackOf === null ? undefined : `${policy}@${rollbackOf}, rolled back to`],
    ['scope', scopeText(view.scope)],
    ['effective', interval(view.effectiveFrom, view.effectiveUntil)],
    ['check', workText(view.check, ({ outcome }) => String(outcome))],
    ['backtest', workText(view.backtest, (done) => changedText(done as unknown as BacktestResult))],
    ['approved', by(approved)],
    ['activated', by(activated)],
    ['in force', inForce ? interval(inForce.from, inForce.until) : undefined],
    [
      'shadow',
      shadow ? `${shadow.running ? 'running' : 'ended'}: ${shadow.different} of ${shadow.seen} different` : undefined,
    ],
  ];
  return [
    `${policy}@${version}`,
    ...lines.flatMap(([what, said]) => (said === undefined ? [] : [`  ${what.padEnd(10)} ${said}`])),
    '',
    view.document.trimEnd(),
  ];
}

function interval(from: string | null, until: string | null): string | undefined {
  if (from === null && until === null) return undefined;
  return `${from === null ? 'from its activation' : `from ${from}`}${until === null ? '' : ` until ${until}`}`;
}

type Done = Extract<NonNullable<PolicyVersionView['check']>, { state: 'done' }>;

function workText(work: PolicyVersionView['check'], done: (work: Done) => string): string | undefined {
  if (!work) return undefined;
  if (work.state === 'running') return `running, ${Math.floor(work.progress * 100)} %`;
  return work.state === 'failed' ? `failed: ${work.message}` : `${done(work)}, ${work.at} by ${work.by}`;
}

export function checkLines({ faults, warnings, notes, more, tests }: CheckResult, folder: string): string[] {
  const told = (severity: keyof typeof findingWords, findings: readonly FindingView[]): string[] =>
    findings.flatMap((finding) => [
      `${findingWords[severity]}: ${policyFaultLine(finding, folder)}`,
      ...witnessLines(finding),
    ]);
  const beyond = Object.entries(more).flatMap(([what, count]) => (count > 0 ? [`… and ${count} more ${what}`] : []));
  return [
    ...told('error', faults),
    ...told('warning', warnings),
    ...told('info', notes),
    ...beyond,
    [
      ...[counted(faults.length + more.faults, 'fault'), counted(warnings.length + more.warnings, 'warning')],
      ...[
        counted(notes.length + more.notes, 'note'),
        `${counted(tests.passed, 'test')} passed, ${tests.failed} failed`,
      ],
    ].join(', '),
  ];
}

function witnessLines({ witness }: FindingView): string[] {
  if (!witness || !('slots' in witness.decision)) return [];
  const { verdict, facts, decision } = witness;
  return [`    ${witnessText({ verdict, unusual: Object.entries(facts), decision })}`];
}

const listText = (list: readonly string[]): string => (list.length === 0 ? 'nothing' : list.join(', '));
const percent = (bp: number): string => `${(bp / 100).toFixed(2)} %`;

const changedText = ({ changed, compared, changedShareBp }: BacktestResult): string =>
  `${changed} of ${compared} decisions changed (${percent(changedShareBp)})`;

export function backtestLines(result: BacktestResult): string[] {
  const { against, decisions, subjects, notComparable, failedThen, parts, gate } = result;
  const beside = against === null ? 'what was decided then' : `version ${against}`;
  return [
    `${counted(decisions, 'decision')} about ${counted(subjects, 'record')}, compared with ${beside}`,
    ...(failedThen > 0 ? [`${failedThen} had failed then and are left out`] : []),
    ...notComparable.facts.map(({ fact, decisions: count }) => `${count} not comparable: ${fact} was not stored`),
    ...parts.flatMap(({ part, matrix, more }) => [
      `${part}:`,
      ...matrix.map(
        (cell) =>
          `  ${listText(cell.before)} → ${listText(cell.after)}: ${counted(cell.decisions, 'decision')}${moneyText(cell.money)}`,
      ),
      ...(more > 0 ? [`  … and ${more} more`] : []),
    ]),
    ...result.samples
      .slice(0, shownSamples)
      .map(
        ({ decision, subject, changes }) =>
          `such as ${decision} about ${subject}: ${changes.map(({ part }) => part).join(', ')}`,
      ),
    changedText(result),
    gate.passed
      ? `within the gate of ${percent(gate.maxChangedShareBp)}`
      : `beyond the gate of ${percent(gate.maxChangedShareBp)}: whoever approves it says --override <reason>`,
  ];
}

const shownSamples = 5;

const moneyText = (money: readonly { currency: string; amount: number }[]): string =>
  money.map(({ currency, amount }) => `, ${amount} ${currency} in minor units`).join('');
