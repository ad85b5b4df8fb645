// A channel of Slack, through an incoming webhook.
import { z } from 'zod';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { baseUrl } from '../../src/connector/fields.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { tellOnce } from '../../src/connector/incoming-webhook.ts';
import { secret } from '../../src/connector/secret.ts';
import { faultOfAnswer, isGood } from '../../src/connector/status.ts';

const settings = z.strictObject({
  /** What stands behind `/services/` in the webhook's address. */
  token: secret()
    .regex(/^[\w-]+(\/[\w-]+)*$/, 'must be T…/B…/…, without the rest of the address')
    .meta({ secret: true }),
  url: baseUrl().prefault('https://hooks.slack.com'),
});

const webhooks = 'https://api.slack.com/incoming-webhooks/';

/** The webhook itself is gone, or was never there. */
const kinds: Readonly<Record<string, ConnectorErrorKind>> = {
  invalid_token: 'unauthorized',
  no_service: 'unauthorized',
  no_service_id: 'unauthorized',
  no_team: 'unauthorized',
  team_disabled: 'unauthorized',
};

export const slack = defineConnector({
  name: 'slack',
  title: 'A channel of Slack: notifications',
  settings,
  operations: [{ name: 'POST /services/{token}', does: 'write', source: 'vendor_spec', link: webhooks }],
  records: () => ['notification'],
  writeStyle: () => 'whole',
  repeatSafe: () => 'no',
  push: (send, context) => {
    const { token, url } = context.settings;
    return tellOnce(send, context, {
      url: { origin: url.origin, path: `${url.path}/services/${token}` },
      read: (answer) => requireOk(answer, context.now()),
    });
  },
});

/** Slack answers plain text: `ok`, or one word for what is wrong. */
function requireOk(answer: HttpAnswer, now: number): void {
  const words = answer.excerpt().trim();
  const { status } = answer;
  if (isGood(status)) {
    if (words === 'ok') return;
    throw new ConnectorError('unclear', `the answer is not "ok" but "${words.slice(0, 100)}"`, { status, body: words });
  }
  const fault = faultOfAnswer(answer, 'POST /services/…', now);
  const isPlain = words.length <= 200 && /^[^<{\n]+$/.test(words);
  throw isPlain ? fault.as(kinds[words] ?? fault.kind, { message: `Slack says ${words}` }) : fault;
}
