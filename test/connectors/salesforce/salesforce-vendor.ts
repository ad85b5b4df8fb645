// A small model of a Salesforce org, by what its documentation says: rows of objects that name each other, SOQL as far as
// it is asked here, collections that are saved in part, upserts by an external id, tokens that end.
import { HttpResponse, http as on } from 'msw';
import type { Held, Vendor } from '../../contract/connector/subject.ts';

export const credentials = {
  clientId: '3MVG9-hub',
  clientSecret: 's3cret-consumer-0042',
  refreshToken: '5Aep-s3cret-refresh-0042',
};

type Row = Record<string, unknown> & { Id: string };
type Fields = Record<string, unknown>;

export interface SalesforceOrg extends Vendor {
  row(object: string, id: string): Row;
  rows(object: string): Row[];
  /** Its own users save a row. @returns its id */
  save(object: string, fields: Fields, at?: number): string;
  remove(object: string, id: string): void;
  /** Tokens that were given out. */
  tokens: number;
  /** Rows of a page of a query. */
  batchSize: number;
}

const externalId = 'Syncline_Id__c';
const address = (of: string): string[] => ['Street', 'City', 'State', 'PostalCode', 'Country'].map((part) => of + part);

const objects: Record<string, { prefix: string; required: string[]; fields: string[] }> = {
  Account: {
    ...{ prefix: '001', required: ['Name'] },
    fields: ['Name', 'AccountNumber', 'Phone', 'Website', 'Description', 'Industry', ...address('Billing')],
  },
  Contact: { prefix: '003', required: ['LastName'], fields: ['AccountId', 'FirstName', 'LastName', 'Email', 'Phone'] },
  Order: {
    ...{ prefix: '801', required: ['AccountId', 'EffectiveDate', 'Status'] },
    fields: [
      ...['AccountId', 'EffectiveDate', 'Status', 'StatusCode', 'OrderNumber', 'OrderReferenceNumber', 'PoNumber'],
      ...['TotalAmount', 'Description', 'Pricebook2Id', ...address('Shipping')],
    ],
  },
  OrderItem: {
    ...{ prefix: '802', required: ['OrderId', 'PricebookEntryId', 'Quantity', 'UnitPrice'] },
    fields: [
      'OrderId',
      'PricebookEntryId',
      'Product2Id',
      'Quantity',
      'UnitPrice',
      'TotalPrice',
      'Description',
      'ServiceDate',
    ],
  },
  Product2: { prefix: '01t', required: ['Name'], fields: ['Name', 'ProductCode'] },
  Pricebook2: { prefix: '01s', required: ['Name'], fields: ['Name', 'IsStandard'] },
  PricebookEntry: {
    ...{ prefix: '01u', required: ['Pricebook2Id', 'Product2Id'] },
    fields: ['Pricebook2Id', 'Product2Id', 'IsActive'],
  },
};
const childLists: Record<string, [object: string, owner: string]> = {
  Contacts: ['Contact', 'AccountId'],
  OrderItems: ['OrderItem', 'OrderId'],
};
/** Only given when the row is made. */
const fixed: Record<string, string[]> = { OrderItem: ['OrderId', 'PricebookEntryId'] };

class Refusal extends Error {
  readonly code: string;
  readonly fields: string[];
  constructor(code: string, message: string, fields: string[] = []) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}

const timeText = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');
const isTimeField = (name: string): boolean => name === 'CreatedDate' || name === 'SystemModstamp';

interface Soql {
  select: string[];
  below: Soql[];
  from: string;
  where: [path: string, operator: string, value: string][];
  order: string[];
  limit: number;
  offset: number;
}

const grammar =
  /^SELECT (.+?) FROM (\w+)(?: WHERE (.+?))?(?: ORDER BY ([\w, ]+?))?(?: LIMIT (\d+))?(?: OFFSET (\d+))?$/;

