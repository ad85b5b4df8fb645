// What the documents of all policies are made of: ids, conditions, reasons, times.
import { z } from 'zod';

export const ruleId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a-z first, then a-z, 0-9 or "-", 64 characters at most');
export const condition = z.string().min(1);
export const reason = z.string().min(1);
export const inWords = z
  .strictObject({ en: z.string().min(1), zh: z.string().min(1) })
  .describe('In English and in Chinese.');
const instant = z.iso.datetime({ offset: true, error: 'must be a time such as 2025-11-01T00:00:00+08:00' });

export const headShape = {
  title: inWords.optional(),
  effective: z
    .strictObject({ from: instant.nullish(), until: instant.nullish() })
    .optional()
    .describe('From when (inclusive) until when (exclusive) a version may be active.'),
};

export const constraintsShape = z
  .array(
    z.strictObject({
      id: ruleId.describe('Unique among the constraints; findings and alerts name it.'),
      when: condition.optional().describe('CEL: of which facts it is said; of all where it is left out.'),
      must: condition.describe('CEL: what is true of them, or nothing is decided.'),
      reason: inWords.optional(),
      acceptUnproven: reason.optional().describe('Why it may stay although the checks cannot look into it.'),
    }),
  )
  .describe('What the facts never contradict: assumed by the checks, and asked of all facts before a decision.');

/** What every policy says of itself. */
export type Head = z.output<z.ZodObject<typeof headShape>>;
export type InWords = z.output<typeof inWords>;
