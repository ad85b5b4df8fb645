// What a person wants to know of a mapping: what maps where, what is lost, what is not mapped.
import type { LoadedMapping } from './load.ts';
import type { PlannedPair } from './plan.ts';

interface ReportLine {
  ours: string;
  theirs: string;
  dir: 'in' | 'out' | 'both';
  codec: string;
  class: string;
  /** once, required, key, lossy with its reason … */
  notes: string[];
}

export interface MappingReport {
  system: string;
  record: string;
  file: string;
  lines: ReportLine[];
  /** Canonical paths whose pair loses something on the way out. */
  lossy: string[];
  unmapped: string[];
}

const arrows = { in: '←', out: '→', both: '↔' } as const;

export function reportOf({ system, file, planned, unmapped }: LoadedMapping): MappingReport {
  const rows = planned.rows.flatMap((row): ReportLine[] => [
    {
      ours: `${row.collection}[${row.keyMember}]`,
      theirs: `${row.value.theirs}[].${row.value.key.theirs}`,
      dir: row.dir,
      codec: row.key.name,
      class: row.key.class,
      notes: ['key', `missing: ${row.value.missing ?? 'keep'}`],
    },
    ...row.pairs.map((pair) => ({ ...lineOf(pair), theirs: `${row.value.theirs}[].${theirsOf(pair)}` })),
  ]);
  const lossy = [...planned.pairs, ...planned.rows.flatMap((row) => row.pairs)].filter(
    (pair) => pair.codec.class === 'lossy' && pair.dir !== 'in',
  );
  return {
    system,
    record: planned.type,
    file,
    lines: [...planned.pairs.map(lineOf), ...rows],
    lossy: lossy.map((pair) => pair.canonical),
    unmapped,
  };
}

function theirsOf({ targets, shape }: PlannedPair): string {
  if (shape === 'value') return targets[0]?.text ?? '';
  return targets.map(({ member, text }) => (shape === 'members' ? `${member}: ${text}` : text)).join(', ');
}

function lineOf(pair: PlannedPair): ReportLine {
  const { value, codec, dir } = pair;
  const notes = [
    ...(value.once ? ['once'] : []),
    ...(value.required ? ['required'] : []),
    ...(codec.class === 'lossy' && dir !== 'in'
      ? [value.acceptLossy === undefined ? 'lossy' : `lossy, accepted: ${value.acceptLossy}`]
      : []),
  ];
  return {
    ours: pair.canonical || `(${codec.name})`,
    theirs: theirsOf(pair),
    dir,
    codec: codecText(codec.name, codec.params),
    class: codec.class,
    notes,
  };
}

function codecText(name: string, params: unknown): string {
  const shown = Object.entries(params as Record<string, unknown>).filter(([, value]) => typeof value !== 'object');
  return shown.length === 0 ? name : `${name}(${shown.map(([key, value]) => `${key} ${String(value)}`).join(', ')})`;
}

/** The report as plain lines, in columns. */
export function reportText(report: MappingReport): string[] {
  const width = (of: (line: ReportLine) => string): number =>
    Math.max(0, ...report.lines.map((line) => of(line).length));
  const [ours, theirs] = [
    width((line) => line.ours),
    Math.min(
      60,
      width((line) => line.theirs),
    ),
  ];
  return [
    `${report.system} ${report.record} (${report.file})`,
    ...report.lines.map(
      (line) =>
        `  ${line.ours.padEnd(ours)} ${arrows[line.dir]} ${line.theirs.padEnd(theirs)}  ${[line.codec, ...line.notes].join(' · ')}`,
    ),
    ...(report.lossy.length > 0 ? [`  loses something on the way out: ${report.lossy.join(', ')}`] : []),
    ...(report.unmapped.length > 0 ? [`  mapped nowhere: ${report.unmapped.join(', ')}`] : []),
  ];
}
