import { describe, expect, it } from 'vitest';
import { record } from '../../src/gateway/schemas.ts';
import { createHub, json } from './hub.ts';

const hub = createHub();
const patch = (headers: Record<string, string>, body = '{"shipTo":{"street":"x"}}', path = '/v1/records/order/ord_1') =>
  hub.send(path, {
    method: 'PATCH',
    body,
    key: 'k-operate',
    headers: { 'content-type': 'application/merge-patch+json', ...headers },
  });

describe('reading a record', () => {
  it('carries its version as ETag', async () => {
    const response = await hub.send('/v1/records/order/ord_1', { key: 'k-pii' });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"4"');
    expect(record.parse(await response.json())).toMatchObject({ id: 'ord_1', data: { shipTo: { name: '李雷' } } });
  });

  it('masks personal data without pii, and only that', async () => {
    const { data } = record.parse(await (await hub.send('/v1/records/order/ord_1', { key: 'k-read' })).json());
    expect(data).toEqual({ number: 'SO-1001', shipTo: { name: '•••', street: '•••' } });
  });

  it('answers 304 while nothing changed', async () => {
    for (const tag of ['"4"', 'W/"4"', '"1", "4"', '*']) {
      const response = await hub.send('/v1/records/order/ord_1', { headers: { 'if-none-match': tag } });
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', '"4"']);
    }
    expect((await hub.send('/v1/records/order/ord_1', { headers: { 'if-none-match': '"3"' } })).status).toBe(200);
  });

  it('finds it by the id of a system or by a match key', async () => {
    expect((await hub.send('/v1/records/order?external=crm:8812')).headers.get('etag')).toBe('"4"');
    expect(hub.core.last('record')).toEqual([{ type: 'order', external: { system: 'crm', id: '8812' } }]);
    expect((await hub.send('/v1/records/order?match=number:SO-1001')).status).toBe(200);
    await hub.send('/v1/records/order?external=crm:a:b');
    expect(hub.core.last('record')).toEqual([{ type: 'order', external: { system: 'crm', id: 'a:b' } }]);
  });

  it.each([
    '',
    '?external=crm',
    '?external=:1',
    '?external=crm:',
    '?external=crm:1&match=number:1',
    '?match=number',
    '?id=1',
  ])('refuses %s', async (query) => {
    expect((await hub.send(`/v1/records/order${query}`)).status).toBe(400);
  });

  it('says what is not there', async () => {
    for (const [path, words] of [
      ['/v1/records/ordr/ord_1', 'did you mean \\"order\\"'],
      ['/v1/records/order/nope', 'there is no order nope'],
      ['/v1/records/order?external=crm:1', 'crm calls \\"1\\"'],
      ['/v1/records/order?match=number:1', 'number \\"1\\"'],
    ] as const) {
      const response = await hub.send(path);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain(words);
    }
  });

  it('takes ids with slashes, percent-encoded', async () => {
    await hub.send('/v1/records/shipment/logistics%2Ford_1%2F0');
    expect(hub.core.last('record')).toEqual([{ type: 'shipment', id: 'logistics/ord_1/0' }]);
  });
});

describe('editing a record', () => {
  it('needs the version, and the right one', async () => {
    expect((await patch({})).status).toBe(428);
    expect((await patch({ 'if-match': '"3"' })).status).toBe(412);
    expect((await patch({ 'if-match': '"4"' })).status).toBe(200);
    expect((await patch({ 'if-match': '*' })).status).toBe(200);
    expect((await patch({ 'if-match': '4' })).status).toBe(400);
  });

  it('hands the patch on as it came, with who did it', async () => {
    const response = await patch({ 'if-match': '"4"' }, '{"x":{"big":12345678901234567890}}');
    expect(response.headers.get('etag')).toBe('"4"');
    expect(hub.core.last('patch')).toEqual([
      {
        address: { type: 'order', id: 'ord_1' },
        body: '{"x":{"big":12345678901234567890}}',
        ifMatch: '4',
        actor: 'ops',
      },
    ]);
    expect(await response.text()).toContain('•••');
  });

  it('takes merge patches only', async () => {
    const response = await patch({ 'if-match': '"4"', 'content-type': 'application/json' });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept')).toBe('application/merge-patch+json');
    expect((await patch({ 'if-match': '"4"' }, '{}', '/v1/records/order/nope')).status).toBe(404);
  });
});

describe('holding and releasing', () => {
  it('freezes a copy and lets it go', async () => {
    expect(
      (await hub.send('/v1/records/order/ord_1/replicas/wms/hold', { method: 'POST', key: 'k-operate' })).status,
    ).toBe(200);
    expect(hub.core.last('holdReplica')).toEqual(['order', 'ord_1', 'wms', true, { actor: 'ops' }]);
    await hub.send('/v1/records/order/ord_1/replicas/wms/release', json({ reason: 'done' }));
    expect(hub.core.last('holdReplica')).toEqual(['order', 'ord_1', 'wms', false, { actor: 'root', reason: 'done' }]);
    expect((await hub.send('/v1/records/order/ord_1/replicas/nope/hold', { method: 'POST' })).status).toBe(404);
  });

  it('ends the hold of a unit, with a value or without, numbers kept', async () => {
    await hub.send('/v1/records/order/ord_1/units/shipTo/release', { method: 'POST' });
    expect(hub.core.last('releaseUnit')).toEqual(['order', 'ord_1', 'shipTo', undefined, 'root']);
    const body = '{"value":{"n":12345678901234567890}}';
    await hub.send('/v1/records/order/ord_1/units/shipTo/release', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(hub.core.last('releaseUnit')).toEqual(['order', 'ord_1', 'shipTo', '{"n":12345678901234567890}', 'root']);
    await hub.send('/v1/records/order/ord_1/units/buyerNote/release', json({ value: null }));
    expect(hub.core.last('releaseUnit')[3]).toBe('null');
    expect((await hub.send('/v1/records/order/ord_1/units/shipTo/release', json({ values: 1 }))).status).toBe(400);
  });
});
