import { HttpResponse, http as on } from 'msw';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { http } from '../../../connectors/http/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import { ConnectorError, type Send } from '../../../src/connector/contract.ts';
import { anUpdate, aSend, connectTo, type TestOptions } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';

const shipment = {
  create: 'POST /shipments',
  update: 'PUT /shipments/{id}',
  delete: 'DELETE /shipments/{id}',
  find: 'GET /shipments?code={number}',
};

let wms: MswServer;
let open: Connection[] = [];

beforeEach(async () => {
  wms = await startMswServer();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.destroy()));
  await wms.close();
});

function connect(settings: object = {}, options: TestOptions = {}): Connection {
  const connection = connectTo(http, { url: `${wms.url}/api/`, records: { shipment }, ...settings }, options);
  open = [...open, connection];
  return connection;
}

const push = (connection: Connection, send: Send) => connection.connector.push?.(send, connection.context());

async function failure(connection: Connection, send: Send): Promise<ConnectorError> {
  const error = await push(connection, send)?.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectorError)) throw new Error(`no ConnectorError but ${String(error)}`);
  return error;
}

const answers = (status: number, body: string | null = null, headers: Record<string, string> = {}) =>
  wms.use(on.all('*', () => new HttpResponse(body, { status, headers })));

describe('what is sent', () => {
  it('keeps the base path and sends the stored bytes with key and trace', async () => {
    answers(201, '{"id": "W-7"}');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(await push(connect(), aSend({ traceparent }))).toMatchObject({ externalId: 'W-7', status: 201 });
    const [arrival] = wms.arrivals;
    expect(arrival).toMatchObject({ method: 'POST', url: '/api/shipments', body: aSend().body });
    expect(arrival?.headers).toMatchObject({
      'idempotency-key': 'wms:shipment:shp_1:7',
      traceparent,
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    });
  });

  it('encodes ids, and refuses those that would name something else', async () => {
    answers(200);
    const connection = connect();
    await push(connection, anUpdate({ externalId: 'a/b?c=ä%' }));
    expect(wms.arrivals[0]?.url).toBe('/api/shipments/a%2Fb%3Fc%3D%C3%A4%25');
    for (const externalId of ['.', '..', '', '\ud800']) {
      expect(await failure(connection, anUpdate({ externalId }))).toMatchObject({ kind: 'invalid', sent: false });
    }
    expect(wms.arrivals).toHaveLength(1);
  });

  it('patches with the content type that the settings name', async () => {
    answers(200);
    const patching = { records: { shipment: { update: 'PATCH /shipments/{id}' } } };
    await push(connect(patching), anUpdate());
    await push(connect({ ...patching, patchType: 'application/merge-patch+json' }), anUpdate());
    expect(wms.arrivals.map(({ headers }) => headers['content-type'])).toEqual([
      'application/json',
      'application/merge-patch+json',
    ]);
  });

  it('sends no body with a DELETE', async () => {
    answers(204);
    expect(await push(connect(), anUpdate({ op: 'delete' }))).toEqual({ status: 204 });
    expect(wms.arrivals[0]).toMatchObject({ method: 'DELETE', url: '/api/shipments/W-7', body: '' });
  });

  it.each([
    ['bearer', { bearer: 'tok-1' }, 'authorization', 'Bearer tok-1'],
    ['basic', { basic: { username: 'hub', password: 'pä:ss' } }, 'authorization', `Basic ${btoa('hub:p\xc3\xa4:ss')}`],
    ['header', { header: { name: 'X-Api-Key', value: 'k 1' } }, 'x-api-key', 'k 1'],
  ])('authenticates by %s', async (_, auth, name, value) => {
    answers(200);
    await push(connect({ auth }), anUpdate());
    expect(wms.arrivals[0]?.headers[name]).toBe(value);
  });

  it('signs the raw bytes so that the reference library accepts them', async () => {
    answers(200);
    const sign = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    await push(connect({ sign }, { now: () => Date.now() }), anUpdate({ key: 'wms:x.y:7' }));
    const { body = '', headers } = wms.arrivals[0] ?? {};
    const signed = headers as Record<string, string>;
    expect(signed['webhook-id']).toBe('wms:x%2Ey:7');
    expect(() => new Webhook(sign).verify(body, signed)).not.toThrow();
    expect(() => new Webhook(sign).verify(`${body} `, signed)).toThrow();
  });
});

