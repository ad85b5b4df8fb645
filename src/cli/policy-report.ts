// What is told of a policy, in words: findings with the order that shows them, tests, differences.
import type { Change, PartDiff } from '../policy/analysis/compare-parts.ts';
import type { Finding, Witness } from '../policy/analysis/finding.ts';
import { keysText } from '../policy/analysis/tested.ts';
import type { Decision } from '../policy/routing/decide.ts';
import { keysIn } from '../policy/routing/run-tests.ts';
import type { RanTest } from '../policy/sound-policy.ts';
import { faultLine } from './failure.ts';
import type { PolicyFault } from './policy-file.ts';

export const findingWords = { error: 'fault', warning: 'warning', info: 'note' } as const;

export const findingLines = (finding: Finding<unknown> & { file: string }, folder: string): string[] => [
  `${findingWords[finding.severity]}: ${policyFaultLine(finding, folder)}`,
  ...(finding.witness ? [`    ${witnessText(finding.witness)}`] : []),
];

/** `policies/routing.yaml: tiers[1].rules[0].when (cold-chain): S2: message (suggestion)` */
export function policyFaultLine(fault: PolicyFault, folder: string): string {
  const path = fault.rule === undefined ? fault.path : `${fault.path} (${fault.rule})`;
  const message = fault.check === undefined ? fault.message : `${fault.check}: ${fault.message}`;
  return faultLine({ ...fault, path, message }, folder);
}

/** Only findings about routing show an order that was decided. */
export function witnessText({
  unusual,
  verdict,
  decision,
}: Pick<Witness<unknown>, 'unusual' | 'verdict' | 'decision'>): string {
  const { haltedBy, slots } = decision as Decision;
  const filled = Object.entries(slots).map(([slot, placed]) => `${slot} = ${keysText(keysIn(placed))}`);
  const decided = [...(haltedBy === null ? [] : [`halted by ${haltedBy}`]), ...filled];
  return `${verdict}: ${subjectText(unusual, 'an order')} gets ${decided.length === 0 ? 'nothing' : decided.join(', ')}`;
}

const subjectText = (unusual: Witness['unusual'], a: string): string =>
  unusual.length === 0
    ? `${a} as usual`
    : `${a} with ${unusual.map(([path, value]) => `${path} = ${JSON.stringify(value)}`).join(', ')}`;

export const testLines = ({ name, path, passed, differences }: RanTest): string[] => [
  `${passed ? 'passed' : 'FAILED'}  ${name}`,
  ...differences.map(
    (one) => `        ${path}.${one.path}: expected ${keysText(one.expected)}, decided ${keysText(one.found)}`,
  ),
];

/** @param a what is decided upon: an order, a return */
export const partLines = ({ part, verdict, declared, changes, unknown }: PartDiff, a: string): string[] => [
  `${part}: ${verdict === 'equivalent' ? 'equivalent (proved)' : verdict}`,
  ...declared.map(({ member, before, after }) => `  ${member}: ${before ?? 'none'} → ${after ?? 'none'}`),
  ...changes.map((change) => `  ${changeText(change, a)}`),
  ...(unknown.length === 0 ? [] : [`  neither proved nor shown for ${unknown.join(', ')}`]),
];

function changeText({ before, after, unusual }: Change, a: string): string {
  const text = (content: readonly string[]): string => (content.length === 0 ? 'nothing' : content.join(', '));
  return `${text(before)} → ${text(after)}, for ${subjectText(unusual, a)}`;
}
