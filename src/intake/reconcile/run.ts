// One run of reconciling a system as it is kept: how far it has come and what it found. Plain data, rows of `cursors`.
import type { Compared, Comparison } from '../../core/core.ts';
import type { RecordType } from '../../model/records.ts';

export const verdicts = [
  'same',
  'pending',
  'ignored',
  'unknown',
  'differs',
  'absent',
  'unreadable',
  'ambiguous',
] as const satisfies readonly Comparison[];

/** Those that a person should know of. */
export const driftKinds = ['unknown', 'differs', 'absent', 'unreadable', 'ambiguous'] as const;

/** Records that are named in the report; beyond them only the counts grow. */
export const mostFound = 200;

export interface RunOfType {
  record: RecordType;
  /** Reading the system's pages · looking for what it does not have any more · done. */
  phase: 'reading' | 'looking' | 'done';
  /** Of the system's pages. */
  cursor?: string | undefined;
  /** Of the hub's copies. */
  after: string | null;
  /** It went on after a stop: what was seen before is not known any more. */
  resumed: boolean;
  /** False: whether anything is absent could not be told. */
  absentKnown: boolean;
  /** Copies that the hub believes to be there, when it began. */
  expected: number;
  counts: Record<Comparison, number>;
  repaired: number;
  /** Canonical path → records in which it differs. */
  fields: Record<string, number>;
}

export interface Found extends Compared {
  record: RecordType;
}

export interface Run {
  system: string;
  /** Random: who goes on with it, and nobody else. */
  owner: string;
  state: 'running' | 'done' | 'failed';
  /** Name of the key that asked for it; `hub` by itself. */
  actor: string;
  repair: boolean;
  /** The system is new to the hub: all that it holds is taken before anything is sent. */
  load: boolean;
  startedAt: number;
  /** When it last came further (ms since 1970). */
  movedAt: number;
  endedAt: number | null;
  types: RunOfType[];
  found: Found[];
  /** Why it stands still, or has failed. */
  reason: string | null;
}

export const rowOf = (system: string): string => `reconcile:${system}`;

export const readRun = (text: string | undefined): Run | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as Run);

export function newType(record: RecordType, expected: number): RunOfType {
  return {
    record,
    phase: 'reading',
    after: null,
    resumed: false,
    absentKnown: true,
    expected,
    counts: Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Comparison, number>,
    repaired: 0,
    fields: {},
  };
}

/** Adds what was found of some objects. */
export function note(run: Run, type: RunOfType, compared: readonly Compared[]): void {
  for (const one of compared) {
    type.counts[one.verdict] += 1;
    if (one.repaired) type.repaired += 1;
    for (const field of one.fields ?? []) type.fields[field] = (type.fields[field] ?? 0) + 1;
    if (isDrift(one) && run.found.length < mostFound) run.found.push({ record: type.record, ...one });
  }
}

export const isDrift = ({ verdict }: Compared): boolean => (driftKinds as readonly string[]).includes(verdict);

export const driftOf = ({ counts }: RunOfType): number => driftKinds.reduce((sum, kind) => sum + counts[kind], 0);
