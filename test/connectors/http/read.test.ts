import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { http } from '../../../connectors/http/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { ConnectorError, Polled, PollRequest, Verdict } from '../../../src/connector/contract.ts';
import { createSigner } from '../../../src/connector/standard-webhooks.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';

let erp: MswServer;
let open: Connection[] = [];

beforeEach(async () => {
  erp = await startMswServer();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.destroy()));
  await erp.close();
});

function connect(order: object, more: object = {}): Connection {
  const connection = connectTo(http, { url: erp.url, records: { order }, ...more });
  open = [...open, connection];
  return connection;
}

const failure = (promise: Promise<unknown> | undefined): Promise<ConnectorError> =>
  (promise as Promise<unknown>).then(
    () => expect.unreachable('it did not fail'),
    (error: ConnectorError) => error,
  );

const urls = () => erp.arrivals.map(({ method, url }) => `${method} ${url}`);

describe('poll', () => {
  const settings = {
    request: 'GET /orders?since={cursor}',
    every: '90s',
    overlap: '2m',
    items: 'items',
    cursor: 'next',
    changedAt: 'updatedAt',
  };

  const poll = (connection: Connection, cursor: string | undefined): Promise<Polled> => {
    const request: PollRequest = { record: 'order', cursor, now: testNow };
    return connection.connector.poll?.(request, connection.context()) as Promise<Polled>;
  };

  const changedAt = (minute: number) => new Date(testNow + minute * 60_000).toISOString();

  it('says what is polled and how often', () => {
    expect(connect({ poll: settings }).abilities.polls).toEqual([{ record: 'order', everyMs: 90_000 }]);
  });

  it('keeps numbers, ids and times of items', async () => {
    const text =
      '{"items":[{"id":12345678901234567890,"total":1.123456789012345678901,"updatedAt":"2026-11-24T09:00:00+08:00"},{"updatedAt":"yesterday"}]}';
    erp.use(on.get('*/orders', () => new HttpResponse(text)));
    const { items } = await poll(connect({ poll: settings }), undefined);
    expect(items).toEqual([
      {
        record: 'order',
        id: '12345678901234567890',
        at: '2026-11-24T09:00:00+08:00',
        data: '{"id":12345678901234567890,"total":1.123456789012345678901,"updatedAt":"2026-11-24T09:00:00+08:00"}',
      },
      { record: 'order', data: '{"updatedAt":"yesterday"}' },
    ]);
  });

  it('goes by the newest change where the answer names no cursor', async () => {
    erp.use(
      on.get('*/orders', () =>
        HttpResponse.json([
          { id: 1, updatedAt: changedAt(3) },
          { id: 2, updatedAt: changedAt(1) },
        ]),
      ),
    );
    const { cursor, more } = await poll(
      connect({ poll: { request: 'GET /orders?since={cursor}', changedAt: 'updatedAt' } }),
      undefined,
    );
    expect({ cursor, more }).toEqual({ cursor: `>${changedAt(3)}`, more: true });
  });

  it.each([
    ['{"rows":[]}', 'unknown', 'a page holds no array at items'],
    ['{"items":[{"a":1,"a":2}]}', 'unknown', 'cannot be read'],
    ['oops', 'unknown', 'cannot be read'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'unknown', 'cannot be read'],
  ])('says what is wrong with a page %#', async (body, kind, message) => {
    erp.use(on.get('*/orders', () => new HttpResponse(body)));
    const error = await failure(poll(connect({ poll: settings }), undefined));
    expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
  });

  it('is refused where there is no such page', async () => {
    erp.use(on.get('*/orders', () => new HttpResponse(null, { status: 404 })));
    const error = await failure(poll(connect({ poll: settings }), undefined));
    expect(error).toMatchObject({ kind: 'rejected', status: 404 });
  });
});

describe('list', () => {
  const list = (connection: Connection, cursor: string | undefined) =>
    connection.connector.list?.({ record: 'order', cursor }, connection.context());

  it('takes a bare array as everything', async () => {
    erp.use(on.get('*/orders', () => HttpResponse.json([{ id: 1 }, {}])));
    const listed = await list(connect({ list: 'GET /orders' }), undefined);
    expect(listed).toEqual({ items: [{ id: '1', data: '{"id":1}' }, { data: '{}' }], cursor: undefined, more: false });
  });
});

