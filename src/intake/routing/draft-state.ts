// Records as they will be once what a decision has gathered so far is written.
import type { ReplicaRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';

/** The record with its replicas as the draft leaves them. The key must have been asked for, unless the draft made it. */
export function drafted({ state, out }: Work, id: string): RecordState | undefined {
  const row = out.records.findLast((one) => one.id === id);
  const stored = state.reaches(id) ? state.record(id) : undefined;
  if (!row && !stored) return undefined;
  const newer = out.replicas.filter(({ recordId }) => recordId === id);
  const replicas = new Map<string, ReplicaRow>(stored?.replicas);
  for (const replica of newer) replicas.set(replica.system, replica);
  return {
    row: row ?? (stored as RecordState).row,
    replicas,
    image: (system) => stored?.image(system),
    inFlight: (system) => stored?.inFlight(system),
  };
}

/** Those of the keys that were not asked for yet. */
export const unasked = ({ state }: Work, keys: readonly Key[]): Key[] => keys.filter((key) => !state.asked(key));
