// One connection to a NATS server, opened for a batch of events; and what its failures mean.
import { readFile } from 'node:fs/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
  type TlsOptions,
} from '@nats-io/transport-node';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import { inTime } from '../../src/connector/in-time.ts';
import type { NatsContext } from './settings.ts';

/** ms */
const never = 2 ** 31 - 1;

/** @throws ConnectorError */
export async function withServer<T>(context: NatsContext, use: (open: NatsConnection) => Promise<T>): Promise<T> {
  const { servers } = context.settings;
  let opening: Promise<NatsConnection> | undefined;
  try {
    return await inTime(context, `NATS server ${servers.join(', ')}`, async () => {
      opening = connect(await optionsOf(context));
      return use(await opening);
    });
  } catch (error) {
    throw error instanceof ConnectorError ? error : failureOf(error as Error, context);
  } finally {
    // Also one that comes up after its time was over.
    opening?.then((open) => open.close()).catch(() => undefined);
  }
}

async function optionsOf({ system, settings: { servers, tls, auth } }: NatsContext): Promise<NodeConnectionOptions> {
  const known: Known = auth ?? {};
  const authenticator = await authenticatorOf(known);
  const isSafe = tls !== undefined || servers.some((one) => one.startsWith('tls://'));
  return {
    servers: servers.map((one) => one.replace(/^\w+:\/\//, '')),
    name: `syncline ${system}`,
    // The hub decides when it is tried again, and one limit is over all of it.
    ...{ reconnect: false, timeout: never, ignoreClusterUpdates: true },
    ...(isSafe && { tls: { ...tls } as TlsOptions }),
    ...(known.username !== undefined && { user: known.username, pass: known.password ?? '' }),
    ...(known.token !== undefined && { token: known.token }),
    ...(authenticator && { authenticator }),
  };
}

/** Whichever way it is known by. */
interface Known {
  username?: string;
  password?: string;
  token?: string;
  nkey?: string;
  creds?: string;
  credsFile?: string;
}

async function authenticatorOf({ nkey, creds, credsFile }: Known): Promise<Authenticator | undefined> {
  if (nkey !== undefined) return nkeyAuthenticator(new TextEncoder().encode(nkey));
  if (creds !== undefined) return credsAuthenticator(new TextEncoder().encode(creds));
  return credsFile === undefined ? undefined : credsAuthenticator(await readFile(credsFile));
}

function failureOf(error: Error, { http, settings: { servers } }: NatsContext): ConnectorError {
  const found = causesOf(error)
    .map(meaningOf)
    .find((one) => one !== undefined);
  const { kind, words = error.message, sent = true } = found ?? { kind: 'unavailable' as const };
  return new ConnectorError(kind, `${servers.join(', ')}: ${http.redact(words)}`, { sent, cause: error });
}

interface Meaning {
  kind: ConnectorErrorKind;
  words?: string;
  /** Whether the event could have been kept. */
  sent?: boolean;
}

/** The error itself, and what caused it. */
function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function meaningOf(error: Error): Meaning | undefined {
  if (error instanceof errors.PermissionViolationError) return { kind: 'forbidden' };
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return { kind: 'unauthorized', sent: false };
  if (error instanceof errors.TimeoutError) return { kind: 'timeout' };
  if (error instanceof JetStreamApiError) return { kind: error.apiError().code >= 500 ? 'unavailable' : 'rejected' };
  if (error instanceof errors.NoRespondersError)
    return { kind: 'rejected', words: 'no stream keeps this subject, or JetStream is off', sent: false };
  if ('code' in error && error.code === 'ENOENT') return { kind: 'unauthorized', sent: false };
  return undefined;
}