function parse(text: string): Soql {
  const below: Soql[] = [];
  const flat = text.replace(/, \((SELECT [^)]+)\)/g, (_, inner: string) => {
    below.push(parse(inner));
    return '';
  });
  const [, select = '', from = '', where = '', order = 'Id', limit = '50000', offset = '0'] = grammar.exec(flat) ?? [];
  if (select === '') throw new Refusal('MALFORMED_QUERY', `unexpected token: '${text.slice(0, 20)}'`);
  const conditions = where === '' ? [] : where.split(' AND ').map((one) => /^(\S+) (=|>|IN) (.+)$/.exec(one) ?? []);
  return {
    select: select.split(', '),
    ...{ below, from, order: order.split(', '), limit: Number(limit), offset: Number(offset) },
    where: conditions.map(([, path = '', operator = '', value = '']) => [path, operator, value]),
  };
}

const textsIn = (value: string): string[] =>
  [...value.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));

export function salesforceOrg(now: () => number): SalesforceOrg {
  const tables = new Map<string, Map<string, Row>>(Object.keys(objects).map((object) => [object, new Map()]));
  const cursors = new Map<string, { rows: Fields[]; asked: Soql }>();
  let token: string | undefined;
  const tableOf = (object: string): Map<string, Row> => {
    const table = tables.get(object);
    if (!table) throw new Refusal('INVALID_TYPE', `sObject type '${object}' is not supported.`);
    return table;
  };
  const rowsOf = (object: string): Row[] => [...tableOf(object).values()];
  const anyRow = (id: unknown): Row | undefined => {
    const [object = ''] = Object.entries(objects).find(([, { prefix }]) => String(id).startsWith(prefix)) ?? [];
    return tables.get(object)?.get(String(id));
  };
  const knows = (object: string, field: string): boolean =>
    ['Id', externalId, 'CreatedDate', 'SystemModstamp', ...(objects[object]?.fields ?? [])].includes(field);

  const newId = (object: string): string => {
    const number = String(tableOf(object).size + 1).padStart(6, '0');
    return `${objects[object]?.prefix}Aq0000${number}AAA`.padEnd(18, 'A').slice(0, 18);
  };

  const checked = (object: string, row: Row, before: Row | undefined, given: Fields): void => {
    for (const field of Object.keys(given))
      if (!knows(object, field))
        throw new Refusal('INVALID_FIELD', `No such column '${field}' on sobject of type ${object}`);
    const missing = (objects[object]?.required ?? []).filter((field) => row[field] === null);
    if (missing.length > 0)
      throw new Refusal('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing);
    const changedFixed = before ? (fixed[object] ?? []).filter((field) => field in given) : [];
    if (changedFixed.length > 0)
      throw new Refusal(
        'INVALID_FIELD_FOR_INSERT_UPDATE',
        `Unable to create/update fields: ${changedFixed.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
        changedFixed,
      );
    if (typeof row.Email === 'string' && !/^\S+@\S+\.\S+$/.test(row.Email))
      throw new Refusal('INVALID_EMAIL_ADDRESS', `Email: invalid email address: ${row.Email}`, ['Email']);
    if (object === 'Order') checkOrder(row, before, given);
    if (object === 'OrderItem') checkItem(row);
  };
  const checkOrder = (row: Row, before: Row | undefined, given: Fields): void => {
    if (!before && row.Status !== 'Draft')
      throw new Refusal('FIELD_INTEGRITY_EXCEPTION', 'A new order must be a draft.', ['Status']);
    const activates = row.Status === 'Activated' && before?.Status !== 'Activated';
    if (activates && !rowsOf('OrderItem').some(({ OrderId }) => OrderId === row.Id))
      throw new Refusal('FAILED_ACTIVATION', 'An order must have at least one product.', ['Status']);
    if (before?.Status === 'Activated' && 'AccountId' in given)
      throw new Refusal('FIELD_INTEGRITY_EXCEPTION', 'The account of an activated order stays.', ['AccountId']);
  };
  const checkItem = (row: Row): void => {
    const order = anyRow(row.OrderId);
    const entry = anyRow(row.PricebookEntryId);
    if (order?.Status !== 'Draft')
      throw new Refusal('FIELD_INTEGRITY_EXCEPTION', 'Products of an activated order stay.', ['OrderId']);
    if (order.Pricebook2Id === null || order.Pricebook2Id !== entry?.Pricebook2Id)
      throw new Refusal('FIELD_INTEGRITY_EXCEPTION', 'The price book entry is of another price book.');
  };
  const derive = (object: string, row: Row): void => {
    if (object === 'Order') Object.assign(row, { StatusCode: row.Status, OrderNumber: `0000${row.Id.slice(9, 15)}` });
    if (object !== 'OrderItem') return;
    Object.assign(row, {
      Product2Id: anyRow(row.PricebookEntryId)?.Product2Id,
      TotalPrice: Number(row.Quantity) * Number(row.UnitPrice),
    });
    const items = rowsOf('OrderItem').filter(({ OrderId }) => OrderId === row.OrderId);
    const order = anyRow(row.OrderId);
    if (order) order.TotalAmount = items.reduce((sum, item) => sum + Number(item.TotalPrice), 0);
  };

  /** Texts that are empty are kept as null. */
  const kept = (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === '' ? null : value]));
  const insert = (object: string, fields: Fields, at: number): Row => {
    const names = ['Id', externalId, ...(objects[object]?.fields ?? [])];
    const empty = Object.fromEntries(names.map((name) => [name, null]));
    const row: Row = { ...empty, ...kept(fields), Id: newId(object), CreatedDate: at, SystemModstamp: at };
    checked(object, row, undefined, fields);
    tableOf(object).set(row.Id, row);
    derive(object, row);
    return row;
  };
  const update = (object: string, before: Row, fields: Fields, at: number): void => {
    const row = { ...before, ...kept(fields), SystemModstamp: at };
    checked(object, row, before, fields);
    Object.assign(before, row);
    derive(object, before);
  };
  const upsert = (object: string, field: string, fields: Fields): { id: string; created: boolean } => {
    const value = fields[field];
    if (value === undefined || value === null) throw new Refusal('MISSING_ARGUMENT', `${field} not specified`, [field]);
    const same = rowsOf(object).filter((row) => row[field] === value);
    if (same.length > 1) throw new Refusal('DUPLICATE_EXTERNAL_ID', `${field} : more than one record found`, [field]);
    const [found] = same;
    if (!found) return { id: insert(object, fields, now()).Id, created: true };
    const { [field]: _, ...rest } = fields;
    update(object, found, rest, now());
    return { id: found.Id, created: false };
  };
  const updateById = (object: string, id: unknown, fields: Fields): { id: string } => {
    if (!/^\w{15}(\w{3})?$/.test(String(id)))
      throw new Refusal('MALFORMED_ID', `${object} ID: id value of incorrect type: ${id}`, ['Id']);
    const row = tableOf(object).get(String(id));
    if (!row) throw new Refusal('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    update(object, row, fields, now());
    return { id: row.Id };
  };

  const valueAt = (row: Row | undefined, path: string, object: string): unknown => {
    const [member = '', ...rest] = path.split('.');
    if (rest.length > 0) return valueAt(anyRow(row?.[`${member}Id`]), rest.join('.'), member);
    if (!knows(object, member)) throw new Refusal('INVALID_FIELD', `No such column '${member}' on entity '${object}'.`);
    return row?.[member] ?? null;
  };
  const fits = (row: Row, object: string, [path, operator, value]: Soql['where'][number]): boolean => {
    const found = valueAt(row, path, object);
    if (operator === '>') return Number(found) > Date.parse(value);
    if (operator === 'IN') {
      const wanted = textsIn(value);
      if (path === 'Id' && wanted.some((id) => !/^\w{15}(\w{3})?$/.test(id)))
        throw new Refusal('INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field');
      return wanted.includes(String(found));
    }
    return value === 'true' ? found === true : found === textsIn(value)[0];
  };
  const select = (asked: Soql, among: Row[]): Row[] => {
    const rows = among.filter((row) => asked.where.every((one) => fits(row, asked.from, one)));
    const by = (row: Row, field: string): string => String(row[field]).padStart(20, '0');
    rows.sort((a, b) => asked.order.reduce((sum, field) => sum || by(a, field).localeCompare(by(b, field)), 0));
    return rows.slice(asked.offset, asked.offset + asked.limit);
  };
  const shown = (row: Row, asked: Soql): Fields => {
    const object = childLists[asked.from]?.[0] ?? asked.from;
    const view: Fields = {
      attributes: { type: object, url: `/services/data/v65.0/sobjects/${object}/${row.Id}` },
    };
    for (const path of asked.select) {
      const [member = '', rest] = path.split('.');
      const value = valueAt(row, path, object);
      if (rest !== undefined)
        view[member] = { ...(view[member] as Fields), attributes: { type: member }, [rest]: value };
      else view[member] = isTimeField(member) ? timeText(Number(value)) : value;
    }
    for (const one of asked.below) {
      const [child = '', owner = ''] = childLists[one.from] ?? [];
      const rows = select(
        { ...one, from: child },
        rowsOf(child).filter((below) => below[owner] === row.Id),
      );
      view[one.from] = rows.length === 0 ? null : pageOf(rows, one);
    }
    return view;
  };
  const pageOf = (rows: Fields[], asked: Soql, from = 0): Fields => {
    const next = from + org.batchSize;
    const done = next >= rows.length;
    const name = `01gAq${String(cursors.size + 1).padStart(8, '0')}AAA-${next}`;
    if (!done) cursors.set(name, { rows, asked });
    const records = rows.slice(from, next).map((row) => shown(row as Row, asked));
    const more = done ? {} : { nextRecordsUrl: `/services/data/v65.0/query/${name}` };
    return { totalSize: rows.length, done, ...more, records };
  };
  const query = (text: string): Fields => {
    const asked = parse(text);
    for (const path of asked.select) valueAt(undefined, path, asked.from);
    return pageOf(select(asked, rowsOf(asked.from)), asked);
  };
  const queryMore = (name: string): Fields => {
    const cursor = cursors.get(name);
    if (!cursor) throw new Refusal('INVALID_QUERY_LOCATOR', 'invalid query locator');
    return pageOf(cursor.rows, cursor.asked, Number(name.split('-')[1]));
  };

  const errorsOf = ({ code, message, fields }: Refusal) => [{ statusCode: code, message, fields }];
  const each = (records: Fields[], run: (object: string, fields: Fields) => object): object[] =>
    records.map(({ attributes, ...fields }) => {
      try {
        return { ...run(String((attributes as Fields).type), fields), success: true, errors: [] };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { success: false, errors: errorsOf(error) };
      }
    });
  const collection = async (request: Request, run: (object: string, fields: Fields) => object) => {
    const { records } = (await request.json()) as { records: Fields[] };
    return HttpResponse.json(each(records, run));
  };
  const updateIn = (object: string, { id, Id, ...fields }: Fields) => updateById(object, id ?? Id, fields);

  const guarded =
    (answer: (asked: { request: Request; params: Record<string, unknown> }) => Response | Promise<Response>) =>
    async (asked: { request: Request; params: Record<string, unknown> }): Promise<Response> => {
      const failed = (errorCode: string, message: string, status: number) =>
        HttpResponse.json([{ message, errorCode }], { status });
      if (token === undefined || asked.request.headers.get('authorization') !== `Bearer ${token}`)
        return failed('INVALID_SESSION_ID', 'Session expired or invalid', 401);
      try {
        return await answer(asked);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return failed(error.code, error.message, 400);
      }
    };
  const grant = async ({ request }: { request: Request }): Promise<Response> => {
    const form = new URLSearchParams(await request.text());
    const basic = Buffer.from(request.headers.get('authorization')?.slice(6) ?? '', 'base64').toString();
    const [id, secret] = basic === '' ? [form.get('client_id'), form.get('client_secret')] : basic.split(':');
    const refused = (error: string) => HttpResponse.json({ error, error_description: error }, { status: 400 });
    if (id !== credentials.clientId || secret !== credentials.clientSecret) return refused('invalid_client_id');
    if (form.get('grant_type') === 'refresh_token' && form.get('refresh_token') !== credentials.refreshToken)
      return refused('invalid_grant');
    org.tokens += 1;
    token ??= `00DAq!AQ.s3ssion-${org.tokens}`;
    const { origin } = new URL(request.url);
    const identity = `${origin}/id/00DAq000000001AMAA/005Aq000000001AIAA`;
    const answer = { access_token: token, instance_url: origin, id: identity, token_type: 'Bearer' };
    return HttpResponse.json({ ...answer, scope: 'api', issued_at: String(now()) });
  };
  const data = '*/services/data/:version';

  const org: SalesforceOrg = {
    batchSize: 2,
    tokens: 0,
    handlers: [
      on.post('*/services/oauth2/token', grant),
      on.get(
        `${data}/query`,
        guarded(({ request }) => HttpResponse.json(query(new URL(request.url).searchParams.get('q') ?? ''))),
      ),
      on.get(
        `${data}/query/:name`,
        guarded(({ params }) => HttpResponse.json(queryMore(String(params.name)))),
      ),
      on.patch(
        `${data}/composite/sobjects`,
        guarded(({ request }) => collection(request, updateIn)),
      ),
      on.patch(
        `${data}/composite/sobjects/:object/:field`,
        guarded(({ request, params }) =>
          collection(request, (object, fields) => upsert(object, String(params.field), fields)),
        ),
      ),
      on.patch(
        `${data}/sobjects/:object/:field/:value`,
        guarded(async ({ request, params: { object, field, value } }) => {
          const fields = { ...((await request.json()) as Fields), [String(field)]: value };
          const made = upsert(String(object), String(field), fields);
          return HttpResponse.json({ ...made, success: true, errors: [] }, { status: made.created ? 201 : 200 });
        }),
      ),
    ],
    held: (record): Held[] =>
      rowsOf(record === 'order' ? 'Order' : 'Account').map((row) => {
        const items = rowsOf('OrderItem').filter(({ OrderId }) => OrderId === row.Id);
        const contacts = rowsOf('Contact').filter(({ AccountId }) => AccountId === row.Id);
        return { id: row.Id, object: structuredClone({ ...row, items, contacts }) };
      }),
    add: (record, at) => {
      const number = tableOf(record === 'order' ? 'Order' : 'Account').size + 1;
      if (record === 'customer') return addAccount(number, at);
      const { Id } = insert(
        'Order',
        {
          ...{ AccountId: addAccount(tableOf('Account').size + 1, 0), Status: 'Draft', EffectiveDate: '2026-11-20' },
          ...{ OrderReferenceNumber: `WEB-${number}`, Pricebook2Id: rowsOf('Pricebook2')[0]?.Id },
        },
        at,
      );
      const entry = rowsOf('PricebookEntry')[0]?.Id;
      for (const Quantity of [1, 2, 3])
        insert('OrderItem', { OrderId: Id, PricebookEntryId: entry, Quantity, UnitPrice: 25.99 }, 0);
      return Id;
    },
    touch: (record, id, at) => {
      const row = tableOf(record === 'order' ? 'Order' : 'Account').get(id);
      if (row) row.SystemModstamp = at;
    },
    revoke: () => {
      token = undefined;
    },
    row: (object, id) => tableOf(object).get(id) as Row,
    rows: rowsOf,
    save: (object, { Id, ...fields }, at = now()) => {
      const found = tableOf(object).get(String(Id));
      if (!found) return insert(object, fields, at).Id;
      update(object, found, fields, at);
      return found.Id;
    },
    remove: (object, id) => void tableOf(object).delete(id),
  };
  const addAccount = (number: number, at: number): string =>
    insert('Account', { Name: 'Marlowe Lamps', AccountNumber: `C-${number}`, BillingStreet: '17 Larch Row' }, at).Id;

  const book = insert('Pricebook2', { Name: 'Standard', IsStandard: true }, 0).Id;
  for (const code of ['LAMP-001', 'CHAIR-002']) {
    const product = insert('Product2', { Name: code, ProductCode: code }, 0).Id;
    insert('PricebookEntry', { Pricebook2Id: book, Product2Id: product, IsActive: true }, 0);
  }
  return org;
}
