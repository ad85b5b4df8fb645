// One session with a mail server: greeted, encrypted, let in; and what its replies mean.
import SmtpConnection from 'nodemailer/lib/smtp-connection';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import { inTime } from '../../src/connector/in-time.ts';
import type { SmtpContext } from './settings.ts';

type Connection = InstanceType<typeof SmtpConnection>;

/** As nodemailer fails: the reply's code where the server gave one. */
interface Failure extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
}

/** ms */
const never = 2 ** 31 - 1;

/** @throws ConnectorError */
export function withSession<T>(context: SmtpContext, use: (open: Connection) => Promise<T>): Promise<T> {
  const { host, port, tls, ca, auth } = context.settings;
  const connection = new SmtpConnection({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    logger: false,
    ...(ca !== undefined && { tls: { ca } }),
    // One limit is over all of it; the library's own come later, or nobody knew which of them ends a session.
    ...{ connectionTimeout: never, greetingTimeout: never, socketTimeout: never },
  });
  // What happens to a line that nobody uses any more is nobody's error.
  connection.on('error', () => undefined);
  const what = `mail server ${host}:${port}`;
  return inTime(context, what, async () => {
    try {
      await step(connection, (done) => connection.connect(done));
      if (auth) {
        const credentials = { user: auth.username, pass: auth.password };
        await step(connection, (done) => connection.login({ credentials }, done));
      }
      return await use(connection);
    } catch (error) {
      throw error instanceof ConnectorError ? error : failureOf(error as Failure, context);
    } finally {
      connection.quit();
    }
  }).finally(() => connection.close());
}

/** What goes wrong on the line comes as an event, whatever is under way. */
export function step<T>(
  connection: Connection,
  run: (done: (error?: Error | null, result?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    const closed = (): void => reject(new Error('the connection was closed'));
    connection.once('end', closed);
    run((error, result) => {
      connection.off('error', reject);
      connection.off('end', closed);
      if (error) reject(error);
      else resolve(result as T);
    });
  });
}

/** RFC 5321: 4yz asks to come back, 5yz is for good. Without a reply nothing was taken, as long as no message was sent. */
export function failureOf(failure: Failure, { http, settings: { host } }: SmtpContext): ConnectorError {
  const { responseCode: status, response, message, code } = failure;
  const words = http.redact(response ?? message);
  const detail = { ...(status !== undefined && { status, body: words }), sent: status !== undefined };
  return new ConnectorError(kindOf(status, code), `${host} says: ${words}`, detail);
}

function kindOf(status: number | undefined, code: string | undefined): ConnectorErrorKind {
  if (code === 'EAUTH' && (status === undefined || status >= 500)) return 'unauthorized';
  if (code === 'EAUTH' || status === undefined || status < 500) return 'unavailable';
  // Authentication required (RFC 4954).
  return status === 530 ? 'unauthorized' : 'rejected';
}
