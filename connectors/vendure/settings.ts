// Settings of the vendure connector: where the Admin API is, how it knows us, what is read and how often.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';
import { webhookSettings } from '../../src/connector/webhook.ts';

const fieldName = z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of a custom field');

export const settings = z
  .strictObject({
    /** Of the Admin API, e.g. `https://shop.example.com/admin-api`. */
    url: baseUrl(),
    /** `<lookup>:<secret>` as `createApiKey` answers it (Vendure 3.6 and later). */
    apiKey: secret().optional(),
    login: z.strictObject({ username: z.string().min(1), password: secret() }).optional(),
    /** How POST /v1/webhooks/{system} is verified; without it there is none. */
    webhook: webhookSettings.optional(),
    /** Custom fields of the shop to read; those that are written need not stand here. */
    customFields: z
      .strictObject({ order: z.array(fieldName).default([]), customer: z.array(fieldName).default([]) })
      .prefault({}),
    poll: z
      .strictObject({
        orders: duration().default(60_000),
        customers: duration().default(60_000),
        /** Fulfilments, and with them orders that were shipped: Vendure moves no `updatedAt` then. */
        fulfillments: duration().default(300_000),
        /** How long after it was placed an order is looked at again for them. */
        follow: duration().default(30 * 86_400_000),
        /** `updatedAt` is asked from this much earlier, for what was committed late. */
        overlap: duration().default(30_000),
      })
      .prefault({}),
    /** Objects a page. */
    pageSize: z.int().min(2).max(1000).default(50),
  })
  .refine(({ apiKey, login }) => (apiKey === undefined) !== (login === undefined), 'must have either apiKey or login');

export type VendureSettings = z.output<typeof settings>;
export type VendureContext = ConnectorContext<VendureSettings>;
