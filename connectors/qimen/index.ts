// A warehouse system that speaks the Qimen protocol (奇门): delivery orders as signed XML.
import type { Operation } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { settings } from './settings.ts';

/** Generated from the vendor's API description by somebody else. */
const types = 'https://github.com/bububa/opentaobao/blob/v1.3.5/model/qimen';

const operation = (name: string, does: Operation['does'], file: string): Operation => ({
  ...{ name, does, source: 'third_party', link: `${types}/${file}` },
});

export const qimen = defineConnector({
  name: 'qimen',
  title: 'A warehouse system that speaks the Qimen protocol: shipments',
  settings,
  operations: [
    operation('taobao.qimen.deliveryorder.create', 'write', 'DeliveryOrderCreateRequest.go'),
    operation('taobao.qimen.order.pending', 'write', 'OrderPendingRequest.go'),
    operation('taobao.qimen.order.cancel', 'write', 'OrderCancelRequest.go'),
    operation('taobao.qimen.deliveryorder.query', 'read', 'DeliveryOrderQueryRequest.go'),
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
