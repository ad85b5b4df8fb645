// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

const rest = 'https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest';
const orders =
  'https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-order.html';
const help = 'https://help.salesforce.com/s/articleView?type=5&id';

const known = (does: Operation['does'], link: string, ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source: 'vendor_spec', link }));

export const operations: Operation[] = [
  ...known('read', `${help}=xcloud.remoteaccess_oauth_client_credentials_flow.htm`, 'client credentials'),
  ...known('read', `${help}=xcloud.remoteaccess_oauth_refresh_token_flow.htm`, 'refresh token'),
  ...known('read', `${rest}/resources_query.htm`, 'GET /query'),
  ...known('read', `${rest}/resources_query_more_results.htm`, 'GET nextRecordsUrl'),
  ...known('write', `${rest}/resources_composite_sobjects_collections_upsert.htm`, 'upsert of a collection'),
  ...known('write', `${rest}/resources_composite_sobjects_collections_update.htm`, 'update of a collection'),
  ...known('write', orders, 'activation of an Order'),
];
