// Settings of the smtp connector: which mail server, how it knows us, who writes to whom.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { secret } from '../../src/connector/secret.ts';

/** One address and nothing else: a line end or a list in it would write headers. */
const address = () => z.string().regex(/^[^\s<>,;:"@]+@[^\s<>,;:"@]+$/, 'must be an address such as ops@example.com');
const addresses = () => z.array(address()).min(1);

export const settings = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(587),
  /** `starttls`: refused where the server does not offer it. `none`: for a server on this machine. */
  tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
  /** Certificate (PEM) of an authority of your own. */
  ca: z.string().min(1).optional(),
  auth: z.strictObject({ username: z.string().min(1), password: secret() }).optional(),
  from: address(),
  /** Who gets what is for nobody in particular. */
  to: addresses(),
  /** Who gets what is for a role, e.g. `warehouse`. */
  roles: z.record(z.string(), addresses()).default({}),
});

export type SmtpSettings = z.output<typeof settings>;
export type SmtpContext = ConnectorContext<SmtpSettings>;
