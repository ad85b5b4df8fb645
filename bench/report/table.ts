// The result as a table on a terminal.
import type { Outcome } from '../cases/rounds.ts';
import type { Spread } from '../measure/numbers.ts';
import { type Line, summarize, summarizeLimits } from './summary.ts';

export function resultText(outcome: Outcome): string {
  const lines = summarize(outcome);
  const table = align([['', 'reference', 'hub', 'hub ÷ reference', 'goal'], ...lines.map(cells)]);
  const limits = align(summarizeLimits(outcome).map(({ label, value, unit }) => [label, `${range(value)} ${unit}`]));
  return [
    ...heading(outcome),
    ...['', table, ''],
    ...(limits === '' ? [] : ['limits of this machine, in this run', limits, '']),
    ...totals(outcome),
  ]
    .join('\n')
    .trimEnd();
}

function* heading({ rounds, large }: Outcome): Iterable<string> {
  if (rounds.length > 0)
    yield `median [least..most] of ${rounds.length} interleaved rounds; the reference is the floor, or a store alone where the row says so`;
  if (large.sets.length > 0) yield largeText(large);
}

function largeText({ plan: { orders, fewOrders, history, isShort } }: Outcome['large']): string {
  const size = (count: number) => count.toLocaleString('en-US');
  const whole = `the large database holds ${size(orders)} orders, each behind in two systems, the small one ${size(fewOrders)}; either ${size(history)} changes`;
  return isShort ? `${whole} (--short: a tenth of what the goals are meant for)` : whole;
}

function cells({ label, unit, reference, hub, ratio, goal, reached }: Line): string[] {
  const verdict = reached === undefined ? '' : reached ? ' reached' : ' MISSED';
  const value = (found?: Spread) => (found ? `${range(found)} ${unit}` : '–');
  return [label, value(reference), value(hub), ratio ? range(ratio) : '–', `${goal ?? ''}${verdict}`];
}

const totals = ({ totals, payloadBytes }: Outcome): string[] =>
  Object.entries(totals).map(([name, { accepted, lost, stale, repeated, overtaken, turnedAway }]) => {
    const size = Math.round(payloadBytes[name] ?? Number.NaN);
    return (
      `${name}: ${accepted} changes accepted, payloads of ${size} bytes on average; deliveries lost ${lost}, older after newer ${stale}, ` +
      `repeated ${repeated}, left out since a newer state went instead ${overtaken}; requests turned away and sent again ${turnedAway}`
    );
  });

export const range = ({ median, min, max }: Spread): string => `${number(median)} [${number(min)}..${number(max)}]`;

function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** Columns as wide as their widest cell; numbers are read from their start, so all stand left. */
export function align(table: readonly string[][]): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => [...(row[column] ?? '')].length)));
  const pad = (cell: string, column: number) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length);
  return table.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
