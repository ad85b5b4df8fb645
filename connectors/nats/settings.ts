// Settings of the nats connector: which servers, how they know us, and where events go.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { secret } from '../../src/connector/secret.ts';
import { placeTemplate, streamSettings, tlsSettings } from '../../src/connector/stream.ts';

const server = () =>
  z
    .string()
    .regex(/^(nats|tls):\/\/[^\s/@?#]+$/, 'must be nats://host:4222 or tls://host:4222, without a user or path');

const auth = z.union([
  z.strictObject({ username: z.string().min(1), password: secret() }),
  z.strictObject({ token: secret() }),
  /** The seed of an nkey: `SU…`. */
  z.strictObject({ nkey: secret() }),
  /** What stands in a `.creds` file. */
  z.strictObject({ creds: secret() }),
  /** The place of a `.creds` file; read for each connection, so that it may be replaced. */
  z.strictObject({ credsFile: z.string().startsWith('/', 'must be an absolute path') }),
]);

/** Tokens of a subject: no spaces, no wildcards, none of them empty. */
const subjectForm = /^[^\s.*>{}]+(\.[^\s.*>{}]+)*$/;

export const settings = z.strictObject({
  servers: z.union([server().transform((one) => [one]), z.array(server()).min(1)]),
  auth: auth.optional(),
  tls: tlsSettings.optional(),
  subject: placeTemplate(
    ['record', 'op', 'source'],
    subjectForm,
    'must be a subject such as syncline.{record}; {record}, {op} and {source} are filled in',
  ).default('syncline.{record}'),
  /** An event that another stream of the server would keep is refused. */
  stream: z
    .string()
    .regex(/^[^\s.*>/\\]+$/, 'must be the name of a stream')
    .optional(),
  ...streamSettings,
});

type NatsSettings = z.output<typeof settings>;
export type NatsContext = ConnectorContext<NatsSettings>;