describe('fetch and find', () => {
  const byId = { record: 'order', externalId: 'a/1' } as const;
  const byNumber = { record: 'order', match: [{ field: 'number', value: 'SO 1' }] } as const;

  it('keeps the text of an object byte for byte', async () => {
    const text = '{ "id": 12345678901234567890,\n  "n": 1.50 }';
    erp.use(on.get('*/orders/:id', () => new HttpResponse(text)));
    const { connector, context } = connect({ fetch: 'GET /orders/{id}' });
    expect(await connector.fetch?.(byId, context())).toBe(text);
    expect(urls()).toEqual(['GET /orders/a%2F1']);
  });

  it('takes an object out of its wrapping', async () => {
    erp.use(on.get('*/orders/:id', () => new HttpResponse('{"order":{"id":7,"total":1.123456789012345678901}}')));
    const { connector, context } = connect({ fetch: { request: 'GET /orders/{id}', item: 'order' } });
    expect(await connector.fetch?.(byId, context())).toBe('{"id":7,"total":1.123456789012345678901}');
  });

  it.each([404, 410])('knows nothing of what is answered by %i', async (status) => {
    erp.use(on.get('*', () => new HttpResponse(null, { status })));
    const { connector, context } = connect({ fetch: 'GET /orders/{id}', find: 'GET /orders?no={number}' });
    expect(await connector.fetch?.(byId, context())).toBeUndefined();
    expect(await connector.find?.({ ...byNumber, match: [...byNumber.match] }, context())).toBeUndefined();
  });

  it.each([
    ['an array', '[{"id":7}]', '7'],
    ['an object with items', '{"items":[{"id":"x"}]}', 'x'],
    ['the object', '{"id":7}', '7'],
    ['nothing', '[]', undefined],
    ['something else', '{"count":0}', undefined],
  ])('finds the id in %s', async (_, body, id) => {
    erp.use(on.get('*/orders', () => new HttpResponse(body)));
    const { connector, context } = connect({ find: 'GET /orders?no={number}' });
    expect(await connector.find?.({ ...byNumber, match: [...byNumber.match] }, context())).toBe(id);
    expect(urls()).toEqual(['GET /orders?no=SO%201']);
  });

  it('fetches by match through find', async () => {
    erp.use(on.get('*/orders', () => new HttpResponse('[{"id":7,"total":1.123456789012345678901}]')));
    const { connector, context } = connect({ fetch: 'GET /orders/{id}', find: 'GET /orders?no={number}' });
    expect(await connector.fetch?.({ ...byNumber, match: [...byNumber.match] }, context())).toBe(
      '{"id":7,"total":1.123456789012345678901}',
    );
  });

  it('asks nothing wider than was meant', async () => {
    const { connector, context } = connect({ find: 'GET /orders?no={number}' });
    expect(await failure(connector.find?.({ record: 'order', match: [] }, context()))).toMatchObject({
      kind: 'invalid',
      sent: false,
    });
    expect(urls()).toEqual([]);
  });
});