describe('ids of creates', () => {
  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['42', '42'],
    ['"x-1"', 'x-1'],
  ])('keeps the id %s as %s', async (id, externalId) => {
    answers(200, `{"data":{"ref":${id}}}`);
    const connection = connect({ records: { shipment: { ...shipment, id: 'data.ref' } } });
    expect((await push(connection, aSend()))?.externalId).toBe(externalId);
  });

  it('finds the id by match where the answer holds none', async () => {
    wms.use(
      on.post('*/shipments', () => new HttpResponse(null, { status: 204 })),
      on.get('*/shipments', ({ request }) =>
        HttpResponse.json([{ id: new URL(request.url).searchParams.get('code') }]),
      ),
    );
    expect((await push(connect(), aSend()))?.externalId).toBe('SO-1');
  });

  it('is invalid when no id can be had', async () => {
    answers(201, 'created');
    const connection = connect({ records: { shipment: { create: 'POST /shipments' } } });
    expect(await failure(connection, aSend())).toMatchObject({
      kind: 'invalid',
      status: 201,
      body: 'created',
      sent: true,
    });
  });

  it('never guesses between two that a repeated create may have made', async () => {
    wms.use(on.get('*/shipments', () => HttpResponse.json([{ id: 1 }, { id: 2 }])));
    const connection = connect({ repeatSafe: 'natural-key' });
    expect(await failure(connection, aSend({ repeat: true }))).toMatchObject({ kind: 'unknown' });
  });

  it('knows that a create was done when only the look-up of its id fails', async () => {
    wms.use(
      on.post('*/shipments', () => new HttpResponse(null, { status: 201 })),
      on.get('*/shipments', () => new HttpResponse(null, { status: 500 })),
    );
    expect(await failure(connect(), aSend())).toMatchObject({ kind: 'unavailable', sent: true });
    expect(await failure(connect({ repeatSafe: 'no' }), aSend())).toMatchObject({ kind: 'unclear', sent: true });
  });
});

describe('statuses', () => {
  it.each([
    [301, 'rejected'],
    [307, 'rejected'],
    [400, 'rejected'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [408, 'timeout'],
    [409, 'rejected'],
    [410, 'not_found'],
    [422, 'rejected'],
    [425, 'unavailable'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [599, 'unavailable'],
  ])('%i to an update is %s', async (status, kind) => {
    answers(status, 'no', { location: `${wms.url}/elsewhere` });
    expect(await failure(connect(), anUpdate())).toMatchObject({ kind, status, body: 'no', sent: true });
    expect(wms.arrivals).toHaveLength(1);
  });

  it.each([200, 201, 202, 204, 299])('%i to an update is delivered', async (status) => {
    answers(status);
    expect(await push(connect(), anUpdate())).toEqual({ status });
  });

  it.each([404, 410])('%i to a delete is delivered, to a create a refusal', async (status) => {
    answers(status);
    expect(await push(connect(), anUpdate({ op: 'delete' }))).toEqual({ status });
    expect(await failure(connect(), aSend())).toMatchObject({ kind: 'rejected', status });
  });

  it.each([
    ['header', null, { 'idempotency-key': 'wms:shipment:shp_1:7' }],
    ['quoted header', null, { 'idempotency-key': '"wms:shipment:shp_1:7"' }],
    ['body', '{"error":"duplicate of wms:shipment:shp_1:7"}', {}],
  ])('a conflict that names our key in its %s is delivered', async (_, body, headers) => {
    answers(409, body, headers as Record<string, string>);
    expect(await push(connect(), anUpdate())).toEqual({ status: 409 });
  });

  it('a conflict with another key that begins like ours is a refusal', async () => {
    answers(409, 'duplicate of wms:shipment:shp_1:77');
    expect(await failure(connect(), anUpdate())).toMatchObject({ kind: 'rejected', status: 409 });
  });

  it('has an id for a create that conflicts with ourselves', async () => {
    answers(409, '{"id":"W-7","key":"wms:shipment:shp_1:7"}');
    expect((await push(connect(), aSend()))?.externalId).toBe('W-7');
  });
});

describe('lost answers', () => {
  const reset = (times: number) => {
    let left = times;
    wms.fault((_, response) => left-- > 0 && response.destroy() !== undefined);
  };

  it('repeats a dropped connection at most twice, with the same key and bytes', async () => {
    answers(201, '{"id":1}');
    reset(2);
    expect((await push(connect(), aSend()))?.externalId).toBe('1');
    expect(wms.arrivals).toHaveLength(3);
    expect(new Set(wms.arrivals.map(({ headers, body }) => headers['idempotency-key'] + body)).size).toBe(1);
  });

  it('gives up after the third and says that it was sent', async () => {
    reset(9);
    expect(await failure(connect(), aSend())).toMatchObject({ kind: 'unavailable', sent: true });
    expect(wms.arrivals).toHaveLength(3);
  });

  it('is unclear and not repeated where repeating is not safe', async () => {
    reset(9);
    expect(await failure(connect({ repeatSafe: 'no' }), aSend())).toMatchObject({ kind: 'unclear', sent: true });
    expect(wms.arrivals).toHaveLength(1);
    expect(await failure(connect({ repeatSafe: 'natural-key' }), aSend())).toMatchObject({ kind: 'unavailable' });
    expect(wms.arrivals).toHaveLength(2);
  });

  it('is unclear after a timeout only when the bytes had left', async () => {
    wms.fault(() => true);
    const unsafe = connect({ repeatSafe: 'no' }, { timeoutMs: 60 });
    expect(await failure(unsafe, aSend())).toMatchObject({ kind: 'unclear' });
    expect(await failure(unsafe, anUpdate({ op: 'delete' }))).toMatchObject({ kind: 'timeout' });
    expect(await failure(connect({}, { timeoutMs: 60 }), aSend())).toMatchObject({ kind: 'timeout', sent: true });
  });

  it('is not unclear when the system could not be reached at all', async () => {
    await wms.close();
    expect(await failure(connect({ repeatSafe: 'no' }), aSend())).toMatchObject({ kind: 'unavailable', sent: false });
    wms = await startMswServer();
  });
});
