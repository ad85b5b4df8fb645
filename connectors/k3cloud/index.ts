// Kingdee K3Cloud (金蝶云星空): sales orders over its WebAPI.
import type { Operation } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import type { RecordType } from '../../src/model/records.ts';
import { credentialsOf, query } from './api.ts';
import { fetch, find, list, poll, push, transition } from './order.ts';
import { settings } from './settings.ts';

const logins = 'https://github.com/kingdee-nodejs/k3cloud/blob/master/src/K3CloudApiSdk.js';
const orders =
  'https://github.com/chan-kinghin/Quickpulsev2/blob/4d5cdaeab11c0cc44561fe34ce3b3333a6dd18d9/docs/api/SAL_SaleOrder_%E9%94%80%E5%94%AE%E8%AE%A2%E5%8D%95.md';

const known = (does: Operation['does'], link: string, ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source: 'third_party', link }));

const records: RecordType[] = ['order'];

export const k3cloud = defineConnector({
  name: 'k3cloud',
  title: 'Kingdee K3Cloud (金蝶云星空): sales orders over its WebAPI',
  settings,
  operations: [
    ...known('read', logins, 'AuthService.ValidateUser', 'AuthService.LoginByAppSecret'),
    ...known('read', orders, 'ExecuteBillQuery SAL_SaleOrder'),
    ...known('write', orders, 'Save SAL_SaleOrder', 'Submit SAL_SaleOrder', 'Audit SAL_SaleOrder'),
  ],
  credentials: credentialsOf,

  ...{ records: () => records, fetches: () => records, lists: () => records },
  writeStyle: () => 'changes',
  // The number is ours: an order is looked for by it before it is made.
  repeatSafe: () => 'natural-key',
  polls: ({ poll: { every: everyMs } }) => records.map((record) => ({ record, everyMs })),
  answers: (_, verb) => (verb === 'transition' ? records : []),
  ...{ push, poll, fetch, find, list, transition },
  check: async (context) => {
    await query(context, { fields: ['FID'], filter: 'FID=0', order: '', limit: 1 });
  },
});
