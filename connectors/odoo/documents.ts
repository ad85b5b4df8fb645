// What is read of partners, sale orders, deliveries and stock, field by field.

export const address = ['name', 'phone', 'street', 'street2', 'zip', 'city', 'country_id'];
const country = { country_id: { model: 'res.country', fields: ['code'] } };

export const customer = {
  model: 'res.partner',
  fields: [...address, 'ref', 'email', 'vat', 'active', 'is_company', 'create_date', 'write_date'],
  refs: country,
  parts: {},
  watched: [{ model: 'res.partner', owner: 'id' }],
  keys: { number: 'ref', emails: 'email' },
  // Contacts and addresses below a partner belong to it.
  domain: [['parent_id', '=', false]],
};

const product = { product_id: { model: 'product.product', fields: ['default_code', 'name'] } };

export const order = {
  model: 'sale.order',
  fields: [
    ...['name', 'client_order_ref', 'state', 'partner_id', 'partner_shipping_id', 'currency_id', 'date_order', 'note'],
    ...['amount_untaxed', 'amount_tax', 'amount_total', 'invoice_status', 'order_line', 'picking_ids'],
    ...['create_date', 'write_date'],
  ],
  refs: { partner_shipping_id: { model: 'res.partner', fields: address, refs: country } },
  parts: {
    order_line: {
      model: 'sale.order.line',
      fields: ['sequence', 'product_id', 'name', 'product_uom_qty', 'qty_delivered', 'price_unit', 'price_total'],
      refs: product,
    },
  },
  watched: [
    { model: 'sale.order', owner: 'id' },
    { model: 'sale.order.line', owner: 'order_id.id' },
  ],
  keys: { number: 'client_order_ref' },
};

export const shipment = {
  model: 'stock.picking',
  fields: ['name', 'state', 'origin', 'sale_id', 'partner_id', 'scheduled_date', 'date_done', 'note', 'move_ids'],
  refs: { partner_id: { model: 'res.partner', fields: address, refs: country } },
  parts: { move_ids: { model: 'stock.move', fields: ['product_id', 'product_uom_qty', 'state'], refs: product } },
  watched: [{ model: 'stock.picking', owner: 'id' }],
  keys: { number: 'name' },
  domain: [['picking_type_code', '=', 'outgoing']],
};

export const inventory = {
  model: 'stock.quant',
  fields: ['product_id', 'location_id', 'quantity', 'reserved_quantity', 'create_date', 'write_date'],
  refs: product,
  parts: {},
  watched: [{ model: 'stock.quant', owner: 'id' }],
  keys: {},
  domain: [['location_id.usage', '=', 'internal']],
};
