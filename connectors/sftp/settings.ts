// Settings of the sftp connector: which server, the dialect of its CSV, and which folders hold which records.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { durationField as duration, readBy } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';
import { parsePath } from '../../src/model/paths.ts';
import { recordTypes } from '../../src/model/record-types.ts';

/** What stands in a column: `@id`, `@op`, `@seq`, `@key` of the send, or a path of the payload. */
const column = () => readBy((name) => ({ name, path: name.startsWith('@') ? fact(name) : parsePath(name) }));

const facts = ['@id', '@op', '@seq', '@key'] as const;
export type Fact = (typeof facts)[number];

function fact(name: string): Fact {
  const known = facts.find((one) => one === name);
  if (known === undefined) throw new Error(`must be a path of the payload or one of ${facts.join(', ')}`);
  return known;
}

const encoding = () =>
  z.string().refine((name) => isEncoding(name.replace(/-bom$/, '')), 'is no encoding that is known here');

/** By its name of the WHATWG standard; all of those can be written too. */
function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}

const folder = () => z.string().regex(/^[^\0\r\n]*[^\0\r\n/]$/, 'must be a folder, without a slash at its end');

const rows = z.enum(['record', 'line']).default('record');

const inbound = z.strictObject({
  folder: folder(),
  /** File names; `*` stands for any text. */
  files: z.string().min(1).default('*.csv'),
  every: duration().default(60_000),
  /** A file that changed later than this long ago may still be being written. */
  quiet: duration().default(0),
  /** Below the folder. */
  archive: folder().default('archive'),
  refused: folder().default('refused'),
  /** The column that tells one record from another. */
  id: z.string().min(1),
  /** `line`: rows with the same id that follow each other are the lines of one record. */
  rows,
  /** Where the file has no header. */
  columns: z.array(z.string().min(1)).min(1).optional(),
});

const outbound = z.strictObject({ folder: folder(), rows, columns: z.array(column()).min(1) });

const directions = z
  .strictObject({ in: inbound.optional(), out: outbound.optional() })
  .refine((said) => said.in ?? said.out, 'must have in or out');

export const settings = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(22),
    /** `SHA256:…` as `ssh-keygen -lf` prints it: who answers with another key is not the server. */
    hostKey: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be SHA256: and 43 characters, as ssh-keygen -l prints it'),
    username: z.string().min(1),
    password: secret().optional(),
    /** PEM or OpenSSH. */
    privateKey: secret().optional(),
    passphrase: secret().optional(),
    csv: z
      .strictObject({
        delimiter: z.string().length(1).default(','),
        quote: z.string().length(1).default('"'),
        /** e.g. `utf-8`, `utf-8-bom`, `windows-1252`, `gb18030`. */
        encoding: encoding().default('utf-8'),
        lineEnd: z.enum(['crlf', 'lf']).default('crlf'),
        header: z.boolean().default(true),
      })
      .prefault({}),
    records: z.partialRecord(z.enum(recordTypes), directions),
    /** Bytes of a file; a larger one is refused. */
    maxFile: z.int().min(1).default(16_777_216),
    /** Records a page. */
    pageSize: z.int().min(1).max(10_000).default(500),
  })
  .refine(({ password, privateKey }) => (password ?? privateKey) !== undefined, 'must have password or privateKey');

export type SftpSettings = z.output<typeof settings>;
export type SftpContext = ConnectorContext<SftpSettings>;
export type Dialect = SftpSettings['csv'];
export type Inbound = z.output<typeof inbound>;
export type Outbound = z.output<typeof outbound>;
