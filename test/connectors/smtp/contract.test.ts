import { expect } from 'vitest';
import { smtp } from '../../../connectors/smtp/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { tellsOnly } from '../chat-vendor.ts';
import { type MailBox, mailBox, password, username } from './mail-server.ts';

const settings = (url: string, more: object = {}) => {
  const { hostname: host, port } = new URL(url);
  const addresses = { from: 'hub@example.com', to: ['ops@example.com'], roles: { gone: ['nobody@example.com'] } };
  return { host, port: Number(port), tls: 'none', auth: { username, password }, ...addresses, ...more };
};

connectorContract({
  connector: smtp,
  settings,
  wrongCredentials: (url) => settings(url, { auth: { username, password: 'wrong' } }),
  vendor: mailBox,
  serve: (vendor) => (vendor as MailBox).serve(),
  writes: {
    notification: {
      ...tellsOnly,
      create: (n) => ({
        body: JSON.stringify({ subject: `Order SO-${n}`, text: `Call Zoe Marlowe about SO-${n}` }),
        holds: { to: ['ops@example.com'], text: expect.stringContaining(`Zoe Marlowe about SO-${n}`) },
      }),
      refused: {
        op: 'create',
        body: JSON.stringify({ subject: 'Gone', text: 'Is anybody there?', role: 'gone' }),
        words: '550 5.1.1 nobody lives there',
      },
    },
  },
  reads: {},
  polls: {},
  secrets: [password],
  personal: ['Zoe Marlowe'],
  httpRefusal: (words) => words,
});
