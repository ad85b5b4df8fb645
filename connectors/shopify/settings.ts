// Settings of the shopify connector: which shop, how it knows us, what is read and how often.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

const stable = /^20\d\d-(01|04|07|10)$/;

export const settings = z
  .strictObject({
    /** Of the shop's own domain, e.g. `https://example.myshopify.com`. */
    url: baseUrl(),
    /** A version of the Admin API; each is served for a year. */
    version: z.string().regex(stable, 'must be a stable version such as 2026-07').default('2026-07'),
    /** Of an app that was made in the shop's administration, before 2026. */
    accessToken: secret().optional(),
    /** An app of the Dev Dashboard: tokens are asked for by the client credentials grant, one a day. */
    app: z.strictObject({ clientId: z.string().min(1), clientSecret: secret() }).optional(),
    /** Webhooks are signed with the app's client secret; while it is rotated, with the old or the new one. */
    webhookSecrets: z.array(secret()).min(1).max(4).optional(),
    /** Shopify writes to the buyer about what is shipped, refunded, approved. */
    notifyCustomer: z.boolean().default(false),
    poll: z
      .strictObject({
        orders: duration().default(120_000),
        customers: duration().default(300_000),
        /** What was updated is asked for from this much earlier: the search it goes through lags behind. */
        overlap: duration().default(300_000),
      })
      .prefault({}),
    /** Objects a page. */
    pageSize: z.int().min(2).max(100).default(20),
  })
  .refine(({ accessToken, app }) => !accessToken !== !app, 'must have either accessToken or app');

export type ShopifySettings = z.output<typeof settings>;
export type ShopifyContext = ConnectorContext<ShopifySettings>;
