// States that a system is still owed: of a type with `history: every` none is left out for a newer one.
import type { Memory } from './types.ts';

export type Owed = NonNullable<Memory['owed']>[number];

/** Beyond this the newest takes the place of the one before it: what never ends must not grow without end. */
export const mostOwed = 256;

/** @returns those that the system was not sent yet, oldest first, without what it is known to have or was given up */
export const owedTo = (memory: Memory | undefined, syncedSeq: number): readonly Owed[] =>
  memory?.owed?.filter(({ seq }) => seq > syncedSeq) ?? [];

export function withOwed(memory: Memory, owed: readonly Owed[]): Memory {
  const { owed: _, ...rest } = memory;
  const kept = owed.length > mostOwed ? [...owed.slice(0, mostOwed - 1), ...owed.slice(-1)] : owed;
  return kept.length === 0 ? rest : { ...rest, owed: kept };
}
