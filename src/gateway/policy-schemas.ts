// The shapes of policies, their versions and what becomes of them.
import { z } from 'zod';
import { policyStates } from '../store/rows.ts';
import { count, instant, named, next, time, tree } from './schemas.ts';

const text = z.string().min(1).max(2_000);
const summaryMembers = {
  version: z.int(),
  state: z.enum(policyStates),
  createdAt: instant,
  createdBy: z.string().describe('Name of the key; `start` for a file'),
  effectiveFrom: instant.nullable().describe('When it takes, or took, force; null: with its activation'),
  effectiveUntil: instant.nullable().describe('When its force ends, or ended; null: with the next version’s'),
  scope: z
    .strictObject({ channel: z.string(), store: z.string() })
    .describe('Orders that it decides about; `*`: of every channel, of every store'),
};

export const policy = named(
  'Policy',
  z.strictObject({
    policy: z.string(),
    active: z.int().nullable().describe('The version in force; of several, each for other orders, the newest'),
    versions: z.array(z.strictObject(summaryMembers)),
  }),
);
export const policies = named('Policies', z.strictObject({ policies: z.array(policy) }));

const work = z
  .looseObject({
    state: z.enum(['running', 'failed', 'done']),
    progress: z.number().optional().describe('0 to 1, while it runs'),
    message: z.string().optional().describe('Why it failed'),
  })
  .nullable();
const step = z.strictObject({ at: instant, by: z.string(), override: z.string().optional() }).nullable();

export const policyVersion = named(
  'PolicyVersion',
  z.strictObject({
    policy: z.string(),
    ...summaryMembers,
    digest: z.string().describe('SHA-256 of both documents'),
    document: z.string(),
    warehouses: z.string(),
    check: work.describe('Done: `outcome` passed or failed, `faults`, `warnings`, `notes`, `tests`'),
    backtest: work.describe('Done: counts, `parts` with a matrix and money, `samples`, `gate`'),
    approved: step,
    activated: step,
    inForce: z.strictObject({ from: instant, until: instant.nullable() }).nullable(),
    rollbackOf: z.int().nullable(),
    shadow: z
      .strictObject({
        running: z.boolean(),
        since: instant,
        by: z.string(),
        until: instant.nullable(),
        seen: count,
        different: count,
      })
      .nullable()
      .describe('What it decided beside the version in force'),
  }),
);

export const newVersion = named(
  'NewPolicyVersion',
  z.strictObject({
    document: z.union([z.string().min(1), tree]).describe('YAML text, or the tree that it would be'),
    warehouses: z
      .union([z.string().min(1), tree])
      .optional()
      .describe('Of a routing policy; else those of the newest version'),
  }),
);

const mostDecisions = 1_000_000;
export const backtest = named(
  'BacktestRequest',
  z.strictObject({
    since: time.optional().describe('Decisions since then; else of the last 30 days'),
    limit: z.int().min(1).max(mostDecisions).optional().describe('At most so many, the newest; else 20000'),
    maxChangedShareBp: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe('The gate: how much may change, in basis points; else 500, which is 5 %'),
  }),
);
export const approval = named(
  'PolicyApproval',
  z.strictObject({ override: text.optional().describe('Why it may go on although the gate did not let it through') }),
);
export const activation = named(
  'PolicyActivation',
  z.strictObject({
    effectiveFrom: time.optional().describe('Else as the document says, else now'),
    override: text.optional().describe('With approval: none, as of an approval'),
  }),
);
export const rollback = named('PolicyRollback', z.strictObject({ to: z.int().min(1), reason: text.optional() }));
export const shadow = named('PolicyShadow', z.strictObject({ running: z.boolean() }));

const words = z.array(z.string());
export const shadowDifferences = named(
  'ShadowDifferences',
  z.strictObject({
    items: z.array(
      z.strictObject({
        decision: z.string().describe('Of the version in force'),
        subject: z.string(),
        at: instant,
        changes: z.array(z.strictObject({ part: z.string(), before: words, after: words })).optional(),
        failure: z.string().optional().describe('Why the candidate could not decide'),
      }),
    ),
    next,
  }),
);

export const policyDiff = named(
  'PolicyDiff',
  z.looseObject({
    state: z.enum(['running', 'done']),
    progress: z.number().optional(),
    verdict: z.enum(['equivalent', 'different', 'unknown']).optional(),
    parts: z.array(tree).optional(),
  }),
);
