// A small model of an ERPNext site, by what Frappe's documentation and source say: documents over `/api/resource`, times
// without a zone, exceptions by name, a second customer of the same name taken as another one.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Held, Vendor } from '../../contract/connector/subject.ts';

export const credentials = { apiKey: 'a1b2c3', apiSecret: 's3cret-of-the-user-0042' };
export const timeZone = 'Asia/Kolkata';

type Fields = Record<string, unknown>;
type Document = Fields & { name: string; docstatus: number };
type Clause = [field: string, operator: string, value: unknown];

export interface ErpnextSite extends Vendor {
  documents(doctype: string): Document[];
  document(doctype: string, name: string): Document;
  /** Its own users change it. */
  edit(doctype: string, name: string, fields: Fields): void;
  insert(doctype: string, fields: Fields, at: number): Document;
  /** The field that the README says to add is not there. */
  lacksRef: boolean;
}

class Raised extends Error {
  readonly exception: string;
  readonly status: number;
  constructor(exception: string, status: number, message: string) {
    super(message);
    this.exception = exception;
    this.status = status;
  }
}
const invalid = (message: string, exception = 'ValidationError') => new Raised(exception, 417, message);

const mandatory: Record<string, string[]> = {
  Customer: ['customer_name'],
  Address: ['address_type', 'address_line1', 'city', 'country'],
  'Sales Order': ['customer', 'transaction_date', 'delivery_date', 'items'],
};
const links: Record<string, string> = {
  customer: 'Customer',
  customer_primary_address: 'Address',
  shipping_address_name: 'Address',
  country: 'Country',
  customer_group: 'Customer Group',
};
const doctypes: Partial<Record<RecordType, string>> = { customer: 'Customer', order: 'Sales Order' };
/** What may still be written to a sales order that was submitted. */
const allowedOnSubmit = ['po_no', 'delivery_status', 'billing_status', 'modified', 'docstatus'];

const filled = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

