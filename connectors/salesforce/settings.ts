// Settings of the salesforce connector: which org, how it knows us, by which field our records are known there.
import { z } from 'zod';
import type { Credentials } from '../../src/connector/auth.ts';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl, durationField as duration, httpUrl } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

const text = (form: RegExp, what: string) => z.string().regex(form, `must be ${what}`);
const fieldNames = z.array(text(/^[A-Za-z]\w*(\.[A-Za-z]\w*)*$/, 'the API name of a field')).default([]);

export const settings = z.strictObject({
  /** Of the org's own domain, e.g. `https://example.my.salesforce.com`: what a token answer calls `instance_url`. */
  url: baseUrl(),
  /** Consumer key and secret of an external client app. */
  clientId: z.string().min(1),
  clientSecret: secret(),
  /** Tokens are had by it instead of by the client alone. */
  refreshToken: secret().optional(),
  /** Where tokens are asked for, where that is another host than `url`. */
  tokenUrl: httpUrl().optional(),
  /** A version of the REST API; each is served for three years at least. */
  version: text(/^\d\d\.0$/, 'a version such as 65.0').default('65.0'),
  /** Custom field of Account, Contact, Order and OrderItem: text, external ID, unique. */
  externalId: text(/^[A-Za-z]\w*__c$/, 'a custom field, which ends in __c').default('Syncline_Id__c'),
  /** Id of the price book that orders are made from; the standard one unless said otherwise. */
  pricebook: text(/^01s\w{12,15}$/, 'an id that begins with 01s').optional(),
  /** Fields that are read beside those that the connector knows. */
  fields: z.strictObject({ customer: fieldNames, order: fieldNames }).prefault({}),
  poll: z
    .strictObject({
      every: duration().default(60_000),
      /** Times of change are asked from this much earlier, for what was committed late. */
      overlap: duration().default(300_000),
    })
    .prefault({}),
  /** Objects a page. */
  pageSize: z.int().min(2).max(200).default(100),
});

export type SalesforceSettings = z.output<typeof settings>;
export type SalesforceContext = ConnectorContext<SalesforceSettings>;

export function credentialsOf(settings: SalesforceSettings): Credentials {
  const { url, clientId, clientSecret, refreshToken } = settings;
  const tokenUrl = settings.tokenUrl ?? `${url.origin}/services/oauth2/token`;
  return { auth: { oauth2: { tokenUrl, clientId, clientSecret, refreshToken, credentialsIn: 'form' } } };
}
