// Failures below HTTP: what each code means, and whether the system may have our bytes.
import { ConnectorError } from './error.ts';
import type { ExchangeFailure } from './exchange.ts';
import type { HttpRequest } from './http.ts';

const notOurs = new Set(['UND_ERR_INVALID_ARG', 'ERR_INVALID_URL']);

/** No answer came: what that means, and whether the system may have our bytes. */
export function networkFault(
  { code, started, cause }: ExchangeFailure,
  { method, origin, path, urlFrom }: HttpRequest,
): ConnectorError {
  const what = `${method} ${path.split('?')[0]}`;
  const detail = { sent: started, cause };
  if (code === 'timeout' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return new ConnectorError('timeout', `no answer in time to ${what}`, detail);
  if (code === 'stopped') return new ConnectorError('unavailable', `the hub stopped during ${what}`, detail);
  if (code === 'ADDRESS_REFUSED') {
    return new ConnectorError(urlFrom === 'payload' ? 'invalid' : 'unavailable', messageOf(cause), detail);
  }
  if (notOurs.has(code))
    return new ConnectorError('invalid', `${what} cannot be sent: ${messageOf(cause)}`, {
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

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : 'refused');
