// A group chat of WeCom, through the incoming webhook of a group bot.
import { z } from 'zod';
import type { ConnectorErrorKind } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { baseUrl } from '../../src/connector/fields.ts';
import { requireErrcodeZero, tellOnce } from '../../src/connector/incoming-webhook.ts';
import { secret } from '../../src/connector/secret.ts';

const settings = z.strictObject({
  /** What stands behind `key=` in the webhook's address. */
  key: secret(),
  url: baseUrl().prefault('https://qyapi.weixin.qq.com'),
});

// WeCom's own sample. Its documentation (https://developer.work.weixin.qq.com/document/path/91770) is known from copies only.
const sample = 'https://github.com/WecomTeam/RobotSample/blob/0f349320df11e97ba4f81f6430f42072afc16b6b';
const bot = `${sample}/server/robotController.js`;

/** https://developer.work.weixin.qq.com/document/path/90455 */
const kinds: Readonly<Record<string, ConnectorErrorKind>> = {
  '-1': 'unavailable',
  '45009': 'throttled',
  '93000': 'unauthorized',
};

export const wecom = defineConnector({
  name: 'wecom',
  title: 'A group chat of WeCom: notifications',
  settings,
  operations: [{ name: 'POST /cgi-bin/webhook/send', does: 'write', source: 'vendor_package', link: bot }],
  records: () => ['notification'],
  writeStyle: () => 'whole',
  repeatSafe: () => 'no',
  push: (send, context) => {
    const {
      http,
      now,
      settings: { key, url },
    } = context;
    const path = `${url.path}/cgi-bin/webhook/send?key=${encodeURIComponent(key)}`;
    const what = 'POST /cgi-bin/webhook/send';
    return tellOnce(send, context, {
      url: { origin: url.origin, path },
      read: (answer) => requireErrcodeZero(answer, { http, what, now: now(), kinds }),
    });
  },
});
