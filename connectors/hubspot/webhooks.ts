// Webhooks: lists of events, signed with the address they are sent to and their time. Each only names an object: it is fetched.
import { textAt } from '../../src/connector/answer.ts';
import {
  ConnectorError,
  type InboundChange,
  type Received,
  type WebhookRequest,
} from '../../src/connector/contract.ts';
import { isSigned, signedJson } from '../../src/connector/signature.ts';
import type { Lossless } from '../../src/model/json.ts';
import { kindOf, recordTypes } from './objects.ts';
import type { HubSpotContext, HubSpotSettings } from './settings.ts';

/** HubSpot's own limit, either way. */
const withinMs = 5 * 60_000;

export async function receive({ headers, body }: WebhookRequest, { settings, now }: HubSpotContext): Promise<Received> {
  const { webhook, app } = settings;
  if (!webhook) throw new ConnectorError('not_found', 'no webhook is configured');
  const [signature, timestamp = ''] = ['signature-v3', 'request-timestamp'].map((name) => headers[`x-hubspot-${name}`]);
  const secrets = webhook.secrets ?? (app ? [app.clientSecret] : []);
  const parts = ['POST', webhook.url, body, timestamp];
  const isOfNow = /^\d{13}$/.test(timestamp) && Math.abs(now() - Number(timestamp)) <= withinMs;
  if (!isOfNow || !isSigned({ secrets, parts, signature }))
    throw new ConnectorError('unauthorized', 'the signature does not match, or it is not of these five minutes');
  return { changes: changesIn(signedJson(body), settings) };
}

/** Events come in any order and more than once, and one object has many in one list: it is named once. */
function changesIn(events: Lossless, settings: HubSpotSettings): InboundChange[] {
  if (!Array.isArray(events)) throw new ConnectorError('invalid', 'the body is no list of events');
  const named = new Map<string, InboundChange>();
  for (const event of events) {
    const record = recordOf(event, settings);
    // What a merge leaves has an id of its own.
    const id = textAt(event, ['newObjectId']) ?? textAt(event, ['objectId']);
    if (record && id !== undefined) named.set(`${record} ${id}`, { record, id });
  }
  return [...named.values()];
}

/** `contact.creation`, or `object.creation` of the type `0-1`. */
function recordOf(event: Lossless, settings: HubSpotSettings) {
  const [of] = textAt(event, ['subscriptionType'])?.split('.') ?? [];
  const name = of === 'object' ? textAt(event, ['objectTypeId']) : of;
  return recordTypes.find((record) => kindOf(record, settings).names.includes(name ?? ''));
}
