// Tryton's models as rows: what is read of each record type, and what a mapping sees of it in one place.
import { textAt } from '../../src/connector/answer.ts';
import { treesAt } from '../../src/connector/compare.ts';
import type { RowKind, RowSource } from '../../src/connector/rows.ts';
import type { LosslessObject } from '../../src/model/json.ts';
import * as documents from './documents.ts';
import { call } from './rpc.ts';
import type { TrytonContext } from './settings.ts';
import { datetimeOf, plain } from './values.ts';

const isActive = (row: LosslessObject): boolean => row.active !== false;

const contactsOf = (party: LosslessObject, types: string[]): string[] =>
  treesAt(party, ['contact_mechanisms'])
    .filter((one) => isActive(one) && types.includes(String(one.type)))
    .flatMap((one) => textAt(one, ['value']) ?? []);

const customer: RowKind = {
  ...documents.customer,
  derive: (party) => ({
    address: treesAt(party, ['addresses']).find(isActive) ?? null,
    emails: contactsOf(party, documents.contactTypes.emails),
    phones: contactsOf(party, documents.contactTypes.phones),
  }),
};

const shipment: RowKind = {
  ...documents.shipment,
  derive: (parcel) => ({ sale: treesAt(parcel, ['outgoing_moves']).find(({ sale }) => sale)?.sale ?? null }),
};

export function sourceOf(context: TrytonContext): RowSource {
  const { company, fields: extra, pageSize, poll } = context.settings;
  const domain = [['company', '=', company]];
  return {
    kinds: { customer, order: { ...documents.order, domain }, shipment: { ...shipment, domain } },
    search: async ({ model, domain, fields, order: by, offset = 0, limit = null }) => {
      const order = by?.map((field) => [field, 'ASC']) ?? null;
      const params = [domain, offset, limit, order, [...fields]];
      return plain(await call(context, { method: `model.${model}.search_read`, params }));
    },
    after: (time, text) => [time, '>', datetimeOf(text)],
    created: 'create_date',
    // What was never changed has no `write_date`.
    follows: ['create_date', 'write_date'],
    extra: (record) => (record in extra ? extra[record as keyof typeof extra] : []),
    pageSize,
    overlapMs: poll.overlap,
  };
}
