// Messages to people through the incoming webhook of a chat: told once, and nobody can ask afterwards whether it was.
import { isUnanswered, textIn } from './answer.ts';
import { ConnectorError, type ConnectorErrorKind, type Pushed, type Send } from './contract.ts';
import type { HttpAnswer, HttpClient } from './http.ts';
import { faultOfAnswer, isGood } from './status.ts';

interface Webhook {
  /** Its path may hold the secret; nothing that is told does. */
  url: { origin: string; path: string };
  /** The message with a key by which the chat tells a repeat: it may be sent again. Absent: the stored bytes, once. */
  keyed?: { key: string; body: string } | undefined;
  /** @throws ConnectorError when the answer does not say that the message was taken */
  read(answer: HttpAnswer): void;
}

interface Context {
  http: HttpClient;
  signal?: AbortSignal;
}

/**
 * The stored bytes as they are, or what stands for them with a key.
 * @returns the key, or our own id: chats give none
 * @throws ConnectorError unclear where no answer came and there is no key: a second try might say it twice
 */
export async function tellOnce(send: Send, { http, signal }: Context, { url, keyed, read }: Webhook): Promise<Pushed> {
  requireCreate(send);
  let answer: HttpAnswer;
  try {
    const [body, repeatSafe] = [keyed?.body ?? send.body, keyed !== undefined];
    answer = await http.request({ method: 'POST', ...url, body, repeatSafe, signal });
  } catch (error) {
    throw error instanceof ConnectorError ? unanswered(error, http, keyed !== undefined) : error;
  }
  read(answer);
  return { externalId: keyed?.key ?? send.recordId, status: answer.status };
}

/** @throws ConnectorError invalid: what was told stays told */
export function requireCreate({ op, record, recordId }: Send): void {
  if (op === 'create') return;
  const what = `the ${record} ${recordId} was told already, and nothing can be changed about that`;
  throw new ConnectorError('invalid', what, { sent: false });
}

/** Without its cause, which names the path. */
function unanswered(error: ConnectorError, { redact }: HttpClient, isKeyed: boolean): ConnectorError {
  const isLost = !isKeyed && isUnanswered(error);
  const { kind, sent, message } = error;
  return isLost
    ? new ConnectorError('unclear', `${redact(message)}; it may have been told`)
    : new ConnectorError(kind, redact(message), { sent });
}

export interface ErrcodeReading {
  http: HttpClient;
  what: string;
  now: number;
  /** Codes that mean something other than a refusal of this message. */
  kinds: Readonly<Record<string, ConnectorErrorKind>>;
}

/**
 * For answers `{ errcode, errmsg }` inside HTTP 200: 0 is done, every other code says that nothing was.
 * @throws ConnectorError in the system's own words; unclear when there is no code
 */
export function requireErrcodeZero(answer: HttpAnswer, { http, what, now, kinds }: ErrcodeReading): void {
  if (!isGood(answer.status)) throw faultOfAnswer(answer, what, now);
  const text = answer.text();
  const code = textIn(text, ['errcode']);
  if (code === '0') return;
  const detail = { status: answer.status, body: answer.excerpt() };
  if (code === undefined) throw new ConnectorError('unclear', `the answer to ${what} holds no errcode`, detail);
  const words = textIn(text, ['errmsg']) ?? 'no errmsg';
  throw new ConnectorError(kinds[code] ?? 'rejected', `${http.redact(words)} (errcode ${code})`, detail);
}
