// A small model of a Tryton server, built from what one was seen to answer: rows of models over JSON-RPC, errors inside
// HTTP 200, steps that are answered by null and not taken.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Held, Vendor } from '../../contract/connector/subject.ts';
import recorded from './recorded.json' with { type: 'json' };

export const credentials = { username: 'hub', password: 's3cret pass/word' };
export const database = 'hub';

type Row = Record<string, unknown> & { id: number };
type Fields = Record<string, unknown>;
type Clause = [path: string, operator: string, value: unknown];

export interface TrytonServer extends Vendor {
  /** The ERP's own users change a row. */
  write(model: string, id: string, fields: Fields): void;
  /** A person makes an object, changed at this time. @returns its id */
  create(model: string, fields: Fields): string;
  row(model: string, id: string): Row;
  rows(model: string): Row[];
  /** How many pieces are there to be assigned. */
  stock: { quantity: number };
}

/** Which members name a row of another model, and which hold lists of rows that name this one. */
const references: Record<string, string> = {
  country: 'country.country',
  currency: 'currency.currency',
  party: 'party.party',
  product: 'product.product',
  unit: 'product.uom',
  uom: 'product.uom',
  customer: 'party.party',
  warehouse: 'stock.location',
  lang: 'ir.lang',
  shipment_address: 'party.address',
  invoice_address: 'party.address',
  delivery_address: 'party.address',
};
const lists: Record<string, [model: string, owner: string]> = {
  addresses: ['party.address', 'party'],
  contact_mechanisms: ['party.contact_mechanism', 'party'],
  lines: ['sale.line', 'sale'],
  shipments: ['stock.shipment.out', 'sale'],
  outgoing_moves: ['stock.move', 'shipment'],
};

const empty: Record<string, Fields> = {
  'party.party': { code: null, name: null, active: true, lang: null },
  'party.address': {
    party: null,
    party_name: null,
    street: null,
    postal_code: null,
    city: null,
    country: null,
    active: true,
    invoice: false,
    delivery: false,
  },
  'party.contact_mechanism': { party: null, type: null, value: null, active: true },
  'sale.sale': {
    number: null,
    reference: null,
    state: 'draft',
    shipment_state: 'none',
    invoice_state: 'none',
    company: null,
    party: null,
    currency: null,
    sale_date: null,
    payment_term: null,
    warehouse: null,
    comment: null,
    shipment_address: null,
    invoice_address: null,
    untaxed_amount: null,
    tax_amount: null,
    total_amount: null,
  },
  'sale.line': {
    sale: null,
    sequence: null,
    type: 'line',
    product: null,
    description: null,
    quantity: null,
    unit: null,
    unit_price: null,
    amount: null,
  },
  'stock.shipment.out': {
    number: null,
    reference: null,
    state: 'draft',
    company: 1,
    customer: null,
    planned_date: null,
    effective_date: null,
    warehouse: null,
    delivery_address: null,
    sale: null,
  },
  'stock.move': { product: null, quantity: null, uom: null, state: 'draft', sale: null, shipment: null },
  'product.product': { code: null, sale_uom: 1 },
  'product.uom': { symbol: null },
  'stock.location': { code: null },
  'country.country': { code: null },
  'currency.currency': { code: null },
  'ir.lang': { code: null },
};
/** Model → its name for people, and the fields without which nothing of it is made. */
const required: Record<string, [name: string, fields: Record<string, string>]> = {
  'party.address': ['Address', { party: 'Party' }],
  'sale.sale': ['Sale', { party: 'Party', currency: 'Currency' }],
};

class Raised extends Error {
  readonly error: unknown;
  constructor(error: unknown) {
    super('raised by the model');
    this.error = error;
  }
}
const userError = (message: string): Raised => new Raised(['UserError', [message, '', null]]);

/** Where a step leads from, and to. Any other state takes it without a word, and stays. */
const moves: Record<string, Record<string, [from: string[], to: string]>> = {
  'sale.sale': {
    quote: [['draft'], 'quotation'],
    confirm: [['quotation'], 'confirmed'],
    process: [['confirmed'], 'processing'],
    cancel: [['draft', 'quotation'], 'cancelled'],
  },
  'stock.shipment.out': {
    wait: [['draft'], 'waiting'],
    assign_try: [['waiting'], 'assigned'],
    pick: [['assigned'], 'picked'],
    pack: [['picked'], 'packed'],
    done: [['packed'], 'done'],
    cancel: [['draft', 'waiting', 'assigned', 'picked', 'packed'], 'cancelled'],
  },
};

