// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

type Known = Pick<Operation, 'source' | 'link'>;
// On a running Tryton 6.0; the samples are beside the test.
const recorded: Known = { source: 'recorded', link: 'test/connectors/tryton/recorded.json' };
// That server was not asked for these: the module has them.
const commit = '097d99691677fb24582953af6382beee58842aa4';
const stock = `https://github.com/tryton/tryton/blob/${commit}/modules/stock/shipment.py`;
const inSource: Known = { source: 'vendor_package', link: stock };

const known = (does: Operation['does'], by: Known, names: string): Operation[] =>
  names.split(' ').map((name) => ({ name, does, ...by }));

export const operations: Operation[] = [
  ...known('read', recorded, 'common.db.login model.res.user.get_preferences model.*.search_read'),
  ...known('write', recorded, 'model.party.party.create model.party.party.write model.party.address.create'),
  ...known('write', recorded, 'model.sale.sale.create model.sale.sale.write model.sale.sale.quote'),
  ...known('write', recorded, 'model.sale.sale.confirm model.sale.sale.process model.sale.sale.cancel'),
  ...known('write', recorded, 'model.stock.shipment.out.write model.stock.shipment.out.assign_try'),
  ...known('write', recorded, 'model.stock.shipment.out.pick model.stock.shipment.out.pack'),
  ...known('write', recorded, 'model.stock.shipment.out.done'),
  ...known('write', inSource, 'model.stock.shipment.out.wait model.stock.shipment.out.cancel'),
];
