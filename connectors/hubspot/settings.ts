// Settings of the hubspot connector: which account, how it knows us, what is read of its objects and how often.
import { z } from 'zod';
import type { Credentials } from '../../src/connector/auth.ts';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration, httpUrl } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

const propertyName = () => z.string().regex(/^[a-z]\w*$/, 'must be the internal name of a property');
const propertyNames = () => z.array(propertyName()).default([]);

export const settings = z
  .strictObject({
    url: baseUrl().prefault('https://api.hubapi.com'),
    /** Of a private app, or a service key. */
    accessToken: secret().optional(),
    /** A public app: HubSpot's access tokens live half an hour, and are had by the refresh token of the installation. */
    app: z.strictObject({ clientId: z.string().min(1), clientSecret: secret(), refreshToken: secret() }).optional(),
    webhook: z
      .strictObject({
        /** As it is written in the app's target URL: it is part of what HubSpot signs. */
        url: httpUrl(),
        /** The app's client secret; while it is rotated, the old one and the new one. */
        secrets: z.array(secret()).min(1).max(4).optional(),
      })
      .optional(),
    /** What customers are there. */
    customers: z.enum(['contacts', 'companies']).default('contacts'),
    /** A property of these objects with unique values (`hasUniqueValue`), made once: it holds our number. */
    numberProperty: propertyName().default('syncline_number'),
    /** Properties that are read beside those that the connector knows. */
    properties: z.strictObject({ customer: propertyNames(), order: propertyNames() }).prefault({}),
    poll: z
      .strictObject({
        every: duration().default(120_000),
        /** What changed is asked for from this much earlier: the search lags behind. */
        overlap: duration().default(120_000),
      })
      .prefault({}),
    /** Objects a page; HubSpot gives 100 of a list and 200 of a search. */
    pageSize: z.int().min(2).max(100).default(100),
  })
  .refine(({ accessToken, app }) => !accessToken !== !app, 'must have either accessToken or app')
  .refine(({ webhook, app }) => !webhook || webhook.secrets || app, {
    path: ['webhook', 'secrets'],
    message: "must be given where there is no app: the client secret that the app's webhooks are signed with",
  });

export type HubSpotSettings = z.output<typeof settings>;
export type HubSpotContext = ConnectorContext<HubSpotSettings>;

export function credentialsOf({ url, accessToken: bearer, app }: HubSpotSettings): Credentials {
  const tokenUrl = `${url.origin}${url.path}/oauth/v1/token`;
  return { auth: app ? { oauth2: { tokenUrl, ...app, credentialsIn: 'form' } } : { bearer } };
}
