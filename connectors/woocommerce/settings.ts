// Settings of the woocommerce connector: where the shop is, how it knows us, what is read and how often.
import { z } from 'zod';
import type { Credentials } from '../../src/connector/auth.ts';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

const isSafe = ({ origin }: { origin: string }): boolean => /^(https:|http:\/\/(127\.|localhost\b))/.test(origin);

export const settings = z.strictObject({
  /** Of the shop, e.g. `https://shop.example.com`. */
  url: baseUrl().refine(isSafe, 'must begin with https://: the keys would be readable on the way'),
  consumerKey: z.string().min(1),
  consumerSecret: secret(),
  /** Where they go: the Authorization header, or the query, for servers that lose that header. */
  auth: z.enum(['header', 'query']).default('header'),
  /** What webhooks are signed with; two while it is changed. */
  webhookSecrets: z.array(secret()).min(1).max(4).optional(),
  poll: z.strictObject({ every: duration().default(60_000), overlap: duration().default(120_000) }).prefault({}),
  /** A create whose answer was lost is looked for among the orders that were made since then. */
  lookBack: duration().default(7 * 86_400_000),
  /** Orders a page. */
  pageSize: z.int().min(2).max(100).default(50),
});

export type WooSettings = z.output<typeof settings>;
export type WooContext = ConnectorContext<WooSettings>;

export const credentialsOf = ({ auth, consumerKey, consumerSecret }: WooSettings): Credentials =>
  auth === 'query' ? {} : { auth: { basic: { username: consumerKey, password: consumerSecret } } };
