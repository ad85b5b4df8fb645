// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

const site = 'https://developers.hubspot.com/docs';
const known = (does: Operation['does'], name: string, page: string): Operation => ({
  ...{ name, does, source: 'vendor_spec', link: `${site}/${page}` },
});
const objects = 'api-reference/legacy/crm/objects';

export const operations: Operation[] = [
  known('read', 'GET /crm/v3/objects/<type>', `${objects}/contacts/guide`),
  known('read', 'GET /crm/v3/objects/<type>/<id>', `${objects}/contacts/guide`),
  known('read', 'POST /crm/v3/objects/<type>/search', 'api-reference/search/guide'),
  known('write', 'POST /crm/v3/objects/<type>/batch/upsert', `${objects}/contacts/batch/upsert-contacts`),
  known('write', 'POST /crm/v3/objects/<type>/batch/update', `${objects}/contacts/guide`),
  known('write', 'POST /crm/v3/objects/<type>', `${objects}/contacts/guide`),
  known('write', 'PATCH /crm/v3/objects/<type>/<id>', `${objects}/contacts/guide`),
  {
    ...{ name: 'PUT /crm/v4/objects/<type>/<id>/associations/default/<type>/<id>', does: 'write' },
    ...{ source: 'vendor_package', link: 'https://github.com/HubSpot/hubspot-api-nodejs' },
  },
  known('read', 'POST /oauth/v1/token', 'api-reference/legacy/auth/oauth-tokens'),
  known('read', 'webhooks (X-HubSpot-Signature-v3)', 'apps/legacy-apps/authentication/validating-requests'),
  known('read', 'limits (X-HubSpot-RateLimit-…, policyName)', 'developer-tooling/platform/usage-guidelines'),
  {
    // Prices, the state and country of an address: other people write them; HubSpot's guide shows the others.
    ...{ name: 'order properties beyond the guide', does: 'write', source: 'third_party' },
    link: 'https://github.com/BlueAcornInc/aio-commerce-hubspot',
  },
];
