// When a version may be active: of its document, and beside the other versions of its policy (S11).
import type { Head } from './document-shapes.ts';
import { type Fault, teller } from './fault.ts';

export function checkEffective({ effective }: Head, faults: Fault[]): void {
  if (!effective?.from || !effective.until || Date.parse(effective.from) < Date.parse(effective.until)) return;
  teller(faults, 'effective', { check: 'S1' })('until', 'must be later than from');
}

/** ms since 1970; from null: as soon as it is activated; until null: until another takes its place. */
export interface Interval {
  from: number | null;
  until: number | null;
}

/** A version in force as whoever decides by it holds it: the end of its force (ms since 1970), as far as that is known. */
export interface Force {
  until?: number;
}

/** Nothing is decided by it any more; what it decided lives on. */
export const isOver = ({ until }: Force, now: number): boolean => until !== undefined && until <= now;

export const intervalOf = ({ effective }: Pick<Head, 'effective'>): Interval => ({
  from: effective?.from ? Date.parse(effective.from) : null,
  until: effective?.until ? Date.parse(effective.until) : null,
});

export interface RivalVersion extends Interval {
  version: number;
  state: 'scheduled' | 'active';
}

export type OverlapFinding = Fault & { check: 'S11'; severity: 'error' | 'warning' };

/** A version of another scope that shares orders with the candidate's. */
export interface OtherScope extends Interval {
  /** `routing@3` */
  name: string;
  state: 'scheduled' | 'active';
  /** In words: `channel "tmall"`. */
  scope: string;
}

/** Of two scopes that share orders neither takes the other's place: an open end is for ever, and no time may be of both. */
export function checkScopes(
  candidate: Interval & { scope: string },
  others: readonly OtherScope[],
  now: number,
): OverlapFinding[] {
  const ends = (until: number | null): number => until ?? Number.POSITIVE_INFINITY;
  const from = candidate.from ?? now;
  return others
    .filter((one) => from < ends(one.until) && (one.from ?? now) < ends(candidate.until))
    .map(({ name, state, scope, until }): OverlapFinding => {
      const next =
        until === null
          ? `give it a scope that shares no order with that, or let ${name} end first: activate a version of its scope whose effective says until`
          : `begin at ${timeText(until)} or later, or give it a scope that shares no order with that`;
      return {
        ...{ check: 'S11', severity: 'error', path: 'scope', suggestion: next },
        message: `${name}, which is ${state}, is for ${scope}: orders of ${candidate.scope} would have two policies`,
      };
    });
}

/**
 * An open end is no claim: the next version takes over there. Two versions overlap where one says that it is in force at a
 * time at which the other begins.
 * @param now ms since 1970
 */
export function checkOverlap(candidate: Interval, rivals: readonly RivalVersion[], now: number): OverlapFinding[] {
  // A start that has passed is a start at once.
  const said = candidate.from !== null && candidate.from <= now ? { ...candidate, from: null } : candidate;
  const ended: OverlapFinding[] =
    candidate.until !== null && candidate.until <= now
      ? [told('error', 'until', `its force ended at ${timeText(candidate.until)} already`, 'say a later until')]
      : [];
  return [...ended, ...rivals.flatMap((rival) => overlapWith(rival, said, now))];
}

function overlapWith(rival: RivalVersion, candidate: Interval, now: number): OverlapFinding[] {
  const from = candidate.from ?? now;
  const rivalFrom = rival.from ?? now;
  const name = `version ${rival.version}, which is ${rival.state}`;
  if (rival.state === 'scheduled' && rivalFrom === from)
    return [told('error', 'from', `${name}, begins at the same time, ${timeText(from)}`, 'choose another time')];
  if (rival.state === 'scheduled' && from < rivalFrom) {
    if (candidate.until === null || candidate.until <= rivalFrom) return [];
    const message = `${name}, begins at ${timeText(rivalFrom)}, when this one would still be in force`;
    return [told('error', 'until', message, `say until ${timeText(rivalFrom)}, or leave it out`)];
  }
  if (rival.until === null || rival.until <= from) return [];
  if (rival.state === 'active' && candidate.from === null)
    return [told('warning', '', `${name} until ${timeText(rival.until)}, is replaced before that time`)];
  const message = `${name}, is in force until ${timeText(rival.until)}`;
  return [told('error', 'from', message, `begin at ${timeText(rival.until)} or later`)];
}

const timeText = (ms: number): string => new Date(ms).toISOString();

const told = (
  severity: OverlapFinding['severity'],
  member: string,
  message: string,
  suggestion?: string,
): OverlapFinding => ({
  ...{ check: 'S11', severity, path: member === '' ? 'effective' : `effective.${member}`, message },
  ...(suggestion !== undefined && { suggestion }),
});
