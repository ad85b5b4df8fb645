// Opens a session: one request with our credentials, whose answer holds the token of all that follow.
import type { Login } from './auth.ts';
import { Deadline } from './deadline.ts';
import { ConnectorError } from './error.ts';
import { type ExchangeFailure, exchange } from './exchange.ts';
import { Answer } from './http-answer.ts';
import type { Pools } from './pools.ts';
import type { Redactor } from './redact.ts';
import type { Token } from './renewal.ts';
import { faultOfAnswer, isGood } from './status.ts';

interface LoginOptions {
  login: Login;
  pool(origin: string): ReturnType<Pools['pool']>;
  timeoutMs: number;
  redact: Redactor;
  now(): number;
}

/**
 * Used until the system refuses it: how long a session lasts is the system's affair.
 * @throws ConnectorError with `sent: false`: the request it was meant for never left
 */
export async function openSession({ login, pool, timeoutMs, redact, now }: LoginOptions): Promise<Token> {
  const { origin, path, body } = login;
  const deadline = new Deadline(timeoutMs);
  try {
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'identity' };
    const request = { method: 'POST', path, headers, body };
    const raw = await exchange({ dispatcher: pool(origin), request, maxBytes: 65_536, deadline });
    const answer = new Answer(raw, redact);
    if (!isGood(answer.status)) throw faultOfAnswer(answer, `POST ${path}`, now());
    return { token: login.token(answer) };
  } catch (error) {
    if (error instanceof ConnectorError) throw error.as(error.kind, { sent: false });
    const { code } = error as ExchangeFailure;
    const kind = code === 'timeout' ? 'timeout' : 'unavailable';
    throw new ConnectorError(kind, `no session at ${origin}: ${code}`, { sent: false, cause: error });
  } finally {
    deadline.clear();
  }
}
