// Webhooks: only what is signed counts, and of that only which object it is about. The object itself is fetched.
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Received, type WebhookRequest } from '../../src/connector/contract.ts';
import { isSigned, signedJson } from '../../src/connector/signature.ts';
import type { ShopifyContext } from './graphql.ts';
import { recordOf } from './pages.ts';

/** Neither topic nor time nor the webhook's id are signed; the body's own id is, and can only make us ask Shopify. */
export async function receive({ headers, body }: WebhookRequest, { settings }: ShopifyContext): Promise<Received> {
  const secrets = settings.webhookSecrets ?? (settings.app ? [settings.app.clientSecret] : undefined);
  if (!secrets) throw new ConnectorError('not_found', 'no webhook is configured');
  if (!isSigned({ secrets, parts: [body], signature: headers['x-shopify-hmac-sha256'] }))
    throw new ConnectorError('unauthorized', 'the signature does not match');
  const id = textAt(signedJson(body), ['admin_graphql_api_id']);
  const record = recordOf(/^gid:\/\/shopify\/(\w+)\/./.exec(id ?? '')?.[1]);
  const dedupeId = headers['x-shopify-webhook-id'];
  return { changes: record && id ? [{ record, id }] : [], ...(dedupeId !== undefined && { dedupeId }) };
}
