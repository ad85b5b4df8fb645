// From where it is known that each of them works as it is used here.
import type { Operation } from '../../src/connector/contract.ts';

/** On a running Vendure 3.7.3; the samples are beside the test. */
const recording = 'test/connectors/vendure/recorded.json';
/** What the contract found of a running one, asked for these and looked at behind. */
const running = 'test/contract/connector/report/vendure-live.json';

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