export function erpnextSite(now: () => number, zone = timeZone): ErpnextSite {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const wallTime = (at: number): string => `${clock.format(at)}.${String(at % 1000).padStart(3, '0')}456`;
  const tables = new Map<string, Map<string, Document>>();
  const tableOf = (doctype: string): Map<string, Document> => {
    const table = tables.get(doctype) ?? new Map<string, Document>();
    tables.set(doctype, table);
    return table;
  };
  const document = (doctype: string, name: string): Document => {
    const found = tableOf(doctype).get(name);
    if (found) return found;
    throw new Raised('DoesNotExistError', 404, `${doctype} ${name} not found`);
  };

  const nameFor = (doctype: string, fields: Fields): string => {
    const count = tableOf(doctype).size + 1;
    if (doctype === 'Sales Order') return `SAL-ORD-2026-${String(count).padStart(5, '0')}`;
    const wanted =
      doctype === 'Address' ? `${fields.address_title}-${fields.address_type}` : String(fields.customer_name);
    if (fields.name !== undefined) return String(fields.name);
    // Customers of one name get numbers, addresses too.
    const separator = doctype === 'Address' ? '-' : ' - ';
    for (let n = 0; ; n += 1) {
      const name = n === 0 ? wanted : `${wanted}${separator}${n}`;
      if (!tableOf(doctype).has(name)) return name;
    }
  };
  const checked = (doctype: string, fields: Fields, name?: string): void => {
    for (const field of mandatory[doctype] ?? [])
      if ((fields[field] ?? '') === '')
        throw invalid(`Error: Value missing for ${doctype}: ${field}`, 'MandatoryError');
    for (const [field, target] of Object.entries(links))
      if ((fields[field] ?? '') !== '' && !tableOf(target).has(String(fields[field])))
        throw invalid(`Could not find ${target}: ${fields[field]}`, 'LinkValidationError');
    for (const item of (fields.items ?? []) as Fields[])
      if (!tableOf('Item').has(String(item.item_code)))
        throw invalid(`Could not find Row #${item.idx}: Item: ${item.item_code}`, 'LinkValidationError');
    const twin = [...tableOf(doctype).values()].find(
      (one) =>
        one.name !== name && fields.custom_syncline_ref && one.custom_syncline_ref === fields.custom_syncline_ref,
    );
    if (twin) throw invalid('Syncline Ref must be unique', 'UniqueValidationError');
  };
  const totals = (order: Fields): Fields => {
    const total = ((order.items ?? []) as Fields[]).reduce(
      (sum, { qty, rate }) => sum + Number(qty) * Number(rate ?? 0),
      0,
    );
    return { net_total: total, grand_total: Math.round(total * 100) / 100 };
  };
  const rowsOf = (items: unknown): Fields[] =>
    (items as Fields[]).map((item, at) => ({
      idx: at + 1,
      ...item,
      qty: Number(item.qty),
      rate: Number(item.rate ?? 0),
    }));
  const complete = (doctype: string, fields: Fields): Fields => {
    if (doctype !== 'Sales Order' || !fields.items) return fields;
    const items = rowsOf(fields.items);
    return { ...fields, items, ...totals({ items }) };
  };

  const insert = (doctype: string, given: Fields, at: number): Document => {
    const name = nameFor(doctype, given);
    const isOrder = doctype === 'Sales Order';
    const fields: Fields = {
      ...(isOrder && { currency: 'EUR', status: 'Draft', delivery_status: 'Not Delivered' }),
      ...given,
    };
    const address = { address_title: fields.address_title ?? fields.customer_name };
    checked(doctype, fields);
    if (tableOf(doctype).has(name)) throw new Raised('DuplicateEntryError', 409, `${doctype} ${name} already exists`);
    const times = { creation: wallTime(at), modified: wallTime(at), owner: 'hub@example.com', docstatus: 0 };
    const made = { ...complete(doctype, fields), ...(doctype === 'Address' && address), name, ...times, doctype };
    tableOf(doctype).set(name, made);
    return made;
  };
  const save = (doctype: string, name: string, fields: Fields, at: number): Document => {
    const before = document(doctype, name);
    const next: Document = { ...before, ...complete(doctype, fields) };
    if (before.docstatus === 2) throw invalid('Cannot edit cancelled document');
    if (fields.modified !== undefined && fields.modified !== before.modified)
      throw invalid(
        `Error: Document has been modified after you have opened it (${before.modified}, ${fields.modified}). Please refresh to get the latest document.`,
        'TimestampMismatchError',
      );
    const step = `${before.docstatus}>${next.docstatus}`;
    if (!['0>0', '0>1', '1>1', '1>2'].includes(step))
      throw invalid(`Cannot change docstatus from ${step.replace('>', ' to ')}`, 'DocstatusTransitionError');
    const late = Object.keys(fields).find((field) => !allowedOnSubmit.includes(field));
    if (before.docstatus === 1 && late !== undefined)
      throw invalid(`Not allowed to change <strong>${late}</strong> after submission`, 'UpdateAfterSubmitError');
    checked(doctype, next, name);
    const status = ['Draft', 'To Deliver and Bill', 'Cancelled'][next.docstatus];
    const saved = { ...next, modified: wallTime(at), ...(doctype === 'Sales Order' && { status }) };
    tableOf(doctype).set(name, saved);
    // ERPNext's own hook on addresses.
    for (const customer of doctype === 'Address' ? tableOf('Customer').values() : [])
      if (customer.customer_primary_address === name)
        Object.assign(customer, { primary_address: 'shown', modified: wallTime(at) });
    return saved;
  };

  const valuesAt = (row: Document, doctype: string, field: string): unknown[] =>
    doctype === 'Dynamic Link' ? ((row.links ?? []) as Fields[]).map((link) => link[field]) : [row[field] ?? null];
  const fits = (row: Document, clause: Clause | [string, ...Clause], own: string): boolean => {
    const [doctype, field, operator, value] = clause.length === 4 ? clause : [own, ...clause];
    const values = valuesAt(row, doctype, field);
    if (operator === 'in') return values.some((found) => (value as unknown[]).includes(found));
    return values.some((found) => (operator === '=' ? found === value : String(found) > String(value)));
  };
  const search = (doctype: string, query: URLSearchParams): Fields[] => {
    const read = <T>(name: string, otherwise: T): T => JSON.parse(query.get(name) ?? JSON.stringify(otherwise)) as T;
    const filters = read<(Clause | [string, ...Clause])[]>('filters', []);
    if (site.lacksRef && filters.some((clause) => clause.includes('custom_syncline_ref')))
      throw new Raised(
        'OperationalError',
        500,
        "(1054, \"Unknown column 'tabCustomer.custom_syncline_ref' in 'WHERE'\")",
      );
    const by = (query.get('order_by') ?? 'modified desc').split(',').map((one) => one.trim().split(' ')[0] ?? '');
    const order = (a: Document, b: Document): number =>
      by.reduce((sum, field) => sum || (String(a[field]) < String(b[field]) ? -1 : Number(a[field] !== b[field])), 0);
    const found = [...tableOf(doctype).values()]
      .filter((row) => filters.every((clause) => fits(row, clause, doctype)))
      .sort(order);
    const start = Number(query.get('limit_start') ?? 0);
    const limit = Number(query.get('limit_page_length') ?? query.get('limit') ?? 20);
    const fields = read<string[]>('fields', ['name']);
    return found
      .slice(start, start + limit)
      .map((row) => Object.fromEntries(fields.map((field) => [field, row[field] ?? null])));
  };

  const answer =
    (handle: (request: Request, doctype: string, name: string) => Promise<unknown> | unknown) =>
    async ({ request, params }: { request: Request; params: Record<string, unknown> }): Promise<Response> => {
      try {
        if (request.headers.get('authorization') !== `token ${credentials.apiKey}:${credentials.apiSecret}`)
          throw new Raised('AuthenticationError', 401, 'no');
        return HttpResponse.json({ data: await handle(request, String(params.doctype), String(params.name)) });
      } catch (error) {
        if (!(error instanceof Raised)) throw error;
        const { exception, status, message } = error;
        return HttpResponse.json(excepted(exception, message), { status });
      }
    };
  const bodyOf = async (request: Request): Promise<Fields> => (await request.json()) as Fields;

  insert('Country', { name: 'Germany', code: 'de' }, 0);
  insert('Customer Group', { name: 'Individual' }, 0);
  for (const name of ['LAMP-001', 'CHAIR-002']) insert('Item', { name }, 0);

  const adders: Partial<Record<RecordType, (at: number) => Document>> = {
    customer: (at) => {
      const count = tableOf('Customer').size + 1;
      return insert(
        'Customer',
        { customer_name: `Zoë Marlowe ${count}`, custom_syncline_ref: `C-${count}`, website: '' },
        at,
      );
    },
    order: (at) => {
      const custom_syncline_ref = `WEB-${tableOf('Sales Order').size + 1}`;
      const items = [{ item_code: 'LAMP-001', qty: 3, rate: 25.99 }];
      const customer = add('customer', 0);
      const dates = { transaction_date: '2026-11-24', delivery_date: '2026-12-01' };
      return insert('Sales Order', { customer, custom_syncline_ref, items, ...dates }, at);
    },
  };
  const add = (record: RecordType, at: number): string => adders[record]?.(at).name ?? '';
  const site: ErpnextSite = {
    handlers: [
      on.get(
        '*/api/method/frappe.auth.get_logged_user',
        answer(() => 'hub@example.com'),
      ),
      on.get(
        '*/api/resource/:doctype',
        answer((request, doctype) => search(doctype, new URL(request.url).searchParams)),
      ),
      on.post(
        '*/api/resource/:doctype',
        answer(async (request, doctype) => filled(insert(doctype, await bodyOf(request), now()))),
      ),
      on.get(
        '*/api/resource/:doctype/:name',
        answer((_, doctype, name) => filled(document(doctype, name))),
      ),
      on.put(
        '*/api/resource/:doctype/:name',
        answer(async (request, doctype, name) => filled(save(doctype, name, await bodyOf(request), now()))),
      ),
    ],
    held: (record): Held[] =>
      [...tableOf(doctypes[record] ?? '').values()].map((one) => {
        const place = String(one.customer_primary_address ?? one.shipping_address_name);
        return { id: one.name, object: structuredClone({ ...one, place: tableOf('Address').get(place) ?? null }) };
      }),
    add,
    touch: (record, id, at) => {
      document(doctypes[record] ?? '', id).modified = wallTime(at);
    },
    documents: (doctype) => [...tableOf(doctype).values()],
    document,
    edit: (doctype, name, fields) => void save(doctype, name, fields, now()),
    insert,
    lacksRef: false,
  };
  return site;
}

/** As Frappe answers, without the traceback. */
export const excepted = (exc_type: string, message: string): Fields => ({
  exception: `frappe.exceptions.${exc_type}: ${message}`,
  exc_type,
  exc: '["Traceback (most recent call last):"]',
  _server_messages: JSON.stringify([
    JSON.stringify({ message, title: 'Message', indicator: 'red', raise_exception: 1 }),
  ]),
});
