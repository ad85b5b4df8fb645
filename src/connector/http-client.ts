// The HTTP client that is handed to connectors: one time limit, one body limit, our headers, nothing followed.
import pRetry from 'p-retry';
import { type Credentials, fixedHeader, secretsOf } from './auth.ts';
import { Deadline } from './deadline.ts';
import { ConnectorError } from './error.ts';
import { ExchangeFailure, exchange, type RawAnswer } from './exchange.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from './http.ts';
import { createTokenSource, type TokenSource } from './oauth.ts';
import type { Pools } from './pools.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { createSigner } from './standard-webhooks.ts';

export interface HttpClientOptions {
  pools: Pools;
  credentials?: Credentials;
  /** Further texts that must not stand in a stored answer. */
  secrets?: readonly string[];
  /** Over the whole exchange. */
  timeoutMs?: number;
  /** ms since 1970. */
  now(): number;
}

const defaultTimeoutMs = 10_000;
const defaultMaxBytes = 65_536;
const excerptBytes = 4096;
/** After the first repeat of a dropped connection, which comes at once. */
const repeats = { retries: 1, minTimeout: 20, randomize: true };

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { credentials = {}, secrets = [], timeoutMs = defaultTimeoutMs } = options;
  const redact = createRedactor([...secretsOf(credentials), ...secrets]);
  const caller = createCaller({ ...options, credentials, timeoutMs }, redact);
  return {
    redact,
    request: async (request) => {
      const deadline = new Deadline(request.timeoutMs ?? timeoutMs, request.signal);
      try {
        return answerOf(await caller(request, deadline), redact);
      } catch (error) {
        throw error instanceof ExchangeFailure ? networkFault(error, request) : error;
      } finally {
        deadline.clear();
      }
    },
  };
}

type Caller = (request: HttpRequest, deadline: Deadline) => Promise<RawAnswer>;

function createCaller(
  options: HttpClientOptions & { credentials: Credentials; timeoutMs: number },
  redact: Redactor,
): Caller {
  const { pools, credentials, now } = options;
  const fixed = fixedHeader(credentials.auth) ?? [];
  const tokens = tokenSource(options, redact);
  const signer = credentials.sign === undefined ? undefined : createSigner(credentials.sign);
  const send = (
    request: HttpRequest,
    deadline: Deadline,
    auth: readonly string[],
    signer?: Signer,
  ): Promise<RawAnswer> =>
    exchange({
      dispatcher: pools.pool(request.origin, request.urlFrom ?? 'operator'),
      request: {
        method: request.method,
        path: request.path,
        headers: headersOf(request, auth, signer, now),
        body: request.body ?? null,
      },
      maxBytes: request.maxBytes ?? defaultMaxBytes,
      deadline,
    });
  const known: Send = (request, deadline, auth = fixed) => send(request, deadline, auth, signer);
  const call: Caller = tokens ? withToken(tokens, known) : known;
  return (request, deadline) => {
    // Whoever stands in a payload learns neither credentials nor signature.
    const attempt = () => (request.urlFrom === 'payload' ? send(request, deadline, []) : call(request, deadline));
    const safe = request.repeatSafe ?? (request.method === 'GET' || request.method === 'HEAD');
    return safe ? repeatIfDropped(attempt) : attempt();
  };
}

type Signer = ReturnType<typeof createSigner>;
type Send = (request: HttpRequest, deadline: Deadline, auth?: readonly string[]) => Promise<RawAnswer>;

function tokenSource(
  { pools, credentials, timeoutMs, now }: HttpClientOptions & { credentials: Credentials; timeoutMs: number },
  redact: Redactor,
): TokenSource | undefined {
  const settings = credentials.auth?.oauth2;
  if (!settings) return undefined;
  return createTokenSource({
    settings,
    pool: (origin) => pools.pool(origin, 'operator'),
    timeoutMs,
    now,
    onToken: redact.add,
  });
}

