// Signed XML: what goes out, what comes back inside HTTP 200, and the questions that a warehouse answers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { qimen } from '../../../connectors/qimen/index.ts';
import type { Question } from '../../../src/connector/contract.ts';
import { anUpdate, aSend, connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { app, codes, type DeliveryOrder, type Warehouse, warehouse } from './qimen-vendor.ts';

let wms: Warehouse;
let server: MswServer;
beforeEach(async () => {
  wms = warehouse(() => testNow);
  server = await startMswServer(...wms.handlers);
});
afterEach(() => server.close());

const context = (more: object = {}) =>
  connectTo(qimen, { url: `${server.url}/qimen`, ...app, codes, ...more }).context();
const order = (fields: object = {}) => ({
  deliveryOrder: { deliveryOrderCode: 'SO-9-0', receiverInfo: { name: '韩梅梅' }, ...fields },
});
const create = (payload: object, more: object = {}, settings: object = {}) =>
  qimen.push?.(aSend({ body: JSON.stringify(payload), ...more }), context(settings));

describe('a request', () => {
  it('names method, time in China, app and owner, and is signed with its body', async () => {
    expect(await create(order())).toEqual({ externalId: 'SO-9-0', status: 200 });
    const [{ url = '', body = '', headers = {} } = {}] = server.arrivals;
    expect(Object.fromEntries(new URL(url, server.url).searchParams)).toEqual({
      ...{ method: 'taobao.qimen.deliveryorder.create', timestamp: '2026-11-24 18:00:00', format: 'xml', v: '2.0' },
      ...{ app_key: app.appKey, sign_method: 'md5', customerId: app.customerId },
      sign: expect.stringMatching(/^[0-9A-F]{32}$/),
    });
    expect(headers['content-type']).toBe('text/xml;charset=utf-8');
    expect(body).toBe(
      '<?xml version="1.0" encoding="utf-8"?><request><deliveryOrder><warehouseCode>OTHER</warehouseCode><ownerCode>OWNER-1</ownerCode>' +
        '<orderType>JYCK</orderType><createTime>2026-11-24 18:00:00</createTime><deliveryOrderCode>SO-9-0</deliveryOrderCode><receiverInfo><name>韩梅梅</name></receiverInfo></deliveryOrder></request>',
    );
  });

  it('says every text and every digit, and no more elements than it should', async () => {
    const remark = '</remark><status>DELIVERED</status>&amp;"\'';
    await create(order({ remark, weight: 1, warehouseCode: 'WH-2', createTime: '2026-11-01 08:00:00' }));
    const raw = `{"deliveryOrder":{"deliveryOrderCode":"00012","extra":12345678901234567890,"none":null,"receiverInfo":{"name":"x"}}}`;
    await qimen.push?.(aSend({ body: raw }), context());
    expect(wms.orders.get('SO-9-0')).toMatchObject({
      ...{ remark, weight: '1', warehouseCode: 'WH-2', status: 'ACCEPT', createTime: '2026-11-01 08:00:00' },
    });
    expect(wms.orders.get('00012')).toMatchObject({ extra: '12345678901234567890', none: '' });
  });

  it.each([
    [order({ remark: 'a\u0001b' }), 'control character'],
    [order({ 'a b': 1 }), '"a b" cannot be the name'],
    [{ deliveryOrder: {} }, 'no deliveryOrder.deliveryOrderCode'],
  ])('is not made of what XML cannot say: %#', async (payload, message) => {
    await expect(create(payload)).rejects.toMatchObject({
      kind: 'invalid',
      sent: false,
      message: expect.stringContaining(message),
    });
    expect(server.arrivals).toEqual([]);
  });
});

describe('an answer', () => {
  it.each([
    ['<response><flag>failure</flag><code>S999</code><message>busy</message></response>', 'unavailable'],
    ['<response><flag>failure</flag><message>no code</message></response>', 'rejected'],
    ['<response><flag>perhaps</flag></response>', 'unclear'],
    ['<response><flag>success</flag>', 'unclear'],
    ['{"flag":"success"}', 'unclear'],
    ['<!DOCTYPE r [<!ENTITY a "success">]><response><flag>&a;</flag></response>', 'unclear'],
    ['', 'unclear'],
  ])('%s to a create is %s', async (text, kind) => {
    wms.say(text);
    await expect(create(order())).rejects.toMatchObject({ kind, status: 200 });
  });

  it('to a question that nobody has explained says nothing of what is there', async () => {
    wms.say('<response><flag>failure</flag><code>S777</code><message>?</message></response>');
    await expect(qimen.fetch?.({ record: 'shipment', externalId: 'SO-1-0' }, context())).rejects.toMatchObject({
      kind: 'unknown',
    });
  });

  it('keeps what a code says to the letter, and lists as lists', async () => {
    const line = '<orderLine><itemCode>0007</itemCode></orderLine>';
    wms.say(
      `<response><flag>success</flag><deliveryOrder><status>PICK</status></deliveryOrder><orderLines>${line}</orderLines></response>`,
    );
    const text = await qimen.fetch?.({ record: 'shipment', externalId: 'SO-1-0' }, context());
    expect(JSON.parse(text ?? '')).toMatchObject({ orderLines: { orderLine: [{ itemCode: '0007' }] } });
  });
});

describe('a repeat', () => {
  it('asks first, and makes no second order', async () => {
    await create(order());
    expect(await create(order(), { repeat: true })).toEqual({ externalId: 'SO-9-0', status: 200 });
    expect(await create(order({ deliveryOrderCode: 'SO-10-0' }), { repeat: true })).toMatchObject({
      externalId: 'SO-10-0',
    });
    expect([...wms.orders.keys()]).toEqual(['SO-9-0', 'SO-10-0']);
  });

  it('is unclear while nobody has said how the warehouse says "there is none"', async () => {
    const asked = create(order(), { repeat: true }, { codes: {} });
    await expect(asked).rejects.toMatchObject({ kind: 'unclear', message: expect.stringContaining('codes.missing') });
    expect(wms.orders.size).toBe(0);
  });
});

it('changes nothing: there is no update', async () => {
  await expect(qimen.push?.(anUpdate(), context())).rejects.toMatchObject({ kind: 'rejected', sent: false });
});

describe('a question', () => {
  const about = (externalId: string, more: Partial<Question> = {}): Question => ({
    record: 'shipment',
    externalId,
    key: 'k',
    again: false,
    ...more,
  });
  const withStatus = (status: string): string => {
    const id = wms.add('shipment', testNow);
    wms.orders.set(id, { ...(wms.orders.get(id) as DeliveryOrder), status });
    return id;
  };

  it('to hold is answered by what the warehouse could still do', async () => {
    const [early, late] = [withStatus('ACCEPT'), withStatus('PICK')];
    expect(await qimen.hold?.(about(early), context())).toBe('yes');
    expect(await qimen.hold?.(about(early, { again: true }), context())).toBe('yes');
    expect(wms.orders.get(early)).toMatchObject({ pending: true });
    expect(await qimen.hold?.(about(late), context())).toBe('no');
    expect(wms.orders.get(late)).not.toMatchObject({ pending: true });
  });

  it('to cancel likewise, and asked again only looks', async () => {
    const [early, late] = [withStatus('PICK'), withStatus('DELIVERED')];
    expect(await qimen.cancel?.(about(early), context())).toBe('yes');
    expect(await qimen.cancel?.(about(late), context())).toBe('no');
    const asked = server.arrivals.length;
    expect(await qimen.cancel?.(about(early, { again: true }), context())).toBe('yes');
    expect(await qimen.cancel?.(about(late, { again: true }), context())).toBe('pending');
    expect(server.arrivals.slice(asked).every(({ url }) => url.includes('deliveryorder.query'))).toBe(true);
    expect(wms.orders.get(late)?.status).toBe('DELIVERED');
  });

  it('whose answer is lost is no answer', async () => {
    const id = withStatus('ACCEPT');
    wms.say('<html>a proxy</html>');
    await expect(qimen.cancel?.(about(id), context())).rejects.toMatchObject({ kind: 'unclear' });
  });
});
