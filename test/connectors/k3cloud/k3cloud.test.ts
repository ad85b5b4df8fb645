// What is particular to K3Cloud: everything is HTTP 200, a lost session too; a query has a row for each line; steps that are
// not taken; an order that was audited.
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { k3cloud } from '../../../connectors/k3cloud/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { failureOf, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { app, credentials, type K3Cloud, k3Cloud, refusal } from './k3cloud-vendor.ts';

let site: K3Cloud;
let server: MswServer;
let connection: Connection;
const order = { FCustId: { FNumber: 'C001' } };

const connect = (more: object = {}) =>
  connectTo(k3cloud, { url: `${server.url}/k3cloud`, ...credentials, order, ...more });

beforeEach(async () => {
  site = k3Cloud(() => testNow);
  server = await startMswServer(...site.handlers);
  connection = connect();
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const aSend = (op: Send['op'], body: object, more: Partial<Send> = {}): Send => ({
  ...{ op, record: 'order', recordId: 'ord_1', key: 'erp:order:ord_1:2', match: [], repeat: false },
  body: JSON.stringify(body),
  ...more,
});
const update = (externalId: string, body: object) => push({ connection }, aSend('update', body, { externalId }));
const answering = (method: string, said: object) =>
  server.use(on.post(`*DynamicFormService.${method}.common.kdsvc`, () => HttpResponse.json(said)));

describe('a session', () => {
  it('that is lost is opened once more, by one login for everybody who waits', async () => {
    const ids = [1, 2, 3].map(() => site.add('order', testNow));
    await update(ids[0] as string, { FNote: 'first' });
    site.revoke?.();
    await Promise.all(ids.map((id) => update(id, { FNote: 'later' })));
    expect(ids.map((id) => site.order(id).FNote)).toEqual(['later', 'later', 'later']);
    expect(site.logins()).toBe(2);
  });

  it('that stays lost is no refusal of the order', async () => {
    const id = site.add('order', testNow);
    answering('Save', refusal('会话信息已丢失,请重新登录', 1));
    expect(await failureOf(update(id, { FNote: 'x' }))).toMatchObject({ kind: 'unauthorized' });
    expect(site.logins()).toBe(2);
  });

  it('is opened for an application too, and a refused login is HTTP 200', async () => {
    const { password: _, ...user } = credentials;
    const url = `${server.url}/k3cloud`;
    const [known, stranger] = [app, { ...app, secret: 'nothing' }].map((one) =>
      connectTo(k3cloud, { url, ...user, app: one }),
    );
    await known?.connector.check?.(known.context());
    const refused = stranger?.connector.check?.(stranger.context()) ?? Promise.resolve();
    expect(await failureOf(refused)).toMatchObject({ kind: 'unauthorized', message: '用户名或密码错误', sent: false });
    await Promise.all([known?.destroy(), stranger?.destroy()]);
  });

  it('needs exactly one way to be opened', () => {
    expect(() => connect({ app })).toThrow('must have either password or app');
  });
});

describe('an answer inside HTTP 200', () => {
  it('is a refusal in its own words, wherever it lies', async () => {
    const id = site.add('order', testNow);
    answering('Save', refusal('字段"备注"超过长度'));
    expect(await failureOf(update(id, { FNote: 'x' }))).toMatchObject({
      kind: 'rejected',
      message: '字段"备注"超过长度',
      status: 200,
    });
    for (const said of [refusal('没有权限', 2), [refusal('没有权限', 2)], [[refusal('没有权限', 2)]]]) {
      answering('ExecuteBillQuery', said);
      expect(await failureOf(pollToTheEnd({ connection }, 'order'))).toMatchObject({
        kind: 'rejected',
        message: '没有权限',
      });
    }
  });

  it.each([[{}], [{ Result: null }], [[]], ['response_error:{"Message":"a plug-in"}']])(
    'that does not say so, %j, is unclear',
    async (said) => {
      const id = site.add('order', testNow);
      server.use(
        on.post('*DynamicFormService.Save.common.kdsvc', () =>
          typeof said === 'string' ? HttpResponse.text(said) : HttpResponse.json(said),
        ),
      );
      expect(await failureOf(update(id, { FNote: 'x' }))).toMatchObject({ kind: 'unclear' });
    },
  );

  it('that is no list is no answer to a query', async () => {
    answering('ExecuteBillQuery', { Rows: [] });
    expect(await failureOf(pollToTheEnd({ connection }, 'order'))).toMatchObject({ kind: 'unknown' });
  });
});

describe('an order', () => {
  const body = { FBillNo: "SO-'7", FSaleOrderEntry: [{ FSeq: 1, FMaterialId: { FNumber: 'LAMP-001' }, FQty: 2 }] };

  it('is one object however many lines it has, with the time of the place', async () => {
    const id = site.add('order', testNow);
    const { items } = await pollToTheEnd({ connection }, 'order');
    expect(items).toMatchObject([{ id, at: '2026-11-24T10:00:00.000Z' }]);
    expect(JSON.parse(items[0]?.data ?? '')).toMatchObject({
      FModifyDate: '2026-11-24T18:00:00.000',
      FSaleOrderEntry: [{ FSeq: 1, FMaterialId: { FNumber: 'LAMP-001' } }, { FSeq: 2 }],
    });
  });

  it('names its customer before its lines, and is found by a number with a quote in it', async () => {
    const { externalId } = await push({ connection }, aSend('create', body));
    const saved = server.arrivals.find(({ url }) => url.includes('.Save.'));
    const model = JSON.parse(JSON.parse(saved?.body ?? '').parameters[1]).Model;
    expect(Object.keys(model)).toEqual(['FID', 'FCustId', 'FBillNo', 'FSaleOrderEntry']);
    const match = [{ field: 'number', value: body.FBillNo }];
    expect(await connection.connector.find?.({ record: 'order', match }, connection.context())).toBe(externalId);
  });

  it('is not made a second time', async () => {
    const { externalId } = await push({ connection }, aSend('create', body));
    expect(await failureOf(push({ connection }, aSend('create', body)))).toMatchObject({
      kind: 'rejected',
      message: "there is a sales order SO-'7 already",
    });
    expect(await push({ connection }, aSend('create', body, { repeat: true }))).toMatchObject({ externalId });
    expect(site.held('order')).toHaveLength(1);
  });

  it('that was audited takes no changes, and stays audited', async () => {
    const id = site.add('order', testNow);
    await update(id, { FDocumentStatus: 'C' });
    await update(id, { FDocumentStatus: 'A' });
    expect(site.order(id).FDocumentStatus).toBe('C');
    expect(await failureOf(update(id, { FNote: 'late' }))).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('the order is C'),
    });
    expect(site.order(id).FNote).toBeNull();
  });

  it('never gets other lines', async () => {
    const id = site.add('order', testNow);
    const error = await failureOf(update(id, { FSaleOrderEntry: body.FSaleOrderEntry }));
    expect(error).toMatchObject({ kind: 'rejected' });
    expect(site.order(id).FSaleOrderEntry).toHaveLength(2);
  });

  it('whose step was not refused and not taken either is a refusal', async () => {
    const id = site.add('order', testNow);
    site.holdsBack = true;
    expect(await failureOf(update(id, { FDocumentStatus: 'C' }))).toMatchObject({
      kind: 'rejected',
      message: '"Submit" was not refused, but it is still A',
    });
    const question = { record: 'order' as const, externalId: id, key: 'k', again: false, from: 'A', to: 'C' };
    expect(await connection.connector.transition?.(question, connection.context())).toBe('no');
    site.holdsBack = false;
    expect(await connection.connector.transition?.(question, connection.context())).toBe('yes');
  });

  it('that was cancelled waits for a person', async () => {
    const id = site.add('order', testNow);
    const error = await failureOf(update(id, { FDocumentStatus: 'cancelled' }));
    expect(error).toMatchObject({ kind: 'invalid', message: 'there is no state "cancelled"; known: Z, A, D, B, C' });
  });

  it('is read with the fields that the settings name', async () => {
    const id = site.add('order', testNow);
    site.edit(id, { FSalerId: { FNumber: 'P-1' } });
    const more = connect({ fields: { order: ['FSalerId.FNumber'] } });
    const text = await more.connector.fetch?.({ record: 'order', externalId: id }, more.context());
    expect(JSON.parse(text ?? '')).toMatchObject({ FSalerId: { FNumber: 'P-1' } });
    await more.destroy();
  });
});

it.each<[string, Partial<Send>, string]>([
  ['delete', { op: 'delete', externalId: '1' }, 'nothing is deleted'],
  ['make an order without a number', { op: 'create' }, 'no FBillNo'],
])('does not %s', async (_, more, message) => {
  const error = await failureOf(push({ connection }, { ...aSend('update', {}), ...more }));
  expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
  expect(server.arrivals).toEqual([]);
});
