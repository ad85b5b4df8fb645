// The contract suite over a running Vendure shop: the same cases, the same samples, and no model in between.
import { afterAll, inject } from 'vitest';
import { vendure } from '../../connectors/vendure/index.ts';
import { moreSettings, secret, vendureSamples } from '../connectors/vendure/subject.ts';
import { connectorContract } from '../contract/connector.contract.ts';
import { startBlocking } from './vendure/blocking.ts';
import { liveShop } from './vendure/live-shop.ts';

const { url, login, admin, database } = inject('vendure');
const shop = startBlocking(new URL('vendure/shoppers.mjs', import.meta.url), { url, admin, database });
afterAll(() => shop.close());

connectorContract({
  connector: vendure,
  ...vendureSamples,
  vendor: () => liveShop(url, login.username, shop),
  configuration: 'live',
  settings: (through) => ({ url: `${through}/admin-api`, login, ...moreSettings }),
  wrongCredentials: (through) => ({
    url: `${through}/admin-api`,
    login: { ...login, password: 'nothing' },
    ...moreSettings,
  }),
  secrets: [login.password, secret],
});
