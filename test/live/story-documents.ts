// The documents of the story: the shipped mappings of Vendure and Tryton, and what a company that has both adds to them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { shippedMappings } from '../flows/hub.ts';

interface Pair {
  ours?: string;
  theirs: unknown;
  [member: string]: unknown;
}

interface Document {
  fields: Pair[];
  each?: object[];
  ignore: string[];
  [member: string]: unknown;
}

interface MergeDocument {
  units: Record<string, { writers: string[]; order?: string[]; tie?: string[] }>;
}

const shipped = <T = Document>(path: string): T => parse(readFileSync(join(shippedMappings, path), 'utf8')) as T;

/** The pairs of a document, those of the same fields of ours replaced. */
const withPairs = ({ fields, ...document }: Document, ...pairs: Pair[]): Document => ({
  ...document,
  fields: [...fields.filter(({ ours }) => !pairs.some((pair) => pair.ours === ours)), ...pairs],
});

/** The pair as it stands, in both directions or with other members. */
function pairOf({ fields }: Document, ours: string, more: object = {}): Pair {
  const { dir: _, ...pair } = fields.find((one) => one.ours === ours) ?? { theirs: undefined };
  return { ...pair, ...more };
}

function vendureOrder(): Document {
  const order = shipped('vendure/order.yaml');
  // Only what was placed in the shop is written there, and of it only where it goes.
  const known = { ours: 'x.vendure.id', theirs: 'id', dir: 'in' };
  return { ...withPairs(order, pairOf(order, 'shipTo', { empty: null }), known), when: 'record.x.vendure.id != null' };
}

/** The shop's customers have no numbers; Tryton wants a code of each party. */
const vendureCustomer = (): Document =>
  withPairs(shipped('vendure/customer.yaml'), { ours: 'number', theirs: 'id', dir: 'in' });

function vendureShipment(): Document {
  const shipment = shipped('vendure/shipment.yaml');
  const status = pairOf(shipment, 'status') as Pair & { codec: { enum: { in: object } } };
  const out = { requested: 'Pending', accepted: 'Pending', picking: 'Pending', packed: 'Pending', shipped: 'Shipped' };
  const later = { in_transit: 'Shipped', delivered: 'Delivered', exception: 'Shipped' };
  const off = { cancel_requested: 'Cancelled', cancelled: 'Cancelled' };
  const codec = { enum: { ...status.codec.enum, out: { ...out, ...later, ...off } } };
  const document = withPairs(
    shipment,
    pairOf(shipment, 'orderId'),
    pairOf(shipment, 'trackingNo'),
    { ...status, codec, acceptLossy: 'the shop knows fewer steps' },
    { theirs: 'method', dir: 'out', codec: { const: { value: 'Standard' } } },
  );
  return {
    ...document,
    fields: document.fields.filter(({ ours }) => ours !== 'carrier'),
    // Tryton's number is its own; the shop numbers its fulfilments.
    when: "record.status in ['shipped', 'in_transit', 'delivered'] && record.trackingNo != null",
    each: [
      {
        ...{ ours: 'lines', theirs: 'lines', key: { ours: 'lineNo', theirs: 'lineNo' }, dir: 'out' },
        fields: [
          { ours: 'sku', theirs: 'sku', dir: 'out' },
          { ours: 'quantity', theirs: 'quantity', dir: 'out' },
        ],
      },
    ],
    ignore: shipment.ignore.filter((path) => path !== 'lines'),
  };
}

/** Sales begin as quotations: people confirm them in Tryton. */
function trytonOrder(): Document {
  const order = shipped('tryton/order.yaml');
  const out = { open: 'quotation', on_hold: 'quotation', cancelled: 'cancelled', closed: 'confirmed' };
  return withPairs(order, pairOf(order, 'status', { dir: 'out', codec: { enum: { out } } }));
}

/** What is in a parcel, and its tracking number, which people keep in the reference. */
function trytonShipment(): Document {
  const shipment = shipped('tryton/shipment.yaml');
  return {
    ...withPairs(shipment, { ours: 'trackingNo', theirs: 'reference' }),
    each: [
      {
        ...{ ours: 'lines', theirs: 'outgoing_moves', key: { ours: 'lineNo', theirs: 'id', codec: 'int' }, dir: 'in' },
        fields: [
          { ours: 'sku', theirs: 'product.code', dir: 'in' },
          { ours: 'quantity', theirs: 'quantity', dir: 'in', codec: 'int' },
        ],
      },
    ],
    ignore: shipment.ignore.filter((path) => path !== 'reference' && path !== 'outgoing_moves'),
  };
}

/** Tryton may write these units too. */
function withTryton(path: string, units: readonly string[]): MergeDocument {
  const document = shipped<MergeDocument>(path);
  for (const name of units) document.units[name]?.writers.push('tryton');
  return document;
}

export function storyDocuments(): Record<string, object> {
  const customers = shipped<MergeDocument>('customer.merge.yaml');
  customers.units.number?.writers.push('vendure');
  customers.units.number?.order?.push('vendure');
  const orders = withTryton('order.merge.yaml', ['shipTo']);
  orders.units.shipTo?.tie?.push('tryton');
  return {
    'vendure/order.yaml': vendureOrder(),
    'vendure/customer.yaml': vendureCustomer(),
    'vendure/shipment.yaml': vendureShipment(),
    'tryton/customer.yaml': shipped('tryton/customer.yaml'),
    'tryton/order.yaml': trytonOrder(),
    'tryton/shipment.yaml': trytonShipment(),
    'order.merge.yaml': orders,
    'customer.merge.yaml': customers,
    'shipment.merge.yaml': withTryton('shipment.merge.yaml', ['order', 'content', 'status', 'carriage']),
  };
}
