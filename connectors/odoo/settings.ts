// Settings of the odoo connector: where the server is, how it knows us, what is read and how often.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

const fieldNames = z.array(z.string().regex(/^[a-z_]\w*$/, 'must be the name of a field')).default([]);

export const settings = z.strictObject({
  /** Of the server, e.g. `https://example.odoo.com`. */
  url: baseUrl(),
  database: z.string().min(1),
  /** Of a user of the hub's own. */
  apiKey: secret(),
  /** Id of that user: then `/jsonrpc` is spoken (Odoo 16 to 18) instead of `/json/2` (19 and later). */
  uid: z.int().positive().optional(),
  /** Fields that are read beside those that the connector knows. */
  fields: z
    .strictObject({ customer: fieldNames, order: fieldNames, shipment: fieldNames, inventory: fieldNames })
    .prefault({}),
  poll: z
    .strictObject({
      every: duration().default(60_000),
      /** Times of change are asked from this much earlier, for what was committed late. */
      overlap: duration().default(60_000),
    })
    .prefault({}),
  /** Objects a page. */
  pageSize: z.int().min(2).max(1000).default(100),
});

export type OdooSettings = z.output<typeof settings>;
export type OdooContext = ConnectorContext<OdooSettings>;
