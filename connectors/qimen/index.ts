// A warehouse system that speaks the Qimen protocol (奇门): delivery orders as signed XML.
import type { Operation } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { settings } from './settings.ts';

/** Alibaba serves the same documentation under several names; each page is linked where it could be read. */
const docs = 'https://developer.alibaba.com/docs';
const sameDocs = 'https://jaq-doc.alibaba.com/docs';

const operation = (name: string, does: Operation['does'], page: string, at = docs): Operation => ({
  ...{ name, does, source: 'vendor_spec', link: `${at}/${page}` },
});

export const qimen = defineConnector({
  name: 'qimen',
  title: 'A warehouse system that speaks the Qimen protocol: shipments',
  settings,
  operations: [
    operation('signature (MD5)', 'read', 'doc.htm?articleId=118404&docType=1&treeId=780'),
    operation('taobao.qimen.deliveryorder.create', 'write', 'api.htm?apiId=26002'),
    operation('taobao.qimen.order.pending', 'write', 'api.htm?apiId=27276', sameDocs),
    operation('taobao.qimen.order.cancel', 'write', 'api.htm?apiId=26000'),
    operation('taobao.qimen.deliveryorder.query', 'read', 'api.htm?apiId=24690', sameDocs),
  ],
  records: () => ['shipment'],
  writeStyle: () => 'whole',
  repeatSafe: () => 'natural-key',
  fetches: () => ['shipment'],
  answers: (_, verb) => (verb === 'hold' || verb === 'cancel' ? ['shipment'] : []),
  // The XML library is loaded by whoever has such a system.
  push: async (send, context) => (await import('./delivery-order.ts')).push(send, context),
  fetch: async (reference, context) => (await import('./delivery-order.ts')).fetch(reference, context),
  find: async (reference, context) => (await import('./delivery-order.ts')).find(reference, context),
  hold: async (question, context) => (await import('./delivery-order.ts')).hold(question, context),
  cancel: async (question, context) => (await import('./delivery-order.ts')).cancel(question, context),
});
