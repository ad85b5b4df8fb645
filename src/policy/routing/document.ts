// The grammar of a routing policy: what an author may write.
import { z } from 'zod';
import { condition, constraintsShape, headShape, inWords, reason, ruleId } from '../document-shapes.ts';
import { scopeShape } from '../scope.ts';
import { actionNames } from './actions.ts';

const id = ruleId.describe('Unique among the tiers, or the rules of all tiers; traces name it.');
const slotName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,31}$/, 'must be a-z first, then letters and digits, 32 characters at most');

export const slotSchema = z.strictObject({
  kind: z.enum(['exclusive', 'set']).describe('exclusive: the first proposal wins. set: proposals add up, one a key.'),
  once: z
    .string()
    .min(1)
    .optional()
    .describe('Its effect happens once per key: text with {order.<fact>} and {action.key} in it.'),
  needs: z.array(slotName).min(1).optional().describe('Slots that must be filled; else this one emits nothing.'),
  frozenBy: slotName.optional().describe('Once the once-key of that slot is claimed, no other value is emitted.'),
  totalWhen: condition.optional().describe('CEL: for which orders this slot must be filled unless routing is halted.'),
});

export const actionSchema = z.strictObject({
  slot: slotName,
  action: z.enum(actionNames),
  key: z
    .string()
    .regex(/^[^/{}\s]([^/{}]{0,98}[^/{}\s])?$/, 'must be text without "/", "{" and "}", 100 characters at most')
    .describe('What is held, locked, added or granted.'),
  with: z.record(z.string(), z.unknown()).optional().describe("The action's own members."),
});

export const ruleSchema = z.strictObject({
  id,
  when: condition.describe('CEL over the facts, or the word otherwise: no exclusive slot of this rule is filled yet.'),
  do: z.array(actionSchema).min(1),
  halt: z.boolean().optional().describe('A match stops everything below.'),
  atomic: z.boolean().optional().describe('All actions or none: one lost exclusive slot loses the others too.'),
  reason: inWords,
  acceptUnproven: reason.optional().describe('Why the rule may stay although the checks cannot decide about it.'),
});

export const tierSchema = z.strictObject({
  id,
  hit: z
    .enum(['all', 'first'])
    .optional()
    .describe('all (default): every rule is tried. first: the first match ends the tier.'),
  rules: z.array(ruleSchema).min(1),
});

export const testSchema = z.strictObject({
  name: z.string().min(1),
  facts: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Facts by group, as { order: { paymentStatus: paid } }; the others have their usual value.'),
  expect: z
    .record(slotName, z.union([z.string(), z.array(z.string())], { error: 'must be a key or a list of keys' }))
    .describe('The key of every exclusive slot and the keys of every set that is filled; all others stay empty.'),
  haltedBy: id.optional().describe('The rule that halts; none by default.'),
});

export const documentSchema = z.strictObject({
  policy: z.literal('routing'),
  ...headShape,
  scope: scopeShape.optional(),
  constraints: constraintsShape.optional(),
  slots: z.record(slotName, slotSchema),
  tiers: z.array(tierSchema).min(1),
  tests: z.array(testSchema).optional(),
});

export type SlotDocument = z.output<typeof slotSchema>;
export type ActionDocument = z.output<typeof actionSchema>;
export type RuleDocument = z.output<typeof ruleSchema>;
export type TestDocument = z.output<typeof testSchema>;
