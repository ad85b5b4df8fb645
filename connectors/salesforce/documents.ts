// What is read of accounts and orders, field by field, and whose changes are changes of them.
import type { RecordType } from '../../src/model/records.ts';

export interface Kind {
  object: string;
  fields: readonly string[];
  /** Rows below it, as a question within the question. */
  children: { name: string; object: string; owner: string; fields: readonly string[]; only?: string };
  /** Our fields that identify it → what Salesforce calls them. */
  keys: Readonly<Record<string, string>>;
}

const address = (of: string): string[] =>
  ['Street', 'City', 'State', 'PostalCode', 'Country'].map((part) => `${of}${part}`);
const times = ['CreatedDate', 'SystemModstamp'];

export const customer: Kind = {
  object: 'Account',
  fields: ['AccountNumber', 'Name', 'Phone', 'Website', 'Description', ...address('Billing'), ...times],
  // The one that has been there the longest stands for the account: accounts have no e-mail address.
  children: {
    ...{ name: 'Contacts', object: 'Contact', owner: 'AccountId' },
    ...{ fields: ['FirstName', 'LastName', 'Email', 'Phone'], only: 'LIMIT 1' },
  },
  keys: { number: 'AccountNumber' },
};

export const order: Kind = {
  object: 'Order',
  fields: [
    ...['OrderNumber', 'OrderReferenceNumber', 'AccountId', 'Status', 'StatusCode', 'EffectiveDate', 'TotalAmount'],
    ...['Description', 'PoNumber', 'Pricebook2Id', ...address('Shipping'), ...times],
  ],
  children: {
    ...{ name: 'OrderItems', object: 'OrderItem', owner: 'OrderId' },
    fields: ['Product2.ProductCode', 'Product2.Name', 'Quantity', 'UnitPrice', 'TotalPrice', 'Description'],
  },
  keys: { number: 'OrderReferenceNumber' },
};

export const kinds: Partial<Record<RecordType, Kind>> = { customer, order };
