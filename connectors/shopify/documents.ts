// Every question and order that is put to the Admin API, as GraphQL.

import type { GraphQLDocument as Document, GraphQLMutation as Mutation } from '../../src/connector/graphql.ts';

const money = `{ shopMoney { amount currencyCode } }`;
const page = `pageInfo { hasNextPage endCursor }`;

/** Members are named as they are written, so that what is read can be compared with what is wanted. */
const address = `{ name firstName lastName company address1 address2 city province countryCode: countryCodeV2 zip phone }`;

/** Those that are written, whole. */
export const addressParts: readonly string[] = [
  ...['firstName', 'lastName', 'company', 'address1', 'address2'],
  ...['city', 'province', 'countryCode', 'zip', 'phone'],
];

const lineItems = (first: number, after = ''): string => `
  lineItems(first: ${first}${after}) {
    nodes { id sku name quantity currentQuantity requiresShipping originalUnitPriceSet ${money} discountedTotalSet ${money} }
    ${page}
  }`;

const orderBody = `
  id legacyResourceId name createdAt updatedAt processedAt cancelledAt closedAt
  currencyCode presentmentCurrencyCode displayFinancialStatus displayFulfillmentStatus
  email phone note poNumber tags sourceName customAttributes { key value }
  customer { id }
  totalPriceSet ${money} subtotalPriceSet ${money} totalShippingPriceSet ${money} totalTaxSet ${money}
  totalDiscountsSet ${money} totalReceivedSet ${money} totalRefundedSet ${money}
  shippingAddress ${address}
  billingAddress ${address}
  ${lineItems(50)}`;

const customerBody = `
  id legacyResourceId createdAt updatedAt firstName lastName displayName note tags locale
  email phone
  defaultAddress ${address.replace('{', '{ id')}`;

const fulfillmentBody = `
  id name status displayStatus createdAt updatedAt deliveredAt inTransitAt totalQuantity
  order { id }
  trackingInfo(first: 10) { number company url }
  fulfillmentLineItems(first: 250) { nodes { id quantity lineItem { id sku } } }`;

const refundBody = `
  id createdAt updatedAt note
  order { id }
  return { id }
  totalRefundedSet ${money}
  transactions(first: 20) { nodes { id kind status gateway amountSet ${money} } }
  refundLineItems(first: 100) { nodes { quantity lineItem { id sku } } }`;

const returnBody = `
  id name status createdAt closedAt totalQuantity
  order { id customer { id } }
  returnLineItems(first: 100) {
    nodes {
      id quantity returnReasonNote customerNote
      ... on ReturnLineItem { returnReason fulfillmentLineItem { id lineItem { id sku } } }
    }
  }`;

/** A question for one object. */
export interface One extends Document {
  /** As it stands in a global id. */
  kind: string;
}

const kinds: Record<string, string> = {
  order: 'Order',
  customer: 'Customer',
  fulfillment: 'Fulfillment',
  refund: 'Refund',
};

const one = (field: string, body: string): One => ({
  field,
  kind: kinds[field] ?? 'Return',
  text: `query ($id: ID!) { ${field}(id: $id) { ${body} } }`,
});

export const customer = one('customer', customerBody);
export const fulfillment = one('fulfillment', fulfillmentBody);
export const refund = one('refund', refundBody);
export const returned = one('return', returnBody);

/** With what belongs to it, each by its id: it is fetched by itself. */
export const order = one(
  'order',
  `${orderBody}
  fulfillments(first: 100) { id updatedAt }
  refunds(first: 100) { id updatedAt }
  returns(first: 100) { nodes { id } }`,
);

export const moreLines: Document = {
  field: 'order',
  text: `query ($id: ID!, $after: String!) { order(id: $id) { ${lineItems(100, ', after: $after')} } }`,
};

/** By ids only: whole orders of one page would cost more than one question may. */
export const orders: Document = {
  field: 'orders',
  text: `query ($first: Int!, $after: String, $query: String, $sortKey: OrderSortKeys!) {
    orders(first: $first, after: $after, query: $query, sortKey: $sortKey) { nodes { id name updatedAt } ${page} }
  }`,
};

export const customers: Document = {
  field: 'customers',
  text: `query ($first: Int!, $after: String, $query: String, $sortKey: CustomerSortKeys!) {
    customers(first: $first, after: $after, query: $query, sortKey: $sortKey) { nodes { ${customerBody} } ${page} }
  }`,
};

/** What a write must know of an order beforehand. */
export const orderState = one(
  'order',
  `id email phone note poNumber tags customAttributes { key value } shippingAddress ${address}
  currencyCode presentmentCurrencyCode`,
);

export const toShip = one(
  'order',
  `id
  fulfillments(first: 100) { id status displayStatus trackingInfo(first: 1) { number company } }
  fulfillmentOrders(first: 7) {
    nodes { id status lineItems(first: 50) { nodes { id remainingQuantity lineItem { id } } } }
  }`,
);

