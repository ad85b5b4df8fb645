// Odoo's models as rows: references as objects, times as texts, nothing as null.
import { treeOf } from '../../src/connector/payload.ts';
import type { RowSource } from '../../src/connector/rows.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import * as documents from './documents.ts';
import { call } from './rpc.ts';
import type { OdooContext } from './settings.ts';

/** Odoo says false for nothing, whatever the field is; of those that are read here only these are really true or false. */
const booleans: ReadonlySet<string> = new Set(['active', 'is_company']);

function plain(name: string, value: Lossless): Lossless {
  if (value === false) return booleans.has(name) ? value : null;
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value) ? isoOf(value) : value;
  const [id, label] = Array.isArray(value) ? value : [];
  return typeof id === 'number' && typeof label === 'string' ? { id, name: label } : value;
}

/** Odoo's times are in UTC. */
const isoOf = (text: string): string => `${text.replace(' ', 'T')}.000Z`;
export const timeOf = (text: string): string => text.slice(0, 19).replace('T', ' ');

const plainRow = (row: Lossless): Lossless => {
  const tree = treeOf(row);
  return tree ? Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, plain(name, value)])) : row;
};

export function sourceOf(context: OdooContext): RowSource {
  const { fields: extra, pageSize, poll } = context.settings;
  const { address: _, ...kinds } = documents;
  return {
    kinds,
    search: async ({ model, domain, fields, order = ['id'], offset = 0, limit }) => {
      const page: LosslessObject = { offset, ...(limit !== undefined && { limit }) };
      const args = { domain, fields: [...fields], order: order.map((field) => `${field} asc`).join(', '), ...page };
      const found = await call(context, { model, method: 'search_read', args });
      return Array.isArray(found) ? found.map(plainRow) : found;
    },
    // It keeps more digits than it shows: from the second that follows on.
    after: (time, text) => [time, '>=', timeOf(new Date(Math.ceil(Date.parse(text) / 1000) * 1000).toISOString())],
    created: 'create_date',
    follows: ['write_date'],
    extra: (record) => (record in extra ? extra[record as keyof typeof extra] : []),
    pageSize,
    overlapMs: poll.overlap,
  };
}