describe('questions', () => {
  const order = {
    fetch: 'GET /orders/{id}',
    hold: 'POST /orders/{id}/hold',
    ask: { request: 'POST /orders/{id}/change-request', status: 'change', yes: ['accepted'], no: ['rejected'] },
  };
  const question = { record: 'order', externalId: '7', key: 'k:1', again: false } as const;
  const answers = (status: number, body: object = {}) =>
    erp.use(on.post('*', () => HttpResponse.json(body, { status })));

  it.each<[number, Verdict]>([
    [200, 'yes'],
    [204, 'yes'],
    [202, 'pending'],
    [409, 'no'],
    [422, 'no'],
  ])('%i is %s', async (status, verdict) => {
    erp.use(on.post('*', () => new HttpResponse(null, { status })));
    const { connector, context } = connect(order);
    expect(await connector.hold?.(question, context())).toBe(verdict);
    expect(erp.arrivals[0]).toMatchObject({ url: '/orders/7/hold', headers: { 'idempotency-key': 'k:1' } });
  });

  it('is not answered by anything else', async () => {
    answers(500);
    const { connector, context } = connect(order);
    expect(await failure(connector.hold?.(question, context()))).toMatchObject({ kind: 'unavailable' });
  });

  it.each<[string, Verdict]>([
    ['accepted', 'yes'],
    ['rejected', 'no'],
    ['waiting', 'pending'],
  ])('reads back what became of it: %s is %s', async (change, verdict) => {
    answers(200);
    erp.use(on.get('*/orders/7', () => HttpResponse.json({ change })));
    const { connector, context } = connect(order);
    expect(await connector.ask?.({ ...question, body: '{"a":1.50}' }, context())).toBe(verdict);
    expect(erp.arrivals[0]?.body).toBe('{"a":1.50}');
    expect(urls()).toEqual(['POST /orders/7/change-request', 'GET /orders/7']);
  });

  it('only looks when it was asked before', async () => {
    erp.use(on.get('*/orders/7', () => HttpResponse.json({ change: 'accepted' })));
    const { connector, context } = connect(order);
    expect(await connector.ask?.({ ...question, again: true }, context())).toBe('yes');
    expect(urls()).toEqual(['GET /orders/7']);
  });

  it('moves from one state to another', async () => {
    answers(200);
    const connection = connect({ transition: 'POST /orders/{id}/state/{to}' });
    expect(
      await connection.connector.transition?.({ ...question, from: 'packed', to: 'shipped' }, connection.context()),
    ).toBe('yes');
    expect(erp.arrivals[0]).toMatchObject({ url: '/orders/7/state/shipped', body: '{"from":"packed","to":"shipped"}' });
    expect(connection.abilities.verbs).toEqual({ ask: [], hold: [], cancel: [], update: [], transition: ['order'] });
  });
});

describe('webhooks', () => {
  const body = Buffer.from('{"record":"order","id":"1","data":{"n":1.50}}');
  const signed = (secret: string) => {
    const timestamp = String(testNow / 1000);
    const signature = createSigner(secret)({ id: 'msg_1', timestamp, body });
    return { headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature }, body };
  };
  const receiving = (webhook?: object) => connect({}, webhook ? { webhook } : {});

  it('hands on what is well signed, by either secret', async () => {
    const { connector, context } = receiving({ scheme: 'standard', secrets: ['old secret', 'new secret'] });
    for (const secret of ['old secret', 'new secret']) {
      expect(await connector.receive?.(signed(secret), context())).toEqual({ raw: body.toString(), dedupeId: 'msg_1' });
    }
  });

  it('says whether it is not signed, not readable or not configured', async () => {
    const { connector, context } = receiving({ scheme: 'standard', secret: 'one' });
    expect(await failure(connector.receive?.(signed('another'), context()))).toMatchObject({ kind: 'unauthorized' });
    const bytes = Buffer.from([0xff]);
    const timestamp = String(testNow / 1000);
    const signature = createSigner('one')({ id: 'm', timestamp, body: bytes });
    const unreadable = {
      headers: { 'webhook-id': 'm', 'webhook-timestamp': timestamp, 'webhook-signature': signature },
      body: bytes,
    };
    expect(await failure(connector.receive?.(unreadable, context()))).toMatchObject({ kind: 'invalid' });
    const none = receiving();
    expect(await failure(none.connector.receive?.(signed('one'), none.context()))).toMatchObject({ kind: 'not_found' });
  });
});

describe('check', () => {
  it.each([
    [{}, {}, 200, undefined],
    [{}, {}, 404, undefined],
    [{}, {}, 401, 'unauthorized'],
    [{}, {}, 403, 'forbidden'],
    [{}, {}, 503, 'unavailable'],
    [{}, { check: 'GET /health' }, 404, 'not_found'],
    [{ list: 'GET /orders' }, {}, 404, 'not_found'],
  ])('with %j and %j answered %i', async (order, more, status, kind) => {
    erp.use(on.all('*', () => new HttpResponse(null, { status })));
    const { connector, context } = connect(order, more);
    const error = await connector.check?.(context()).then(
      () => undefined,
      (thrown: ConnectorError) => thrown.kind,
    );
    expect(error).toBe(kind);
  });
});
