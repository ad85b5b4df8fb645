// The merge document that the tests read: one unit of every kind.
import { parseMergeDocument } from '../../src/merge/document.ts';
import type { MergePolicy } from '../../src/merge/types.ts';

export const orderDocument = `
record: order
units:
  shipTo:         { writers: [shop, crm, console], resolve: latest, tie: [crm, shop], frozen: shipTo, onRefusal: [restore, task] }
  invoiceTitle:   { fields: [invoice.title, invoice.taxId], writers: [crm, shop, erp], resolve: owner, order: [erp, crm, shop], frozen: invoice }
  deliveryWindow: { writers: [crm, shop, console], resolve: latest, frozen: shipTo }
  money:          { fields: [payable, totals], writers: [shop] }
  fulfillment:    { fields: [fulfillmentStatus], writers: [wms], resolve: rank }
  shippedLines:   { fields: [lines.shippedQuantity], writers: [wms], resolve: max, notConsole: true }
  tags:           { writers: [policy, crm], resolve: union }
frozen:
  shipTo: { unfulfilled: allow, released: ask, picking: { ask: wms, timeout: PT20M }, packed: ask, shipped: deny, delivered: deny }
  invoice: { by: invoice.status, issued: deny }
`;

export function policyOf(text: string): MergePolicy {
  const read = parseMergeDocument(text, 'order.merge.yaml');
  if ('faults' in read) throw new Error(JSON.stringify(read.faults, null, 2));
  return read.policy;
}
