// The HTTP client that is handed to connectors: one time limit, one body limit, our headers, nothing followed.
import pRetry from 'p-retry';
import { type Credentials, fixedHeader, type Login, type OAuth2Settings, secretsOf } from './auth.ts';
import { type CredentialKeeping, type KeptCredential, keptInMemory } from './credential-store.ts';
import { Deadline } from './deadline.ts';
import { ConnectorError } from './error.ts';
import { ExchangeFailure, exchange, type RawAnswer } from './exchange.ts';
import type { HttpClient, HttpRequest } from './http.ts';
import { Answer } from './http-answer.ts';
import { openSession } from './login.ts';
import { networkFault } from './network-fault.ts';
import { createTokenAsker } from './oauth.ts';
import type { Pools } from './pools.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { type KeySource, keptSealed } from './seal.ts';
import { createSigner } from './standard-webhooks.ts';
import { createTokenSource, type TokenOptions, type TokenSource } from './token-source.ts';

export interface HttpClientOptions {
  /** Id of the system: tokens are kept under it. */
  system?: string;
  pools: Pools;
  credentials?: Credentials;
  /** Further texts that must not stand in a stored answer. */
  secrets?: readonly string[];
  /** Over the whole exchange. */
  timeoutMs?: number;
  /** Where tokens are kept; in memory where absent. */
  keeping?: CredentialKeeping | undefined;
  /** ms since 1970. */
  now(): number;
}

export interface OwnHttpClient extends HttpClient {
  /** Waits for a token that is being renewed: before the store goes away that keeps it. */
  settle(): Promise<void>;
}

const defaultTimeoutMs = 10_000;
const defaultMaxBytes = 65_536;
/** After the first repeat of a dropped connection, which comes at once. */
const repeats = { retries: 1, minTimeout: 20, randomize: true };

export function createHttpClient(options: HttpClientOptions): OwnHttpClient {
  const { credentials = {}, secrets = [], timeoutMs = defaultTimeoutMs } = options;
  const redact = createRedactor([...secretsOf(credentials), ...secrets]);
  const session = sessionOf({ ...options, credentials, timeoutMs }, redact);
  const call = createCaller({ ...options, credentials, session });
  return {
    redact,
    settle: async () => session?.tokens.settle(),
    request: async (request) => {
      const deadline = new Deadline(request.timeoutMs ?? timeoutMs, request.signal);
      try {
        return new Answer(await call(request, deadline), redact);
      } catch (first) {
        // undici refuses a header or path that breaks the line, and loses a connection of the pool to it (as of 7.30).
        if (isUnsendable(first)) options.pools.renew(request.origin, request.urlFrom ?? 'operator');
        const { answer, repeated } = await repeatIfDropped(first, request, () => call(request, deadline));
        return new Answer(answer, redact, repeated);
      } finally {
        deadline.clear();
      }
    },
  };
}

type Caller = (request: HttpRequest, deadline: Deadline) => Promise<RawAnswer>;

function createCaller({
  pools,
  credentials,
  session,
  now,
}: HttpClientOptions & { credentials: Credentials; session: Session | undefined }): Caller {
  const anonymous: Writing = { fixed: alwaysSent, signer: undefined };
  const signer = credentials.sign === undefined ? undefined : createSigner(credentials.sign);
  const known: Writing = { fixed: [...alwaysSent, ...(fixedHeader(credentials.auth) ?? [])], signer };
  const send = (request: HttpRequest, deadline: Deadline, writing: Writing): Promise<RawAnswer> =>
    exchange({
      dispatcher: pools.pool(request.origin, request.urlFrom ?? 'operator'),
      request: {
        method: request.method,
        path: request.path,
        headers: headersOf(request, writing, now),
        body: request.body ?? null,
        // One request at a time on a connection: undici need not hold others back, and look again when the answer begins.
        blocking: false,
      },
      maxBytes: request.maxBytes ?? defaultMaxBytes,
      deadline,
    });
  const call: Caller = session
    ? withToken(session, (request, deadline, token) =>
        send(request, deadline, { fixed: [...alwaysSent, ...session.header(token)], signer }),
      )
    : (request, deadline) => send(request, deadline, known);
  // Whoever stands in a payload learns neither credentials nor signature.
  return (request, deadline) =>
    request.urlFrom === 'payload' ? send(request, deadline, anonymous) : call(request, deadline);
}

type Signer = ReturnType<typeof createSigner>;

/** What the requests of a client have in common. */
interface Writing {
  /** Names and values by turns. */
  fixed: readonly string[];
  signer: Signer | undefined;
}

const alwaysSent: readonly string[] = ['accept-encoding', 'identity', 'user-agent', 'syncline'];

/** Tokens that are asked for, how they are sent, and which answers refuse one. */
interface Session {
  tokens: TokenSource;
  header(token: string): [name: string, value: string];
  refuses(answer: RawAnswer): boolean;
}

