import { wecom } from '../../../connectors/wecom/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { tellsOnly } from '../chat-vendor.ts';
import { key, wecomGroup } from './wecom-vendor.ts';

const text = (content: string) => ({ msgtype: 'text', text: { content } });

connectorContract({
  connector: wecom,
  settings: (url) => ({ url, key }),
  wrongCredentials: (url) => ({ url, key: 'nobody' }),
  vendor: wecomGroup,
  writes: {
    notification: {
      ...tellsOnly,
      create: (n) => {
        const message = text(`订单 SO-${n} 需要审核,联系人李雷`);
        return { body: JSON.stringify(message), holds: message };
      },
      refused: { op: 'create', body: JSON.stringify(text('')), words: 'empty content (errcode 44004)' },
    },
  },
  reads: {},
  polls: {},
  secrets: [key],
  personal: ['李雷'],
  httpRefusal: (words) => JSON.stringify({ errmsg: words, message: words }),
});
