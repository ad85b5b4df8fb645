// Settings of the tryton connector: where the server is, as whom it knows us, what is read and how often.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

const fieldNames = z
  .array(z.string().regex(/^[a-z_]\w*(\.[a-z_]\w*)*$/, 'must be the name of a field'))
  .default([])
  .describe('Fields that are read beside those that the connector knows.');

export const settings = z.strictObject({
  /** Of the server, e.g. `https://erp.example.com`. */
  url: baseUrl(),
  /** Name of the database: the first part of every path. */
  database: z.string().regex(/^[\w.-]+$/, 'must be the name of a database'),
  login: z.strictObject({ username: z.string().min(1), password: secret() }),
  /** Id of the company that is worked in; the user must belong to it. */
  company: z.int().positive(),
  /** Of Tryton's own messages. */
  language: z
    .string()
    .regex(/^[a-z]{2}(_\w+)?$/, 'must be a language such as en or de')
    .default('en'),
  /** Fields that a new sale gets where its payload does not say them, e.g. `{ payment_term: 1, warehouse: 5 }`. */
  sale: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  fields: z.strictObject({ customer: fieldNames, order: fieldNames, shipment: fieldNames }).prefault({}),
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

export type TrytonSettings = z.output<typeof settings>;
export type TrytonContext = ConnectorContext<TrytonSettings>;
