import { tryton } from '../../../connectors/tryton/index.ts';
import type { Send } from '../../../src/connector/contract.ts';
import type { PollFacts, Sample, Vendor } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import recorded from './recorded.json' with { type: 'json' };
import { credentials, database, trytonServer } from './tryton-vendor.ts';

const heldOf = (vendor: Vendor, record: Send['record'], id: string) =>
  vendor.held(record).find((held) => held.id === id)?.object ?? {};

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds });

const address = { party_name: 'Zoë Marlowe', street: '4 Birch Lane', postal_code: '00004', city: 'Sampleton' };
const country = { code: 'DE' };
const phone = '+49 30 0000004';

const newParty = (n: number): Sample => {
  const [code, email] = [`NEW-${n}`, `zoe.${n}@example.com`];
  const body = { code, name: 'Zoë Marlowe', emails: [email], phones: [phone], address: { ...address, country } };
  const contact_mechanisms = [
    { type: 'email', value: email },
    { type: 'phone', value: phone },
  ];
  return { ...json(body, { code, addresses: [{ ...address, country: 1 }], contact_mechanisms }), match: [] };
};

const newSale = (n: number, vendor: Vendor): Sample => {
  const reference = `NEW-${n}`;
  const lines = [
    { sequence: 1, product: { code: 'LAMP-001' }, quantity: 2, unit_price: '25.99' },
    { sequence: 2, product: { code: 'CHAIR-002' }, quantity: 1, unit_price: '189.00' },
  ];
  const body = {
    ...{ reference, party: { id: vendor.add('customer', 0) }, currency: { code: 'EUR' }, sale_date: '2026-11-23' },
    ...{ shipment_address: { ...address, country }, lines, state: 'confirmed' },
  };
  const total_amount = { __class__: 'Decimal', decimal: '240.98' };
  const holds = { reference, state: 'processing', total_amount, shipTo: address, billTo: address };
  return json(body, { ...holds, lines: [{ product: 1, quantity: 2 }, { product: 2 }] });
};

const streams = (models: string[]): PollFacts => ({
  cursorAt: (ms) => {
    const names = models.flatMap((model) => [`${model}.create_date`, `${model}.write_date`]);
    return JSON.stringify(Object.fromEntries(names.map((name) => [name, new Date(ms).toISOString()])));
  },
  overlapMs: 60_000,
});

const { username, password } = credentials;
const settingsOf = (url: string, secret: string) => ({
  ...{ url, database, company: 1, pageSize: 3, sale: { payment_term: 1, warehouse: 5 } },
  login: { username, password: secret },
  fields: { customer: ['lang'], order: ['company'], shipment: ['company'] },
});

connectorContract({
  connector: tryton,
  settings: (url) => settingsOf(url, password),
  wrongCredentials: (url) => settingsOf(url, 'nothing'),
  vendor: trytonServer,
  writes: {
    customer: {
      create: newParty,
      update: () =>
        json(
          { name: 'Zoë M.', emails: ['zoe@example.com'], address: { street: '5 Elm Walk' } },
          {
            ...{ name: 'Zoë M.', addresses: [{ street: '5 Elm Walk', city: 'Sampleton' }] },
            contact_mechanisms: [{ value: 'zoe@example.com' }],
          },
        ),
      refused: (_, vendor) => ({
        op: 'update',
        body: JSON.stringify({ code: heldOf(vendor, 'customer', vendor.add('customer', 0)).code }),
        words: recorded.errors.codeTaken[1]?.[0] as string,
      }),
      sparse: {
        null: json({ name: null }),
        empty: json({ name: '' }),
        absent: json({ phones: [phone] }, { name: 'Zoë M.' }),
      },
    },
    order: {
      create: newSale,
      update: () =>
        json(
          { comment: 'by the back door', shipment_address: { ...address, country }, state: 'quotation' },
          { comment: 'by the back door', shipTo: address, state: 'quotation' },
        ),
      refused: (id, vendor) => {
        const server = vendor as ReturnType<typeof trytonServer>;
        server.write('sale.sale', id, { state: 'processing' });
        return { op: 'update', body: '{"comment":"too late"}', words: 'the sale is processing' };
      },
      sparse: {
        null: json({ comment: null }),
        empty: json({ comment: '' }),
        absent: json({ sale_date: '2026-11-24' }, { comment: 'by the back door' }),
      },
    },
    shipment: {
      create: 'shipments are made by Tryton when it processes a sale',
      update: () => json({ reference: 'TRACK-1', state: 'done' }),
      refused: (_, vendor) => {
        (vendor as ReturnType<typeof trytonServer>).stock.quantity = 0;
        return {
          op: 'update',
          body: '{"state":"done"}',
          words: '"assign_try" was not refused, but it is still waiting',
        };
      },
      sparse: {
        null: json({ reference: null }),
        empty: json({ reference: '' }),
        absent: json({ planned_date: '2026-11-30' }, { reference: 'TRACK-1' }),
      },
    },
  },
  reads: {
    customer: {
      shows: (id, vendor) => ({ id: Number(id), code: heldOf(vendor, 'customer', id).code, name: null, emails: [] }),
      extra: { lang: null },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'customer', id).code) }],
    },
    order: {
      shows: (id) => ({ id: Number(id), comment: '', number: null, currency: { code: 'EUR' }, total_amount: '77.97' }),
      extra: { company: 1 },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'order', id).reference) }],
    },
    shipment: {
      shows: (id, vendor) => ({ id: Number(id), reference: null, sale: heldOf(vendor, 'shipment', id).sale }),
      extra: { company: 1 },
      match: (id) => [{ field: 'number', value: id }],
    },
  },
  polls: {
    customer: streams(['party.party', 'party.address', 'party.contact_mechanism']),
    order: streams(['sale.sale', 'sale.line']),
    shipment: streams(['stock.shipment.out']),
  },
  secrets: [password],
  personal: ['Zoë Marlowe', '4 Birch Lane', phone],
  httpRefusal: (words) => JSON.stringify({ message: words }),
});
