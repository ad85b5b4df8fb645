// The tryton connector against a running server (docs/live.md): what its model says is what the server does.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { tryton } from '../../connectors/tryton/index.ts';
import type { Connection } from '../../src/connector/connection.ts';
import type { Send } from '../../src/connector/contract.ts';
import { connectTo } from '../connectors/connect.ts';
import { again, failureOf, pollToTheEnd, push } from '../contract/connector/scene.ts';
import { setUpTryton, type TrytonSite } from './tryton-setup.ts';

const server = inject('tryton');
/** What an earlier run left has other names. */
const run = Date.now().toString(36);

let site: TrytonSite;
let connection: Connection;
let party: string;
let sale: string;

beforeAll(async () => {
  site = await setUpTryton(server);
  connection = connectTo(tryton, site.settings, { timeoutMs: 60_000, now: Date.now });
}, 300_000);
afterAll(() => connection?.destroy());

const aSend = (op: Send['op'], record: Send['record'], body: object, externalId?: string): Send => ({
  ...{ op, record, recordId: 'x_1', key: `erp:x_1:${run}`, match: [], repeat: false, body: JSON.stringify(body) },
  ...(externalId !== undefined && { externalId }),
});
const update = (record: Send['record'], id: string, body: object) =>
  push({ connection }, aSend('update', record, body, id));
const read = async (record: Send['record'], externalId: string) =>
  JSON.parse((await connection.connector.fetch?.({ record, externalId }, connection.context())) ?? 'null');

const address = { party_name: 'Zoë Marlowe', street: '4 Birch Lane', postal_code: '00004', city: 'Sampleton' };
const country = { code: 'DE' };
const aParty = {
  ...{ code: `C-${run}`, name: 'Zoë Marlowe', emails: [`zoe.${run}@example.com`], phones: ['+49 30 0000004'] },
  address: { ...address, country },
};
const aSale = () => ({
  ...{
    reference: `WEB-${run}`,
    party: { id: party },
    currency: { code: 'EUR' },
    sale_date: '2026-11-23',
    comment: 'a',
  },
  shipment_address: { ...address, street: '5 Elm Walk', country },
  lines: [
    { sequence: 1, product: { code: 'LAMP-001' }, quantity: 2, unit_price: '25.99' },
    { sequence: 2, product: { code: 'CHAIR-002' }, quantity: 1, unit_price: '189.00' },
  ],
});

describe('a party', () => {
  it('is made once, and read as it was written', async () => {
    await connection.connector.check?.(connection.context());
    const send = aSend('create', 'customer', aParty);
    party = (await push({ connection }, send)).externalId ?? '';
    expect((await push({ connection }, again(send))).externalId).toBe(party);
    expect(await failureOf(push({ connection }, send))).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('unique'),
    });
    const { emails, phones, ...rest } = aParty;
    expect(await read('customer', party)).toMatchObject({ ...rest, emails, phones });
  });

  it('is changed, and found by the poll although only its address changed', async () => {
    const { cursor } = await pollToTheEnd({ connection }, 'customer');
    await update('customer', party, { address: { street: '17 Larch Row' }, emails: [`new.${run}@example.com`] });
    const { items } = await pollToTheEnd({ connection }, 'customer', cursor);
    const [found] = items.filter(({ id }) => id === party).map(({ data }) => JSON.parse(data ?? 'null'));
    expect(found).toMatchObject({
      address: { street: '17 Larch Row', city: 'Sampleton' },
      emails: [`new.${run}@example.com`],
    });
  });

  it('is not there, or has no such field', async () => {
    expect(await failureOf(update('customer', '999999', { name: 'x' }))).toMatchObject({ kind: 'not_found' });
    expect(await failureOf(update('customer', party, { nope: 1 }))).toMatchObject({
      kind: 'unclear',
      message: "'nope'",
    });
  });
});

describe('a sale', () => {
  it('is made once, with an address of its own', async () => {
    const send = aSend('create', 'order', aSale());
    sale = (await push({ connection }, send)).externalId ?? '';
    expect((await push({ connection }, again(send))).externalId).toBe(sale);
    expect(await failureOf(push({ connection }, send))).toMatchObject({ kind: 'rejected' });
    expect(await read('order', sale)).toMatchObject({
      ...aSale(),
      party: { id: Number(party) },
      total_amount: '240.98',
      state: 'draft',
    });
  });

  it('is changed as a quotation, confirmed, and nobody’s then', async () => {
    await update('order', sale, { state: 'quotation' });
    await update('order', sale, { comment: 'b', shipment_address: { street: '6 Elm Walk' } });
    await update('order', sale, { state: 'confirmed' });
    expect(await read('order', sale)).toMatchObject({
      state: 'processing',
      comment: 'b',
      shipment_address: { street: '6 Elm Walk', city: 'Sampleton' },
    });
    expect(await failureOf(update('order', sale, { comment: 'c' }))).toMatchObject({ kind: 'rejected' });
    const question = { record: 'order' as const, externalId: sale, key: 'k', again: false };
    expect(await connection.connector.cancel?.(question, connection.context())).toBe('no');
    expect(await read('order', sale)).toMatchObject({ state: 'processing', comment: 'b' });
  });

  it('is found by its reference', async () => {
    const match = [{ field: 'number', value: `WEB-${run}` }];
    expect(await connection.connector.find?.({ record: 'order', match }, connection.context())).toBe(sale);
  });
});

describe('a shipment', () => {
  it('is made by Tryton, moved on by the warehouse, and moves its sale', async () => {
    const [shipment] = (await read('order', sale)).shipments;
    expect(await read('shipment', String(shipment))).toMatchObject({ state: 'waiting', sale: Number(sale) });
    await update('shipment', String(shipment), { reference: `TRACK-${run}`, state: 'done' });
    expect(await read('shipment', String(shipment))).toMatchObject({ state: 'done', reference: `TRACK-${run}` });
    expect(await read('order', sale)).toMatchObject({ shipment_state: 'sent' });
  });
});

it('opens another session when one has ended', async () => {
  const body = JSON.stringify({ id: 1, method: 'common.db.logout', params: [] });
  const { origin } = new URL(site.settings.url);
  await connection.context().http.request({ method: 'POST', origin, path: `/${server.database}/`, body });
  await update('customer', party, { name: `Zoë ${run}` });
  expect(await read('customer', party)).toMatchObject({ name: `Zoë ${run}` });
});
