// Reading the change stream: a page of changes, each as a CloudEvent.
import { z } from 'zod';
import type { ChangesPage, StreamAnswer } from '../core/core.ts';
import { changeEvent } from '../model/change-event.ts';
import type { JsonObject } from '../model/json.ts';
import type { ChangeRow } from '../store/rows.ts';
import type { GatewayDeps } from './deps.ts';
import { refuse } from './problem.ts';
import { cursor, limit, recordType } from './schemas.ts';
import { type Caller, holds } from './scopes.ts';

export const streamQuery = z.strictObject({
  after: cursor('The `next` of the page before; without it the stream starts at its beginning'),
  limit,
  record: recordType.optional(),
  system: z.string().min(1).max(128).optional().describe('Only changes that came from this system'),
});

export type StreamQuery = z.output<typeof streamQuery>;

export async function readPage(deps: GatewayDeps, asked: StreamQuery): Promise<ChangesPage> {
  const { after: cursor = null, limit: count, record, system } = asked;
  const filter = { ...(record !== undefined && { record }), ...(system !== undefined && { system }) };
  return here(await deps.core.changes({ after: cursor, limit: count, ...filter }));
}

/** @throws EdgeProblem 410 when the cursor belongs to another epoch */
export function here<T extends object>(answer: StreamAnswer<T>): T {
  if (!('gone' in answer)) return answer;
  const { restart } = answer.gone;
  throw refuse('gone', 'this cursor belongs to another history of the store; go on from `restart`', {
    extra: { restart },
  });
}

export function cloudEvent(change: ChangeRow, caller: Caller): JsonObject {
  return changeEvent(change, { id: String(change.seq), personalData: holds(caller, 'pii') });
}
