// One session with an SFTP server, whose key must be the one that is known; and what its refusals mean.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import SftpClient from 'ssh2-sftp-client';
import { ConnectorError } from '../../src/connector/contract.ts';
import { inTime } from '../../src/connector/in-time.ts';
import type { SftpContext } from './settings.ts';

export type Session = SftpClient;

const nothing = (): void => undefined;

/** @throws ConnectorError */
export async function withSession<T>(context: SftpContext, use: (session: Session) => Promise<T>): Promise<T> {
  const { host, port, hostKey, username, password, privateKey, passphrase } = context.settings;
  const socket = connect({ port, host, noDelay: true });
  // ssh2 listens too; without this an error after the end would end the hub.
  socket.on('error', nothing);
  const session = new SftpClient('syncline', { error: nothing, end: nothing, close: nothing });
  let shown: string | undefined;
  const login = { ...(password !== undefined && { password }), ...(privateKey !== undefined && { privateKey }) };
  const connecting = {
    ...{ sock: socket, username, ...login, ...(passphrase !== undefined && { passphrase }) },
    // One limit is over all of it; this one would race with it.
    readyTimeout: 0,
    hostVerifier: (key: Buffer) => {
      shown = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
      return shown === hostKey;
    },
  };
  try {
    return await inTime(context, `SFTP server ${host}:${port}`, async () => {
      await session.connect(connecting);
      return await use(session);
    });
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    if (shown !== undefined && shown !== hostKey) throw stranger(host, shown);
    throw failureOf(error as Error, context);
  } finally {
    socket.destroy();
  }
}

const stranger = (host: string, shown: string): ConnectorError =>
  new ConnectorError('unauthorized', `${host} shows the key ${shown}, which is not hostKey of the settings`, {
    sent: false,
  });

/** A folder that is gone or closed is the matter of the server, not of one record: it is tried again. */
function failureOf({ message }: Error, { http, settings: { host } }: SftpContext): ConnectorError {
  const isStranger = message.includes('authentication methods failed');
  const kind = isStranger ? 'unauthorized' : 'unavailable';
  return new ConnectorError(kind, `${host}: ${http.redact(message)}`, { sent: !isStranger });
}
