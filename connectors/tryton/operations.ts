// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

const recorded = (does: Operation['does'], names: string): Operation[] =>
  names.split(' ').map((name) => ({
    ...{ name, does, source: 'recorded' },
    // On a running Tryton 6.0; the samples are beside the test.
    link: 'test/connectors/tryton/recorded.json',
  }));

export const operations: Operation[] = [
  ...recorded('read', 'common.db.login model.res.user.get_preferences model.*.search_read'),
  ...recorded('write', 'model.party.party.create model.party.party.write model.party.address.create'),
  ...recorded('write', 'model.sale.sale.create model.sale.sale.write'),
  ...recorded('write', 'model.sale.sale.quote model.sale.sale.confirm model.sale.sale.process model.sale.sale.cancel'),
  ...recorded(
    'write',
    'model.stock.shipment.out.write model.stock.shipment.out.wait model.stock.shipment.out.assign_try',
  ),
  ...recorded('write', 'model.stock.shipment.out.pick model.stock.shipment.out.pack model.stock.shipment.out.done'),
  ...recorded('write', 'model.stock.shipment.out.cancel'),
];
