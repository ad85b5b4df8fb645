// How Tryton is called (JSON-RPC), what its answers mean, and how a session is opened.
import { textAt, textIn } from '../../src/connector/answer.ts';
import type { Sending } from '../../src/connector/ask-json.ts';
import type { Credentials } from '../../src/connector/auth.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { askRpc, type RpcFault } from '../../src/connector/json-rpc.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import type { TrytonContext, TrytonSettings } from './settings.ts';

export interface Call {
  /** e.g. `model.party.party.create` */
  method: string;
  /** Without the context, which comes last. */
  params: Lossless[];
  /** The push that a write belongs to; undefined for a question. */
  sending?: Sending | undefined;
  /** Record (`party.party,3`) → its `_timestamp` as it was read: the call fails if somebody changed it since. */
  unchanged?: Readonly<Record<string, string>>;
}

/** @returns the result, null for most writes */
export function call(context: TrytonContext, { method, params, sending, unchanged }: Call): Promise<Lossless> {
  const { url, company, language } = context.settings;
  const frame = {
    ...{ company, company_filter: 'one', language },
    // Only a question is also about what was archived.
    ...(sending === undefined && { active_test: false }),
    ...(unchanged && { _timestamp: unchanged }),
  };
  const body = { id: 1, method, params: [...params, frame] };
  return askRpc(context, { origin: url.origin, path: pathOf(context.settings), what: method, sending, body }, faultOf);
}

const pathOf = ({ url, database }: TrytonSettings): string => `${url.path}/${database}/`;

/** Whatever Tryton raises is rolled back; what is none of its own exceptions is a fault of a program. */
function faultOf({ error, detail, otherwise }: RpcFault): ConnectorError {
  const [name, words] = [textAt(error, ['0']) ?? 'an error without words', textAt(error, ['1', '0'])];
  if (name === 'UserError') return new ConnectorError('rejected', words ?? name, detail);
  if (name === 'UserWarning') return new ConnectorError('rejected', textAt(error, ['1', '1']) ?? name, detail);
  // It was read a moment ago: the next attempt reads it anew.
  if (name === 'ConcurrencyException')
    return new ConnectorError('unavailable', textAt(error, ['1']) ?? name, { ...detail, sent: false });
  return new ConnectorError(otherwise, name, detail);
}

/**
 * Writes fields of a row, where there are any.
 * @param rows model → row as it was read, the one to write first: whoever changed one of them since is not written over
 */
export async function write(context: TrytonContext, sending: Sending, rows: LosslessObject, fields: LosslessObject) {
  const [[model, row] = ['']] = Object.entries(rows);
  const stamps = Object.entries(rows).map(([name, read]) => [
    `${name},${textAt(read, ['id'])}`,
    textAt(read, ['_timestamp']),
  ]);
  const unchanged = Object.fromEntries(stamps.filter(([, stamp]) => stamp !== undefined));
  const params = [[Number(textAt(row, ['id']))], fields];
  if (Object.keys(fields).length > 0)
    await call(context, { method: `model.${model}.write`, params, sending, unchanged });
}

export const credentialsOf = (settings: TrytonSettings): Credentials => {
  const { username, password } = settings.login;
  const params = [username, { password }, settings.language];
  return {
    login: {
      origin: settings.url.origin,
      path: pathOf(settings),
      body: JSON.stringify({ id: 1, method: 'common.db.login', params }),
      token: (answer) => sessionIn(answer, username),
      header: (token) => ['authorization', `Session ${token}`],
      // A row of its table `ir_session`, looked up by user and key whoever asks.
      shared: true,
    },
  };
};

function sessionIn(answer: HttpAnswer, username: string): string {
  const [user, session] = [textIn(answer.text(), ['result', '0']), textIn(answer.text(), ['result', '1'])];
  if (session !== undefined) return Buffer.from(`${username}:${user}:${session}`).toString('base64');
  const words = textIn(answer.text(), ['error', '1', '1']);
  throw new ConnectorError('unauthorized', words ?? 'the answer to the login holds no session');
}
