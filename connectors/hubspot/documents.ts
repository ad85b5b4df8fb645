// What HubSpot's objects are called, which properties are read of each, and from where each operation is known.
import type { Operation } from '../../src/connector/contract.ts';

export interface Kind {
  /** In paths. */
  path: 'contacts' | 'companies' | 'orders';
  /** In webhooks: of their own events, and of those of any object. */
  names: readonly string[];
  /** The property that holds when it was changed. */
  changed: string;
  properties: readonly string[];
  /** Properties with unique values beside the number's own. */
  unique: Readonly<Record<string, string>>;
}

const place = ['address', 'city', 'state', 'zip', 'country'];

export const contacts: Kind = {
  path: 'contacts',
  names: ['contact', '0-1'],
  changed: 'lastmodifieddate',
  properties: ['email', 'firstname', 'lastname', 'phone', ...place, 'createdate', 'lastmodifieddate'],
  unique: { emails: 'email' },
};

export const companies: Kind = {
  path: 'companies',
  names: ['company', '0-2'],
  changed: 'hs_lastmodifieddate',
  properties: ['name', 'domain', 'phone', ...place, 'address2', 'createdate', 'hs_lastmodifieddate'],
  unique: {},
};

export const orders: Kind = {
  path: 'orders',
  names: ['order', '0-123'],
  changed: 'hs_lastmodifieddate',
  properties: [
    ...['hs_order_name', 'hs_external_order_id', 'hs_external_order_status', 'hs_external_created_date'],
    ...['hs_currency_code', 'hs_total_price', 'hs_subtotal_price', 'hs_tax', 'hs_shipping_cost', 'hs_source_store'],
    ...['hs_fulfillment_status', 'hs_shipping_tracking_number', 'hs_pipeline', 'hs_pipeline_stage'],
    ...['name', 'phone', 'street', 'city', 'state', 'postal_code', 'country'].map(
      (part) => `hs_shipping_address_${part}`,
    ),
    ...['hs_createdate', 'hs_lastmodifieddate'],
  ],
  unique: {},
};

const known = (does: Operation['does'], source: Operation['source'], link: string, ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source, link }));

const site = 'https://developers.hubspot.com/docs';
const guide = `${site}/api-reference/legacy/crm/objects/contacts`;
const type = '/crm/v3/objects/<type>';

export const operations: Operation[] = [
  ...known('read', 'vendor_spec', `${guide}/guide`, `GET ${type}`, `GET ${type}/<id>`),
  ...known('read', 'vendor_spec', `${site}/api-reference/search/guide`, `POST ${type}/search`),
  ...known('write', 'vendor_spec', `${guide}/batch/upsert-contacts`, `POST ${type}/batch/upsert`),
  // HubSpot's page promises it of `batch/create`. A batch that is refused whole is looked through by halves instead.
  ...known('read', 'assumed', `${site}/api-reference/error-handling`, '207, objectWriteTraceId of an upsert or update'),
  ...known('write', 'vendor_spec', `${guide}/guide`, `POST ${type}/batch/update`, `POST ${type}`, `PATCH ${type}/<id>`),
  ...known(
    ...(['write', 'vendor_package', 'https://github.com/HubSpot/hubspot-api-nodejs'] as const),
    'POST /crm/v4/associations/<type>/<type>/batch/associate/default',
  ),
  ...known('read', 'vendor_package', 'https://github.com/HubSpot/hubspot-api-nodejs', 'POST /oauth/v1/token'),
  ...known(
    ...(['read', 'vendor_spec', `${site}/apps/legacy-apps/authentication/validating-requests`] as const),
    'webhooks (X-HubSpot-Signature-v3)',
  ),
  ...known('read', 'vendor_spec', `${site}/developer-tooling/platform/usage-guidelines`, 'limits (policyName)'),
  // Prices, and state, country and telephone number of an address; HubSpot's guide shows the others.
  ...known(
    ...(['write', 'third_party', 'https://github.com/comwrap/ai_adobe-commerce-hubspot-app-builder'] as const),
    'order properties beyond the guide',
  ),
];
