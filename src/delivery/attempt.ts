// One attempt to bring a replica up to date, from the first doubt to the outcome. Never rejects.
import type { Clock } from '../clock.ts';
import type { Connection } from '../connector/connection.ts';
import { type ConnectorContext, ConnectorError } from '../connector/contract.ts';
import type { HttpClient } from '../connector/http.ts';
import type { Send } from '../core/core.ts';
import type { Log } from '../log.ts';
import { connectorSend } from './connector-send.ts';
import type { CredentialCheck } from './credentials.ts';
import { delivered, type Ended, failed, signOf, stopped } from './outcome.ts';

export interface AttemptDeps {
  connection: Connection;
  context: ConnectorContext;
  /** Aborted when the hub stops. */
  signal: AbortSignal;
  check: CredentialCheck;
  clock: Clock;
  log: Log;
  newSpanId(): string;
  /** Where another process may have taken over what was claimed then. */
  mayStart?: ((claimedAt: number, now: number) => boolean) | undefined;
}

export interface Attempted extends Ended {
  startedAt: number;
  durationMs: number;
}

export async function attempt(send: Send, deps: AttemptDeps): Promise<Attempted> {
  const startedAt = deps.clock.now();
  const watch = send.op === 'create' && !send.repeat ? watched(deps.context) : undefined;
  let ended: Ended;
  try {
    const through = watch ? { ...deps, context: watch.context } : deps;
    ended = (isDoubtful(send, deps) ? await askFirst(send, deps) : undefined) ?? (await push(send, through, startedAt));
  } catch (error) {
    const made = watch?.mayHaveArrived() ? { ...send, repeat: true } : send;
    ended = await explain(error, made, deps);
  }
  return { outcome: ended.outcome, sign: ended.sign, startedAt, durationMs: Math.max(0, deps.clock.now() - startedAt) };
}

/**
 * A create of several requests, or of one that was dropped and repeated: that the last one was turned away says nothing of
 * those before it. Whoever forgot the create then would make a second object.
 */
export function watched(context: ConnectorContext): { context: ConnectorContext; mayHaveArrived(): boolean } {
  const { http } = context;
  let [writes, repeated] = [0, false];
  const request: HttpClient['request'] = async (wanted) => {
    if (wanted.method !== 'GET') writes += 1;
    const answer = await http.request(wanted);
    repeated ||= answer.repeated;
    return answer;
  };
  return { context: { ...context, http: { ...http, request } }, mayHaveArrived: () => repeated || writes > 1 };
}

/** Its bytes may have arrived before the hub was killed, and the system would take them for a second object. */
const isDoubtful = ({ repeat, op }: Send, { connection }: AttemptDeps): boolean =>
  repeat && op === 'create' && connection.abilities.repeatSafe === 'no';

/** @returns undefined: the system does not have it, so it may be sent */
async function askFirst(send: Send, deps: AttemptDeps): Promise<Ended | undefined> {
  const answer = await ask(send, deps);
  if ('found' in answer) return answer.found === undefined ? undefined : delivered(answer.found);
  const { reason } = answer;
  if (deps.signal.aborted) return stopped('the hub stopped before it knew whether this had arrived', true);
  // Whoever cannot be reached is asked again, before anything is sent.
  if (reason && isPassing(reason)) return failed(reason, send);
  return unclear('it may have been created before', { send, reason });
}

const passing: ReadonlySet<string> = new Set(['unauthorized', 'unavailable', 'timeout', 'throttled']);
const isPassing = ({ kind }: ConnectorError): boolean => passing.has(kind);

/** Asked again just before the first byte: this process may have stood still, and another one gone on. */
async function push(send: Send, deps: AttemptDeps, startedAt: number): Promise<Ended> {
  const { connection, context, newSpanId, clock, mayStart } = deps;
  if (mayStart?.(startedAt, clock.now()) === false)
    return stopped('another process may have taken it over', send.repeat);
  const { connector } = connection;
  if (!connector.push) throw new ConnectorError('invalid', `${connector.name} cannot write`, { sent: false });
  const { externalId, status } = await connector.push(connectorSend(send, newSpanId), context);
  return delivered(externalId, status);
}

