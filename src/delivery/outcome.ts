// What became of an attempt, in the words of a settlement, and what it says of the system beside the record.
import type { ConnectorError } from '../connector/contract.ts';
import type { Settlement } from '../core/core.ts';
import { longestWaitMs } from './breaker.ts';

export type Outcome = Settlement['outcome'];
export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

/** `answered`: it dealt with the record otherwise than by taking it. `nothing`: the hub's own doing. */
export type Sign = 'delivered' | 'answered' | 'failed' | 'throttled' | 'unauthorized' | 'nothing';

export const isFailure = (outcome: Outcome): outcome is Failure => outcome.kind !== 'delivered';

export interface Ended {
  outcome: Outcome;
  sign: Sign;
}

const signs: Record<string, Sign> = {
  unavailable: 'failed',
  timeout: 'failed',
  unknown: 'failed',
  unclear: 'failed',
  throttled: 'throttled',
  unauthorized: 'unauthorized',
};

export function delivered(externalId?: string, status?: number): Ended {
  const outcome: Outcome = { kind: 'delivered' };
  if (externalId !== undefined) outcome.externalId = externalId;
  if (status !== undefined) outcome.status = status;
  return { outcome, sign: 'delivered' };
}

/** @param repeat bytes of an earlier attempt may have arrived, whatever became of this one */
export function failed(error: ConnectorError, { repeat }: { repeat: boolean }): Ended {
  const { kind, message, status, body, retryAfterMs, sent } = error;
  const outcome: Failure = { kind, message, sent: (sent && !isTurnedAway(error)) || repeat };
  if (status !== undefined) outcome.status = status;
  if (body !== undefined) outcome.body = body;
  if (retryAfterMs !== undefined) outcome.retryAfterMs = Math.min(retryAfterMs, longestWaitMs);
  return { outcome, sign: signOf(error) };
}

/** Turned away at the door: whoever answers so has done nothing. */
const isTurnedAway = ({ kind }: ConnectorError): boolean => kind === 'unauthorized' || kind === 'throttled';

/** What never left the hub says nothing of the system, unless it could not be reached. */
export function signOf({ kind, sent, status }: ConnectorError): Sign {
  return signs[kind] ?? (sent || status !== undefined ? 'answered' : 'nothing');
}

/** Ended or never begun by the hub itself: due again at once, nothing is spent. */
export const stopped = (message: string, sent: boolean): Ended => ({
  outcome: { kind: 'unavailable', message, sent, stopped: true },
  sign: 'nothing',
});
