// An ERPNext site: customers and sales orders over Frappe's REST API, and its webhooks.
import type { Operation } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import type { RecordType } from '../../src/model/records.ts';
import { customer, order } from './documents.ts';
import { fetch, find, list, poll, requireRef } from './reads.ts';
import { ask } from './resource.ts';
import { settings } from './settings.ts';
import { receive } from './webhooks.ts';
import { push, transition } from './writes.ts';

const records: RecordType[] = ['customer', 'order'];

const rest = 'https://docs.frappe.io/framework/user/en/api/rest';
const guide = 'https://docs.frappe.io/framework/user/en/guides/integration/rest_api';
const frappe = 'https://github.com/frappe/frappe/blob/version-15/frappe';

type Known = [does: Operation['does'], source: Operation['source'], link: string, name: string];

const operations = [
  ['read', 'vendor_spec', rest, 'GET /api/method/frappe.auth.get_logged_user'],
  ...['Customer', 'Sales Order', 'Country'].map(
    (one): Known => ['read', 'vendor_spec', rest, `GET /api/resource/${one}`],
  ),
  // A filter names the doctype of the rows that link an address to its customer.
  ['read', 'vendor_spec', `${guide}/listing_documents`, 'GET /api/resource/Address'],
  ...['Customer', 'Sales Order', 'Address'].map(
    (one): Known => ['write', 'vendor_spec', guide, `POST, PUT /api/resource/${one}`],
  ),
  ['read', 'vendor_package', `${frappe}/integrations/doctype/webhook/webhook.py`, 'X-Frappe-Webhook-Signature'],
  ['write', 'vendor_package', `${frappe}/model/document.py`, 'PUT modified, docstatus'],
] satisfies Known[];

export const erpnext = defineConnector({
  name: 'erpnext',
  title: 'An ERPNext site: customers and sales orders over the REST API of Frappe',
  settings,
  operations: operations.map(([does, source, link, name]) => ({ name, does, source, link })),
  credentials: ({ apiKey, apiSecret }) => ({
    auth: { header: { name: 'authorization', value: `token ${apiKey}:${apiSecret}` } },
  }),

  ...{ records: () => records, fetches: () => records, lists: () => records },
  writeStyle: () => 'changes',
  // Each create looks first for the one that has our reference in a field of its own.
  repeatSafe: () => 'natural-key',
  polls: ({ poll: { every: everyMs } }) => records.map((record) => ({ record, everyMs })),
  answers: () => ['order'],

  ...{ push, receive, poll, fetch, find, list, transition },
  cancel: (question, context) => transition({ ...question, to: '2' }, context),
  check: async (context) => {
    await ask(context, { method: 'GET', path: '/api/method/frappe.auth.get_logged_user' });
    for (const kind of [customer, order]) await requireRef(context, kind);
  },
});
