// HMAC-SHA256 over raw bytes, as vendors outside Standard Webhooks sign: compared in one time, whatever was given.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { decodeUtf8, type Lossless, parseJson } from '../model/json.ts';
import { ConnectorError } from './error.ts';

export interface Signed {
  /** Any of them may have signed: one is the old, one the new, while a secret is rotated. */
  secrets: readonly string[];
  /** What was signed, piece after piece. */
  parts: readonly (string | Uint8Array)[];
  /** The signature as it came, in base64; undefined where none came. */
  signature: string | undefined;
}

export const isSigned = ({ secrets, parts, signature = '' }: Signed): boolean =>
  secrets.map((secret) => hmacBase64(secret, parts)).filter((expected) => areEqual(expected, signature)).length > 0;

function hmacBase64(secret: string, parts: Signed['parts']): string {
  const mac = createHmac('sha256', secret);
  for (const part of parts) mac.update(part);
  return mac.digest('base64');
}

/** By digests: equal lengths, no early end, and no second spelling of a signature passes. */
const areEqual = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What was signed, as JSON. @throws ConnectorError invalid */
export function signedJson(body: Uint8Array): Lossless {
  try {
    return parseJson(decodeUtf8(body));
  } catch (error) {
    throw new ConnectorError('invalid', `the body is no JSON as we take it: ${(error as Error).message}`);
  }
}
