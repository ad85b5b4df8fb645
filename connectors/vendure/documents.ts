// Every question and order that is put to the Admin API, as GraphQL, and from where it is known that it works so.
import type { Operation } from '../../src/connector/contract.ts';
import type { GraphQLDocument as Document } from '../../src/connector/graphql.ts';

export interface Mutation extends Document {
  /** The type of a good answer. */
  wanted: string;
}

const customFields = (names: readonly string[]): string =>
  names.length === 0 ? '' : `customFields { ${names.join(' ')} }`;

const address = `fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber`;

const fulfillment = `__typename id state method trackingCode createdAt updatedAt lines { orderLineId quantity }`;

const orderBody = (fields: readonly string[]): string => `
  id code state type active orderPlacedAt createdAt updatedAt currencyCode totalQuantity
  subTotal subTotalWithTax shipping shippingWithTax total totalWithTax
  customer { id firstName lastName emailAddress phoneNumber }
  shippingAddress { ${address} }
  billingAddress { ${address} }
  lines { id quantity unitPrice unitPriceWithTax linePriceWithTax taxRate productVariant { id sku name } }
  shippingLines { id priceWithTax shippingMethod { code } }
  payments { id method amount state }
  fulfillments { ${fulfillment} }
  nextStates
  ${customFields(fields)}`;

const customerBody = (fields: readonly string[]): string => `
  id title firstName lastName emailAddress phoneNumber createdAt updatedAt
  addresses {
    id fullName company streetLine1 streetLine2 city province postalCode phoneNumber
    country { code } defaultShippingAddress defaultBillingAddress
  }
  ${customFields(fields)}`;

const errorResult = `... on ErrorResult { errorCode message }`;
const transitionError = (of: 'Order' | 'Fulfillment'): string =>
  `... on ${of}StateTransitionError { errorCode message transitionError }`;

export const orders = (fields: readonly string[]): Document => ({
  field: 'orders',
  text: `query ($options: OrderListOptions) { orders(options: $options) { items { ${orderBody(fields)} } } }`,
});

export const order = (fields: readonly string[]): Document => ({
  field: 'order',
  text: `query ($id: ID!) { order(id: $id) { ${orderBody(fields)} } }`,
});

/** What a write to an order must know of it beforehand; the newest entries of its history first. */
export const orderState: Document = {
  field: 'order',
  text: `query ($id: ID!) { order(id: $id) {
    id state
    shippingAddress { ${address} }
    billingAddress { ${address} }
    lines { id quantity productVariant { sku } }
    fulfillments { ${fulfillment} }
    history(options: { take: 100, sort: { createdAt: DESC, id: DESC } }) { items { type data } }
  } }`,
};

export const customers = (fields: readonly string[]): Document => ({
  field: 'customers',
  text: `query ($options: CustomerListOptions) { customers(options: $options) { items { ${customerBody(fields)} } } }`,
});

export const customer = (fields: readonly string[]): Document => ({
  field: 'customer',
  text: `query ($id: ID!) { customer(id: $id) { ${customerBody(fields)} } }`,
});

export const activeChannel: Document = { field: 'activeChannel', text: `{ activeChannel { id code } }` };

export const login: Document = {
  field: 'login',
  text: `mutation ($username: String!, $password: String!) { login(username: $username, password: $password) {
    __typename ... on CurrentUser { id } ${errorResult}
  } }`,
};

export const createCustomer: Mutation = {
  field: 'createCustomer',
  wanted: 'Customer',
  text: `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) {
    __typename ... on Customer { id } ${errorResult}
  } }`,
};

export const updateCustomer: Mutation = {
  field: 'updateCustomer',
  wanted: 'Customer',
  text: `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) {
    __typename ... on Customer { id } ${errorResult}
  } }`,
};

export const createCustomerAddress: Mutation = {
  field: 'createCustomerAddress',
  wanted: 'Address',
  text: `mutation ($customerId: ID!, $input: CreateAddressInput!) {
    createCustomerAddress(customerId: $customerId, input: $input) { __typename id }
  }`,
};

export const updateCustomerAddress: Mutation = {
  field: 'updateCustomerAddress',
  wanted: 'Address',
  text: `mutation ($input: UpdateAddressInput!) { updateCustomerAddress(input: $input) { __typename id } }`,
};

export const setOrderCustomFields: Mutation = {
  field: 'setOrderCustomFields',
  wanted: 'Order',
  text: `mutation ($input: UpdateOrderInput!) { setOrderCustomFields(input: $input) { __typename id } }`,
};

export const addNoteToOrder: Mutation = {
  field: 'addNoteToOrder',
  wanted: 'Order',
  text: `mutation ($input: AddNoteToOrderInput!) { addNoteToOrder(input: $input) { __typename id } }`,
};

export const transitionOrderToState: Mutation = {
  field: 'transitionOrderToState',
  wanted: 'Order',
  text: `mutation ($id: ID!, $state: String!) { transitionOrderToState(id: $id, state: $state) {
    __typename ... on Order { id state } ${transitionError('Order')}
  } }`,
};

export const modifyOrder: Mutation = {
  field: 'modifyOrder',
  wanted: 'Order',
  text: `mutation ($input: ModifyOrderInput!) { modifyOrder(input: $input) {
    __typename ... on Order { id state } ${errorResult}
  } }`,
};

export const addFulfillmentToOrder: Mutation = {
  field: 'addFulfillmentToOrder',
  wanted: 'Fulfillment',
  text: `mutation ($input: FulfillOrderInput!) { addFulfillmentToOrder(input: $input) {
    __typename ... on Fulfillment { id state } ${errorResult}
  } }`,
};

export const transitionFulfillmentToState: Mutation = {
  field: 'transitionFulfillmentToState',
  wanted: 'Fulfillment',
  text: `mutation ($id: ID!, $state: String!) { transitionFulfillmentToState(id: $id, state: $state) {
    __typename ... on Fulfillment { id state } ${transitionError('Fulfillment')}
  } }`,
};

/** On a running Vendure 3.7.3; the samples are beside the test. */
const recording = 'test/connectors/vendure/recorded.json';
/** What the contract found of a running one, asked for these and looked at behind. */
const running = 'test/connectors/vendure/report-live.json';

const recorded = (does: Operation['does'], link: string, ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source: 'recorded', link }));

export const operations: Operation[] = [
  ...recorded('read', recording, 'login', 'vendure-api-key', 'activeChannel', 'order', 'orders by updatedAt'),
  ...recorded('read', recording, 'orders by code', 'customers by emailAddress', 'customer'),
  ...recorded('read', recording, 'webhooks (Standard Webhooks, from a plugin of the shop)'),
  ...recorded('read', running, 'orders by orderPlacedAt', 'orders by createdAt', 'order.history, newest first'),
  ...recorded('read', running, 'customers by updatedAt', 'customers by createdAt'),
  ...recorded('write', recording, 'createCustomer', 'updateCustomer', 'createCustomerAddress', 'updateCustomerAddress'),
  ...recorded('write', recording, 'setOrderCustomFields', 'addNoteToOrder', 'transitionOrderToState', 'modifyOrder'),
  ...recorded('write', recording, 'addFulfillmentToOrder', 'transitionFulfillmentToState'),
];
