// A small model of an Odoo server, by what its documentation and its source say: rows over `/json/2` and `/jsonrpc`,
// false for nothing, exceptions by name, methods that answer with a question instead of doing it.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Held, Vendor } from '../../contract/connector/subject.ts';

export const credentials = { database: 'shop', apiKey: 's3cret-api-key-0042', uid: 7, username: 'hub' };

type Row = Record<string, unknown> & { id: number };
type Fields = Record<string, unknown>;
type Clause = [path: string, operator: string, value: unknown];

export interface OdooServer extends Vendor {
  row(model: string, id: string): Row;
  rows(model: string): Row[];
  write(model: string, id: string, fields: Fields): void;
  /** A delivery that is validated asks whether there shall be a backorder. */
  asksBack: boolean;
}

const references: Record<string, string> = {
  country_id: 'res.country',
  parent_id: 'res.partner',
  partner_id: 'res.partner',
  partner_shipping_id: 'res.partner',
  currency_id: 'res.currency',
  product_id: 'product.product',
  order_id: 'sale.order',
  sale_id: 'sale.order',
  picking_id: 'stock.picking',
  location_id: 'stock.location',
};
const lists: Record<string, [model: string, owner: string]> = {
  order_line: ['sale.order.line', 'order_id'],
  picking_ids: ['stock.picking', 'sale_id'],
  move_ids: ['stock.move', 'picking_id'],
};
const fieldsOf = (names: string): Fields => Object.fromEntries(names.split(' ').map((name) => [name, false]));
const empty: Record<string, Fields> = {
  'res.partner': {
    ...fieldsOf('name ref email phone street street2 zip city country_id vat parent_id type is_company'),
    active: true,
  },
  'res.country': fieldsOf('name code'),
  'res.currency': fieldsOf('name'),
  'product.product': fieldsOf('name default_code'),
  'stock.location': fieldsOf('name usage'),
  'stock.quant': fieldsOf('product_id location_id quantity reserved_quantity'),
  'sale.order': {
    ...fieldsOf(
      'name client_order_ref partner_id partner_shipping_id currency_id date_order note amount_untaxed amount_tax amount_total invoice_status',
    ),
    state: 'draft',
  },
  'sale.order.line': fieldsOf('order_id sequence product_id name product_uom_qty qty_delivered price_unit price_total'),
  'stock.picking': {
    ...fieldsOf('name origin sale_id partner_id scheduled_date date_done note'),
    state: 'draft',
    picking_type_code: 'outgoing',
  },
  'stock.move': { ...fieldsOf('picking_id product_id product_uom_qty'), state: 'draft' },
};
const moves: Record<string, Record<string, [from: string[], to: string]>> = {
  'sale.order': {
    action_confirm: [['draft', 'sent'], 'sale'],
    action_cancel: [['draft', 'sent', 'sale'], 'cancel'],
  },
  'stock.picking': {
    action_confirm: [['draft'], 'confirmed'],
    action_assign: [['confirmed', 'waiting'], 'assigned'],
    button_validate: [['assigned'], 'done'],
    action_cancel: [['draft', 'confirmed', 'waiting', 'assigned'], 'cancel'],
  },
};

class Raised extends Error {
  readonly exception: string;
  readonly status: number;
  constructor(exception: string, message: string, status = 422) {
    super(message);
    this.exception = exception;
    this.status = status;
  }
}

const defined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));

