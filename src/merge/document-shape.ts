// The shape of a merge document, before its words are looked up.
import { z } from 'zod';
import { parseDuration } from '../model/duration.ts';
import { recordTypes } from '../model/records.ts';

const names = z.array(z.string().min(1));

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

/** How long a question waits for its answer unless the document says otherwise. */
const askTimeout = 10 * 60_000;

export const freedom = z.union(
  [
    z.enum(['allow', 'deny', 'ask']).transform((word) => (word === 'ask' ? { ask: 'wms', timeout: askTimeout } : word)),
    z.strictObject({ ask: z.string().min(1), timeout: duration.default(askTimeout) }),
  ],
  { error: 'must be allow, deny, ask, or { ask: <system>, timeout: <duration> }' },
);

export const unit = z.strictObject({
  fields: names.min(1).optional(),
  writers: names.optional(),
  notConsole: z.boolean().optional(),
  resolve: z.enum(['latest', 'owner', 'rank', 'union', 'max']).default('latest'),
  tie: names.optional(),
  order: names.optional(),
  ranks: names.optional(),
  frozen: z.string().optional(),
  onRefusal: z.array(z.enum(['restore', 'task'])).default(['restore']),
});

export const document = z.strictObject({
  record: z.enum(recordTypes),
  history: z.enum(['latest', 'every']).default('latest'),
  units: z.record(z.string(), unit).default({}),
  /** Checked entry by entry, against the values of the field that the table is read by. */
  frozen: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

export type Document = z.output<typeof document>;
export type UnitEntry = Document['units'][string];
