// A small model of a Vendure shop's Admin API, built from what one was seen to answer: states, traps and words included.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Held, Vendor } from '../../contract/connector/subject.ts';
import { project, rootOf } from '../selection.ts';
import recorded from './recorded.json' with { type: 'json' };

export const credentials = { apiKey: 'lookup:s3cret-api-key', username: 'hub', password: 's3cret pass/word' };

type Row = Record<string, unknown> & { id: string };
type Fields = Record<string, unknown>;

export interface Shop extends Vendor {
  order(id: string): Row;
  /** A carrier, a person in the administration, another system: whoever moves a fulfilment, no order moves its time. */
  ship(fulfillmentId: string): void;
  /** A person begins to modify an order. */
  startModifying(orderId: string): void;
}

const clone = <T>(value: T): T => structuredClone(value);
/** One second precision, as SQLite keeps it. */
const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}.000Z`;

const nextStates: Record<string, string[]> = {
  PaymentSettled: ['Modifying', 'Cancelled', 'ArrangingAdditionalPayment'],
  Modifying: ['PaymentSettled', 'ArrangingAdditionalPayment'],
  Pending: ['Shipped', 'Delivered', 'Cancelled'],
  Shipped: ['Delivered', 'Cancelled'],
};

class ErrorAnswer extends Error {
  readonly body: object;
  constructor(body: object) {
    super('an error of the model');
    this.body = body;
  }
}

export function vendureShop(now: () => number): Shop {
  const orders = new Map<string, Row>();
  const customers = new Map<string, Row>();
  const sessions = new Set<string>();
  const last = { order: 0, customer: 0, fulfillment: 0, address: 0, session: 0 };
  const idOf = (kind: keyof typeof last): string => {
    last[kind] += 1;
    return String(last[kind]);
  };

  const customerOf = (fields: Fields, at: number): Row => {
    const id = idOf('customer');
    const [createdAt, updatedAt] = [seconds(at), seconds(at)];
    const row = { ...clone(recorded.customer), addresses: [], ...fields, id, createdAt, updatedAt };
    customers.set(id, row);
    return row;
  };
  const orderOf = (at: number): Row => {
    const id = idOf('order');
    const [createdAt, updatedAt, orderPlacedAt] = [seconds(at), seconds(at), new Date(at).toISOString()];
    const lines = [{ ...clone(recorded.order.lines[0]), id: `${id}0`, quantity: 3 }];
    const row = { ...clone(recorded.order), id, code: `CODE${id}`, lines, createdAt, updatedAt, orderPlacedAt };
    const billingAddress = { ...row.shippingAddress, fullName: null };
    orders.set(id, { ...row, billingAddress, fulfillments: [], history: { items: [] }, state: 'PaymentSettled' });
    return orders.get(id) as Row;
  };
  const parcelsOf = (order: Row): Row[] => order.fulfillments as Row[];
  const everyParcel = (): [Row, Row][] =>
    [...orders.values()].flatMap((order) => parcelsOf(order).map((parcel): [Row, Row] => [order, parcel]));
  const remember = (order: Row, type: string, data: Fields): void => {
    (order.history as { items: object[] }).items.unshift({ type, data });
  };
  const enter = (order: Row, state: string): void => {
    remember(order, 'ORDER_STATE_TRANSITION', { from: order.state, to: state });
    order.state = state;
  };

  const moveOrder = ({ id, state }: Fields): object | null => {
    const order = known(orders, 'Order', id);
    if (!nextStates[String(order.state)]?.includes(String(state)))
      return { ...recorded.answers.illegalTransition, fromState: order.state, toState: state };
    enter(order, String(state));
    return { ...order, __typename: 'Order' };
  };
  /** The order follows its fulfilments by itself, and its `updatedAt` stands still. */
  const follow = (order: Row): void => {
    const sent = parcelsOf(order).filter(({ state }) => state === 'Shipped' || state === 'Delivered');
    const count = sent
      .flatMap((parcel) => parcel.lines as { quantity: number }[])
      .reduce((sum, { quantity }) => sum + quantity, 0);
    const isAll = count === (order.lines as { quantity: number }[])[0]?.quantity;
    const isDelivered = isAll && sent.every(({ state }) => state === 'Delivered');
    enter(order, isDelivered ? 'Delivered' : isAll ? 'Shipped' : count > 0 ? 'PartiallyShipped' : String(order.state));
  };
  const moveParcel = ({ id, state }: Fields): object => {
    const [order, parcel] = everyParcel().find(([, one]) => one.id === id) ?? [];
    if (!order || !parcel) throw new ErrorAnswer(notThere('Fulfillment', id));
    if (!nextStates[String(parcel.state)]?.includes(String(state)))
      return {
        __typename: 'FulfillmentStateTransitionError',
        errorCode: 'FULFILLMENT_STATE_TRANSITION_ERROR',
        message: `Cannot transition Fulfillment from "${parcel.state}" to "${state}"`,
        transitionError: 'not from there',
      };
    parcel.state = state;
    follow(order);
    return { ...parcel, __typename: 'Fulfillment' };
  };
  const addParcel = (input: Fields): object => {
    const wanted = input.lines as { orderLineId: string; quantity: number }[];
    const order = [...orders.values()].find((one) => (one.lines as Row[])[0]?.id === wanted[0]?.orderLineId);
    const line = (order?.lines as { quantity: number }[] | undefined)?.[0];
    if (!order || !line) throw new ErrorAnswer(notThere('OrderLine', wanted[0]?.orderLineId));
    const taken = parcelsOf(order).flatMap((one) => one.lines as { quantity: number }[]);
    const sum = [...taken, ...wanted].reduce((total, { quantity }) => total + quantity, 0);
    if (sum > line.quantity) return recorded.answers.alreadyFulfilled;
    const [method, trackingCode] = (input.handler as { arguments: { value: string }[] }).arguments.map(
      ({ value }) => value,
    );
    const [createdAt, updatedAt] = [seconds(now()), seconds(now())];
    const parcel = {
      ...clone(recorded.fulfillment),
      id: idOf('fulfillment'),
      method,
      trackingCode,
      lines: wanted,
      createdAt,
      updatedAt,
    };
    parcelsOf(order).push(parcel as Row);
    return parcel;
  };
  const modify = ({ orderId, dryRun, updateShippingAddress, updateBillingAddress }: Fields): object => {
    const order = known(orders, 'Order', orderId);
    if (order.state !== 'Modifying') return recorded.answers.notModifying;
    if ((updateShippingAddress as Fields | undefined)?.countryCode === 'XX')
      throw new ErrorAnswer(recorded.answers.unknownCountry);
    const next = {
      shippingAddress: { ...(order.shippingAddress as object), ...(updateShippingAddress as object | undefined) },
      billingAddress: { ...(order.billingAddress as object), ...(updateBillingAddress as object | undefined) },
    };
    if (dryRun !== true) Object.assign(order, next, { updatedAt: seconds(now()) });
    return { ...order, ...next, __typename: 'Order' };
  };
  const updateCustomer = ({ id, ...fields }: Fields): object => {
    const row = known(customers, 'Customer', id);
    if ([...customers.values()].some((one) => one !== row && one.emailAddress === fields.emailAddress)) return taken;
    const customFields = { ...(row.customFields as object), ...(fields.customFields as object | undefined) };
    return Object.assign(row, fields, { customFields, updatedAt: seconds(now()) }, { __typename: 'Customer' });
  };
  /** Recorded of an event: there the country is a code, in the API an object. */
  const addressOf = ({ countryCode = 'DE', ...fields }: Fields, id: string): Row => {
    const { countryCode: _, ...recordedAddress } = clone(recorded.customer.addresses[0]) as Fields;
    const empty = { fullName: '', streetLine1: '', city: '', postalCode: '', phoneNumber: '' };
    return { ...recordedAddress, ...empty, ...fields, country: { code: countryCode }, id, __typename: 'Address' };
  };
  const addAddress = (customerId: unknown, input: Fields): object => {
    const address = addressOf(input, idOf('address'));
    (known(customers, 'Customer', customerId).addresses as Row[]).push(address);
    return address;
  };
  const updateAddress = (input: Fields): object => {
    const every = [...customers.values()].flatMap(({ addresses }) => addresses as Row[]);
    const found = every.find(({ id }) => id === input.id);
    if (!found) throw new ErrorAnswer(notThere('Address', input.id));
    const { countryCode, ...fields } = input;
    return Object.assign(found, fields, countryCode !== undefined && { country: { code: countryCode } });
  };
  const addNote = ({ id, note }: Fields): object => {
    const order = known(orders, 'Order', id);
    remember(order, 'ORDER_NOTE', { note });
    return { ...order, __typename: 'Order' };
  };
  const setFields = ({ id, customFields }: Fields): object => {
    const order = known(orders, 'Order', id);
    order.customFields = { ...(order.customFields as object), ...(customFields as object) };
    return { ...order, __typename: 'Order' };
  };

  const answers: Record<string, (variables: Fields) => unknown> = {
    activeChannel: () => ({ id: '1', code: '__default_channel__' }),
    order: ({ id }) => orders.get(String(id)) ?? null,
    customer: ({ id }) => customers.get(String(id)) ?? null,
    orders: ({ options }) => pageOf([...orders.values()], options as Options),
    customers: ({ options }) => pageOf([...customers.values()], options as Options),
    createCustomer: ({ input }) => {
      const fields = input as Fields;
      if ([...customers.values()].some(({ emailAddress }) => emailAddress === fields.emailAddress)) return taken;
      return { ...customerOf(fields, now()), __typename: 'Customer' };
    },
    updateCustomer: ({ input }) => updateCustomer(input as Fields),
    createCustomerAddress: ({ customerId, input }) => addAddress(customerId, input as Fields),
    updateCustomerAddress: ({ input }) => updateAddress(input as Fields),
    setOrderCustomFields: ({ input }) => setFields(input as Fields),
    addNoteToOrder: ({ input }) => addNote(input as Fields),
    transitionOrderToState: moveOrder,
    modifyOrder: ({ input }) => modify(input as Fields),
    addFulfillmentToOrder: ({ input }) => addParcel(input as Fields),
    transitionFulfillmentToState: moveParcel,
  };

  const isKnown = (request: Request): boolean =>
    request.headers.get('vendure-api-key') === credentials.apiKey ||
    sessions.has(request.headers.get('authorization')?.replace(/^Bearer /, '') ?? '');
  const logIn = ({ username, password }: Fields): Response => {
    if (username !== credentials.username || password !== credentials.password)
      return HttpResponse.json(recorded.answers.invalidCredentials);
    const token = `session-${idOf('session')}`;
    sessions.add(token);
    const headers = { 'vendure-auth-token': token };
    return HttpResponse.json({ data: { login: { __typename: 'CurrentUser', id: '1' } } }, { headers });
  };
  const serve = async (request: Request): Promise<Response> => {
    const { query, variables } = (await request.json()) as { query: string; variables: Fields };
    const { name, fields } = rootOf(query);
    if (name === 'login') return logIn(variables);
    if (!isKnown(request)) return HttpResponse.json(recorded.answers.forbidden);
    try {
      return HttpResponse.json({ data: { [name]: project(answers[name]?.(variables), fields) } });
    } catch (error) {
      if (error instanceof ErrorAnswer) return HttpResponse.json(error.body);
      const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
      return HttpResponse.json({ errors: [{ message: (error as Error).message, extensions }] }, { status: 400 });
    }
  };

  const held: Partial<Record<RecordType, () => Held[]>> = {
    order: () => [...orders.values()].map((order) => ({ id: order.id, object: { ...order, notes: notesOf(order) } })),
    customer: () => [...customers.values()].map((object) => ({ id: object.id, object })),
    shipment: () =>
      everyParcel().map(([order, parcel]) => ({ id: parcel.id, object: { ...parcel, orderId: order.id } })),
  };
  const parcelOf = (at: number): string => {
    const order = orderOf(at);
    const lines = [{ orderLineId: (order.lines as Row[])[0]?.id, quantity: 1 }];
    const code = `TRACK-${order.id}`;
    const handler = { code: 'manual-fulfillment', arguments: [{ value: 'DHL' }, { value: code }] };
    return String((addParcel({ lines, handler }) as Row).id);
  };
  return {
    handlers: [on.post('*/admin-api', ({ request }) => serve(request))],
    held: (record) => clone(held[record]?.() ?? []),
    add: (record, at) => {
      if (record === 'order') return orderOf(at).id;
      if (record === 'shipment') return parcelOf(at);
      const emailAddress = `person.${last.customer + 1}@example.com`;
      return customerOf({ emailAddress, title: null, phoneNumber: '' }, at).id;
    },
    touch: (record, id, at) => {
      const row = (record === 'customer' ? customers : orders).get(id);
      if (row) row.updatedAt = seconds(at);
    },
    revoke: () => sessions.clear(),
    order: (id) => known(orders, 'Order', id),
    ship: (id) => void moveParcel({ id, state: 'Shipped' }),
    startModifying: (id) => enter(known(orders, 'Order', id), 'Modifying'),
  };
}

const notesOf = ({ history }: Row): unknown[] =>
  (history as { items: { type: string; data: Fields }[] }).items.flatMap(({ type, data }) =>
    type === 'ORDER_NOTE' ? [data.note] : [],
  );

const taken = recorded.answers.emailTaken;

const notThere = (type: string, id: unknown): object => {
  const [error] = recorded.answers.unknownCustomer.errors;
  return { errors: [{ ...error, message: `No ${type} with the id "${id}" could be found` }], data: null };
};

function known(rows: Map<string, Row>, type: string, id: unknown): Row {
  const row = rows.get(String(id));
  if (!row) throw new ErrorAnswer(notThere(type, id));
  return row;
}

interface Options {
  take?: number;
  skip?: number;
  sort?: Record<string, 'ASC'>;
  filter?: Record<string, { eq?: unknown; after?: string }>;
}

/** The order of its schema, not of the question: whoever sorts by the id too sorts by nothing else. */
const sortedBy = recorded.answers.sortFields;

/** More than this a page never has. */
const mostItems = 1000;

function pageOf(rows: Row[], { take = mostItems, skip = 0, sort = {}, filter = {} }: Options): object {
  const fits = (row: Row): boolean =>
    Object.entries(filter).every(([name, { eq, after }]) =>
      after === undefined ? row[name] === eq : Date.parse(String(row[name])) > Date.parse(after),
    );
  const order = (a: Row, b: Row): number => {
    for (const name of [...sortedBy.filter((one) => one in sort), 'id']) {
      const difference = name === 'id' ? Number(a.id) - Number(b.id) : String(a[name]).localeCompare(String(b[name]));
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const found = rows.filter(fits).sort(order);
  return { totalItems: found.length, items: found.slice(skip, skip + Math.min(take, mostItems)) };
}
