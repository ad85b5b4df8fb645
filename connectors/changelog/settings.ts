// Settings of the changelog connector: which database, and for each record type its table.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';
import { type RecordType, recordTypes } from '../../src/model/records.ts';
import { columnForm, nameForm } from './dialect.ts';

const name = () => z.string().regex(nameForm, 'must be a plain name, or <schema>.<name>');

const column = () => z.string().regex(columnForm, 'must be a plain name');

const table = z.strictObject({
  table: name(),
  key: column().default('id'),
  /** Read, and written if the mapping writes them. */
  columns: z.array(column()).min(1),
  poll: duration().default(5_000),
  /** `false`: only read. */
  write: z.boolean().default(true),
});
export type TableSettings = z.output<typeof table>;

const everyType = Object.fromEntries(recordTypes.map((type) => [type, table.optional()])) as Record<
  RecordType,
  z.ZodOptional<typeof table>
>;

const common = {
  records: z.strictObject(everyType).refine((records) => Object.keys(records).length > 0, 'names no table'),
  /** Rows of the log that are read in one go. */
  batch: z.int().min(1).max(1000).default(200),
  /** How long read rows of the log stay, for people to look at. */
  keep: duration().default(86_400_000),
  /** How long a repeated create is recognised. */
  keepWrites: duration().default(30 * 86_400_000),
};

export const settings = z.discriminatedUnion('dialect', [
  /** An absolute path, on the machine of the hub. */
  z.strictObject({ dialect: z.literal('sqlite'), path: z.string().min(1), ...common }),
  z.strictObject({ dialect: z.literal('postgres'), url: secret().regex(/^postgres(ql)?:\/\//), ...common }),
  z.strictObject({ dialect: z.literal('mysql'), url: secret().regex(/^mysql:\/\//), ...common }),
]);

export type ChangelogSettings = z.output<typeof settings>;
export type ChangelogContext = ConnectorContext<ChangelogSettings>;
