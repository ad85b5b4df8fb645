// Standard Webhooks 1.0: signs and verifies the raw bytes, never a rendering of them.
import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

const toleranceSeconds = 300;
/** A header with more is no honest one; each costs a comparison. */
const signatureLimit = 16;
const prefix = 'whsec_';
const digits = /^\d{1,12}$/;

export interface SignedMessage {
  /** `webhook-id`: the same on every repeat. */
  id: string;
  /** `webhook-timestamp`: seconds since 1970. */
  timestamp: string;
  body: Uint8Array | string;
}

/** @returns a function that answers the value of `webhook-signature` */
export function createSigner(secret: string): (message: SignedMessage) => string {
  const key = createSecretKey(secretBytes(secret));
  return ({ id, timestamp, body }) => {
    const mac = createHmac('sha256', key);
    // One call where one will do: each costs as much as hashing a kilobyte.
    if (typeof body === 'string') mac.update(`${id}.${timestamp}.${body}`);
    else mac.update(`${id}.${timestamp}.`).update(body);
    return `v1,${mac.digest('base64')}`;
  };
}

/** `whsec_` introduces base64; anything else is the key itself. */
function secretBytes(secret: string): Buffer {
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret);
}

/** @returns what is wrong with a signing secret, or undefined */
export function faultOfSecret(secret: string): string | undefined {
  if (secret === '') return 'must not be empty';
  if (!secret.startsWith(prefix)) return undefined;
  const coded = secret.slice(prefix.length);
  const key = Buffer.from(coded, 'base64');
  const same = key.toString('base64').replace(/=+$/, '') === coded.replace(/=+$/, '');
  return key.length > 0 && same ? undefined : 'must hold base64 after whsec_';
}

export interface Verification {
  /** Any of them may have signed: one is the old, one the new, while a secret is rotated. */
  secrets: readonly string[];
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  /** ms since 1970. */
  now: number;
}

/** @returns the message's id, or undefined for anything that is not well signed within five minutes */
export function verify({ secrets, headers, body, now }: Verification): string | undefined {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  // A dot in the id would let the same signed bytes be cut in two ways.
  if (id === '' || id.includes('.') || !digits.test(timestamp)) return undefined;
  if (Math.abs(Math.floor(now / 1000) - Number(timestamp)) > toleranceSeconds) return undefined;
  const given = (headers['webhook-signature'] ?? '').split(' ').slice(0, signatureLimit).map(digest);
  const valid = secrets.map((secret) => digest(createSigner(secret)({ id, timestamp, body })));
  return valid.some((expected) => given.some((candidate) => timingSafeEqual(candidate, expected))) ? id : undefined;
}

/** Texts are compared by their digests: equal lengths, no early end, and no second spelling of a signature passes. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
