// The ERP against a feed of the hub's shape: books, acknowledges with its ids, rejects, repeats after a crash, posts edits.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Erp, startErp } from '../../sandbox/erp.ts';
import { quickClock } from './quick-clock.ts';

interface Asked {
  method: string;
  url: string;
  authorization: string | undefined;
  body: { items?: unknown[]; key?: string; data?: Record<string, unknown> } | undefined;
}

let server: Server;
let asked: Asked[];
let answers: { status: number; body: object }[];
let erp: Erp;

beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url = '', headers } = request;
    asked.push({ method, url, authorization: headers.authorization, body: text === '' ? undefined : JSON.parse(text) });
    const { status, body } = answers.shift() ?? { status: 200, body: { results: [], items: [], next: 'e1.9' } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = quickClock(Date.parse('2026-11-23T16:30:05.900Z'));
  erp = await startErp({ hub: { url, system: 'erp', key: 's3cret' }, clock, blocked: ['Mallory'], random: () => 0.5 });
});
afterEach(async () => {
  await erp.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
});

const item = (id: string, seq: string, data: object, more: object = {}) => ({
  ...{ record: 'order', id, externalId: null, op: 'create', seq, changedAt: '2026-11-23T05:00:00.000Z' },
  data: { FSourceBillNo: `SO-${id}`, FAllAmount: '520.00', FEntity: [{ FMaterialNumber: 'TEA' }], ...data },
  ...more,
});
const page = (next: string, ...items: object[]) => ({ status: 200, body: { items, next, more: false } });

describe('polling', () => {
  it('books, acknowledges with its own ids, and asks for what follows', async () => {
    answers = [page('e1.5', item('ord_1', '4', {}), item('cus_1', '5', { FName: 'A' }, { record: 'customer' }))];
    expect(await erp.poll()).toEqual({ taken: 2, rejected: 0 });
    await erp.poll();
    const basic = `Basic ${Buffer.from('erp:s3cret').toString('base64')}`;
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/feeds/erp?limit=200',
      'POST /v1/feeds/erp/ack',
      'GET /v1/feeds/erp?limit=200&after=e1.5',
    ]);
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set([basic]));
    expect(asked[1]?.body?.items).toEqual([
      { record: 'order', id: 'ord_1', seq: '4', externalId: 'ERP-5001' },
      { record: 'customer', id: 'cus_1', seq: '5', externalId: 'ERP-5002' },
    ]);
    expect(erp.bills()).toMatchObject([
      { FID: 'ERP-5001', FBillNo: 'XSD5001', FSourceBillNo: 'SO-ord_1', FModifyDate: '2026-11-24 00:30:05' },
    ]);
    expect(erp.customers()).toMatchObject([{ FID: 'ERP-5002', FName: 'A' }]);
  });

  it('rejects what it cannot book, with its words', async () => {
    const bad = item('ord_2', '6', { FReceiver: 'Mallory' });
    answers = [page('e1.6', bad, item('ord_3', '7', { FEntity: [{}] }), item('ord_4', '8', {}))];
    expect(await erp.poll()).toEqual({ taken: 1, rejected: 2 });
    expect(asked[2]).toMatchObject({ url: '/v1/feeds/erp/reject' });
    expect(asked[2]?.body?.items).toEqual([
      { record: 'order', id: 'ord_2', seq: '6', reason: 'Mallory is blocked' },
      { record: 'order', id: 'ord_3', seq: '7', reason: 'a line without material' },
    ]);
    expect(erp.bills()).toHaveLength(1);
  });

  it('repeats the question after a crash, and books nothing twice', async () => {
    erp.faults.set({ kind: 'lost_answer', next: 1 });
    answers = [page('e1.4', item('ord_1', '4', {})), page('e1.4', item('ord_1', '4', {}))];
    await erp.poll();
    await erp.poll();
    expect(asked.map(({ url }) => url)).toEqual([
      '/v1/feeds/erp?limit=200',
      '/v1/feeds/erp?limit=200',
      '/v1/feeds/erp/ack',
    ]);
    expect(erp.bills()).toHaveLength(1);
    expect(erp.served.get('ERP-5001')).toBe(2);
  });

  it('starts over where a restored hub tells it to', async () => {
    answers = [{ status: 410, body: { restart: 'e2.0' } }];
    await erp.poll();
    await erp.poll();
    expect(asked[1]?.url).toBe('/v1/feeds/erp?limit=200&after=e2.0');
  });

  it('asks nothing while it is down, rejects on demand, and tells of a hub that fails', async () => {
    erp.faults.set({ kind: 'down' });
    await erp.poll();
    expect(asked).toEqual([]);
    erp.faults.clear();
    erp.faults.set({ kind: 'reject', message: 'books are closed', next: 1 });
    answers = [page('e1.4', item('ord_1', '4', {}))];
    expect(await erp.poll()).toEqual({ taken: 0, rejected: 1 });
    expect(asked[1]?.body?.items).toMatchObject([{ reason: 'books are closed' }]);
    answers = [{ status: 503, body: {} }];
    await expect(erp.poll()).rejects.toThrow('503 from the feed');
  });
});

describe('a clerk', () => {
  const edit = async () => {
    answers = [page('e1.4', item('ord_1', '4', {}))];
    await erp.poll();
    asked = [];
    return (changes: object) => erp.edit('ERP-5001', changes);
  };

  it('edits a bill, and the whole row is posted until the hub answers', async () => {
    const change = await edit();
    const refused = { status: 'refused', refused: [{ unit: 'money', reason: 'not_a_writer' }] };
    answers = [
      { status: 503, body: {} },
      { status: 202, body: { results: [refused] } },
    ];
    expect(await change({ FAllAmount: '1.00' })).toEqual(refused);
    expect(asked.map(({ url }) => url)).toEqual(['/v1/systems/erp/changes', '/v1/systems/erp/changes']);
    expect(asked[0]?.body).toEqual(asked[1]?.body);
    expect(asked[0]?.body?.data).toMatchObject({ FID: 'ERP-5001', FSourceBillNo: 'SO-ord_1', FAllAmount: '1.00' });
    expect(erp.bills()[0]?.FAllAmount).toBe('1.00');
  });

  it('posts duplicates under one key on demand', async () => {
    const change = await edit();
    erp.faults.set({ kind: 'duplicates', times: 2, next: 1 });
    await change({ FInvoiceTitle: 'ACME' });
    expect(new Set(asked.map(({ body }) => body?.key)).size).toBe(1);
    expect(asked).toHaveLength(2);
  });

  it('cannot edit a bill that is not there', async () => {
    await expect(erp.edit('ERP-1', {})).rejects.toThrow('there is no bill ERP-1');
  });
});
