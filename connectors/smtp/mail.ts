// A notification as a mail: who gets it, what stands in it, and whether the server took it.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import type SmtpConnection from 'nodemailer/lib/smtp-connection';
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { requireCreate } from '../../src/connector/incoming-webhook.ts';
import { payloadOf, requiredText } from '../../src/connector/payload.ts';
import { step, withSession } from './session.ts';
import type { SmtpContext, SmtpSettings } from './settings.ts';

interface Mail {
  from: string;
  to: string[];
  raw: Buffer;
}

type Sent = Awaited<ReturnType<typeof handOver>>;

/** @throws ConnectorError unclear once the mail has left and nobody said that it was taken */
export async function pushMail(send: Send, context: SmtpContext): Promise<Pushed> {
  requireCreate(send);
  const mail = await compose(send, context);
  const leaving = { begun: false };
  try {
    const sent = await withSession(context, (open) => handOver(open, mail, leaving));
    requireAll(sent);
    return { externalId: send.recordId, status: 250 };
  } catch (error) {
    throw leaving.begun && error instanceof ConnectorError && error.status === undefined
      ? error.as('unclear', { message: `${error.message}; the mail may have been taken`, sent: true })
      : error;
  }
}

async function compose(send: Send, { settings, now }: SmtpContext): Promise<Mail> {
  const payload = payloadOf(send);
  const to = recipientsOf(textAt(payload, ['role']), settings);
  const html = textAt(payload, ['html']);
  const composer = new MailComposer({
    from: settings.from,
    to,
    subject: requiredText(payload, 'subject'),
    text: requiredText(payload, 'text'),
    ...(html !== undefined && { html }),
    date: new Date(now()),
    messageId: messageIdOf(send, settings),
    // A loop of automatic answers would never end (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { from: settings.from, to, raw: await composer.compile().build() };
}

const recipientsOf = (role: string | undefined, { roles, to }: SmtpSettings): string[] =>
  (role !== undefined && Object.hasOwn(roles, role) && roles[role]) || to;

/** The same whenever it is sent: where a person sends it again, mail programs can tell that it is the same one. */
function messageIdOf({ key }: Send, { from }: SmtpSettings): string {
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@${from.split('@').at(-1)}>`;
}

/** @param leaving told when the first byte of the mail is asked for: the server has taken the addresses and waits for it */
function handOver(open: InstanceType<typeof SmtpConnection>, mail: Mail, leaving: { begun: boolean }) {
  const message = Readable.from(
    (function* read() {
      leaving.begun = true;
      yield mail.raw;
    })(),
    { objectMode: false },
  );
  const envelope = { from: mail.from, to: mail.to };
  return step<{ accepted: string[]; rejectedErrors?: Error[] | undefined }>(open, (done) =>
    open.send(envelope, message, done),
  );
}

/** Some have it and some were refused: a person must know, and nobody gets it twice. */
function requireAll({ accepted, rejectedErrors = [] }: Sent): void {
  if (rejectedErrors.length === 0) return;
  const words = rejectedErrors.map(({ message }) => message).join('; ');
  throw new ConnectorError(
    'rejected',
    `sent to ${accepted.length} of ${accepted.length + rejectedErrors.length}: ${words}`,
    { status: 250 },
  );
}
