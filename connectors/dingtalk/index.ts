// A group chat of DingTalk, through the incoming webhook of a custom robot, signed where the robot asks for it.
import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type { ConnectorErrorKind, Send } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { baseUrl } from '../../src/connector/fields.ts';
import { requireErrcodeZero, tellOnce } from '../../src/connector/incoming-webhook.ts';
import { payloadOf } from '../../src/connector/payload.ts';
import { secret } from '../../src/connector/secret.ts';
import { stringifyJson } from '../../src/model/json.ts';

const settings = z.strictObject({
  /** What stands behind `access_token=` in the webhook's address. */
  token: secret(),
  /** `SEC…`, where the robot's security setting is a signature (加签). */
  signSecret: secret().optional(),
  /** The robot tells a repeat by `msgUuid`: documented for the edition abroad, not for the one in China. */
  msgUuid: z.boolean().default(false),
  url: baseUrl().prefault('https://oapi.dingtalk.com'),
});

/** Of the edition abroad, whose host ends in `.io`. */
const robot = 'https://help.dingtalk.io/open/development/custom-robots-send-group-messages';

const kinds: Readonly<Record<string, ConnectorErrorKind>> = {
  '-1': 'unavailable',
  // Beyond 20 messages a minute. The code is known from other people's logs; the documentation names the limit only.
  '130101': 'throttled',
};

export const dingtalk = defineConnector({
  name: 'dingtalk',
  title: 'A group chat of DingTalk: notifications',
  settings,
  operations: [{ name: 'POST /robot/send', does: 'write', source: 'vendor_spec', link: robot }],
  records: () => ['notification'],
  writeStyle: () => 'whole',
  repeatSafe: ({ msgUuid }) => (msgUuid ? 'idempotency-key' : 'no'),
  push: (send, context) => {
    const {
      http,
      now,
      settings: { token, signSecret, msgUuid, url },
    } = context;
    const signed = signSecret === undefined ? {} : signatureOf(signSecret, now());
    const query = new URLSearchParams({ access_token: token, ...signed });
    return tellOnce(send, context, {
      url: { origin: url.origin, path: `${url.path}/robot/send?${query}` },
      keyed: msgUuid ? withUuid(send) : undefined,
      read: (answer) => requireErrcodeZero(answer, { http, what: 'POST /robot/send', now: now(), kinds }),
    });
  },
});

/** Made of the send's key, so that every repeat has the same. */
function withUuid(send: Send): { key: string; body: string } {
  const digits = createHash('sha256').update(send.key).digest('hex');
  const key = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
  return { key, body: stringifyJson({ ...payloadOf(send), msgUuid: key }) };
}

/** Over time (ms) and secret, not over the message. */
function signatureOf(signSecret: string, at: number): { timestamp: string; sign: string } {
  const timestamp = String(at);
  const sign = createHmac('sha256', signSecret).update(`${timestamp}\n${signSecret}`).digest('base64');
  return { timestamp, sign };
}
