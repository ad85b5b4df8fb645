// The grammar of a mapping document: what an author may write.
import { z } from 'zod';
import { recordTypes } from '../model/records.ts';

const path = z.string().min(1);
const codec = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .describe('A codec by name, or { name: { parameters } }. Without one, values pass as they are.');

export const pairShape = {
  ours: path.optional().describe('Canonical path. Only the codec const goes without.'),
  theirs: z
    .union([path, z.record(z.string(), path), z.array(path).min(2)])
    .describe(
      'Path in the payload; paths by member for an address, a window or money; a list of paths for the codec join.',
    ),
  codec: codec.optional(),
  dir: z.enum(['in', 'out', 'both']).optional().describe('Default both.'),
  once: z.boolean().optional().describe('Written when the object is created, never after.'),
  required: z.boolean().optional().describe('Nothing is created without it, and it is never cleared.'),
  whenAbsent: z
    .enum(['noChange', 'clear'])
    .optional()
    .describe('What it means when a snapshot lacks the member; default noChange.'),
  null: z.enum(['clear', 'ignore', 'reject']).optional().describe('What null in the payload means; default clear.'),
  empty: z
    .union([z.null(), z.enum(['null', 'value'])])
    .optional()
    .describe('What "" in the payload means: null (no value, and written for no value) or a value; default value.'),
  acceptLossy: z.string().min(1).optional().describe('Why a pair that loses something may still go both ways.'),
};
export const pairSchema = z.strictObject(pairShape);
export type PairDocument = z.infer<typeof pairSchema>;

const keyShape = { ours: path, theirs: path, codec: codec.optional() };
export const eachShape = {
  ours: path.describe('Canonical collection, such as lines.'),
  theirs: path.describe('Path of the list in the payload.'),
  key: z.strictObject(keyShape).describe('What tells one row from another on both sides.'),
  missing: z
    .enum(['tombstone', 'keep'])
    .optional()
    .describe('What it means when a row is not in the list: removed, or nothing; default keep.'),
  dir: z.enum(['in', 'out', 'both']).optional().describe('Default: what its fields say.'),
  null: z.enum(['clear', 'ignore', 'reject']).optional(),
  fields: z.array(pairSchema),
};
export const eachSchema = z.strictObject(eachShape);
export type EachDocument = z.infer<typeof eachSchema>;

/** Everything beside the pairs. */
const headShape = {
  connector: z.string().optional().describe('The kind of system that this document is for.'),
  record: z.enum(recordTypes),
  payload: z
    .enum(['delta', 'snapshot'])
    .optional()
    .describe('delta (default): an absent member says nothing. snapshot: the payload is the whole object.'),
  identity: z
    .strictObject({
      id: path.optional().describe("Where the payload holds the system's own id."),
      match: z
        .array(z.strictObject(keyShape))
        .optional()
        .describe('Fields that find the record of an object seen for the first time.'),
    })
    .optional(),
  clock: z
    .strictObject({ at: path.optional(), codec: codec.optional(), trust: z.enum(['ntp', 'skewed', 'none']).optional() })
    .optional()
    .describe('When the object was changed, by whose clock; trust defaults to skewed.'),
  origin: z
    .strictObject({ actor: path.optional(), self: z.string().optional(), tag: path.optional() })
    .optional()
    .describe(
      'How a payload shows that it is the echo of our own write: actor equals self, or tag holds the key of our request.',
    ),
  absentMeans: z.enum(['noChange', 'clear']).optional().describe('whenAbsent of every pair of a snapshot.'),
  ignore: z
    .array(path)
    .optional()
    .describe('Paths in the payload that are left out on purpose; * stands for any part.'),
  when: z.string().min(1).optional().describe('CEL over record: which records this system gets.'),
  accept: z.string().min(1).optional().describe('CEL over theirs: which payloads are read.'),
  needs: z
    .array(z.strictObject({ ours: path, record: z.enum(recordTypes) }))
    .optional()
    .describe('Records that must exist in the system before this one is sent.'),
  keepPayload: z.boolean().optional().describe('Keep the whole payload with the image, also where no list is written.'),
};
export const headSchema = z.strictObject(headShape);
export type HeadDocument = z.infer<typeof headSchema>;

export const documentSchema = z.strictObject({
  ...headShape,
  fields: z.array(pairSchema).optional(),
  each: z.array(eachSchema).optional(),
});

export const documentMembers: readonly string[] = Object.keys(documentSchema.shape);
