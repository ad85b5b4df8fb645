// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

const known = (does: Operation['does'], source: Operation['source'], link: string, ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source, link }));

const api = 'https://www.odoo.com/documentation/19.0/developer/reference/external_api.html';
const rpc = 'https://www.odoo.com/documentation/18.0/developer/reference/external_api.html';
const orm = 'https://www.odoo.com/documentation/19.0/developer/reference/backend/orm.html';
const code = 'https://github.com/odoo/odoo/blob/18.0/addons';

export const operations: Operation[] = [
  ...known('read', 'vendor_spec', api, 'POST /json/2/<model>/search_read'),
  ...known('read', 'vendor_spec', rpc, 'POST /jsonrpc execute_kw search_read'),
  ...known(
    'write',
    'vendor_spec',
    orm,
    'res.partner.create',
    'res.partner.write',
    'sale.order.create',
    'sale.order.write',
  ),
  ...known('write', 'vendor_spec', orm, 'stock.picking.write'),
  ...known(
    'write',
    'vendor_package',
    `${code}/sale/models/sale_order.py`,
    'sale.order.action_confirm',
    'sale.order.action_cancel',
  ),
  ...known('write', 'vendor_package', `${code}/stock/models/stock_picking.py`, 'stock.picking.action_confirm'),
  ...known('write', 'vendor_package', `${code}/stock/models/stock_picking.py`, 'stock.picking.action_assign'),
  ...known('write', 'vendor_package', `${code}/stock/models/stock_picking.py`, 'stock.picking.button_validate'),
  ...known('write', 'vendor_package', `${code}/stock/models/stock_picking.py`, 'stock.picking.action_cancel'),
];
