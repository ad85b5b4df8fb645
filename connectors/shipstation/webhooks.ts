// Webhooks: an address of what happened, and its kind. They are not signed, so only the query of that address counts: it is
// put to the host of the settings, and to no other.
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Received, type WebhookRequest } from '../../src/connector/contract.ts';
import { signedJson } from '../../src/connector/signature.ts';
import type { RecordType } from '../../src/model/records.ts';
import { named } from './objects.ts';
import type { ShipStationContext } from './settings.ts';

const records: Readonly<Record<string, RecordType>> = {
  ORDER_NOTIFY: 'order',
  ITEM_ORDER_NOTIFY: 'order',
  SHIP_NOTIFY: 'shipment',
  ITEM_SHIP_NOTIFY: 'shipment',
};
const paths: Readonly<Partial<Record<RecordType, string>>> = { order: '/orders', shipment: '/shipments' };

export async function receive({ body }: WebhookRequest, context: ShipStationContext): Promise<Received> {
  const { webhooks, url } = context.settings;
  if (!webhooks) throw new ConnectorError('not_found', 'no webhook is configured');
  const event = signedJson(body);
  const [kind = '', address = ''] = ['resource_type', 'resource_url'].map((name) => textAt(event, [name]));
  const record = Object.hasOwn(records, kind) ? records[kind] : undefined;
  if (!record) return { changes: [] };
  const resource = URL.canParse(address) ? new URL(address) : undefined;
  if (!resource || !isOurs(resource, new URL(url.origin)) || resource.pathname !== url.path + paths[record])
    throw new ConnectorError('invalid', `the resource_url is none of the ${record}s of ${url.origin}`);
  return { changes: await named(record, resource.searchParams, context) };
}

/** ShipStation names one of its servers (`ssapi7`) where everybody else says `ssapi`. */
const isOurs = (resource: URL, own: URL): boolean =>
  resource.host === own.host ||
  (own.host === 'ssapi.shipstation.com' && /^ssapi\d{1,3}\.shipstation\.com$/.test(resource.host));
