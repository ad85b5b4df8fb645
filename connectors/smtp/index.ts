// Notifications as mail, handed to a mail server over SMTP.
import { defineConnector } from '../../src/connector/define.ts';
import { type SmtpContext, settings } from './settings.ts';

const rfc = 'https://www.rfc-editor.org/rfc';

export const smtp = defineConnector({
  name: 'smtp',
  title: 'A mail server: notifications as mail',
  settings,
  operations: [
    { name: 'EHLO, STARTTLS', does: 'read', source: 'vendor_spec', link: `${rfc}/rfc3207` },
    { name: 'AUTH', does: 'read', source: 'vendor_spec', link: `${rfc}/rfc4954` },
    { name: 'MAIL, RCPT, DATA', does: 'write', source: 'vendor_spec', link: `${rfc}/rfc5321#section-3.3` },
  ],
  records: () => ['notification'],
  writeStyle: () => 'whole',
  repeatSafe: () => 'no',
  // The library is loaded by whoever sends mail.
  push: async (send, context) => (await import('./mail.ts')).pushMail(send, context),
  check: async (context: SmtpContext) => (await import('./session.ts')).withSession(context, async () => undefined),
});