/** What a failed push means: the table of kinds in design.md, 6. Never rejects. */
export const explain = (error: unknown, send: Send, deps: AttemptDeps): Promise<Ended> =>
  meaningOf(error, send, deps).catch((second: unknown) => ownFault(second, send, deps));

async function meaningOf(error: unknown, send: Send, deps: AttemptDeps): Promise<Ended> {
  if (!(error instanceof ConnectorError)) return ownFault(error, send, deps);
  if (deps.signal.aborted && isUndecided(error))
    return stopped('the hub stopped before an answer came', error.sent || send.repeat);
  if (error.kind === 'conflict')
    return error.ours ? alreadyThere(error, send, deps) : failed(error.as('rejected'), send);
  if (error.kind === 'forbidden') return forbidden(error, send, deps);
  if (error.kind === 'unclear') return resolve(error, send, deps);
  return failed(error, send);
}

const isUndecided = ({ status }: ConnectorError): boolean => status === undefined;

/** Our own earlier request under this key was the first: only the id may still be missing. */
async function alreadyThere(error: ConnectorError, send: Send, deps: AttemptDeps): Promise<Ended> {
  const answer = send.op === 'create' ? await ask(send, deps) : undefined;
  if (answer && 'reason' in answer && deps.signal.aborted) return stopped(error.message, true);
  return delivered(answer && 'found' in answer ? answer.found : undefined, error.status);
}

/** One object that is not for us, or none of them any more. */
async function forbidden(error: ConnectorError, send: Send, { check, signal }: AttemptDeps): Promise<Ended> {
  const refused = await check.refused();
  if (signal.aborted) return stopped('the hub stopped before it knew what a 403 meant', send.repeat);
  return failed(error.as(refused ? 'unauthorized' : 'rejected'), send);
}

/** Sent, not answered, and not to be repeated blindly. An update cannot be asked for: its object is there either way. */
async function resolve(error: ConnectorError, send: Send, deps: AttemptDeps): Promise<Ended> {
  if (send.op !== 'create') return failed(error, send);
  const answer = await ask(send, deps);
  if (!('found' in answer)) return deps.signal.aborted ? stopped(error.message, true) : failed(error, send);
  if (answer.found !== undefined) return delivered(answer.found);
  if (mayStillHappen(error)) return failed(error, send);
  const message = `${error.message}; asked, and it was not`;
  // It stays in flight, so that it is asked for once more before it is sent again.
  return failed(error.as('unavailable', { message, sent: true }), send);
}

/** "Not there" is only final where the system is not still at it, and never said that it was done. */
function mayStillHappen({ cause, status }: ConnectorError): boolean {
  return status !== undefined || (cause instanceof ConnectorError && cause.kind === 'timeout');
}

type Answer = { found: string | undefined } | { reason: ConnectorError | undefined };

/** Looks the record up by what identifies it everywhere; `reason` where that could not be done. */
async function ask({ record, match }: Send, { connection, context, log }: AttemptDeps): Promise<Answer> {
  const { connector, system } = connection;
  if (!connector.find || match.length === 0) return { reason: undefined };
  try {
    return { found: await connector.find({ record, match }, context) };
  } catch (error) {
    if (error instanceof ConnectorError) return { reason: error };
    log.error({ err: error, system, record }, 'the connector failed to look up a record');
    return { reason: undefined };
  }
}

function unclear(what: string, { send, reason }: { send: Send; reason: ConnectorError | undefined }): Ended {
  const why = reason ? `could not be asked (${reason.message})` : 'cannot be asked';
  const message = `${what}, and ${send.system} ${why}; look there, then release the replica to send it again`;
  const { outcome } = failed(new ConnectorError('unclear', message), send);
  return { outcome, sign: reason ? signOf(reason) : 'nothing' };
}

/** A fault in the connector is ours: logged, tried again, and no reason to call the system down. */
function ownFault(error: unknown, { system, record, recordId, key }: Send, { log }: AttemptDeps): Ended {
  log.error({ err: error, system, record, recordId, key }, 'the connector failed; this is a fault of the hub');
  const message = `fault in the connector: ${error instanceof Error ? error.message : String(error)}`;
  return { outcome: { kind: 'unknown', message, sent: true }, sign: 'nothing' };
}
