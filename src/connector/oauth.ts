// Access tokens by client credentials or a refresh token (RFC 6749, 4.4 and 6); token-source.ts asks for one at a time.
import type { Dispatcher } from 'undici';
import { type Lossless, parseJson } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { basicHeader, type OAuth2Settings } from './auth.ts';
import { Deadline } from './deadline.ts';
import { ConnectorError } from './error.ts';
import { type ExchangeFailure, exchange, type RawAnswer } from './exchange.ts';
import { splitUrl } from './http.ts';
import { headerIn } from './raw-headers.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Token } from './token-source.ts';

/** Where the answer does not say, as RFC 6749 leaves it open. */
const defaultLifeMs = 300_000;
/** A token is renewed this long before its end, or at nine tenths of its life. */
const marginMs = 60_000;
const tokenText = /^[\x21-\x7e]+$/;

interface OAuthOptions {
  settings: OAuth2Settings;
  pool(origin: string): Dispatcher;
  timeoutMs: number;
  now(): number;
  /** Told of a refresh token that takes the place of the one before. */
  onRefreshToken(token: string): void;
}

/**
 * A refresh token that is replaced with each use is followed as long as this process lives; a server that takes the old
 * one back must be told not to replace it.
 */
export function createTokenAsker({ settings, ...options }: OAuthOptions): () => Promise<Token> {
  let { refreshToken } = settings;
  return async () => {
    const answer = await askForToken({ ...options, settings: { ...settings, refreshToken } });
    if (answer.refreshToken !== undefined && answer.refreshToken !== refreshToken) {
      ({ refreshToken } = answer);
      options.onRefreshToken(answer.refreshToken);
    }
    return answer;
  };
}

type TokenAnswer = Token & { refreshToken?: string };

/** @throws ConnectorError with `sent: false`: the request it was meant for never left */
async function askForToken(options: Omit<OAuthOptions, 'onRefreshToken'>): Promise<TokenAnswer> {
  const deadline = new Deadline(options.timeoutMs);
  const { origin, path } = splitUrl(options.settings.tokenUrl);
  try {
    const request = tokenRequest(options.settings, path);
    const answer = await exchange({ dispatcher: options.pool(origin), request, maxBytes: 65_536, deadline });
    return readToken(answer, options.now());
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const { code } = error as ExchangeFailure;
    throw new ConnectorError(code === 'timeout' ? 'timeout' : 'unavailable', `no token from ${origin}: ${code}`, {
      sent: false,
    });
  } finally {
    deadline.clear();
  }
}

function tokenRequest(settings: OAuth2Settings, path: string): Dispatcher.DispatchOptions {
  const { clientId, clientSecret, refreshToken, scope, credentialsIn } = settings;
  const form = new URLSearchParams({
    ...(refreshToken === undefined
      ? { grant_type: 'client_credentials' }
      : { grant_type: 'refresh_token', refresh_token: refreshToken }),
    ...(scope !== undefined && { scope }),
  });
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    'accept-encoding': 'identity',
  };
  if (credentialsIn === 'header') {
    // RFC 6749, 2.3.1: both are form-encoded before they are put together.
    headers.authorization = basicHeader(encodeURIComponent(clientId), encodeURIComponent(clientSecret));
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  return { method: 'POST', path, headers, body: form.toString() };
}

function readToken(answer: RawAnswer, now: number): TokenAnswer {
  if (answer.status !== 200 && answer.status !== 201) throw refusedToken(answer, now);
  const body = readBody(answer.bytes);
  const token = getPath(body, ['access_token']);
  if (typeof token !== 'string' || !tokenText.test(token)) {
    throw new ConnectorError('unauthorized', 'the token answer holds no usable access_token', { sent: false });
  }
  const life = Number(getPath(body, ['expires_in']) ?? Number.NaN) * 1000;
  const lifeMs = Number.isFinite(life) ? life : defaultLifeMs;
  const next = getPath(body, ['refresh_token']);
  const until = now + lifeMs - Math.min(marginMs, lifeMs / 10);
  return { token, until, ...(typeof next === 'string' && next !== '' && { refreshToken: next }) };
}

function refusedToken({ status, headers, bytes }: RawAnswer, now: number): ConnectorError {
  const code = getPath(readBody(bytes), ['error']);
  const words = `no token: ${status}${typeof code === 'string' ? ` ${code.slice(0, 80)}` : ''}`;
  const busy = status === 429 || status >= 500;
  const retryAfterMs = parseRetryAfter(headerIn(headers, 'retry-after'), now);
  return new ConnectorError(busy ? 'unavailable' : 'unauthorized', words, {
    status,
    sent: false,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function readBody(bytes: Buffer): Lossless | undefined {
  try {
    return parseJson(bytes.toString());
  } catch {
    return undefined;
  }
}
