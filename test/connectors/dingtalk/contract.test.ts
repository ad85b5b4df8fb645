import { dingtalk } from '../../../connectors/dingtalk/index.ts';
import type { ConnectorSubject } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { tellsOnly } from '../chat-vendor.ts';
import { dingtalkGroup, signSecret, token } from './dingtalk-vendor.ts';

const text = (content: string) => ({ msgtype: 'text', text: { content } });

const robot: ConnectorSubject = {
  connector: dingtalk,
  settings: (url) => ({ url, token, signSecret }),
  wrongCredentials:
    'DingTalk has one code (310000) for a wrong signature, a stranger and a missing keyword: it is a refusal in its own words',
  vendor: dingtalkGroup,
  writes: {
    notification: {
      ...tellsOnly,
      create: (n) => {
        const message = text(`订单 SO-${n} 需要审核,联系人李雷`);
        return { body: JSON.stringify(message), holds: message };
      },
      refused: {
        op: 'create',
        body: JSON.stringify(text('包裹丢失')),
        words: 'keywords not in content (errcode 310000)',
      },
    },
  },
  reads: {},
  polls: {},
  secrets: [token, signSecret],
  personal: ['李雷'],
  httpRefusal: (words) => JSON.stringify({ message: words }),
};

connectorContract(robot);
connectorContract({
  ...robot,
  configuration: 'msgUuid',
  settings: (url) => ({ url, token, signSecret, msgUuid: true }),
});
