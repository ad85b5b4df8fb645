// What is read of parties, sales and customer shipments, field by field, and from where each operation is known.
import type { Operation } from '../../src/connector/contract.ts';

const times = ['create_date', 'write_date'];
const address = ['party_name', 'street', 'postal_code', 'city', 'country.code'];
const within = (name: string, fields: readonly string[]): string[] => fields.map((field) => `${name}.${field}`);

export const customer = {
  model: 'party.party',
  keys: { number: 'code', emails: 'contact_mechanisms.value' },
  fields: ['code', 'name', 'active', 'lang.code', 'addresses', 'contact_mechanisms', '_timestamp', ...times],
  parts: {
    addresses: { model: 'party.address', fields: [...address, 'active', 'invoice', 'delivery', '_timestamp'] },
    contact_mechanisms: { model: 'party.contact_mechanism', fields: ['type', 'value', 'active'] },
  },
  // A party's own time stands still when its address or telephone number changes.
  watched: [
    { model: 'party.party', owner: 'id' },
    { model: 'party.address', owner: 'party' },
    { model: 'party.contact_mechanism', owner: 'party' },
  ],
};

export const order = {
  model: 'sale.sale',
  keys: { number: 'reference' },
  fields: [
    ...['number', 'reference', 'state', 'shipment_state', 'invoice_state', 'party.code', 'currency.code'],
    ...['sale_date', 'payment_term', 'warehouse', 'comment', 'untaxed_amount', 'tax_amount', 'total_amount'],
    ...[...within('shipment_address', address), ...within('invoice_address', address)],
    ...['shipments', 'lines', '_timestamp', ...times],
  ],
  parts: {
    lines: {
      model: 'sale.line',
      fields: ['sequence', 'type', 'product.code', 'description', 'quantity', 'unit.symbol', 'unit_price', 'amount'],
    },
  },
  watched: [
    { model: 'sale.sale', owner: 'id' },
    { model: 'sale.line', owner: 'sale' },
  ],
};

export const shipment = {
  model: 'stock.shipment.out',
  keys: { number: 'number' },
  fields: [
    ...['number', 'reference', 'state', 'customer.code', 'planned_date', 'effective_date', 'warehouse.code'],
    ...[...within('delivery_address', address), 'outgoing_moves', '_timestamp', ...times],
  ],
  parts: {
    outgoing_moves: { model: 'stock.move', fields: ['product.code', 'quantity', 'uom.symbol', 'state', 'sale'] },
  },
  watched: [{ model: 'stock.shipment.out', owner: 'id' }],
};

/** Ways to reach a party → what Tryton calls them; the first is what a new one becomes. */
export const contactTypes = { emails: ['email'], phones: ['phone', 'mobile'] };

type Known = Pick<Operation, 'source' | 'link'>;
// On a running Tryton 6.0; the samples are beside the test.
const recorded: Known = { source: 'recorded', link: 'test/connectors/tryton/recorded.json' };
// Asked of one by the connector itself, and read back.
const tried: Known = { source: 'recorded', link: 'test/live/tryton.live.ts' };
// Neither server was asked for these: the module has them. It is a later one than 6.0; before 5.8 a state had another name.
const commit = '016cd2408c17e46b4ab3795f3fb1e520c255f4ac';
const stock = `https://github.com/tryton/tryton/blob/${commit}/modules/stock/shipment.py`;
const inSource: Known = { source: 'vendor_package', link: stock };

const known = (does: Operation['does'], by: Known, names: string): Operation[] =>
  names.split(' ').map((name) => ({ name, does, ...by }));

export const operations: Operation[] = [
  ...known('read', recorded, 'common.db.login model.res.user.get_preferences model.*.search_read'),
  ...known('write', recorded, 'model.party.party.create'),
  ...known('write', tried, 'model.party.party.write model.party.address.create'),
  ...known('write', recorded, 'model.sale.sale.create'),
  ...known('write', tried, 'model.sale.sale.write'),
  ...known('write', recorded, 'model.sale.sale.quote model.sale.sale.confirm'),
  ...known('write', recorded, 'model.sale.sale.process model.sale.sale.cancel'),
  ...known('write', tried, 'model.stock.shipment.out.write'),
  ...known('write', recorded, 'model.stock.shipment.out.assign_try model.stock.shipment.out.pick'),
  ...known('write', recorded, 'model.stock.shipment.out.pack model.stock.shipment.out.done'),
  ...known('write', inSource, 'model.stock.shipment.out.wait model.stock.shipment.out.cancel'),
];
