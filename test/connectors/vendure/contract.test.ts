import { vendure } from '../../../connectors/vendure/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { moreSettings as more, secret, vendureSamples } from './subject.ts';
import { credentials, vendureShop } from './vendure-vendor.ts';

connectorContract({
  connector: vendure,
  ...vendureSamples,
  vendor: vendureShop,
  configuration: 'API key',
  settings: (url) => ({ url: `${url}/admin-api`, apiKey: credentials.apiKey, ...more }),
  wrongCredentials: (url) => ({ url: `${url}/admin-api`, apiKey: 'nobody:nothing' }),
  secrets: [credentials.apiKey, secret],
});

const { username, password } = credentials;

connectorContract({
  connector: vendure,
  ...vendureSamples,
  vendor: vendureShop,
  configuration: 'login',
  settings: (url) => ({ url: `${url}/admin-api`, login: { username, password }, ...more }),
  wrongCredentials: (url) => ({ url: `${url}/admin-api`, login: { username, password: 'nothing' }, ...more }),
  secrets: [password, secret],
});
