// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

const docs = 'https://woocommerce.github.io/woocommerce-rest-api-docs/';

const known = (does: Operation['does'], anchor: string, name: string): Operation => ({
  ...{ name, does, source: 'vendor_spec', link: `${docs}#${anchor}` },
});

export const operations: Operation[] = [
  known('read', 'authentication-over-https', 'Basic auth, and the keys in the query'),
  known('read', 'pagination', 'X-WP-TotalPages'),
  known('read', 'list-all-orders', 'GET /orders'),
  known('read', 'retrieve-an-order', 'GET /orders/<id>'),
  known('read', 'webhooks', 'webhooks (X-WC-Webhook-Signature)'),
  known('write', 'create-an-order', 'POST /orders'),
  known('write', 'update-an-order', 'PUT /orders/<id>'),
];