export function trytonServer(now: () => number): TrytonServer {
  const tables = new Map<string, Map<number, Row>>(Object.keys(empty).map((model) => [model, new Map()]));
  const sessions = new Set<string>();
  const stock = { quantity: 1000 };
  let opened = 0;

  const tableOf = (model: string): Map<number, Row> => {
    const table = tables.get(model);
    if (!table) throw new Raised([`'${model.replace(/^\w+\./, '')}'`, '']);
    return table;
  };
  const rowsOf = (model: string): Row[] => [...tableOf(model).values()];
  const listOf = (row: Row, member: string): Row[] | undefined => {
    const [model, owner] = lists[member] ?? [];
    return model === undefined ? undefined : rowsOf(model).filter((one) => one[owner as string] === row.id);
  };
  const known = (model: string, ids: number[], doing: string): Row[] =>
    ids.map((id) => {
      const row = tableOf(model).get(id);
      const name = model === 'party.party' ? 'Party' : model;
      if (!row) throw userError(`You are trying to ${doing} records "${id}" of "${name}" that don't exist anymore.`);
      return row;
    });

  const checked = (model: string, row: Row, fields: Fields): void => {
    const [name, needed] = required[model] ?? ['', {}];
    for (const [field, label] of Object.entries(needed))
      if ((row[field] ?? null) === null) throw userError(`A value is required for field "${label}" in "${name}".`);
    const isTaken = rowsOf(model).some((one) => one.id !== row.id && one.code === row.code);
    if (model === 'party.party' && 'code' in fields && row.code !== null && isTaken)
      throw userError(recorded.errors.codeTaken[1]?.[0] as string);
  };
  /** Only fields that there are; lists of commands go to the rows that they are about. */
  const put = (row: Row, fields: Fields, at: number): void => {
    for (const [field, value] of Object.entries(fields)) {
      const [listed, owner] = lists[field] ?? [];
      if (listed !== undefined)
        for (const [command, ...args] of value as [string, ...unknown[]][]) {
          const { [owner as string]: _, ...rest } = (command === 'write' ? args[1] : {}) as Fields;
          if (command === 'write') write(listed, args[0] as number[], rest, at);
          else for (const one of args[0] as Fields[]) make(listed, { ...one, [owner as string]: row.id }, at);
        }
      else if (field in row) row[field] = value;
      else throw new Raised([`'${field}'`, '']);
    }
  };
  const make = (model: string, fields: Fields, at: number): number => {
    const table = tableOf(model);
    const id = Math.max(0, ...table.keys()) + 1;
    const row: Row = { ...structuredClone(empty[model]), id, create_date: at, write_date: null };
    const own = Object.fromEntries(Object.entries(fields).filter(([field]) => !(field in lists)));
    table.set(id, row);
    try {
      put(row, own, at);
      checked(model, row, fields);
      put(row, Object.fromEntries(Object.entries(fields).filter(([field]) => field in lists)), at);
    } catch (error) {
      // A transaction: nothing of it is left.
      table.delete(id);
      throw error;
    }
    if (model === 'sale.sale') total(row);
    return id;
  };
  const write = (model: string, ids: number[], fields: Fields, at: number): void => {
    for (const row of known(model, ids, 'write to')) {
      const before = { ...row };
      try {
        put(row, fields, at);
        checked(model, row, fields);
        row.write_date = at;
      } catch (error) {
        Object.assign(row, before);
        throw error;
      }
    }
  };
  const amountOf = ({ quantity, unit_price: price }: Row): number =>
    Number(quantity) * Number((price as { decimal?: string } | null)?.decimal ?? price ?? 0);
  const total = (sale: Row): void => {
    const sum = (listOf(sale, 'lines') ?? []).reduce((all, line) => all + amountOf(line), 0);
    for (const member of ['untaxed_amount', 'total_amount']) sale[member] = decimal(sum.toFixed(2));
    sale.tax_amount = decimal('0');
  };

  /** A confirmed sale is processed at once: its shipment waits for goods. */
  const process = (sale: Row): void => {
    Object.assign(sale, {
      state: 'processing',
      number: String(sale.id),
      shipment_state: 'waiting',
      invoice_state: 'waiting',
    });
    const { party: customer, warehouse, shipment_address: delivery_address } = sale;
    const parcel = {
      state: 'waiting',
      customer,
      warehouse,
      delivery_address,
      sale: sale.id,
      planned_date: sale.sale_date,
    };
    const shipment = make('stock.shipment.out', parcel, now());
    (tableOf('stock.shipment.out').get(shipment) as Row).number = String(shipment);
    for (const { product, quantity, unit: uom } of listOf(sale, 'lines') ?? [])
      make('stock.move', { product, quantity, uom, sale: sale.id, shipment }, now());
  };
  const step = (model: string, name: string, row: Row): unknown => {
    const [from, to] = moves[model]?.[name] ?? [[], ''];
    if (!from.includes(String(row.state))) return name === 'assign_try' ? false : null;
    const pieces = (listOf(row, 'outgoing_moves') ?? []).reduce((sum, { quantity }) => sum + Number(quantity), 0);
    if (name === 'assign_try' && pieces > stock.quantity) return false;
    row.state = to;
    row.write_date = now();
    if (name === 'confirm') process(row);
    if (name === 'done') {
      row.effective_date = dated(now());
      const sale = tableOf('sale.sale').get(Number(row.sale));
      if (sale) Object.assign(sale, { shipment_state: 'sent', write_date: now() });
    }
    return name === 'assign_try' ? true : null;
  };

  const valuesAt = (model: string, row: Row, path: string): unknown[] => {
    const [member = '', ...rest] = path.split('.');
    const listed = listOf(row, member);
    if (rest.length === 0) return listed ? listed.map(({ id }) => id) : [row[member]];
    const next = listed ?? (references[member] ? [tableOf(references[member]).get(Number(row[member]))] : []);
    const nextModel = lists[member]?.[0] ?? references[member] ?? model;
    return next.flatMap((one) => (one ? valuesAt(nextModel, one, rest.join('.')) : [null]));
  };
  const fits = (model: string, row: Row, [path, operator, value]: Clause): boolean => {
    const found = valuesAt(model, row, path);
    if (operator === '=') return found.includes(value);
    if (operator === 'in') return found.some((one) => (value as unknown[]).includes(one));
    if (operator === '>') return found.some((one) => one !== null && Number(one) > timeOf(value as Fields));
    throw new Raised([`the model knows no operator ${operator}`, '']);
  };
  /** Related fields come beside the id that leads to them, as `country.`. */
  const read = (model: string, row: Row, fields: string[]): Fields => {
    const shown: Fields = { id: row.id };
    for (const field of fields) {
      const [member = '', ...rest] = field.split('.');
      if (field === '_timestamp') shown._timestamp = stampOf(row);
      else if (member in lists) shown[member] = listOf(row, member)?.map(({ id }) => id);
      else if (!(member in row)) throw new Raised([`'${member}'`, '']);
      else shown[member] = member.endsWith('_date') ? typedTime(row[member]) : row[member];
      const target = rest.length > 0 ? tableOf(references[member] ?? model).get(Number(row[member])) : undefined;
      if (rest.length > 0)
        shown[`${member}.`] = target
          ? { ...(shown[`${member}.`] as object), ...read(references[member] ?? model, target, [rest.join('.')]) }
          : null;
    }
    return shown;
  };
  const search = (model: string, params: unknown[]): Fields[] => {
    const [domain, offset, limit, order, fields, context] = params as [
      Clause[],
      number,
      number | null,
      [string, 'ASC'][] | null,
      string[],
      { active_test?: boolean },
    ];
    const found = rowsOf(model)
      .filter((row) => domain.every((clause) => fits(model, row, clause)))
      .filter((row) => context.active_test === false || row.active !== false);
    const by = order ?? [['id', 'ASC']];
    found.sort((a, b) => by.reduce((sum, [field]) => sum || Number(a[field]) - Number(b[field]), 0));
    return found.slice(offset, limit === null ? undefined : offset + limit).map((row) => read(model, row, fields));
  };

  const answer = (method: string, params: unknown[]): unknown => {
    const context = params.at(-1) as { _timestamp?: Record<string, string>; company?: number };
    if (method === 'model.res.user.get_preferences') return recorded.preferences;
    const [, model = '', name = ''] = /^model\.(.+)\.(\w+)$/.exec(method) ?? [];
    for (const [key, stamp] of Object.entries(context._timestamp ?? {})) {
      const [of = '', id] = key.split(',');
      const row = tableOf(of).get(Number(id));
      if (row && stampOf(row) !== stamp) throw new Raised(recorded.errors.stale);
    }
    if (name === 'search_read') return search(model, params);
    if (name === 'create') return (params[0] as Fields[]).map((fields) => make(model, fields, now()));
    const rows = known(model, params[0] as number[], 'write to');
    if (name === 'write') return write(model, params[0] as number[], params[1] as Fields, now()) ?? null;
    if (!moves[model]?.[name]) return undefined;
    return rows.map((row) => step(model, name, row)).at(-1);
  };

  const logIn = ([username, { password }]: [string, { password: string }]): Response => {
    if (username !== credentials.username || password !== credentials.password)
      return new HttpResponse('<!doctype html>', { status: 401, headers: { 'content-type': 'text/html' } });
    opened += 1;
    const session = `session-${opened}`;
    sessions.add(`Session ${Buffer.from(`${username}:2:${session}`).toString('base64')}`);
    return HttpResponse.json({ id: 1, result: [2, session] });
  };
  const serve = async (request: Request): Promise<Response> => {
    const { id, method, params } = (await request.json()) as { id: number; method: string; params: unknown[] };
    if (method === 'common.db.login') return logIn(params as Parameters<typeof logIn>[0]);
    if (!sessions.has(request.headers.get('authorization') ?? '')) return new HttpResponse('', { status: 401 });
    try {
      const result = answer(method, params);
      if (result === undefined) return new HttpResponse('<!doctype html>', { status: 403 });
      return HttpResponse.json({ id, result });
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      return HttpResponse.json({ id, error: error.error });
    }
  };

  for (const code of ['DE', 'FR']) make('country.country', { code }, 0);
  make('currency.currency', { code: 'EUR' }, 0);
  make('product.uom', { symbol: 'u' }, 0);
  for (const code of ['LAMP-001', 'CHAIR-002']) make('product.product', { code }, 0);
  for (let id = 1; id <= 5; id += 1) make('stock.location', { code: `L${id}` }, 0);

  const models: Partial<Record<RecordType, string>> = {
    customer: 'party.party',
    order: 'sale.sale',
    shipment: 'stock.shipment.out',
  };
  const whole = (row: Row): Fields => ({
    ...row,
    ...Object.fromEntries(Object.keys(lists).map((member) => [member, listOf(row, member)])),
    shipTo: tableOf('party.address').get(Number(row.shipment_address)),
    billTo: tableOf('party.address').get(Number(row.invoice_address)),
  });
  const party = (at: number): number => {
    const code = `C-${tableOf('party.party').size + 1}`;
    const address = { street: '17 Larch Row', postal_code: '00017', city: 'Sampleton', country: 1 };
    return make('party.party', { code, name: null, addresses: [['create', [address]]] }, at);
  };
  const sale = (at: number): number => {
    const owner = party(0);
    const [{ id: address } = { id: 0 }] = listOf(tableOf('party.party').get(owner) as Row, 'addresses') ?? [];
    const line = { sequence: 1, product: 1, unit: 1, quantity: 3, unit_price: decimal('25.99') };
    const fields = {
      company: 1,
      party: owner,
      currency: 1,
      warehouse: 5,
      shipment_address: address,
      invoice_address: address,
    };
    const reference = `WEB-${tableOf('sale.sale').size + 1}`;
    return make('sale.sale', { ...fields, reference, comment: '', lines: [['create', [line]]] }, at);
  };
  const adders: Partial<Record<RecordType, (at: number) => number>> = {
    customer: party,
    order: sale,
    shipment: (at) => {
      const row = tableOf('sale.sale').get(sale(0)) as Row;
      process(row);
      const [parcel] = listOf(row, 'shipments') ?? [];
      return Object.assign(parcel as Row, { create_date: at }).id;
    },
  };
  return {
    handlers: [on.post(`*/${database}/`, ({ request }) => serve(request))],
    held: (record): Held[] =>
      rowsOf(models[record] ?? '').map((row) => ({ id: String(row.id), object: structuredClone(whole(row)) })),
    add: (record, at) => String(adders[record]?.(at)),
    touch: (record, id, at) => {
      const row = tableOf(models[record] ?? '').get(Number(id));
      if (row) row.write_date = at;
    },
    revoke: () => sessions.clear(),
    write: (model, id, fields) => write(model, [Number(id)], fields, now()),
    create: (model, fields) => String(make(model, fields, now())),
    row: (model, id) => tableOf(model).get(Number(id)) as Row,
    rows: rowsOf,
    stock,
  };
}

const decimal = (text: string): Fields => ({ __class__: 'Decimal', decimal: text });

const dated = (ms: number): Fields => {
  const at = new Date(ms);
  return { __class__: 'date', year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
};
const typedTime = (value: unknown): unknown => {
  if (typeof value !== 'number') return value;
  const at = new Date(value);
  const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  // Tryton keeps more digits than a millisecond has.
  return {
    ...dated(value),
    __class__: 'datetime',
    hour,
    minute,
    second,
    microsecond: at.getUTCMilliseconds() * 1000 + 7,
  };
};
const timeOf = ({ year, month, day, hour, minute, second, microsecond }: Fields): number =>
  Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) +
  Number(microsecond) / 1000;

const stampOf = ({ write_date, create_date }: Row): string => (Number(write_date ?? create_date) / 1000).toFixed(6);
