// Access tokens by client credentials or a refresh token (RFC 6749, 4.4 and 6); token-source.ts asks for one at a time, and keeps it.
import type { Dispatcher } from 'undici';
import { type Lossless, parseJson } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { basicHeader, type OAuth2Settings } from './auth.ts';
import { Deadline } from './deadline.ts';
import { ConnectorError } from './error.ts';
import { type ExchangeFailure, exchange, type RawAnswer } from './exchange.ts';
import { splitUrl } from './http.ts';
import { headerIn } from './raw-headers.ts';
import { authorizeAgain, type Before, type Token } from './renewal.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Where the answer does not say, as RFC 6749 leaves it open. */
const defaultLifeMs = 300_000;
/** A token is renewed this long before its end, or at nine tenths of its life. */
const marginMs = 60_000;
const tokenText = /^[\x21-\x7e]+$/;

/** Errors about the client or the request: the refresh token may be as good as before. */
const notOfTheToken = /^(invalid_client|invalid_request|invalid_scope|unauthorized_client|unsupported_grant_type)$/;

interface OAuthOptions {
  system: string;
  settings: OAuth2Settings;
  pool(origin: string): Dispatcher;
  timeoutMs: number;
  now(): number;
}

/** @returns asks for a token, by the newest refresh token that is known where the settings have one */
export const createTokenAsker =
  (options: OAuthOptions) =>
  async (before: Before): Promise<Token> => {
    const { settings } = options;
    if (settings.refreshToken === undefined) return (await askForToken(options, settings)).token;
    const used = before.refreshToken ?? settings.refreshToken;
    try {
      const { token, refreshToken } = await askForToken(options, { ...settings, refreshToken: used });
      // Many answer with the one that was used.
      return refreshToken === undefined || refreshToken === used ? token : { ...token, refreshToken };
    } catch (error) {
      throw isOfTheToken(error) ? error.as('unauthorized', { message: refusedWords(error, options, before) }) : error;
    }
  };

interface TokenAnswer {
  token: Token;
  refreshToken: string | undefined;
}

/** @throws ConnectorError with `sent: false`: the request it was meant for never left */
async function askForToken(options: OAuthOptions, settings: OAuth2Settings): Promise<TokenAnswer> {
  const deadline = new Deadline(options.timeoutMs);
  const { origin, path } = splitUrl(settings.tokenUrl);
  try {
    const request = tokenRequest(settings, path);
    const answer = await exchange({ dispatcher: options.pool(origin), request, maxBytes: 65_536, deadline });
    return readToken(answer, options.now());
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const { code } = error as ExchangeFailure;
    const kind = code === 'timeout' ? 'timeout' : 'unavailable';
    throw new ConnectorError(kind, `no token from ${origin}: ${code}`, { sent: false, cause: error });
  } finally {
    deadline.clear();
  }
}

const isOfTheToken = (error: unknown): error is ConnectorError =>
  error instanceof ConnectorError &&
  error.kind === 'unauthorized' &&
  (error.status === 400 || error.status === 401) &&
  !notOfTheToken.test(error.message.split(' ').at(-1) ?? '');

/** What to do about a refresh token that is not taken any more, and how it may have come to that. */
function refusedWords(error: ConnectorError, { system }: OAuthOptions, { refreshToken, at, doubt }: Before): string {
  const which =
    refreshToken === undefined || at === undefined
      ? 'the refresh token of the settings'
      : `the refresh token that was stored on ${new Date(at).toISOString()}`;
  const why = doubt
    ? '. The answer to an earlier renewal was lost, and perhaps the token that took its place with it'
    : '';
  return `${error.message}: ${which} is not taken any more${why}. To go on, ${authorizeAgain(system)}`;
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
  return {
    token: { token, lifeMs: lifeMs - Math.min(marginMs, lifeMs / 10) },
    refreshToken: typeof next === 'string' && next !== '' ? next : undefined,
  };
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
