// Whoever is refused is told of in the log, and what was sent is not.
import { describe, expect, it } from 'vitest';
import { createHub, type Hub, json } from '../gateway/hub.ts';

const linesOf = (hub: Hub) => hub.lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a caller that is refused', () => {
  it('is told of with what it asked for', async () => {
    const hub = createHub();
    await hub.send('/v1/feeds/wms?after=e1.1', { key: 'k-feed' });
    await hub.send('/v1/keys', { key: 'wrong' });
    const [forbidden, unknown] = linesOf(hub);
    expect(forbidden).toMatchObject({
      level: 'warn',
      refused: 'forbidden',
      status: 403,
      method: 'GET',
      path: '/v1/feeds/wms',
    });
    expect(forbidden?.detail).toContain('"erp"');
    expect(unknown).toMatchObject({ level: 'warn', refused: 'unauthenticated', status: 401, path: '/v1/keys' });
  });

  it('leaves nothing of its key, its query or its body in the log', async () => {
    const hub = createHub();
    await hub.send('/v1/records/customer?match=phone:13800001111', { key: 'a-mistyped-secret' });
    const body = json({ name: '李雷' }, { authorization: 'Basic c2hvcDpzM2NyZXQ=' });
    await hub.send('/v1/systems/shop/changes', { ...body, key: '' });
    await hub.send('/v1/systems/wms/changes', { ...json({ name: '李雷' }), key: 'k-intake' });
    expect(hub.lines).toHaveLength(2);
    for (const secret of ['13800001111', 'mistyped', 'c2hvcDpzM2NyZXQ', 's3cret', '李雷', 'k-intake'])
      expect(hub.lines.join('')).not.toContain(secret);
  });

  it('fills no disk: one line a second of each kind, with how many there were between', async () => {
    const hub = createHub();
    for (let guess = 0; guess < 1_000; guess++) await hub.send('/v1/keys', { key: `guess-${guess}` });
    await hub.send('/v1/keys', { key: 'k-read' });
    expect(linesOf(hub).map(({ refused }) => refused)).toEqual(['unauthenticated', 'forbidden']);
    hub.clock.advance(1_000);
    await hub.send('/v1/keys', { key: 'guess' });
    expect(linesOf(hub).at(-1)).toMatchObject({ refused: 'unauthenticated', untold: 999 });
  });

  it('by its signature is told of too', async () => {
    const receive = async () => ({ kind: 'bad_signature' as const, message: 'the signature does not match' });
    const hub = createHub({ receive });
    await hub.send('/v1/webhooks/shop', { ...json({}), key: '' });
    expect(linesOf(hub)).toMatchObject([{ refused: 'bad-signature', path: '/v1/webhooks/shop' }]);
  });

  it('for any other reason is not', async () => {
    const hub = createHub();
    await hub.send('/v1/records/order/nope');
    await hub.send('/v1/changes?after=nonsense');
    expect(hub.lines).toEqual([]);
  });
});
