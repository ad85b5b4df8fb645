// Everything that reads text of strangers by a pattern, given the worst that fits into a request: none takes long.
import { expect, it } from 'vitest';
import { splitUrl } from '../../src/connector/http.ts';
import { parseRetryAfter } from '../../src/connector/retry-after.ts';
import { verify } from '../../src/connector/standard-webhooks.ts';
import { idempotencyKey, ifMatch, negotiate, noneMatch, preferredWait } from '../../src/gateway/headers.ts';
import { createKeyRing, parseKeys } from '../../src/gateway/keys.ts';
import { withoutCredentials } from '../../src/log.ts';
import { isRecordId } from '../../src/model/ids.ts';
import { parseJson } from '../../src/model/json.ts';
import { parsePath } from '../../src/model/paths.ts';
import { withoutPersonal } from '../../src/model/personal-text.ts';
import { readTraceparent } from '../../src/observe/trace.ts';
import { normalStreet } from '../../src/policy/returns/profile/street.ts';

/** As long as all headers of a request may be. */
const length = 16_384;
const limitMs = 100;

const pieces = [
  ...['a', ' ', '\t', '0', '-', '=', ',', ';', '"', '\\', '/', '.', ':', '+', '(', '%', '[', '{', '街', '一', '\u0000'],
  ...[
    'a.',
    'a ',
    ', ',
    '\\"',
    '"\\',
    'q=',
    'wait=',
    'wait= ',
    'a://',
    '://',
    'a@',
    '+1(',
    '1 ',
    '1.',
    '..',
    '../',
    '[{',
    '{"a":',
  ],
  ...['v1,', 'Basic ', 'a-', '00-', 'W/"', '"1",', 'slk_', '1e', 'x.', '- '],
];
const worst = pieces.flatMap((piece) => {
  const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  return [text, `${text}!`, `a${text}\n`, `Basic ${text}`, `"${text}`];
});

const ring = createKeyRing({ configured: parseKeys('shop:intake=some-secret-of-the-shop'), stored: async () => [] });
const person = { shipTo: { name: 'Jo Smith', phone: '+442079460000', street: '新街 9 号', city: 'a a a a a a a a' } };
const secrets = ['secret-of-the-webhook'];

const readers: Record<string, (text: string) => unknown> = {
  Accept: (text) => negotiate(text, ['application/json', 'application/x-ndjson']),
  Prefer: preferredWait,
  'Idempotency-Key': idempotencyKey,
  'If-Match': ifMatch,
  'If-None-Match': (text) => noneMatch(text, '"4"'),
  Authorization: ring.authenticate,
  traceparent: readTraceparent,
  street: normalStreet,
  'Retry-After': (text) => parseRetryAfter(text, 0),
  'webhook-signature': (text) =>
    verify({
      secrets,
      headers: { 'webhook-id': text, 'webhook-timestamp': '0', 'webhook-signature': text },
      body: Buffer.from(text),
      now: 0,
    }),
  'an id in a path': (text) => isRecordId('shipment', text),
  'an address': splitUrl,
  'a path into an answer': parsePath,
  'a body': parseJson,
  'a message that is logged': withoutCredentials,
  'the words of a refusal': (text) => withoutPersonal('order', [person], text),
};

/** ms of the processor. */
function timeOf(read: (text: string) => unknown, text: string): number {
  const start = process.cpuUsage();
  try {
    read(text);
  } catch {
    // Refusing it is as good as reading it.
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

it.each(Object.entries(readers))('%s', (_, read) => {
  // Other threads of this process take their time too: what is slow is slow each time.
  const isSlow = (text: string): boolean => [1, 2, 3, 4].every(() => timeOf(read, text) > limitMs);
  expect(worst.filter(isSlow).map((text) => text.slice(0, 20))).toEqual([]);
});
