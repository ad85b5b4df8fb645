// Settings of the http connector: where the system is, how it knows us, and one request per thing to do.
import { z } from 'zod';
import { authSettings, signingSecret } from '../../src/connector/auth.ts';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration, pathField as path } from '../../src/connector/fields.ts';
import { requestTemplate } from '../../src/connector/request-template.ts';
import { webhookSettings } from '../../src/connector/webhook.ts';
import { type RecordType, recordTypes } from '../../src/model/records.ts';

/** No id is known yet: only match fields of the record can be named. */
const beforeId = requestTemplate().refine(
  ({ names }) => !names.includes('id'),
  'cannot name {id}: it is not known yet',
);
const withId = requestTemplate();

const shortOr = <S extends z.ZodRawShape>(template: typeof withId, more: S) =>
  z.union([template.transform((request) => ({ request })), z.strictObject({ request: template, ...more })]);

const pages = { items: path().optional(), cursor: path().optional() };

const verb = (names: string[]) =>
  shortOr(requestTemplate(names), {
    /** Where the object says how it stands, and what it says for yes and for no. */
    status: path(),
    yes: z.array(z.string()).min(1),
    no: z.array(z.string()).default([]),
  });

const poll = z.strictObject({
  request: requestTemplate(['cursor']),
  every: duration().default(60_000),
  /** A cursor that is a time is asked from this much earlier, for what was committed late. */
  overlap: duration().default(0),
  items: path().optional(),
  cursor: path().optional(),
  changedAt: path().optional(),
});

const recordSettings = z.strictObject({
  /** Where an object holds its id. */
  id: path().default(['id']),
  create: beforeId.optional(),
  update: withId.optional(),
  delete: withId.optional(),
  fetch: shortOr(requestTemplate(['id']), { item: path() }).optional(),
  find: shortOr(withId, { items: path() })
    .refine(({ request }) => !request.names.includes('id'), 'cannot name {id}: it is what is looked for')
    .optional(),
  list: shortOr(requestTemplate(['cursor']), pages).optional(),
  poll: poll.optional(),
  ask: verb(['id']).optional(),
  hold: verb(['id']).optional(),
  cancel: verb(['id']).optional(),
  transition: verb(['id', 'from', 'to']).optional(),
});

export type RecordSettings = z.output<typeof recordSettings>;

const everyType = Object.fromEntries(recordTypes.map((type) => [type, recordSettings.optional()])) as Record<
  RecordType,
  z.ZodOptional<typeof recordSettings>
>;

export const settings = z
  .strictObject({
    url: baseUrl(),
    auth: authSettings.optional(),
    /** Signs what is sent (Standard Webhooks). */
    sign: signingSecret().optional(),
    /** How POST /v1/webhooks/{system} is verified; without it there is none. */
    webhook: webhookSettings.optional(),
    /** What makes a repeated create harmless: the system knows our key, has a key of its own to look up, or nothing. */
    repeatSafe: z.enum(['idempotency-key', 'natural-key', 'no']).default('idempotency-key'),
    /** Content type of a PATCH; strict systems want `application/merge-patch+json`. */
    patchType: z.enum(['application/json', 'application/merge-patch+json']).default('application/json'),
    /** Asked to see whether we are let in; the first list, else the url itself, where absent. */
    check: requestTemplate([]).optional(),
    records: z.strictObject(everyType).default({}),
  })
  .superRefine(({ repeatSafe, records }, check) => {
    if (repeatSafe !== 'natural-key') return;
    for (const [type, record] of Object.entries(records)) {
      if (!record?.create || record.find) continue;
      check.addIssue({
        code: 'custom',
        path: ['records', type, 'find'],
        message: 'is needed with repeatSafe: natural-key',
      });
    }
  });

export type HttpSettings = z.output<typeof settings>;
export type HttpContext = ConnectorContext<HttpSettings>;
