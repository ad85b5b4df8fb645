// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

const docs = 'https://developer.woocommerce.com/docs/apis/rest-api';

const known = (does: Operation['does'], place: string, name: string): Operation => ({
  ...{ name, does, source: 'vendor_spec', link: `${docs}/${place}` },
});

export const operations: Operation[] = [
  known('read', 'authentication/#authentication-over-https', 'Basic auth, and the keys in the query'),
  known('read', '#pagination', 'X-WP-TotalPages'),
  known('read', 'v3/orders/#list-all-orders', 'GET /orders'),
  known('read', 'v3/orders/#retrieve-an-order', 'GET /orders/<id>'),
  known('read', 'v3/webhooks/#deliverypayload', 'webhooks (X-WC-Webhook-Signature)'),
  known('write', 'v3/orders/#create-an-order', 'POST /orders'),
  known('write', 'v3/orders/#update-an-order', 'PUT /orders/<id>'),
];