function sessionOf(
  {
    system = 'the system',
    pools,
    credentials,
    timeoutMs,
    keeping,
    now,
  }: HttpClientOptions & {
    credentials: Credentials;
    timeoutMs: number;
  },
  redact: Redactor,
): Session | undefined {
  const pool = (origin: string) => pools.pool(origin, 'operator');
  const keptBy = (key: KeySource): KeptCredential => (keeping ? keptSealed(keeping, system, key) : keptInMemory(now));
  const tokensBy = (kept: KeptCredential, ask: TokenOptions['ask']) =>
    createTokenSource({ system, kept, ask, timeoutMs, now, onSecret: redact.add });
  const { auth, login } = credentials;
  if (login)
    return {
      tokens: tokensBy(login.shared ? keptBy(keyOfLogin(login)) : keptInMemory(now), () =>
        openSession({ login, pool, timeoutMs, redact, now }),
      ),
      header: login.header,
      refuses: (answer) => answer.status === 401 || login.isOver?.(new Answer(answer, redact)) === true,
    };
  const settings = auth?.oauth2;
  if (!settings) return undefined;
  const { tokenHeader = bearer } = credentials;
  return {
    tokens: tokensBy(keptBy(keyOfClient(settings)), createTokenAsker({ system, settings, pool, timeoutMs, now })),
    header: tokenHeader,
    refuses: ({ status }) => status === 401,
  };
}

/** The password stands in the body. */
const keyOfLogin = ({ origin, path, body }: Login): KeySource => ({ secrets: [body], about: [origin, path] });

const keyOfClient = ({
  tokenUrl,
  clientId,
  clientSecret,
  refreshToken = '',
  scope = '',
}: OAuth2Settings): KeySource => ({
  secrets: [clientSecret, refreshToken],
  about: [tokenUrl, clientId, scope],
});

const bearer = (token: string): [string, string] => ['authorization', `Bearer ${token}`];

type SendWithToken = (request: HttpRequest, deadline: Deadline, token: string) => Promise<RawAnswer>;

/** A token that the system refuses is asked for anew, once: a refusal has changed nothing there. */
function withToken({ tokens, refuses }: Session, send: SendWithToken): Caller {
  const attempt = async (request: HttpRequest, deadline: Deadline, refused?: string) => {
    const token = await within(deadline, tokens.get(refused));
    return { token, answer: await send(request, deadline, token) };
  };
  return async (request, deadline) => {
    const { token, answer } = await attempt(request, deadline);
    if (!refuses(answer)) return answer;
    return (await attempt(request, deadline, token)).answer;
  };
}

/** Waits no longer than the exchange may last. */
const within = <T>(deadline: Deadline, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    deadline.watch({ stop: (reason) => reject(new ExchangeFailure(reason, { started: false, answered: false })) });
    promise.then(resolve, reject);
  });

function headersOf(request: HttpRequest, { fixed, signer }: Writing, now: () => number): string[] {
  const headers = fixed.slice();
  if (request.body !== undefined) headers.push('content-type', request.contentType ?? 'application/json');
  if (request.traceparent !== undefined) headers.push('traceparent', request.traceparent);
  if (request.idempotencyKey !== undefined) {
    headers.push('idempotency-key', request.idempotencyKey);
    if (signer) headers.push(...signedHeaders(request, request.idempotencyKey, signer, now()));
  }
  for (const name in request.headers) headers.push(name, request.headers[name] as string);
  return headers;
}

function signedHeaders({ body = '' }: HttpRequest, key: string, signer: Signer, now: number): string[] {
  // The signed text is cut at dots, so an id has none.
  const id = key.includes('.') ? key.replaceAll('.', '%2E') : key;
  const timestamp = String(Math.floor(now / 1000));
  return ['webhook-id', id, 'webhook-timestamp', timestamp, 'webhook-signature', signer({ id, timestamp, body })];
}

const isUnsendable = (error: unknown): boolean =>
  error instanceof ExchangeFailure && error.code === 'UND_ERR_INVALID_ARG';

const droppedCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const wasDropped = (error: unknown): boolean =>
  error instanceof ExchangeFailure && !error.answered && droppedCodes.has(error.code);

interface Repeated {
  answer: RawAnswer;
  /** An earlier try had left. */
  repeated: boolean;
}

/** A kept connection that the other side closed just now is no failure of the system. @throws what it comes to in the end */
async function repeatIfDropped(
  first: unknown,
  request: HttpRequest,
  call: () => Promise<RawAnswer>,
): Promise<Repeated> {
  try {
    if (!mayRepeat(request) || !wasDropped(first)) throw first;
    return await repeat(first, call);
  } catch (error) {
    throw error instanceof ExchangeFailure ? networkFault(error, request) : error;
  }
}

const mayRepeat = ({ repeatSafe, method }: HttpRequest): boolean =>
  repeatSafe ?? (method === 'GET' || method === 'HEAD');

async function repeat(first: unknown, call: () => Promise<RawAnswer>): Promise<Repeated> {
  let left = hasLeft(first);
  const note = (error: unknown): boolean => {
    left ||= hasLeft(error);
    return wasDropped(error);
  };
  try {
    const answer = await pRetry(call, { ...repeats, shouldRetry: ({ error }) => note(error) });
    return { answer, repeated: left };
  } catch (last) {
    throw left || hasLeft(last) ? afterLeaving(last) : last;
  }
}

const hasLeft = (error: unknown): boolean => error instanceof ExchangeFailure && error.started;

/** What an earlier try has sent stays sent, although the last one never got that far. */
function afterLeaving(error: unknown): unknown {
  if (error instanceof ExchangeFailure)
    return new ExchangeFailure(error.code, { started: true, answered: error.answered, cause: error.cause });
  return error instanceof ConnectorError ? error.as(error.kind, { sent: true }) : error;
}
