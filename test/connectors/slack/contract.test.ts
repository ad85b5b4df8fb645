import { slack } from '../../../connectors/slack/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { tellsOnly } from '../chat-vendor.ts';
import { slackChannel, token } from './slack-vendor.ts';

connectorContract({
  connector: slack,
  settings: (url) => ({ url, token }),
  wrongCredentials: (url) => ({ url, token: 'T0/B0/nobody' }),
  vendor: slackChannel,
  writes: {
    notification: {
      ...tellsOnly,
      create: (n) => {
        const message = { text: `Order SO-${n} waits for review; call Zoë Marlowe` };
        return { body: JSON.stringify(message), holds: message };
      },
      refused: { op: 'create', body: '{"text":""}', words: 'no_text' },
    },
  },
  reads: {},
  polls: {},
  secrets: [token],
  personal: ['Zoë Marlowe'],
  httpRefusal: (words) => words,
});
