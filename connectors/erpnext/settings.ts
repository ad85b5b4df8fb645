// Settings of the erpnext connector: where the site is, how it knows us, in which zone its clock runs, what is read and how often.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';
import { isZone } from '../../src/connector/wall-time.ts';

const defaults = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({});

export const settings = z.strictObject({
  /** Of the site, e.g. `https://example.frappe.cloud`. */
  url: baseUrl(),
  /** Of a user of the hub's own: User → Settings → API Access → Generate Keys. */
  apiKey: z.string().min(1),
  apiSecret: secret(),
  /** System Settings → Time Zone: Frappe's times say none. */
  timeZone: z.string().refine(isZone, 'must be a time zone such as Asia/Kolkata'),
  /** Webhooks are signed with it; while it is changed, with the old or the new one. */
  webhookSecrets: z.array(secret()).min(1).max(4).optional(),
  /** Fields of a new customer that its payload does not say, e.g. `{ customer_group: Individual }`. */
  customer: defaults,
  /** Fields of a new sales order that its payload does not say, e.g. `{ company: Example }`. */
  order: defaults,
  /** A sales order must say when it is delivered: so many days after it was placed, where its payload does not say. */
  deliveryDays: z.int().min(0).max(365).default(7),
  poll: z
    .strictObject({
      every: duration().default(60_000),
      /** What was modified is asked for from this much earlier, for what was committed late. */
      overlap: duration().default(120_000),
    })
    .prefault({}),
  /** Documents a page; each is read by itself, and their names stand in one address. */
  pageSize: z.int().min(2).max(50).default(20),
});

export type ErpnextSettings = z.output<typeof settings>;
export type ErpnextContext = ConnectorContext<ErpnextSettings>;
