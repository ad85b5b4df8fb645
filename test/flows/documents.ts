// Mappings in few words, for tests that are not about mappings, and an order in those words.

const statuses = { open: 'open', on_hold: 'on_hold', cancelled: 'cancelled', closed: 'closed' };

/** An order as every system of these tests says it. */
export const plainOrder = {
  record: 'order',
  payload: 'delta',
  identity: { id: 'id', match: [{ ours: 'number', theirs: 'number' }] },
  clock: { at: 'at', codec: 'instant', trust: 'ntp' },
  fields: [
    { ours: 'number', theirs: 'number', once: true, required: true },
    { ours: 'status', theirs: 'status', codec: { enum: { in: statuses } } },
    { ours: 'buyerNote', theirs: 'note' },
    { ours: 'currency', theirs: 'currency' },
    { ours: 'payable', theirs: 'total', codec: { moneyDecimal: { currencyPath: 'currency' } } },
    {
      ours: 'shipTo',
      theirs: { name: 'to.name', phone: 'to.phone', country: 'to.country', city: 'to.city', street: 'to.street' },
      codec: 'address',
    },
    { ours: 'x.shop.reference', theirs: 'reference' },
  ],
  each: [
    {
      ours: 'lines',
      theirs: 'lines',
      key: { ours: 'lineNo', theirs: 'line' },
      fields: [
        { ours: 'sku', theirs: 'sku' },
        { ours: 'quantity', theirs: 'qty', codec: 'int' },
      ],
    },
  ],
};

export const plainCustomer = {
  record: 'customer',
  payload: 'delta',
  identity: { id: 'id', match: [{ ours: 'number', theirs: 'number' }] },
  fields: [
    { ours: 'number', theirs: 'number', once: true },
    { ours: 'name', theirs: 'name' },
  ],
};

/** For every system of the connector, unless a folder of its own says otherwise. */
export const plainMappings = { 'http/order.yaml': plainOrder, 'feed/order.yaml': plainOrder };

export const anOrder = (number: string, more: object = {}): Record<string, unknown> => ({
  id: number,
  number,
  status: 'open',
  note: 'ring twice',
  currency: 'CNY',
  total: '520.00',
  to: { name: '李雷', phone: '+8613800000000', country: 'CN', city: '上海市', street: '老街 1 号' },
  lines: [{ line: '1', sku: 'TEA-1', qty: 2 }],
  ...more,
});

export const orderChange = (number: string, more: object = {}): { record: string; data: object } => ({
  record: 'order',
  data: anOrder(number, more),
});

/** A system that is only listened to: nothing can be written to it. */
export const source = (settings: object = {}): object => ({
  role: 'order',
  connector: 'http',
  settings: { url: 'http://127.0.0.1:9', ...settings },
});

const requests = {
  create: 'POST /orders',
  update: 'PATCH /orders/{id}',
  fetch: 'GET /orders/{id}',
  find: 'GET /orders?number={number}',
};

/** Waits short enough for a test; the breaker's are those of each test. */
const quick = {
  concurrency: 8,
  timeout: '2s',
  attempts: 5,
  backoff: { first: '20ms', factor: 2, max: '100ms' },
};

/** A system that orders are pushed to. */
export const target = (
  { url }: { url: string },
  {
    settings = {},
    order = {},
    delivery = {},
    breaker = {},
  }: { settings?: object; order?: object; delivery?: object; breaker?: object } = {},
): object => ({
  role: 'wms',
  connector: 'http',
  settings: { url, records: { order: { ...requests, ...order } }, ...settings },
  delivery: { ...quick, ...delivery },
  breaker: { window: '10s', minimum: 4, failures: '50%', cooldown: '150ms', ...breaker },
});
