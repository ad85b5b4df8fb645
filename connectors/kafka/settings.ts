// Settings of the kafka connector: which brokers, how they know us, and where events go.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { secret } from '../../src/connector/secret.ts';
import { placeTemplate, streamSettings, tlsSettings } from '../../src/connector/stream.ts';

const broker = () => z.string().regex(/^[^\s/@?#:]+:\d{1,5}$/, 'must be host:9092, without a scheme, user or path');

export const settings = z.strictObject({
  /** Where to begin: the cluster names the others. */
  brokers: z.union([broker().transform((one) => [one]), z.array(broker()).min(1)]),
  /** Shown in the broker's logs and counted in its quotas. */
  clientId: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,255}$/, 'must be letters, digits, ".", "_" or "-"')
    .default('syncline'),
  auth: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string().min(1),
      password: secret(),
    })
    .optional(),
  tls: tlsSettings.optional(),
  topic: placeTemplate(
    ['record', 'op', 'source'],
    /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,200}$/,
    'must be a topic such as syncline.{record}; {record}, {op} and {source} are filled in',
  ).default('syncline.{record}'),
  ...streamSettings,
});

type KafkaSettings = z.output<typeof settings>;
export type KafkaContext = ConnectorContext<KafkaSettings>;
