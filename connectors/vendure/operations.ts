// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

/** Recorded on a running Vendure 3.7.3; the samples are beside the test. */
const recording = 'test/connectors/vendure/recorded.json';
const reference = 'https://docs.vendure.io/reference/graphql-api/admin';

const recorded = (does: Operation['does'], ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source: 'recorded', link: recording }));

const specified = (does: Operation['does'], page: string, ...names: string[]): Operation[] =>
  names.map((name) => ({ name, does, source: 'vendor_spec', link: `${reference}/${page}` }));

export const operations: Operation[] = [
  ...recorded('read', 'login', 'vendure-api-key', 'activeChannel', 'order', 'orders by updatedAt', 'orders by code'),
  ...recorded('read', 'customers by emailAddress', 'webhooks (Standard Webhooks, from a plugin of the shop)'),
  ...specified('read', 'queries#customer', 'customer'),
  ...specified('read', 'input-types#orderfilterparameter', 'orders by orderPlacedAt', 'orders by createdAt'),
  ...specified('read', 'input-types#historyentrysortparameter', 'order.history, newest first'),
  ...specified('read', 'input-types#customerfilterparameter', 'customers by updatedAt', 'customers by createdAt'),
  ...recorded('write', 'updateCustomer', 'createCustomerAddress', 'updateCustomerAddress'),
  ...specified('write', 'mutations#createcustomer', 'createCustomer'),
  ...recorded('write', 'setOrderCustomFields', 'addNoteToOrder', 'transitionOrderToState', 'modifyOrder'),
  ...recorded('write', 'addFulfillmentToOrder', 'transitionFulfillmentToState'),
];
