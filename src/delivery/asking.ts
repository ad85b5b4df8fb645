// Puts the questions of change requests to their systems, and takes every answer, and every failure, back to the core.
import type { Connection } from '../connector/connection.ts';
import { ConnectorError } from '../connector/contract.ts';
import type { Asked, Asking, Core } from '../core/core.ts';
import type { Log } from '../log.ts';

export interface AskingDeps {
  core: Pick<Core, 'toAsk' | 'asked'>;
  connections: readonly Connection[];
  log: Log;
}

const atOnce = 20;

/** One round: what is due is asked and settled. @returns how many questions were put */
export async function askRound({ core, connections, log }: AskingDeps, signal: AbortSignal): Promise<number> {
  const due = await core.toAsk(atOnce);
  await Promise.all(
    due.map(async (asking) => {
      const connection = connections.find(({ system }) => system === asking.system);
      const answer = await put(asking, connection, signal);
      // What the hub itself cut off is asked again by the next one: it knows whether it was handed out.
      if (signal.aborted && 'failure' in answer) return;
      if ('failure' in answer) log.warn({ system: asking.system, request: asking.id }, `no answer: ${answer.failure}`);
      await core.asked(asking.id, answer);
    }),
  );
  return due.length;
}

async function put(asking: Asking, connection: Connection | undefined, signal: AbortSignal): Promise<Asked> {
  if (asking.verb === 'update') return putUpdate(asking, connection, signal);
  const { verb, record, externalId, key, body, again, system } = asking;
  const question = { record, externalId, key, again, ...(body !== undefined && { body }) };
  try {
    const run = connection?.connector[verb];
    if (!connection || !run) return { failure: `${system} cannot be asked to ${verb}`, sent: false };
    return { verdict: await run(question, connection.context(signal)) };
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Asked {
  const sent = error instanceof ConnectorError ? error.sent : true;
  return { failure: error instanceof Error ? error.message : String(error), sent };
}

/** The change itself is the question; put once, it is only looked at. */
async function putUpdate(asking: Asking, connection: Connection | undefined, signal: AbortSignal): Promise<Asked> {
  const { record, recordId, externalId, key, body = '', match = [], again, system } = asking;
  const { push, fetch: look } = connection?.connector ?? {};
  if (!connection || !push) return { failure: `${system} cannot be asked to change a ${record}`, sent: false };
  const canLook = look !== undefined && connection.abilities.fetches.includes(record);
  const context = connection.context(signal);
  try {
    if (again) return canLook ? { found: (await look({ record, externalId }, context)) ?? null } : unseen(asking);
    const send = { op: 'update' as const, record, recordId, externalId, key, body, match, repeat: false };
    const { status } = await push(send, context);
    return { verdict: status === accepted && canLook ? 'pending' : 'yes' };
  } catch (error) {
    return !again && isNo(error) ? { verdict: 'no', said: error.message } : failureOf(error);
  }
}

/** Accepted, and not done yet. */
const accepted = 202;

const unseen = ({ system, record }: Asking): Asked => ({
  failure: `what became of the change cannot be looked at: ${system} cannot be asked for one ${record}`,
  sent: false,
});

/** A refusal is a no; that something about the request itself was wrong is no answer. */
const isNo = (error: unknown): error is ConnectorError =>
  error instanceof ConnectorError &&
  error.kind === 'rejected' &&
  (error.status === undefined || error.status < 400 || error.status === 409 || error.status === 422);