export function odooServer(now: () => number): OdooServer {
  const tables = new Map<string, Map<number, Row>>(Object.keys(empty).map((model) => [model, new Map()]));
  const tableOf = (model: string): Map<number, Row> => {
    const table = tables.get(model);
    if (!table) throw new Raised('werkzeug.exceptions.NotFound', `the model '${model}' does not exist`, 404);
    return table;
  };
  const rowsOf = (model: string): Row[] => [...tableOf(model).values()];
  const listOf = (row: Row, member: string): Row[] => {
    const [model = '', owner = ''] = lists[member] ?? [];
    return rowsOf(model).filter((one) => one[owner] === row.id);
  };
  const known = (model: string, ids: number[]): Row[] =>
    ids.map((id) => {
      const row = tableOf(model).get(id);
      if (!row) throw new Raised('odoo.exceptions.MissingError', 'Record does not exist or has been deleted.', 404);
      return row;
    });

  const put = (row: Row, fields: Fields, at: number): void => {
    for (const [field, value] of Object.entries(fields)) {
      const [model = '', owner = ''] = lists[field] ?? [];
      if (model !== '')
        for (const [, , line] of value as [number, number, Fields][]) make(model, { ...line, [owner]: row.id }, at);
      else if (field in row) row[field] = value === '' ? false : value;
      else throw new Raised('builtins.ValueError', `Invalid field '${field}'`, 500);
    }
    row.write_date = at;
  };
  const checked = (model: string, row: Row): void => {
    const isMissing =
      model === 'sale.order'
        ? row.partner_id === false
        : model === 'res.partner' && row.name === false && row.type !== 'delivery';
    if (isMissing) throw new Raised('odoo.exceptions.ValidationError', 'Missing required value for the field');
    if (model === 'res.partner' && row.vat === 'wrong')
      throw new Raised('odoo.exceptions.ValidationError', 'The VAT number [wrong] does not seem to be valid.');
  };
  const make = (model: string, fields: Fields, at: number): number => {
    const table = tableOf(model);
    const row: Row = {
      ...structuredClone(empty[model]),
      id: Math.max(0, ...table.keys()) + 1,
      create_date: at,
      write_date: at,
    };
    table.set(row.id, row);
    try {
      put(row, fields, at);
      checked(model, row);
    } catch (error) {
      table.delete(row.id);
      throw error;
    }
    if (model === 'sale.order') total(row);
    return row.id;
  };
  const write = (model: string, ids: number[], fields: Fields, at: number): true => {
    for (const row of known(model, ids)) {
      const before = { ...row };
      try {
        put(row, fields, at);
        checked(model, row);
      } catch (error) {
        Object.assign(row, before);
        throw error;
      }
    }
    return true;
  };
  const total = (order: Row): void => {
    const sum = listOf(order, 'order_line').reduce(
      (all, line) => all + Number(line.product_uom_qty) * Number(line.price_unit),
      0,
    );
    Object.assign(order, {
      name: `S${order.id}`,
      amount_untaxed: sum,
      amount_tax: 0,
      amount_total: sum,
      currency_id: 1,
    });
    if (order.partner_shipping_id === false) order.partner_shipping_id = order.partner_id;
  };
  const deliver = (order: Row): number => {
    const parcel = {
      name: `WH/OUT/${order.id}`,
      origin: order.name,
      sale_id: order.id,
      partner_id: order.partner_shipping_id,
      state: 'confirmed',
    };
    const picking = make('stock.picking', parcel, now());
    for (const { product_id, product_uom_qty } of listOf(order, 'order_line'))
      make('stock.move', { product_id, product_uom_qty, picking_id: picking }, now());
    return picking;
  };
  const step = (model: string, method: string, row: Row, context: Fields): unknown => {
    const [from = [], to = ''] = moves[model]?.[method] ?? [];
    if (method === 'action_cancel' && row.state === 'done')
      throw new Raised('odoo.exceptions.UserError', 'You cannot cancel a stock move that has been set to Done.');
    if (!from.includes(String(row.state)))
      throw new Raised('odoo.exceptions.UserError', 'It is not in a state for that.');
    const wizard = { type: 'ir.actions.act_window', target: 'new' };
    if (
      model === 'sale.order' &&
      method === 'action_cancel' &&
      row.state === 'sale' &&
      context.disable_cancel_warning !== true
    )
      return wizard;
    if (method === 'button_validate' && server.asksBack) return wizard;
    Object.assign(row, { state: to, write_date: now() });
    if (model === 'sale.order' && method === 'action_confirm') deliver(row);
    if (to === 'done') row.date_done = now();
    return true;
  };

  const valueAt = (row: Row | undefined, path: string): unknown => {
    const [member = '', ...rest] = path.split('.');
    const value = row?.[member];
    return rest.length === 0 ? value : valueAt(tableOf(references[member] ?? '').get(Number(value)), rest.join('.'));
  };
  const fits = (row: Row, [path, operator, value]: Clause): boolean => {
    const found = valueAt(row, path);
    if (operator === 'in') return (value as unknown[]).includes(found);
    return operator === '=' ? found === value : Number(found) >= Date.parse(`${String(value).replace(' ', 'T')}Z`);
  };
  const shown = (row: Row, field: string): unknown => {
    if (field in lists) return listOf(row, field).map(({ id }) => id);
    if (!(field in row)) throw new Raised('builtins.ValueError', `Invalid field '${field}'`, 500);
    const value = row[field];
    const named = references[field] && tableOf(references[field]).get(Number(value));
    if (named) return [named.id, String(named.name || 'a row')];
    // More digits are kept than shown.
    return typeof value === 'number' && value > 1e11
      ? new Date(value).toISOString().slice(0, 19).replace('T', ' ')
      : value;
  };
  const search = (model: string, { domain, fields, order, offset = 0, limit, context }: Fields): Fields[] => {
    const by = String(order)
      .split(', ')
      .map((one) => one.replace(' asc', ''));
    const found = rowsOf(model)
      .filter((row) => (domain as Clause[]).every((clause) => fits(row, clause)))
      .filter((row) => (context as Fields).active_test === false || row.active !== false)
      .sort((a, b) => by.reduce((sum, field) => sum || Number(a[field]) - Number(b[field]), 0));
    const page = found.slice(Number(offset), limit === undefined ? undefined : Number(offset) + Number(limit));
    return page.map((row) => ({
      id: row.id,
      ...Object.fromEntries((fields as string[]).map((field) => [field, shown(row, field)])),
    }));
  };
  const run = (model: string, method: string, ids: number[], named: Fields): unknown => {
    if (method === 'context_get') return { lang: 'en_US', tz: 'UTC', uid: credentials.uid };
    if (method === 'search_read') return search(model, named);
    if (method === 'create') return (named.vals_list as Fields[]).map((fields) => make(model, fields, now()));
    if (method === 'write') return write(model, ids, named.vals as Fields, now());
    if (!moves[model]?.[method]) throw new Raised('werkzeug.exceptions.NotFound', `no method ${method}`, 404);
    return known(model, ids)
      .map((row) => step(model, method, row, named.context as Fields))
      .at(-1);
  };

  const json2 = async (request: Request, model: string, method: string): Promise<Response> => {
    const failed = (name: string, message: string, status: number) =>
      HttpResponse.json({ name, message, arguments: [message], context: {}, debug: 'Traceback' }, { status });
    if (request.headers.get('authorization') !== `Bearer ${credentials.apiKey}`)
      return failed('werkzeug.exceptions.Unauthorized', 'Invalid apikey', 401);
    const { ids = [], ...named } = (await request.json()) as Fields & { ids?: number[] };
    try {
      return HttpResponse.json(run(model, method, ids, named) as object);
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      return failed(error.exception, error.message, error.status);
    }
  };
  const jsonrpc = async (request: Request): Promise<Response> => {
    const { id, params } = (await request.json()) as {
      id: number;
      params: { service: string; method: string; args: unknown[] };
    };
    try {
      return HttpResponse.json({ jsonrpc: '2.0', id, result: place(params.service, params.args) });
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      const data = { name: error.exception, message: error.message, arguments: [error.message], debug: 'Traceback' };
      return HttpResponse.json({ jsonrpc: '2.0', id, error: { code: 200, message: 'Odoo Server Error', data } });
    }
  };
  const place = (service: string, args: unknown[]): unknown => {
    if (service === 'common')
      return args[1] === credentials.username && args[2] === credentials.apiKey ? credentials.uid : false;
    const [database, uid, key, model, method, places, names] = args as [
      string,
      number,
      string,
      string,
      string,
      unknown[],
      Fields,
    ];
    if (database !== credentials.database || uid !== credentials.uid || key !== credentials.apiKey)
      throw new Raised('odoo.exceptions.AccessDenied', 'Access Denied');
    const named = { context: {}, ...names };
    if (method === 'create') {
      const ids = run(model, method, [], { ...named, vals_list: [places[0]].flat() }) as number[];
      // One object makes one id, a list of them a list.
      return Array.isArray(places[0]) ? ids : ids[0];
    }
    if (method === 'write') return run(model, method, [places[0]].flat() as number[], { ...named, vals: places[1] });
    const inPlace = Object.fromEntries(
      ['domain', 'fields', 'offset', 'limit', 'order'].map((name, at) => [name, places[at]]),
    );
    if (method === 'search_read') return run(model, method, [], { order: 'id', ...defined(inPlace), ...named });
    return run(model, method, (places[0] ?? []) as number[], named);
  };

  make('res.country', { name: 'Germany', code: 'DE' }, 0);
  make('res.currency', { name: 'EUR' }, 0);
  for (const code of ['LAMP-001', 'CHAIR-002']) make('product.product', { name: code, default_code: code }, 0);
  make('stock.location', { name: 'WH/Stock', usage: 'internal' }, 0);

  const models: Partial<Record<RecordType, string>> = {
    customer: 'res.partner',
    order: 'sale.order',
    shipment: 'stock.picking',
    inventory: 'stock.quant',
  };
  const partner = (at: number): number =>
    make(
      'res.partner',
      {
        name: 'Zoë Marlowe',
        ref: `C-${tableOf('res.partner').size + 1}`,
        street: '17 Larch Row',
        city: 'Sampleton',
        country_id: 1,
      },
      at,
    );
  const order = (at: number): number => {
    const line = { sequence: 1, product_id: 1, product_uom_qty: 3, price_unit: 25.99 };
    return make(
      'sale.order',
      { partner_id: partner(0), client_order_ref: `WEB-${tableOf('sale.order').size + 1}`, order_line: [[0, 0, line]] },
      at,
    );
  };
  const adders: Partial<Record<RecordType, (at: number) => number>> = {
    customer: partner,
    order,
    shipment: (at) => {
      const id = deliver(tableOf('sale.order').get(order(0)) as Row);
      Object.assign(tableOf('stock.picking').get(id) as Row, { create_date: at, write_date: at });
      return id;
    },
    inventory: (at) => make('stock.quant', { product_id: 1, location_id: 1, quantity: 5, reserved_quantity: 0 }, at),
  };
  const server: OdooServer = {
    handlers: [
      on.post('*/json/2/:model/:method', ({ request, params }) =>
        json2(request, String(params.model), String(params.method)),
      ),
      on.post('*/jsonrpc', ({ request }) => jsonrpc(request)),
    ],
    held: (record): Held[] =>
      rowsOf(models[record] ?? '')
        .filter(({ parent_id }) => (parent_id ?? false) === false)
        .map((row) => ({
          id: String(row.id),
          object: structuredClone({
            ...row,
            order_line: listOf(row, 'order_line'),
            shipTo: tableOf('res.partner').get(Number(row.partner_shipping_id)),
          }),
        })),
    add: (record, at) => String(adders[record]?.(at)),
    touch: (record, id, at) => {
      const row = tableOf(models[record] ?? '').get(Number(id));
      if (row) row.write_date = at;
    },
    row: (model, id) => tableOf(model).get(Number(id)) as Row,
    rows: rowsOf,
    write: (model, id, fields) => void write(model, [Number(id)], fields, now()),
    asksBack: false,
  };
  return server;
}
