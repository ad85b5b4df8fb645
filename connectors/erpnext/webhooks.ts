// Webhooks: only what is signed counts, and of that only which document it is about. The document itself is fetched.
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Received, type WebhookRequest } from '../../src/connector/contract.ts';
import { isSigned, signedJson } from '../../src/connector/signature.ts';
import type { RecordType } from '../../src/model/records.ts';
import { customer, order } from './documents.ts';
import type { ErpnextContext } from './settings.ts';

const records: Readonly<Record<string, RecordType>> = { [customer.doctype]: 'customer', [order.doctype]: 'order' };

/** The signature is over the body alone, without a time: an old one can only make us ask ERPNext. */
export async function receive({ headers, body }: WebhookRequest, { settings }: ErpnextContext): Promise<Received> {
  const { webhookSecrets: secrets } = settings;
  if (!secrets) throw new ConnectorError('not_found', 'no webhook is configured');
  if (!isSigned({ secrets, parts: [body], signature: headers['x-frappe-webhook-signature'] }))
    throw new ConnectorError('unauthorized', 'the signature does not match');
  const tree = signedJson(body);
  const [doctype, id] = [textAt(tree, ['doctype']) ?? '', textAt(tree, ['name'])];
  const record = Object.hasOwn(records, doctype) ? records[doctype] : undefined;
  return { changes: record && id !== undefined ? [{ record, id }] : [] };
}
