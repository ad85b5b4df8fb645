// From rounds to rows: medians with their range, ratios taken round by round, goals.
import type { Outcome, Round } from '../cases/rounds.ts';
import { type Row, rows, type Source } from '../cases/rows.ts';
import { type Spread, spread } from '../measure/numbers.ts';

export interface Line {
  id: string;
  label: string;
  unit: string;
  reference?: Spread;
  hub?: Spread;
  ratio?: Spread;
  goal?: string;
  reached?: boolean;
}

export interface LimitLine {
  label: string;
  value: Spread;
  unit: string;
}

const figureOf = (round: Round, row: string, source: Source): number | undefined =>
  round.figures.find((figure) => figure.row === row && figure.source === source)?.value;

const present = (values: (number | undefined)[]): number[] => values.filter((value) => value !== undefined);

export const summarize = ({ rounds }: Outcome): Line[] =>
  rows
    .map((row) => summarizeRow(row, rounds))
    .filter(({ reference, hub }) => reference !== undefined || hub !== undefined);

function summarizeRow(row: Row, rounds: readonly Round[]): Line {
  const { id, label, unit, against, goal } = row;
  const of = (source: Source) => present(rounds.map((round) => figureOf(round, id, source)));
  const reference = against === 'none' ? [] : of(against);
  const hub = of('hub');
  const ratios = hub.flatMap((value, at) => (reference[at] === undefined ? [] : [value / reference[at]]));
  const line: Line = { id, label, unit };
  if (reference.length > 0) line.reference = spread(reference);
  if (hub.length > 0) line.hub = spread(hub);
  if (ratios.length > 0) line.ratio = spread(ratios);
  if (goal) line.goal = 'atMost' in goal ? `≤ ${goal.atMost} ${unit}` : `≥ ${goal.ratioAtLeast} ×`;
  const judged = goal && ('atMost' in goal ? line.hub : line.ratio);
  if (goal && judged)
    line.reached = 'atMost' in goal ? judged.median <= goal.atMost : judged.median >= goal.ratioAtLeast;
  return line;
}

export function summarizeLimits({ rounds }: Outcome): LimitLine[] {
  const lines: LimitLine[] = [
    { label: 'append 4 KB + fdatasync', unit: '/s', value: spread(rounds.map(({ limits }) => limits.fdatasync)) },
    { label: 'bare Hono endpoint', unit: '/s', value: spread(rounds.map(({ limits }) => limits.bareHono)) },
  ];
  for (const kind of ['creates', 'updates']) {
    const shares = (of: (round: Round) => number) =>
      present(
        rounds.map((round) => {
          const accepted = figureOf(round, `intake.${kind}.accepted`, 'floor');
          return accepted === undefined ? undefined : accepted / of(round);
        }),
      );
    const ofSync = shares(({ limits }) => limits.fdatasync);
    const ofHono = shares(({ limits }) => limits.bareHono);
    if (ofSync.length === 0) continue;
    lines.push({ label: `floor, ${kind} accepted ÷ fdatasync`, unit: '×', value: spread(ofSync) });
    lines.push({ label: `floor, ${kind} accepted ÷ bare Hono`, unit: '×', value: spread(ofHono) });
  }
  return lines;
}
