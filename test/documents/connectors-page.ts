// The parts of docs/connectors.md that follow from the code: what there is, from where it is known, what the contract found.
import { connectors } from '../../connectors/index.ts';
import type { Connector, Operation } from '../../src/connector/contract.ts';
import { listedOperations } from '../../src/connector/operations.ts';
import { connectorCases } from '../contract/connector/cases.ts';
import { type Report, readReports } from '../contract/connector/report.ts';

const abilities: readonly [member: keyof Connector, words: string][] = [
  ['push', 'write'],
  ['pulls', 'be polled (its feed is served)'],
  ['receive', 'take webhooks'],
  ['poll', 'poll'],
  ['fetch', 'fetch one'],
  ['find', 'find one'],
  ['list', 'list all'],
  ['ask', 'ask'],
  ['hold', 'hold'],
  ['cancel', 'cancel'],
  ['transition', 'move on'],
  ['publish', 'publish every change'],
  ['check', 'check credentials'],
];

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

function table(head: string[], rows: string[][]): string {
  return [row(...head), `|${head.map(() => '---').join('|')}|`, ...rows.map((cells) => row(...cells))].join('\n');
}

function connectorTable(): string {
  const rows = connectors.map((connector) => {
    const can = abilities.filter(([member]) => connector[member] !== undefined).map(([, words]) => words);
    return [`\`${connector.name}\``, connector.title, can.join(', '), sourcesOf(connector)];
  });
  return table(['connector', 'what it is', 'what it can do', 'its operations are'], rows);
}

function sourcesOf(connector: Connector): string {
  if (connector.operations === 'configured') return 'whatever the settings say';
  const counts = new Map<string, number>();
  for (const { source } of connector.operations) counts.set(source, (counts.get(source) ?? 0) + 1);
  return [...counts].map(([source, count]) => `${count} \`${source}\``).join(', ');
}

const linkOf = ({ link, source }: Operation): string =>
  `[\`${source}\`](${link.startsWith('https:') ? link : `../${link}`})`;

const operationTable = (): string =>
  table(
    ['connector', 'operation', 'does', 'known from'],
    connectors.flatMap((connector) =>
      listedOperations(connector).map((one) => [`\`${connector.name}\``, one.name, one.does, linkOf(one)]),
    ),
  );

/** A pass, or the number of the reason why it is not asked. */
function reportTable(reports: readonly Report[]): string {
  const reasons: string[] = [];
  const numberOf = (reason: string): number => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return reasons.indexOf(reason) + 1;
  };
  const cellOf = (outcome = 'missing'): string =>
    outcome.startsWith('n/a: ') ? `n/a (${numberOf(outcome.slice(5))})` : outcome;
  const rows = connectorCases.map(({ id, title }) => [title, ...reports.map(({ cases }) => cellOf(cases[id]))]);
  const told = table(['case', ...reports.map(({ name }) => name)], rows);
  return `${told}\n\nNot asked, because:\n\n${reasons.map((reason, index) => `${index + 1}. ${reason}`).join('\n')}`;
}

const parts: Readonly<Record<string, () => string>> = {
  connectors: connectorTable,
  operations: operationTable,
  report: () => reportTable(readReports()),
};

/** @returns the page with each marked part as the code has it now */
export function filledIn(page: string): string {
  return Object.entries(parts).reduce((text, [name, make]) => {
    const [start, end] = [`<!-- ${name}: made by the tests -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/connectors.md has no part "${name}"`);
    return `${text.slice(0, from)}${start}\n\n${make()}\n\n${text.slice(to)}`;
  }, page);
}
