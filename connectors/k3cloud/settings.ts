// Settings of the k3cloud connector: where the site is, as whom it knows us, what a new order gets, what is read.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';
import { isZone } from '../../src/connector/wall-time.ts';

const fieldKey = z.string().regex(/^F\w+(\.F\w+)*$/, 'must be the key of a field such as FNote or FSalerId.FNumber');

export const settings = z
  .strictObject({
    /** With its path, e.g. `https://example.ik3cloud.com/k3cloud`. */
    url: baseUrl(),
    /** Id of the data centre (账套). */
    acctId: z.string().min(1),
    username: z.string().min(1),
    /** Of the user: ValidateUser. */
    password: secret().optional(),
    /** Of an application that a third party may log in by: LoginByAppSecret. */
    app: z.strictObject({ id: z.string().min(1), secret: secret() }).optional(),
    /** Language of its messages: 2052 is Chinese, 1033 English. */
    lcid: z.int().positive().default(2052),
    /** Of the server: its times name no zone. */
    timeZone: z.string().refine(isZone, 'must be a time zone such as Asia/Shanghai').default('Asia/Shanghai'),
    /** What a new order gets, before its own fields, e.g. `{ FCustId: { FNumber: "C001" } }`: the customer must come before prices. */
    order: z.record(z.string(), z.union([z.string(), z.number(), z.record(z.string(), z.string())])).default({}),
    /** Fields that are read beside those that the connector knows. */
    fields: z.strictObject({ order: z.array(fieldKey).default([]), line: z.array(fieldKey).default([]) }).prefault({}),
    poll: z
      .strictObject({
        every: duration().default(120_000),
        /** Times of change are asked from this much earlier, for what was committed late. */
        overlap: duration().default(120_000),
      })
      .prefault({}),
    /** Orders a page. */
    pageSize: z.int().min(2).max(100).default(50),
  })
  .refine(({ password, app }) => !password !== !app, 'must have either password or app');

export type KingdeeSettings = z.output<typeof settings>;
export type KingdeeContext = ConnectorContext<KingdeeSettings>;
