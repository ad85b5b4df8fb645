// Ids: prefixed UUIDv7, so that they sort by time and say what they name.
import type { RecordType } from './records.ts';

const prefixes: Record<RecordType, string> = {
  order: 'ord_',
  customer: 'cus_',
  shipment: 'shp_',
  product: 'prd_',
  inventory: 'inv_',
  return: 'ret_',
  refund: 'rfd_',
  coupon: 'cpn_',
  notification: 'ntf_',
  label: 'lbl_',
  restock: 'rsk_',
  clawback: 'clw_',
  change_request: 'crq_',
  task: 'tsk_',
};

/** Records that effects make have their once-key as id, e.g. `logistics/ord_…/0`. */
const madeByEffects: ReadonlySet<RecordType> = new Set([
  'shipment',
  'coupon',
  'notification',
  'refund',
  'label',
  'restock',
  'clawback',
]);

const types = new Map(Object.entries(prefixes).map(([type, prefix]) => [prefix, type as RecordType]));
const prefixLength = 4;

export const idPrefix = (type: RecordType): string => prefixes[type];

/** @returns undefined for an id that is a once-key, which does not say it */
export const typeOfId = (id: string): RecordType | undefined => types.get(id.slice(0, prefixLength));

/**
 * @param prefix with its underscore, e.g. `ord_`
 * @param now ms since 1970
 * @param random gives that many random bytes
 */
export function newId(prefix: string, now: number, random: (bytes: number) => Uint8Array): string {
  const bytes = Buffer.from(random(10));
  bytes[0] = ((bytes[0] ?? 0) & 0x0f) | 0x70;
  bytes[2] = ((bytes[2] ?? 0) & 0x3f) | 0x80;
  return `${prefix}${now.toString(16).padStart(12, '0')}${bytes.toString('hex')}`;
}

const uuid = /^[0-9a-f]{32}$/;
const onceKey = /^[\x21-\x7e]{1,256}$/;

export function isRecordId(type: RecordType, id: string): boolean {
  const prefix = prefixes[type];
  if (id.startsWith(prefix) && uuid.test(id.slice(prefix.length))) return true;
  return madeByEffects.has(type) && id.includes('/') && onceKey.test(id);
}