/** A token that the system refuses is asked for anew, once: a 401 has changed nothing there. */
function withToken(tokens: TokenSource, send: Send): Caller {
  const attempt = async (request: HttpRequest, deadline: Deadline) => {
    const token = await within(deadline, tokens.get());
    return { token, answer: await send(request, deadline, ['authorization', `Bearer ${token}`]) };
  };
  return async (request, deadline) => {
    const { token, answer } = await attempt(request, deadline);
    if (answer.status !== 401) return answer;
    tokens.forget(token);
    return (await attempt(request, deadline)).answer;
  };
}

/** Waits no longer than the exchange may last. */
const within = <T>(deadline: Deadline, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    deadline.watch((reason) => reject(new ExchangeFailure(reason, { started: false, answered: false })));
    promise.then(resolve, reject);
  });

function headersOf(
  request: HttpRequest,
  auth: readonly string[],
  signer: Signer | undefined,
  now: () => number,
): string[] {
  const headers = ['accept-encoding', 'identity', 'user-agent', 'syncline', ...auth];
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

const droppedCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const wasDropped = (error: unknown): boolean =>
  error instanceof ExchangeFailure && !error.answered && droppedCodes.has(error.code);

/** A kept connection that the other side closed just now is no failure of the system. */
async function repeatIfDropped(call: () => Promise<RawAnswer>): Promise<RawAnswer> {
  try {
    return await call();
  } catch (error) {
    if (!wasDropped(error)) throw error;
    return pRetry(call, { ...repeats, shouldRetry: (failed) => wasDropped(failed.error) });
  }
}

class Answer implements HttpAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly truncated: boolean;
  readonly #headers: RawAnswer['headers'];
  readonly #redact: Redactor;
  #text: string | undefined;

  constructor(raw: RawAnswer, redact: Redactor) {
    this.status = raw.status;
    this.bytes = raw.bytes;
    this.truncated = raw.truncated;
    this.#headers = raw.headers;
    this.#redact = redact;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  text(): string {
    this.#text ??= this.bytes.toString();
    return this.#text;
  }

  /** Redacted first, cut then: half a secret at the edge would be one that no redaction finds. */
  excerpt(): string {
    const clean = this.#redact(this.text()).replaceAll('\0', '\ufffd');
    if (Buffer.byteLength(clean) <= excerptBytes) return clean;
    return Buffer.from(clean)
      .subarray(0, excerptBytes)
      .toString()
      .replace(/\ufffd$/, '');
  }
}

const answerOf = (raw: RawAnswer, redact: Redactor): HttpAnswer => new Answer(raw, redact);

const notOurs = new Set(['UND_ERR_INVALID_ARG', 'ERR_INVALID_URL']);

/** No answer came: what that means, and whether the system may have our bytes. */
function networkFault(
  { code, started, cause }: ExchangeFailure,
  { method, origin, path, urlFrom }: HttpRequest,
): ConnectorError {
  const what = `${method} ${path.split('?')[0]}`;
  const detail = { sent: started, cause };
  if (code === 'timeout' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return new ConnectorError('timeout', `no answer in time to ${what}`, detail);
  if (code === 'stopped') return new ConnectorError('unavailable', `the hub stopped during ${what}`, detail);
  if (code === 'ADDRESS_REFUSED') {
    return new ConnectorError(urlFrom === 'payload' ? 'invalid' : 'unavailable', (cause as Error).message, detail);
  }
  if (notOurs.has(code))
    return new ConnectorError('invalid', `${what} cannot be sent: ${(cause as Error).message}`, {
      ...detail,
      sent: false,
    });
  if (code === 'HTTPParserError' || code.startsWith('HPE_') || code.startsWith('UND_ERR_HEADERS_OVERFLOW')) {
    return new ConnectorError('unknown', `the answer to ${what} is no HTTP (${code})`, detail);
  }
  return new ConnectorError(
    'unavailable',
    started ? `connection lost during ${what} (${code})` : `cannot reach ${origin} (${code})`,
    detail,
  );
}
