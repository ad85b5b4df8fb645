// A real mail server on this machine: it keeps the mails that it took, and refuses as RFC 5321 says.
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Vendor, WireServer } from '../../contract/connector/subject.ts';

export const username = 'hub';
export const password = 'pa55word-of-the-hub';

export interface MailBox extends Vendor {
  serve(options?: { tls?: boolean }): Promise<WireServer>;
  /** The next mails are answered with this instead of being kept. */
  answer(reply: { code: number; words: string } | undefined): void;
}

interface Mail {
  from: string;
  to: string[];
  text: string;
}

export function mailBox(): MailBox {
  const kept: Mail[] = [];
  let reply: { code: number; words: string } | undefined;
  const refusal = (code: number, words: string) => Object.assign(new Error(words), { responseCode: code });
  const serve = async ({ tls = false } = {}): Promise<WireServer> => {
    const server = new SMTPServer({
      logger: false,
      hideSTARTTLS: !tls,
      allowInsecureAuth: true,
      onAuth: (auth, _, done) =>
        auth.username === username && auth.password === password
          ? done(null, { user: username })
          : done(refusal(535, '5.7.8 no such user')),
      onRcptTo: ({ address }, _, done) =>
        address.startsWith('nobody@') ? done(refusal(550, '5.1.1 nobody lives there')) : done(),
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
        stream.on('end', () => {
          if (reply) return done(refusal(reply.code, reply.words));
          const from = envelope.mailFrom ? envelope.mailFrom.address : '';
          kept.push({
            from,
            to: envelope.rcptTo.map(({ address }) => address),
            text: Buffer.concat(chunks).toString(),
          });
          return done();
        });
      },
    });
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      port: (server.server.address() as AddressInfo).port,
      close: () => new Promise((resolve) => server.close(resolve)),
    };
  };
  return {
    serve,
    answer: (next) => {
      reply = next;
    },
    handlers: [],
    held: () => kept.map((object, index) => ({ id: String(index), object: { ...object } })),
    add: () => String(kept.push({ from: 'somebody@example.com', to: ['ops@example.com'], text: 'Hello' }) - 1),
    touch: () => undefined,
  };
}
