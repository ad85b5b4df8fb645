// What the floor reads: the bench's order, validated member by member, and kept as the text that came.
import { z } from 'zod';

export interface FloorChange {
  record: string;
  body: string;
}

const text = z.string().min(1).max(200);
const amount = z.string().regex(/^\d+\.\d\d$/);

const order = z.object({
  id: text,
  order_number: text,
  updated_at: z.int(),
  channel: text,
  store: text,
  state: z.enum(['open', 'on hold', 'cancelled', 'completed']),
  payment: z.enum(['unpaid', 'authorized', 'paid', 'refunded']),
  placed_at: text,
  paid_at: z.int(),
  currency: z.string().length(3),
  total: amount,
  subtotal: amount,
  shipping_fee: amount,
  ship_to: z.object({
    ...{ name: text, phone: text, country: text, province: text, city: text, district: text, street: text, zip: text },
  }),
  invoice: z.object({ title: text, tax_number: text }),
  note: text,
  staff_note: text,
  items: z.array(z.object({ line: text, sku: text, qty: z.int().positive(), price: amount })).min(1),
});

const change = z.object({ record: z.literal('order'), id: text, data: order });

/** @throws when the JSON is broken or a member is not as it should be */
export function readChanges(body: string, type: string | undefined): FloorChange[] {
  if (type?.includes('ndjson')) return body.split('\n').map((line) => readOne(JSON.parse(line), line));
  const value: unknown = JSON.parse(body);
  if (!Array.isArray(value)) return [readOne(value, body)];
  return value.map((item) => readOne(item, JSON.stringify(item)));
}

function readOne(value: unknown, body: string): FloorChange {
  const read = change.safeParse(value);
  if (!read.success) throw new TypeError(z.prettifyError(read.error));
  return { record: read.data.id, body };
}