export const toRefund = one(
  'order',
  `id currencyCode presentmentCurrencyCode
  refunds(first: 100) { id note }
  transactions(first: 100) { id kind status gateway maximumRefundableV2 { amount currencyCode } }`,
);

export const toReturn = one(
  'order',
  `id
  returns(first: 50) { nodes { id status returnLineItems(first: 1) { nodes { returnReasonNote } } } }
  fulfillments(first: 8) { id status fulfillmentLineItems(first: 50) { nodes { id quantity lineItem { id } } } }`,
);

/** Straight from the customers, where a search would not yet know who was made just now. */
export const customerByIdentifier: Document = {
  field: 'customerByIdentifier',
  text: `query ($identifier: CustomerIdentifierInput!) { customerByIdentifier(identifier: $identifier) { id } }`,
};

export const shop: Document = { field: 'shop', text: '{ shop { id name myshopifyDomain } }' };

/** @param given its arguments, as GraphQL, with variables that `declared` names */
const mutation = (field: string, wanted: string, declared: string, given: string): Mutation => ({
  ...{ field, wanted, refusals: 'userErrors' },
  text: `mutation (${declared}) { ${field}(${given} { ${wanted} { id } userErrors { field message } } }`,
});
const byInput = (field: string, wanted: string, input: string): Mutation =>
  mutation(field, wanted, `$input: ${input}!`, 'input: $input)');

export const orderUpdate = byInput('orderUpdate', 'order', 'OrderInput');
export const tagsAdd = mutation('tagsAdd', 'node', '$id: ID!, $tags: [String!]!', 'id: $id, tags: $tags)');

export const customerCreate = byInput('customerCreate', 'customer', 'CustomerInput');
export const customerUpdate = byInput('customerUpdate', 'customer', 'CustomerInput');

const toCustomer = '$customerId: ID!, $address: MailingAddressInput!';
const ofCustomer = 'customerId: $customerId, address: $address, setAsDefault: true)';

export const customerAddressCreate = mutation('customerAddressCreate', 'address', toCustomer, ofCustomer);
export const customerAddressUpdate = mutation(
  ...(['customerAddressUpdate', 'address'] as const),
  ...([`${toCustomer}, $addressId: ID!`, `addressId: $addressId, ${ofCustomer}`] as const),
);

export const fulfillmentCreate = mutation(
  ...(['fulfillmentCreate', 'fulfillment', '$fulfillment: FulfillmentInput!'] as const),
  'fulfillment: $fulfillment)',
);
export const fulfillmentTrackingInfoUpdate = mutation(
  ...(['fulfillmentTrackingInfoUpdate', 'fulfillment'] as const),
  '$id: ID!, $trackingInfo: FulfillmentTrackingInput!, $notifyCustomer: Boolean',
  'fulfillmentId: $id, trackingInfoInput: $trackingInfo, notifyCustomer: $notifyCustomer)',
);
export const fulfillmentEventCreate = mutation(
  ...(['fulfillmentEventCreate', 'fulfillmentEvent', '$id: ID!, $status: FulfillmentEventStatus!'] as const),
  'fulfillmentEvent: { fulfillmentId: $id, status: $status })',
);

/** Shopify takes it only with a key (from 2026-04 on), and does what has one key once. */
export const refundCreate = mutation(
  ...([
    'refundCreate',
    'refund',
    '$input: RefundInput!, $key: String!',
    'input: $input) @idempotent(key: $key)',
  ] as const),
);

export const returnCreate = mutation('returnCreate', 'return', '$input: ReturnInput!', 'returnInput: $input)');

const move = (field: string, given = 'id: $id'): Mutation => mutation(field, 'return', '$id: ID!', `${given})`);
const cancel = move('returnCancel');

/** From where to where, and what does it. */
export const moves: Readonly<Record<string, Mutation>> = {
  'REQUESTED OPEN': move('returnApproveRequest', 'input: { id: $id }'),
  'REQUESTED DECLINED': move('returnDeclineRequest', 'input: { id: $id, declineReason: OTHER }'),
  'REQUESTED CANCELED': cancel,
  'OPEN CANCELED': cancel,
  'OPEN CLOSED': move('returnClose'),
  'CLOSED OPEN': move('returnReopen'),
};

/** How each part of an order is made: what must be known of the order, and where those are that are there. */
export const making = {
  shipment: { order: toShip, among: 'fulfillments', mutation: fulfillmentCreate },
  refund: { order: toRefund, among: 'refunds', mutation: refundCreate },
  return: { order: toReturn, among: 'returns', mutation: returnCreate },
};

export const every: readonly Document[] = [
  ...[shop, order, orders, moreLines, customer, customers, customerByIdentifier, fulfillment, refund, returned],
  ...[orderUpdate, tagsAdd, customerCreate, customerUpdate, customerAddressCreate, customerAddressUpdate],
  ...[fulfillmentCreate, fulfillmentTrackingInfoUpdate, fulfillmentEventCreate, refundCreate, returnCreate],
  ...[orderState, toShip, toRefund, toReturn],
  ...Object.values(moves),
];
