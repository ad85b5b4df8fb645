// Giving a replica up until a person or a newer change looks at it again.

import type { Draft } from '../store/draft.ts';
import type { DeadLetterRow, ReplicaRow } from '../store/rows.ts';
import type { Context } from '../store/store.ts';

export interface Death {
  kind: string;
  message: string;
  /** The state that was to be sent. */
  seq: number;
  payload: string | null;
  response: DeadLetterRow['response'];
}

export function giveUp(replica: ReplicaRow, death: Death, { now, newId }: Context, out: Draft): void {
  const { system, type, recordId, attempts } = replica;
  const { kind, message, response } = death;
  const status = response?.status;
  const lastError = { kind, message, at: now, ...(typeof status === 'number' && { status }) };
  out.replicas.push({
    ...replica,
    state: 'dead',
    behindSince: null,
    dueAt: null,
    parkedOn: null,
    lastError,
    lastAttemptAt: now,
  });
  const letter = { id: newId('dl_'), system, type, recordId, since: now, attempts, closed: null };
  out.deadLetters.push({ ...letter, ...death });
}
