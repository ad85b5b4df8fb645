// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

const known = (does: Operation['does'], source: Operation['source'], link: string, ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source, link }));

const api = 'https://www.odoo.com/documentation/19.0/developer/reference/external_api.html';
const rpc = 'https://www.odoo.com/documentation/18.0/developer/reference/external_api.html';
const sale = 'https://github.com/odoo/odoo/blob/18.0/addons/sale/models/sale_order.py';
const stock = 'https://github.com/odoo/odoo/blob/18.0/addons/stock/models/stock_picking.py';

export const operations: Operation[] = [
  ...known('read', 'vendor_spec', api, 'POST /json/2/<model>/search_read', 'res.users.context_get'),
  ...known('read', 'vendor_spec', `${api}#reference-external-api-migration`, 'POST /jsonrpc execute_kw search_read'),
  ...known('write', 'vendor_spec', rpc, 'res.partner.create', 'res.partner.write'),
  ...known('write', 'vendor_package', sale, 'sale.order.create', 'sale.order.write'),
  ...known('write', 'vendor_package', sale, 'sale.order.action_confirm', 'sale.order.action_cancel'),
  ...known('write', 'vendor_package', stock, 'stock.picking.write', 'stock.picking.action_confirm'),
  ...known('write', 'vendor_package', stock, 'stock.picking.action_assign', 'stock.picking.button_validate'),
  ...known('write', 'vendor_package', stock, 'stock.picking.action_cancel'),
];
