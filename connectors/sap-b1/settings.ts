// Settings of the sap-b1 connector: where the Service Layer is, as whom it knows us, in which zone its clock runs.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';
import { isZone } from '../../src/connector/wall-time.ts';

export const settings = z.strictObject({
  /** Of the Service Layer, e.g. `https://b1.example.com:50000`. */
  url: baseUrl(),
  companyDb: z.string().min(1),
  login: z.strictObject({ username: z.string().min(1), password: secret() }),
  /** Of the server: its times name no zone. */
  timeZone: z.string().refine(isZone, 'must be a time zone such as Europe/Berlin'),
  /** Fields of a new business partner that its payload does not say, e.g. `{ GroupCode: 100 }`. */
  customer: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  poll: z
    .strictObject({
      every: duration().default(60_000),
      /** Times of change are asked from this much earlier, for what was committed late. */
      overlap: duration().default(120_000),
    })
    .prefault({}),
  /** Objects a page; the server may send fewer at a time. */
  pageSize: z.int().min(2).max(100).default(20),
});

export type SapSettings = z.output<typeof settings>;
export type SapContext = ConnectorContext<SapSettings>;
