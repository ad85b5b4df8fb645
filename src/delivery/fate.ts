// What each kind of failure means for the replica: one table.

export type Fate = 'retry' | 'dead' | 'paused' | 'recreate' | 'unclear';

interface Meaning {
  fate: Fate;
  /** As it is counted and shown. */
  outcome: string;
}

const meanings: Readonly<Record<string, Meaning>> = {
  unavailable: { fate: 'retry', outcome: 'retry' },
  unknown: { fate: 'retry', outcome: 'retry' },
  throttled: { fate: 'retry', outcome: 'throttled' },
  timeout: { fate: 'retry', outcome: 'timeout' },
  unauthorized: { fate: 'paused', outcome: 'unauthorized' },
  rejected: { fate: 'dead', outcome: 'rejected' },
  conflict: { fate: 'dead', outcome: 'rejected' },
  forbidden: { fate: 'dead', outcome: 'rejected' },
  invalid: { fate: 'dead', outcome: 'invalid' },
  not_found: { fate: 'recreate', outcome: 'not_found' },
  unclear: { fate: 'unclear', outcome: 'unclear' },
};

/** Only an update can miss its object: the answer to a create or delete says something else by 404. */
export function fateOf(kind: string, op: 'create' | 'update' | 'delete'): Meaning {
  const meaning = meanings[kind] ?? { fate: 'retry', outcome: 'retry' };
  return meaning.fate === 'recreate' && op !== 'update' ? { ...meaning, fate: 'dead' } : meaning;
}
