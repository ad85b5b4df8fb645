// A small model of a Shopify shop's Admin API, after its published schema: states, required fields, cursors, points.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Held, Vendor } from '../../contract/connector/subject.ts';
import { project, rootOf } from '../selection.ts';

export const credentials = { accessToken: 'shpat_s3cret', clientId: 'hub-app', clientSecret: 's3cret of the app' };

type Fields = Record<string, unknown>;
type Row = Fields & { id: string; updatedAt: string };
type Numbered = Fields & { id: string };

export interface Shop extends Vendor {
  order(id: string): Row;
  /** An order with so many lines. */
  addLong(lines: number): string;
  /** Its points are spent. */
  drain(): void;
  /** A buyer asks for a return of his own. @returns its id */
  requestReturn(): string;
  /** The second line is kept at another location, in a fulfilment order of its own. */
  splitLocations(orderId: string): void;
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const money = (amount: string) => ({ shopMoney: { amount, currencyCode: 'EUR' } });
const clone = <T>(value: T): T => structuredClone(value);
const wrong = (message: string, ...field: string[]) => ({ userErrors: [{ field, message }] });
const good = (member: string, object: object | null) => ({ [member]: object, userErrors: [] });

const address = {
  ...{ name: 'Zoë Marlowe', firstName: 'Zoë', lastName: 'Marlowe', company: null, address1: '17 Larch Row' },
  ...{ address2: null, city: 'Sampleton', province: null, countryCodeV2: 'DE', zip: '00017', phone: '+49300000017' },
};
const written = (given: Fields): Fields => {
  const { countryCode, ...rest } = given;
  const name = [rest.firstName, rest.lastName].filter(Boolean).join(' ');
  return { ...rest, name, countryCodeV2: countryCode };
};

/** Points: a bucket that fills with time. */
const bucket = { maximumAvailable: 40_000, restoreRate: 1000 };
const pointsOf = (query: string): number => (query.startsWith('mutation') ? 10 : 100);

export function shopifyShop(now: () => number): Shop {
  const orders = new Map<string, Row>();
  const customers = new Map<string, Row>();
  const keys = new Map<string, Numbered>();
  const tokens = new Set<string>([credentials.accessToken]);
  let points = { left: bucket.maximumAvailable, at: now() };
  let last = 1000;
  const gid = (kind: string): string => {
    last += 1;
    return `gid://shopify/${kind}/${last}`;
  };

  const lineOf = (n: number, quantity: number) => ({
    ...{ id: gid('LineItem'), sku: `LAMP-${n}`, name: `Desk lamp ${n}`, quantity, currentQuantity: quantity },
    ...{ requiresShipping: true, originalUnitPriceSet: money('25.99'), discountedTotalSet: money('51.98') },
  });
  const fulfillmentOrderOf = (lines: Fields[]) => ({
    ...{ id: gid('FulfillmentOrder'), status: 'OPEN', location: 'main' },
    lineItems: lines.map((line) => ({
      ...{ id: gid('FulfillmentOrderLineItem'), remainingQuantity: line.quantity, lineItem: line },
    })),
  });
  const orderOf = (at: number, count = 2): Row => {
    const [id, lines] = [gid('Order'), Array.from({ length: count }, (_, n) => lineOf(n + 1, 2))];
    const payment = { id: gid('OrderTransaction'), kind: 'SALE', status: 'SUCCESS', gateway: 'bogus' };
    const tried = { ...payment, id: gid('OrderTransaction'), status: 'FAILURE', maximumRefundableV2: null };
    const row: Row = {
      ...{
        id,
        name: `#${last}`,
        legacyResourceId: id.split('/').at(-1),
        createdAt: seconds(at),
        updatedAt: seconds(at),
      },
      ...{ processedAt: seconds(at), cancelledAt: null, closedAt: null, currencyCode: 'EUR', poNumber: '', note: null },
      ...{ presentmentCurrencyCode: 'EUR', displayFinancialStatus: 'PAID', displayFulfillmentStatus: 'UNFULFILLED' },
      ...{ email: 'zoe.marlowe@example.com', phone: null, tags: ['web'], sourceName: 'web', customAttributes: [] },
      ...{ customer: null, totalPriceSet: money('103.96'), subtotalPriceSet: money('103.96') },
      ...{ totalShippingPriceSet: money('0.00'), totalTaxSet: money('16.60'), totalDiscountsSet: money('0.00') },
      ...{ totalReceivedSet: money('103.96'), totalRefundedSet: money('0.00') },
      ...{ shippingAddress: clone(address), billingAddress: null, lineItems: lines },
      ...{ fulfillmentOrders: [fulfillmentOrderOf(lines)], fulfillments: [], refunds: [], returns: [] },
      transactions: [tried, { ...payment, maximumRefundableV2: { amount: '103.96', currencyCode: 'EUR' } }],
    };
    orders.set(id, row);
    return row;
  };
  const customerOf = (fields: Fields, at: number): Row => {
    const id = gid('Customer');
    const row: Row = {
      ...{ id, legacyResourceId: id.split('/').at(-1), createdAt: seconds(at), updatedAt: seconds(at), note: null },
      ...{ firstName: null, lastName: null, email: null, phone: null, tags: [], locale: 'en', defaultAddress: null },
      ...{ displayName: nameOf(fields), ...fields },
    };
    customers.set(id, row);
    return row;
  };
  const nameOf = ({ firstName, lastName, email }: Fields) => [firstName, lastName].filter(Boolean).join(' ') || email;
  const touchRow = (row: Row): void => {
    row.updatedAt = seconds(now());
  };
  const listOf = (row: Row, member: string): Numbered[] => row[member] as Numbered[];
  const everyPart = (member: string): [Row, Numbered][] =>
    [...orders.values()].flatMap((order) => listOf(order, member).map((part): [Row, Numbered] => [order, part]));
  const partBy = (member: string, id: unknown) => everyPart(member).find(([, part]) => part.id === id) ?? [];

  const saveOrder = (input: Fields) => {
    const { id, shippingAddress, ...fields } = input;
    const order = orders.get(String(id));
    if (!order) return wrong('Order does not exist', 'id');
    if (String(fields.note ?? '').length > 5000) return wrong('Note is too long (maximum is 5000 characters)', 'note');
    Object.assign(order, fields, shippingAddress && { shippingAddress: written(shippingAddress as Fields) });
    touchRow(order);
    return good('order', order);
  };
  const isTaken = (fields: Fields, except?: Row): string | undefined =>
    ['email', 'phone'].find(
      (name) => fields[name] && [...customers.values()].some((one) => one !== except && one[name] === fields[name]),
    );
  const saveCustomer = ({ id, ...fields }: Fields) => {
    const known = id === undefined ? undefined : customers.get(String(id));
    if (id !== undefined && !known) return wrong('Customer does not exist', 'id');
    const taken = isTaken(fields, known);
    if (taken) return wrong(`${taken === 'email' ? 'Email' : 'Phone'} has already been taken`, taken);
    const next = { ...known, ...fields };
    if (!['email', 'phone', 'firstName', 'lastName'].some((name) => next[name as keyof typeof next]))
      return wrong('A name, phone number, or email address must be present');
    const row = known ? Object.assign(known, fields) : customerOf(fields, now());
    touchRow(row);
    return good('customer', row);
  };
  const saveAddress = ({ customerId, addressId, address: given }: Fields) => {
    const row = customers.get(String(customerId));
    if (!row) return wrong('Customer does not exist', 'customerId');
    row.defaultAddress = { ...written(given as Fields), id: addressId ?? gid('MailingAddress') };
    touchRow(row);
    return good('address', row.defaultAddress as object);
  };
  const addTags = ({ id, tags }: Fields) => {
    const row = orders.get(String(id)) ?? customers.get(String(id));
    if (!row) return wrong('Resource not found', 'id');
    row.tags = [...new Set([...(row.tags as string[]), ...(tags as string[])])];
    touchRow(row);
    return good('node', row);
  };

  const ship = ({ fulfillment }: Fields) => {
    const { lineItemsByFulfillmentOrder, trackingInfo } = fulfillment as { [name: string]: unknown };
    const wanted = lineItemsByFulfillmentOrder as {
      fulfillmentOrderId: string;
      fulfillmentOrderLineItems?: Fields[];
    }[];
    const found = wanted.map(({ fulfillmentOrderId }) => partBy('fulfillmentOrders', fulfillmentOrderId));
    const [order] = found[0] ?? [];
    if (!order) return wrong('Fulfillment order does not exist', 'fulfillment');
    if (new Set(found.map(([, one]) => one?.location)).size > 1)
      return wrong('All fulfillment orders must be assigned to the same location', 'fulfillment');
    const lines = wanted.flatMap(({ fulfillmentOrderLineItems }, index) => {
      const kept = (found[index]?.[1]?.lineItems ?? []) as Fields[];
      return (
        fulfillmentOrderLineItems ?? kept.map(({ id, remainingQuantity: quantity }): Fields => ({ id, quantity }))
      ).map(({ id, quantity }) => ({ kept: kept.find((one) => one.id === id), quantity: Number(quantity) }));
    });
    if (lines.some(({ kept, quantity }) => !kept || quantity > Number(kept.remainingQuantity)))
      return wrong('Invalid fulfillment order line item quantity requested.', 'fulfillment');
    for (const { kept, quantity } of lines)
      (kept as Fields).remainingQuantity = Number(kept?.remainingQuantity) - quantity;
    const parcel = {
      ...{
        id: gid('Fulfillment'),
        name: `${order.name}-F${listOf(order, 'fulfillments').length + 1}`,
        status: 'SUCCESS',
      },
      ...{ displayStatus: 'FULFILLED', createdAt: seconds(now()), updatedAt: seconds(now()), deliveredAt: null },
      ...{ inTransitAt: null, totalQuantity: lines.reduce((sum, { quantity }) => sum + quantity, 0) },
      trackingInfo: [{ url: null, ...(trackingInfo as object) }],
      fulfillmentLineItems: lines.map(({ kept, quantity }) => ({
        ...{ id: gid('FulfillmentLineItem'), quantity, lineItem: kept?.lineItem },
      })),
    };
    listOf(order, 'fulfillments').push(parcel);
    order.displayFulfillmentStatus = 'PARTIALLY_FULFILLED';
    touchRow(order);
    return good('fulfillment', parcel);
  };
  const changeParcel = (id: unknown, fields: Fields, answer: (parcel: Numbered) => object) => {
    const [order, parcel] = partBy('fulfillments', id);
    if (!order || !parcel) return wrong('Fulfillment does not exist', 'id');
    Object.assign(parcel, fields, { updatedAt: seconds(now()) });
    touchRow(order);
    return answer(parcel);
  };

  const refund = ({ input, key }: Fields) => {
    const known = keys.get(String(key));
    if (known) return good('refund', known);
    const { orderId, note, transactions } = input as { [name: string]: unknown };
    const order = orders.get(String(orderId));
    if (!order) return wrong('Order does not exist', 'orderId');
    if (order.email === 'frozen@example.com') return wrong('The payment gateway takes nothing back', 'transactions');
    const back = transactions as { amount: string; parentId: string }[];
    for (const { amount, parentId } of back) {
      const payment = listOf(order, 'transactions').find(({ id }) => id === parentId);
      const left = payment?.maximumRefundableV2 as { amount: string } | undefined;
      if (!left || Number(left.amount) < Number(amount))
        return wrong('Refund is more than what was paid', 'transactions');
      left.amount = (Number(left.amount) - Number(amount)).toFixed(2);
    }
    const total = back.reduce((sum, { amount }) => sum + Number(amount), 0).toFixed(2);
    const made = {
      ...{ id: gid('Refund'), createdAt: seconds(now()), updatedAt: seconds(now()), note, return: null },
      ...{ totalRefundedSet: money(total), refundLineItems: [] },
      transactions: back.map(({ amount }) => ({
        ...{
          id: gid('OrderTransaction'),
          kind: 'REFUND',
          status: 'SUCCESS',
          gateway: 'bogus',
          amountSet: money(amount),
        },
      })),
    };
    listOf(order, 'refunds').push(made);
    keys.set(String(key), made);
    touchRow(order);
    return good('refund', made);
  };

  const takeBack = ({ input }: Fields, status = 'OPEN') => {
    const { orderId, returnLineItems } = input as { orderId: string; returnLineItems: Fields[] };
    const order = orders.get(orderId);
    if (!order) return wrong('Order does not exist', 'orderId');
    const sent = listOf(order, 'fulfillments').flatMap((parcel) => parcel.fulfillmentLineItems as Numbered[]);
    const back = listOf(order, 'returns')
      .filter(({ status: is }) => is !== 'CANCELED')
      .flatMap((one) => one.returnLineItems as { quantity: number; fulfillmentLineItem: Numbered }[]);
    const lines = returnLineItems.map((line) => {
      const of = sent.find(({ id }) => id === line.fulfillmentLineItemId);
      const gone = back
        .filter((one) => one.fulfillmentLineItem.id === of?.id)
        .reduce((sum, one) => sum + one.quantity, 0);
      return { of, line, isTooMuch: !of || Number(line.quantity) + gone > Number(of.quantity) };
    });
    if (lines.length === 0 || lines.some(({ isTooMuch }) => isTooMuch))
      return wrong('Return line item has an invalid quantity.', 'returnInput');
    const made = {
      ...{ id: gid('Return'), name: `${order.name}-R${listOf(order, 'returns').length + 1}`, status },
      ...{ createdAt: seconds(now()), closedAt: null, totalQuantity: lines.length },
      returnLineItems: lines.map(({ of, line }) => ({
        ...{ __typename: 'ReturnLineItem', id: gid('ReturnLineItem'), quantity: line.quantity, customerNote: null },
        ...{ returnReason: line.returnReason ?? 'UNKNOWN', returnReasonNote: line.returnReasonNote ?? '' },
        fulfillmentLineItem: of,
      })),
    };
    listOf(order, 'returns').push(made);
    touchRow(order);
    return good('return', made);
  };
  const moveReturn =
    (from: string[], to: string) =>
    ({ id }: Fields) => {
      const [order, one] = partBy('returns', id);
      if (!order || !one) return wrong('Return does not exist', 'id');
      if (!from.includes(String(one.status))) return wrong('Return status is invalid.', 'id');
      Object.assign(one, { status: to, closedAt: to === 'CLOSED' ? seconds(now()) : null });
      touchRow(order);
      return good('return', one);
    };

  const viewOf = (member: string, id: unknown): object | null => {
    const [order, part] = partBy(member, id);
    return order && part ? { ...part, order } : null;
  };
  const answers: Record<string, (variables: Fields) => unknown> = {
    shop: () => ({ id: 'gid://shopify/Shop/1', name: 'Lamps', myshopifyDomain: 'lamps.myshopify.com' }),
    order: ({ id }) => orders.get(String(id)) ?? null,
    customer: ({ id }) => customers.get(String(id)) ?? null,
    fulfillment: ({ id }) => viewOf('fulfillments', id),
    refund: ({ id }) => viewOf('refunds', id),
    return: ({ id }) => viewOf('returns', id),
    orders: (variables) => pageOf([...orders.values()], variables),
    customers: (variables) => pageOf([...customers.values()], variables),
    customerByIdentifier: ({ identifier }) => {
      const { emailAddress, phoneNumber } = identifier as Fields;
      const same = (one: Row) => (emailAddress ? one.email === emailAddress : one.phone === phoneNumber);
      return [...customers.values()].find(same) ?? null;
    },
    orderUpdate: ({ input }) => saveOrder(input as Fields),
    tagsAdd: addTags,
    customerCreate: ({ input }) => saveCustomer(input as Fields),
    customerUpdate: ({ input }) => saveCustomer(input as Fields),
    customerAddressCreate: saveAddress,
    customerAddressUpdate: saveAddress,
    fulfillmentCreate: ship,
    fulfillmentTrackingInfoUpdate: ({ id, trackingInfo }) =>
      changeParcel(id, { trackingInfo: [{ url: null, ...(trackingInfo as object) }] }, (one) =>
        good('fulfillment', one),
      ),
    fulfillmentEventCreate: ({ id, status }) =>
      changeParcel(id, { displayStatus: status }, () => good('fulfillmentEvent', { id: gid('FulfillmentEvent') })),
    refundCreate: refund,
    returnCreate: (variables) => takeBack(variables),
    returnApproveRequest: moveReturn(['REQUESTED'], 'OPEN'),
    returnDeclineRequest: moveReturn(['REQUESTED'], 'DECLINED'),
    returnCancel: moveReturn(['REQUESTED', 'OPEN'], 'CANCELED'),
    returnClose: moveReturn(['OPEN'], 'CLOSED'),
    returnReopen: moveReturn(['CLOSED'], 'OPEN'),
  };

  /** Lists within an object are connections, and of a long one only so much is shown. */
  const withPages = (value: unknown, query: string, after: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => withPages(item, query, undefined));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, member]) => {
      const found = new RegExp(`\\b${name}\\(first: (\\d+)[^)]*\\) \\{\\s*nodes`).exec(query);
      if (!found || !Array.isArray(member)) return [name, withPages(member, query, undefined)];
      const start = Number(after ?? 0);
      const end = start + Number(found[1]);
      const pageInfo = { hasNextPage: end < member.length, endCursor: String(end) };
      return [name, { nodes: withPages(member.slice(start, end), query, undefined), pageInfo }];
    });
    return Object.fromEntries(members);
  };

  const spend = (query: string): object | undefined => {
    const filled = points.left + ((now() - points.at) / 1000) * bucket.restoreRate;
    points = { left: Math.min(filled, bucket.maximumAvailable), at: now() };
    const requestedQueryCost = pointsOf(query);
    if (points.left < requestedQueryCost)
      return {
        errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
        extensions: {
          cost: {
            ...{ requestedQueryCost, actualQueryCost: null },
            throttleStatus: { ...bucket, currentlyAvailable: points.left },
          },
        },
      };
    points.left -= requestedQueryCost;
    return undefined;
  };
  const serve = async (request: Request): Promise<Response> => {
    if (!tokens.has(request.headers.get('x-shopify-access-token') ?? ''))
      return HttpResponse.json(unknownToken, { status: 401 });
    const { query, variables } = (await request.json()) as { query: string; variables: Fields };
    const throttled = spend(query);
    if (throttled) return HttpResponse.json(throttled);
    const { name, fields } = rootOf(query);
    const value = answers[name]?.(variables);
    const shown =
      name.endsWith('s') && value && 'nodes' in (value as object) ? value : withPages(value, query, variables.after);
    const complete = withDefaults(shown, query);
    try {
      return HttpResponse.json({ data: { [name]: project(complete, fields) } });
    } catch (error) {
      const extensions = { code: 'undefinedField' };
      return HttpResponse.json({ errors: [{ message: (error as Error).message, extensions }] });
    }
  };
  /** A payload holds null for what was not made. */
  const withDefaults = (value: unknown, query: string): unknown => {
    const { name, fields = [] } = rootOf(query);
    if (!query.startsWith('mutation') || typeof value !== 'object' || value === null) return value;
    return { ...Object.fromEntries(fields.map((field) => [field.name, null])), ...value, __typename: name };
  };

  const issue = async (request: Request): Promise<Response> => {
    const form = new URLSearchParams(await request.text());
    const isOurs =
      form.get('client_id') === credentials.clientId && form.get('client_secret') === credentials.clientSecret;
    if (!isOurs || form.get('grant_type') !== 'client_credentials')
      return HttpResponse.json({ error: 'invalid_client' }, { status: 400 });
    last += 1;
    tokens.add(`shpat_daily_${last}`);
    return HttpResponse.json({ access_token: `shpat_daily_${last}`, scope: 'write_orders', expires_in: 86_399 });
  };

  const shipped = (at: number): [Row, Numbered] => {
    const order = orderOf(at);
    const [one] = listOf(order, 'fulfillmentOrders');
    ship({
      fulfillment: {
        ...{ lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: one?.id }] },
        trackingInfo: { number: `TRACK-${last}`, company: 'DHL' },
      },
    });
    return [order, listOf(order, 'fulfillments')[0] as Numbered];
  };
  const returned = (at: number, status: string): string => {
    const [order, parcel] = shipped(at);
    const [line] = parcel.fulfillmentLineItems as Numbered[];
    takeBack(
      { input: { orderId: order.id, returnLineItems: [{ fulfillmentLineItemId: line?.id, quantity: 1 }] } },
      status,
    );
    return String(listOf(order, 'returns')[0]?.id);
  };
  const refunded = (at: number): string => {
    const order = orderOf(at);
    const parentId = listOf(order, 'transactions')[1]?.id ?? '';
    refund({
      input: { orderId: order.id, note: null, transactions: [{ parentId, amount: '5.00' }] },
      key: `own ${last}`,
    });
    return String(listOf(order, 'refunds')[0]?.id);
  };
  const parts: Partial<Record<RecordType, string>> = { shipment: 'fulfillments', refund: 'refunds', return: 'returns' };
  const held = (record: RecordType): Held[] => {
    const rows = record === 'order' ? orders : customers;
    const member = parts[record];
    const found: Numbered[] = member ? everyPart(member).map(([, part]) => part) : [...rows.values()];
    return found.map((object) => ({ id: object.id, object }));
  };
  return {
    handlers: [
      on.post('*/admin/api/2026-07/graphql.json', ({ request }) => serve(request)),
      on.post('*/admin/oauth/access_token', ({ request }) => issue(request)),
    ],
    held: (record) => clone(held(record)),
    add: (record, at) => {
      if (record === 'order') return orderOf(at).id;
      if (record === 'shipment') return shipped(at)[1].id;
      if (record === 'return') return returned(at, 'OPEN');
      if (record === 'refund') return refunded(at);
      const fields = { email: `person.${last + 1}@example.com`, firstName: 'Zoë', lastName: 'Marlowe' };
      return customerOf(fields, at).id;
    },
    touch: (record, id, at) => {
      const row = (record === 'customer' ? customers : orders).get(id);
      if (row) row.updatedAt = seconds(at);
    },
    revoke: () => tokens.clear(),
    order: (id) => {
      const found = orders.get(id);
      if (!found) throw new Error(`the model has no order ${id}`);
      return found;
    },
    addLong: (lines) => orderOf(now(), lines).id,
    drain: () => {
      points = { left: 0, at: now() };
    },
    requestReturn: () => returned(now(), 'REQUESTED'),
    splitLocations: (id) => {
      const order = orders.get(id) as Row;
      const [, second] = listOf(order, 'lineItems');
      const [first] = listOf(order, 'fulfillmentOrders') as unknown as { lineItems: Fields[] }[];
      first?.lineItems.pop();
      listOf(order, 'fulfillmentOrders').push({ ...fulfillmentOrderOf([second as Fields]), location: 'store' });
    },
  };
}

const unknownToken = {
  errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
};

/** Keyset cursors, as Shopify's are: the value that is sorted by, and the id. */
function pageOf(rows: Row[], { first, after, query, sortKey }: Fields): object {
  const keyOf = (row: Row): [string, string] => [
    sortKey === 'UPDATED_AT' ? row.updatedAt : '',
    row.id.padStart(40, '0'),
  ];
  const cursorOf = (row: Row): string => Buffer.from(JSON.stringify(keyOf(row))).toString('base64');
  const isBehind = (a: [string, string], b: [string, string]): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
  const since = /updated_at:>='([^']+)'/.exec(String(query ?? ''))?.[1];
  const last = after ? (JSON.parse(Buffer.from(String(after), 'base64').toString()) as [string, string]) : undefined;
  const found = rows
    .filter((row) => since === undefined || row.updatedAt >= since)
    .sort((a, b) => (isBehind(keyOf(a), keyOf(b)) ? 1 : -1))
    .filter((row) => !last || isBehind(keyOf(row), last));
  const nodes = found.slice(0, Number(first));
  const end = nodes.at(-1);
  return { nodes, pageInfo: { hasNextPage: found.length > nodes.length, endCursor: end ? cursorOf(end) : null } };
}
