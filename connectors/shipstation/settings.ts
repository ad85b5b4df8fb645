// Settings of the shipstation connector: which account, how it knows us, what is read and how often.
import { z } from 'zod';
import type { Credentials } from '../../src/connector/auth.ts';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

export const settings = z.strictObject({
  url: baseUrl().prefault('https://ssapi.shipstation.com'),
  apiKey: z.string().min(1),
  apiSecret: secret(),
  /** Only orders of this store are read, and new ones are made in it. */
  storeId: z.int().positive().optional(),
  /** ShipStation does not sign its webhooks: whoever knows the address can make the hub ask ShipStation. */
  webhooks: z.boolean().default(false),
  poll: z
    .strictObject({
      every: duration().default(120_000),
      /** Times of change are asked for from this much earlier, for what was committed late. */
      overlap: duration().default(120_000),
    })
    .prefault({}),
  /** Objects a page. */
  pageSize: z.int().min(2).max(500).default(100),
});

export type ShipStationSettings = z.output<typeof settings>;
export type ShipStationContext = ConnectorContext<ShipStationSettings>;

export const credentialsOf = ({ apiKey: username, apiSecret: password }: ShipStationSettings): Credentials => ({
  auth: { basic: { username, password } },
});
