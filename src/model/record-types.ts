// The types of canonical record.

export const recordTypes = [
  'order',
  'customer',
  'shipment',
  'product',
  'inventory',
  'return',
  'refund',
  'coupon',
  'notification',
  'label',
  'restock',
  'clawback',
  'change_request',
  'task',
] as const;

export type RecordType = (typeof recordTypes)[number];

const known: ReadonlySet<string> = new Set(recordTypes);

export const isRecordType = (text: string): text is RecordType => known.has(text);
