// Makes an empty Tryton database one that a connector can work in: a company, a chart of accounts, goods in stock, a user.
type Result = unknown;

export interface TrytonSite {
  /** Settings of a system of the tryton connector. */
  settings: {
    url: string;
    database: string;
    login: { username: string; password: string };
    company: number;
    sale: object;
  };
  /** As the administrator, with the company's context. */
  call(method: string, ...params: unknown[]): Promise<Result>;
}

export interface TrytonServer {
  url: string;
  database: string;
  adminPassword: string;
}

const decimal = (text: string) => ({ __class__: 'Decimal', decimal: text });
const day = (year: number, month: number, date: number) => ({ __class__: 'date', year, month, day: date });
const password = 'Kiwi-plum-47-sea';

/** Everything that must be there only once, whatever happened before. */
export async function setUpTryton(server: TrytonServer): Promise<TrytonSite> {
  const call = await sessionOf(server, 'admin', server.adminPassword);
  const known = (await call('model.company.company.search', [], 0, 1, null, {})) as number[];
  const company = known[0] ?? (await makeCompany(call));
  const context = (await call('model.res.user.get_preferences', true, {})) as object;
  const inCompany = (method: string, ...params: unknown[]) => call(method, ...params, context);
  if (known.length === 0) await makeGoods(inCompany, company);
  const users = (await inCompany('model.res.user.search', [['login', '=', 'hub']], 0, 1, null)) as number[];
  if (users.length === 0) await makeUser(inCompany, company);
  await fillStock(inCompany, company);
  const [term] = (await inCompany('model.account.invoice.payment_term.search', [], 0, 1, null)) as number[];
  const [warehouse] = (await inCompany(
    'model.stock.location.search',
    [['type', '=', 'warehouse']],
    0,
    1,
    null,
  )) as number[];
  return {
    settings: {
      ...{ url: server.url, database: server.database, company, login: { username: 'hub', password } },
      sale: { payment_term: term, warehouse },
    },
    call: inCompany,
  };
}

type Call = (method: string, ...params: unknown[]) => Promise<Result>;

async function sessionOf({ url, database }: TrytonServer, user: string, secret: string): Promise<Call> {
  let authorization: string | undefined;
  const call: Call = async (method, ...params) => {
    const response = await fetch(`${url}/${database}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify({ id: 1, method, params }),
    });
    if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`);
    const { result, error } = (await response.json()) as { result: Result; error?: unknown };
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  };
  const [id, session] = (await call('common.db.login', user, { password: secret }, 'en')) as [number, string];
  authorization = `Session ${Buffer.from(`${user}:${id}:${session}`).toString('base64')}`;
  return call;
}

async function makeCompany(call: Call): Promise<number> {
  const one = async (model: string, fields: object): Promise<number> =>
    ((await call(`model.${model}.create`, [fields], {})) as number[])[0] as number;
  const rates = [['create', [{ date: day(2026, 1, 1), rate: decimal('1.0') }]]];
  const euro = {
    name: 'Euro',
    code: 'EUR',
    numeric_code: '978',
    symbol: '€',
    rounding: decimal('0.01'),
    digits: 2,
    rates,
  };
  const currency = await one('currency.currency', euro);
  for (const [code, code3, code_numeric, name] of [
    ['DE', 'DEU', '276', 'Germany'],
    ['FR', 'FRA', '250', 'France'],
    ['CN', 'CHN', '156', 'China'],
  ])
    await one('country.country', { code, code3, code_numeric, name });
  const party = await one('party.party', { name: 'Sample Trading' });
  const company = await one('company.company', { party, currency, timezone: 'Europe/Berlin' });
  await call('model.res.user.write', [1], { companies: [['add', [company]]], company }, {});
  return company;
}

