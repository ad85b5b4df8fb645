// Webhooks signed as Standard Webhooks says: the settings for them, and the verified text.
import { z } from 'zod';
import { decodeUtf8, type Lossless, parseJson } from '../model/json.ts';
import { signingSecret } from './auth.ts';
import type { WebhookRequest } from './contract.ts';
import { ConnectorError } from './error.ts';
import { verify } from './standard-webhooks.ts';

export const webhookSettings = z
  .strictObject({
    scheme: z.literal('standard'),
    secret: signingSecret().optional(),
    /** While a secret is rotated: the old one and the new one. */
    secrets: z.array(signingSecret()).min(1).max(4).optional(),
  })
  .refine(
    ({ secret, secrets }) => (secret === undefined) !== (secrets === undefined),
    'must have either secret or secrets',
  );

export type WebhookSettings = z.output<typeof webhookSettings>;

/**
 * @param settings undefined: this system has no webhook
 * @throws ConnectorError not_found, unauthorized, invalid
 */
export function verifiedWebhook(
  request: WebhookRequest,
  settings: WebhookSettings | undefined,
  now: number,
): { raw: string; dedupeId: string } {
  if (!settings) throw new ConnectorError('not_found', 'no webhook is configured');
  const secrets = settings.secrets ?? [settings.secret ?? ''];
  const dedupeId = verify({ secrets, headers: request.headers, body: request.body, now });
  if (dedupeId === undefined)
    throw new ConnectorError('unauthorized', 'the signature does not match, or it is not of these five minutes');
  try {
    return { raw: decodeUtf8(request.body), dedupeId };
  } catch (error) {
    throw new ConnectorError('invalid', `the body ${(error as Error).message}`);
  }
}

/**
 * The same as JSON, for connectors that read events themselves.
 * @throws ConnectorError not_found, unauthorized, invalid
 */
export function webhookEvent(
  request: WebhookRequest,
  settings: WebhookSettings | undefined,
  now: number,
): { event: Lossless; dedupeId: string } {
  const { raw, dedupeId } = verifiedWebhook(request, settings, now);
  try {
    return { event: parseJson(raw), dedupeId };
  } catch (error) {
    throw new ConnectorError('invalid', `the body is no JSON as we take it: ${(error as Error).message}`);
  }
}
