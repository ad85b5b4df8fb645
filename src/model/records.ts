// Every canonical record as a zod schema: all fields optional, since a record is filled by whoever knows the field.
import { z } from 'zod';
import {
  address,
  any,
  collection,
  deliveryWindow,
  instant,
  int,
  money,
  object,
  oneOf,
  personal,
  reference,
  required,
  setOf,
  text,
} from './kinds.ts';
import { handling, order, returnable } from './order-schema.ts';
import type { RecordType } from './record-types.ts';

export { isRecordType, type RecordType, recordTypes } from './record-types.ts';

const customer = {
  number: text(),
  name: personal(text()),
  phones: personal(setOf(text())),
  emails: personal(setOf(text())),
  tier: text(),
  defaultAddress: address(),
  identityVerifiedUntil: instant(),
  mergedInto: reference('customer'),
  x: any(),
};

const shipment = {
  number: required(text()),
  orderId: reference('order'),
  generation: int(),
  warehouseId: text(),
  status: oneOf([
    'requested',
    'accepted',
    'picking',
    'packed',
    'shipped',
    'in_transit',
    'delivered',
    'exception',
    'cancel_requested',
    'cancelled',
  ]),
  shipTo: address(),
  deliveryWindow: deliveryWindow(),
  lines: collection('lineNo', { lineNo: text(), sku: text(), quantity: int() }),
  carrier: text(),
  trackingNo: text(),
  packages: any(),
  shippedAt: instant(),
  deliveredAt: instant(),
  x: any(),
};

const product = {
  sku: required(text()),
  gtin: text(),
  name: text(),
  unit: text(),
  price: money(),
  handling: handling(),
  returnable: returnable(),
  x: any(),
};

const inventory = {
  sku: required(text()),
  warehouseId: required(text()),
  onHand: int(),
  available: int(),
  committed: int(),
  reserved: int(),
  damaged: int(),
  qualityControl: int(),
  incoming: int(),
  incomingReturn: int(),
  asOf: instant(),
  x: any(),
};

const approval = [
  'requested',
  'awaiting_evidence',
  'awaiting_identity',
  'in_review',
  'approved',
  'declined',
  'cancelled',
  'expired',
] as const;
const logistics = ['none', 'label_issued', 'in_transit', 'received', 'lost', 'overdue', 'not_required'] as const;
const refundRegion = [
  'none',
  'scheduled',
  'submitted',
  'succeeded',
  'failed',
  'unknown',
  'clawback_open',
  'recovered',
  'written_off',
] as const;

const returnOf = {
  number: required(text()),
  status: oneOf(['requested', 'open', 'closed', 'declined', 'cancelled']),
  orderId: reference('order'),
  customerId: reference('customer'),
  kind: oneOf(['return_refund', 'refund_only', 'exchange']),
  reason: text(),
  fault: oneOf(['customer', 'merchant', 'carrier', 'unknown']),
  lines: collection('orderLine', {
    orderLine: text(),
    quantity: int(),
    received: int(),
    result: oneOf(['ok', 'not_ok', 'partial']),
    disposition: oneOf(['restock', 'hold', 'refurbish', 'scrap', 'donate', 'vendor', 'missing']),
  }),
  regions: object({
    approval: oneOf(approval),
    logistics: oneOf(logistics),
    inspection: oneOf(['none', 'pending', 'passed', 'partial', 'failed']),
    refund: oneOf(refundRegion),
    restock: oneOf(['none', 'expected', 'done', 'scrapped']),
  }),
  decisionId: text(),
  level: oneOf(['none', 'yellow', 'orange', 'red']),
  needs: setOf(text()),
  refundTiming: oneOf(['before_return', 'on_carrier_scan', 'on_receipt', 'after_inspection']),
  decideBy: instant(),
  shipBackBy: instant(),
  refundBy: instant(),
  evidence: any(),
  x: any(),
};

const refund = {
  number: required(text()),
  returnId: reference('return'),
  seq: int(),
  amount: money(),
  method: oneOf(['original', 'store_credit']),
  status: oneOf(['scheduled', 'submitted', 'succeeded', 'failed', 'unknown']),
  providerRef: text(),
  x: any(),
};

const coupon = {
  key: required(text()),
  template: text(),
  customerId: reference('customer'),
  orderId: reference('order'),
  x: any(),
};

const notification = {
  key: required(text()),
  template: text(),
  role: text(),
  orderId: reference('order'),
  returnId: reference('return'),
  text: object({ en: text(), zh: text() }),
  x: any(),
};

/** Labels, restocks and clawbacks have the same fields. */
const returnEffect = () => ({
  number: required(text()),
  returnId: reference('return'),
  orderLine: text(),
  quantity: int(),
  amount: money(),
  status: oneOf(['requested', 'done', 'failed']),
  x: any(),
});

const changeRequest = {
  record: required(text()),
  recordId: required(text()),
  unit: required(text()),
  proposed: personal(any()),
  state: oneOf(['proposed', 'requested', 'accepted', 'rejected', 'unknown', 'expired', 'superseded']),
  deadlineAt: instant(),
  askedBy: text(),
  answer: text(),
  x: any(),
};

const task = {
  kind: required(text()),
  title: text(),
  record: text(),
  recordId: text(),
  unit: text(),
  reason: text(),
  options: setOf(text()),
  role: text(),
  state: oneOf(['open', 'done']),
  dueAt: instant(),
  decision: text(),
  decidedBy: text(),
  // What a system said, kept for whoever decides: it may be an address.
  x: personal(any()),
};

const schemas: Record<RecordType, z.ZodObject> = {
  order: z.strictObject(order).partial(),
  customer: z.strictObject(customer).partial(),
  shipment: z.strictObject(shipment).partial(),
  product: z.strictObject(product).partial(),
  inventory: z.strictObject(inventory).partial(),
  return: z.strictObject(returnOf).partial(),
  refund: z.strictObject(refund).partial(),
  coupon: z.strictObject(coupon).partial(),
  notification: z.strictObject(notification).partial(),
  label: z.strictObject(returnEffect()).partial(),
  restock: z.strictObject(returnEffect()).partial(),
  clawback: z.strictObject(returnEffect()).partial(),
  change_request: z.strictObject(changeRequest).partial(),
  task: z.strictObject(task).partial(),
};

/** Canonical data of a type; personal data carries `meta({ personal: true })`. */
export const recordSchema = (type: RecordType): z.ZodObject => schemas[type];
