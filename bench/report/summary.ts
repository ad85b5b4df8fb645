// From rounds to rows: medians with their range, ratios taken round by round, goals.
import type { Outcome, Round } from '../cases/rounds.ts';
import { type Figure, type Row, rows, type Source } from '../cases/rows.ts';
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

/** What belongs together: a round, a pair of slices, a start. */
type FigureSet = readonly Figure[];

const figureOf = (figures: FigureSet, row: string, source: Source): number | undefined =>
  figures.find((figure) => figure.row === row && figure.source === source)?.value;

const present = (values: (number | undefined)[]): number[] => values.filter((value) => value !== undefined);

export function summarize({ rounds, large, stuck }: Outcome): Line[] {
  const sets = [...rounds.map(({ figures }) => figures), ...large.sets, ...stuck];
  return rows
    .map((row) => summarizeRow(row, sets))
    .filter(({ reference, hub }) => reference !== undefined || hub !== undefined);
}

function summarizeRow(row: Row, sets: readonly FigureSet[]): Line {
  const { id, of = id, label, unit, against, goal } = row;
  const ofReference = (set: FigureSet) => (against === 'none' ? undefined : figureOf(set, of, against));
  const reference = present(sets.map(ofReference));
  if (of !== id && reference.length === 0) return { id, label, unit };
  const hub = present(sets.map((set) => figureOf(set, of, 'hub')));
  const ratios = present(sets.map((set) => quotient(figureOf(set, of, 'hub'), ofReference(set))));
  const line: Line = { id, label, unit };
  if (reference.length > 0) line.reference = spread(reference);
  if (hub.length > 0) line.hub = spread(hub);
  if (ratios.length > 0) line.ratio = spread(ratios);
  if (!goal) return line;
  line.goal = goalText(goal, unit);
  if ('atMost' in goal && line.hub) line.reached = line.hub.median <= goal.atMost;
  if ('ratioAtMost' in goal && line.ratio) line.reached = line.ratio.median <= goal.ratioAtMost;
  if ('ratioAtLeast' in goal && line.ratio) line.reached = line.ratio.median >= goal.ratioAtLeast;
  return line;
}

function goalText(goal: NonNullable<Row['goal']>, unit: string): string {
  if ('atMost' in goal) return `≤ ${goal.atMost} ${unit}`;
  return 'ratioAtMost' in goal ? `≤ ${goal.ratioAtMost} ×` : `≥ ${Number(goal.ratioAtLeast.toFixed(2))} ×`;
}

const quotient = (value: number | undefined, by: number | undefined): number | undefined =>
  value === undefined || by === undefined ? undefined : value / by;

export function summarizeLimits({ rounds }: Pick<Outcome, 'rounds'>): LimitLine[] {
  if (rounds.length === 0) return [];
  const lines: LimitLine[] = [
    { label: 'append 4 KB + fdatasync', unit: '/s', value: spread(rounds.map(({ limits }) => limits.fdatasync)) },
    { label: 'bare Hono endpoint', unit: '/s', value: spread(rounds.map(({ limits }) => limits.bareHono)) },
  ];
  for (const kind of ['creates', 'updates']) {
    const shares = (of: (round: Round) => number) =>
      present(
        rounds.map((round) => {
          const accepted = figureOf(round.figures, `intake.${kind}.accepted`, 'floor');
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
