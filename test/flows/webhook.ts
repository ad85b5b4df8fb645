// A webhook as Standard Webhooks signs it, by somebody else's library.
import { Webhook } from 'standardwebhooks';

export const webhookSecret = `whsec_${Buffer.from('the-secret-of-the-tests').toString('base64')}`;

let sent = 0;

/** @param more another id, secret, or so many seconds from now */
export function signedWebhook(
  body: string,
  { id = `msg_${++sent}`, secret = webhookSecret, seconds = 0 }: { id?: string; secret?: string; seconds?: number },
): { headers: Record<string, string>; body: string } {
  const at = new Date(Date.now() + seconds * 1000);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return { headers, body };
}
