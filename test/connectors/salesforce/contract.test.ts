import { salesforce } from '../../../connectors/salesforce/index.ts';
import type { Send } from '../../../src/connector/contract.ts';
import type { PollFacts, Sample, Vendor } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, type SalesforceOrg, salesforceOrg } from './salesforce-vendor.ts';

const heldOf = (vendor: Vendor, record: Send['record'], id: string) =>
  vendor.held(record).find((held) => held.id === id)?.object ?? {};

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds, match: [] });

const billing = { BillingStreet: '4 Birch Lane', BillingPostalCode: '00004', BillingCity: 'Sampleton' };
const shipping = { ShippingStreet: '4 Birch Lane', ShippingCity: 'Sampleton', ShippingCountry: 'DE' };
const Phone = '+49 30 0000004';

const newAccount = (n: number): Sample => {
  const account = { Name: 'Zoë Marlowe', AccountNumber: `NEW-${n}`, Phone, ...billing };
  const Email = `zoe.${n}@example.com`;
  return json({ ...account, Contact: { Email } }, { ...account, contacts: [{ Email, LastName: 'Zoë Marlowe' }] });
};
const newOrder = (n: number, vendor: Vendor): Sample => {
  const order = { AccountId: vendor.add('customer', 0), OrderReferenceNumber: `NEW-${n}`, ...shipping };
  const lines = [
    { lineNo: '1', Product2: { ProductCode: 'LAMP-001' }, Quantity: 2, UnitPrice: '25.99' },
    { lineNo: '2', Product2: { ProductCode: 'CHAIR-002' }, Quantity: 1, UnitPrice: '189.00' },
  ];
  const body = { ...order, EffectiveDate: '2026-11-23T10:00:00.000Z', Status: 'Activated', OrderItems: lines };
  const holds = { ...order, EffectiveDate: '2026-11-23', Status: 'Activated', TotalAmount: 240.98 };
  return json(body, { ...holds, items: [{ Quantity: 2 }, { Quantity: 1 }] });
};

const stream = (...objects: string[]): PollFacts => ({
  cursorAt: (ms) =>
    JSON.stringify(Object.fromEntries(objects.map((one) => [`${one}.SystemModstamp`, new Date(ms).toISOString()]))),
  overlapMs: 120_000,
});
const { clientId, clientSecret } = credentials;
const noEmpty = 'Salesforce keeps an empty text as null';

connectorContract({
  connector: salesforce,
  vendor: salesforceOrg,
  writes: {
    customer: {
      create: newAccount,
      update: () =>
        json(
          { Phone, BillingStreet: '5 Elm Walk', Contact: { Email: 'zoe@example.com' } },
          { Phone, BillingStreet: '5 Elm Walk', contacts: [{ Email: 'zoe@example.com' }] },
        ),
      refused: (id, vendor) => {
        (vendor as SalesforceOrg).save('Contact', { AccountId: id, LastName: 'Marlowe' });
        return { op: 'update', body: '{"Contact":{"Email":"nobody"}}', words: 'invalid email address: nobody' };
      },
      sparse: {
        null: json({ BillingStreet: null }),
        empty: noEmpty,
        absent: json({ BillingCity: 'Anothertown' }, { Phone, BillingStreet: '5 Elm Walk' }),
      },
    },
    order: {
      create: newOrder,
      update: () => json({ Description: 'by the back door', Status: 'Activated', OrderReferenceNumber: 'WEB-X' }),
      refused: { op: 'create', body: '{"Status":"Draft"}', words: 'Required fields are missing: [AccountId' },
      sparse: {
        null: json({ Description: null }),
        empty: noEmpty,
        absent: json({ ShippingCity: 'Sampleton' }, { Description: 'by the back door', ShippingCity: 'Sampleton' }),
      },
    },
  },
  reads: {
    customer: {
      shows: (id, vendor) => ({
        ...{ Id: id, AccountNumber: heldOf(vendor, 'customer', id).AccountNumber, Phone: null, Contact: null },
      }),
      extra: { Industry: null },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'customer', id).AccountNumber) }],
    },
    order: {
      shows: (id) => ({
        ...{ Id: id, Description: null, StatusCode: 'Draft', EffectiveDate: '2026-11-20' },
        OrderItems: [{ Quantity: 1, Product2: { ProductCode: 'LAMP-001' } }, { Quantity: 2 }, { Quantity: 3 }],
      }),
      extra: { Account: { Industry: null } },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'order', id).OrderReferenceNumber) }],
    },
  },
  polls: { customer: stream('Account', 'Contact'), order: stream('Order', 'OrderItem') },
  secrets: [clientSecret],
  personal: ['Zoë Marlowe', '4 Birch Lane', Phone],
  httpRefusal: (message) => JSON.stringify([{ message, errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' }]),
  settings: (url) => ({
    ...{ url, clientId, clientSecret, fields: { customer: ['Industry'], order: ['Account.Industry'] } },
    ...{ pageSize: 3, poll: { overlap: '2m' } },
  }),
  wrongCredentials: (url) => ({ url, clientId, clientSecret: 'nothing' }),
});