async function makeGoods(call: Call, company: number): Promise<void> {
  const one = async (model: string, fields: object): Promise<number> =>
    ((await call(`model.${model}.create`, [fields])) as number[])[0] as number;
  const accounts = await makeAccounts(call, company);
  await one('account.invoice.payment_term', {
    name: '30 days net',
    lines: [['create', [{ type: 'remainder', relativedeltas: [['create', [{ days: 30 }]]] }]]],
  });
  const account_category = await one('product.category', {
    ...{ name: 'Goods', accounting: true },
    ...{ account_revenue: accounts.revenue, account_expense: accounts.expense },
  });
  for (const suffix_code of ['LAMP-001', 'CHAIR-002'])
    await one('product.template', {
      ...{ name: suffix_code, type: 'goods', default_uom: 1, list_price: decimal('25.99'), cost_price_method: 'fixed' },
      ...{ salable: true, sale_uom: 1, account_category },
      products: [['create', [{ suffix_code, cost_price: decimal('12.50') }]]],
    });
}

/** So many that no run uses them up. */
async function fillStock(call: Call, company: number): Promise<void> {
  const products = (await call('model.product.product.search', [], 0, null, null)) as number[];
  const warehouses = await call('model.stock.location.search_read', [['type', '=', 'warehouse']], 0, 1, null, [
    'storage_location',
  ]);
  const [{ storage_location: location } = { storage_location: 0 }] = warehouses as { storage_location: number }[];
  const lines = products.map((product) => ({ product, quantity: 1000 }));
  const counted = { location, company, date: day(2026, 11, 1), empty_quantity: 'keep', lines: [['create', lines]] };
  await call('model.stock.inventory.confirm', await call('model.stock.inventory.create', [counted]));
}

async function makeAccounts(call: Call, company: number): Promise<{ revenue: number; expense: number }> {
  const wizard = 'wizard.account.create_chart';
  const [id] = (await call(`${wizard}.create`)) as [number];
  const [template] = (await call(
    'model.account.account.template.search',
    [['parent', '=', null]],
    0,
    1,
    null,
  )) as number[];
  await call(`${wizard}.execute`, id, { account: { company, account_template: template } }, 'create_account');
  const of = async (kind: string): Promise<number> =>
    ((await call('model.account.account.search', [[`type.${kind}`, '=', true]], 0, 1, null)) as number[])[0] as number;
  const [revenue, expense] = [await of('revenue'), await of('expense')];
  const properties = { company, account_receivable: await of('receivable'), account_payable: await of('payable') };
  await call(`${wizard}.execute`, id, { properties }, 'create_properties');
  await call(`${wizard}.delete`, id);
  await makeYear(call, company);
  return { revenue, expense };
}

async function makeYear(call: Call, company: number): Promise<void> {
  const sequenceOf = async (model: string, name: string, type: string): Promise<number> => {
    const [sequence_type] = (await call(
      'model.ir.sequence.type.search',
      [['name', '=', type]],
      0,
      1,
      null,
    )) as number[];
    return ((await call(`model.${model}.create`, [{ name, sequence_type, company }])) as number[])[0] as number;
  };
  const moves = await sequenceOf('ir.sequence', 'Moves', 'Account Move');
  const invoices = await sequenceOf('ir.sequence.strict', 'Invoices', 'Invoice');
  const kinds = ['out_invoice_sequence', 'out_credit_note_sequence', 'in_invoice_sequence', 'in_credit_note_sequence'];
  const sequences = { company, ...Object.fromEntries(kinds.map((kind) => [kind, invoices])) };
  const [year] = (await call('model.account.fiscalyear.create', [
    {
      ...{ name: '2026', start_date: day(2026, 1, 1), end_date: day(2026, 12, 31), company, post_move_sequence: moves },
      invoice_sequences: [['create', [sequences]]],
    },
  ])) as number[];
  await call('model.account.fiscalyear.create_period', [year]);
}

/** The groups whose rights the README of the connector asks for. */
async function makeUser(call: Call, company: number): Promise<void> {
  const names = ['Sales', 'Stock', 'Party Administration'];
  const groups = await call('model.res.group.search', [['name', 'in', names]], 0, null, null);
  const user = {
    name: 'Hub',
    login: 'hub',
    password,
    company,
    companies: [['add', [company]]],
    groups: [['add', groups]],
  };
  await call('model.res.user.create', [user]);
}
