import { describe, expect, it } from 'vitest';
import { deadLetter, deadLetters } from '../../src/gateway/schemas.ts';
import { letter } from './fake-core.ts';
import { createHub, json } from './hub.ts';

describe('dead letters', () => {
  it('are listed with what was sent and answered, for those who may see it', async () => {
    const hub = createHub();
    const text = await (await hub.send('/v1/deadletters', { key: 'k-pii' })).text();
    expect(text).toContain('"payload":{"big":12345678901234567890,"street":"新街 9 号"}');
    expect(deadLetters.parse(JSON.parse(text)).items[0]).toMatchObject({
      id: 'dl_1',
      seq: '7',
      response: { status: 422, body: '{"error":"新街 9 号 is outside"}' },
      closed: null,
    });
  });

  it('hide payload and answer without pii, the status stays', async () => {
    const hub = createHub();
    for (const path of ['/v1/deadletters', '/v1/deadletters/dl_1']) {
      const text = await (await hub.send(path, { key: 'k-read' })).text();
      expect(text).not.toContain('街');
      expect(text).toContain('"response":{"status":422,"body":"hidden: this needs the scope pii"}');
      expect(text).toContain('address outside delivery area');
    }
  });

  it('are filtered and paged', async () => {
    const hub = createHub();
    const response = await hub.send(
      '/v1/deadletters?system=wms&record=order&kind=rejected&since=2026-11-23T05:00:00Z&state=all&limit=1&after=p',
    );
    expect(hub.core.last('deadLetters')).toEqual([
      { system: 'wms', record: 'order', kind: 'rejected', since: '2026-11-23T05:00:00Z', state: 'all' },
      1,
      'p',
    ]);
    expect(response.headers.get('link')).toContain('after=page2');
    await hub.send('/v1/deadletters');
    expect(hub.core.last('deadLetters')).toEqual([{ state: 'open' }, 100, null]);
    for (const wrong of ['?since=yesterday', '?state=dead', '?record=x', '?kind=rejectd'])
      expect((await hub.send(`/v1/deadletters${wrong}`)).status).toBe(400);
  });

  it('of a system that nobody knows are no empty list', async () => {
    const none = createHub({ core: { deadLetters: async () => ({ items: [], next: null }) } });
    const response = await none.send('/v1/deadletters?system=wsm');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      faults: [{ path: '?system', message: 'there is no system "wsm"; did you mean "wms"?' }],
    });
    expect((await none.send('/v1/deadletters?system=wms')).status).toBe(200);
    // A system that was removed from the configuration may have left some.
    expect((await createHub().send('/v1/deadletters?system=former')).status).toBe(200);
  });

  it('are inspected one by one', async () => {
    const hub = createHub();
    expect(deadLetter.parse(await (await hub.send('/v1/deadletters/dl_1')).json()).attempts).toBe(12);
    expect((await hub.send('/v1/deadletters/nope')).status).toBe(404);
  });

  it('stay JSON when a payload never was, or there is none', async () => {
    for (const [payload, shown] of [
      ['not {json', 'not {json'],
      [null, null],
    ] as const) {
      const hub = createHub({ core: { deadLetter: async () => ({ ...letter, payload, response: null }) } });
      expect(await (await hub.send('/v1/deadletters/dl_1')).json()).toMatchObject({ payload: shown, response: null });
    }
  });

  it('are replayed, edited first if asked to, numbers kept', async () => {
    const hub = createHub();
    const replay = (body?: string) =>
      hub.send('/v1/deadletters/dl_1/replay', {
        method: 'POST',
        ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
        key: 'k-operate',
      });
    expect(await (await replay()).json()).toEqual({ seq: '8' });
    expect(hub.core.last('replay')).toEqual(['dl_1', undefined, 'ops']);
    await replay('{"patch":{"x":{"n":12345678901234567890}}}');
    expect(hub.core.last('replay')).toEqual(['dl_1', '{"x":{"n":12345678901234567890}}', 'ops']);
    expect((await replay('{"patch":[]}')).status).toBe(400);
    expect((await replay('{"path":{}}')).status).toBe(400);
    expect((await hub.send('/v1/deadletters/nope/replay', { method: 'POST' })).status).toBe(404);
  });

  it('are replayed many at once, or only counted', async () => {
    const hub = createHub();
    const response = await hub.send(
      '/v1/deadletters/replay',
      json({ filter: { system: 'wms', kind: 'rejected' }, dryRun: true }),
    );
    expect(await response.json()).toEqual({ count: 41 });
    expect(hub.core.last('replayMany')).toEqual([{ system: 'wms', kind: 'rejected' }, true, 'root']);
    for (const wrong of [{}, { filter: { sytem: 'wms' } }, { filter: {}, dryRun: 'yes' }]) {
      expect((await hub.send('/v1/deadletters/replay', json(wrong))).status).toBe(400);
    }
  });

  it('are discarded with a reason', async () => {
    const hub = createHub();
    const response = await hub.send('/v1/deadletters/dl_1/discard', {
      ...json({ reason: 'cancelled by phone' }),
      key: 'k-operate',
    });
    const { closed, payload } = deadLetter.parse(await response.json());
    expect(closed).toEqual({
      as: 'discarded',
      at: '2026-11-23T05:00:00.000Z',
      by: 'ops',
      reason: 'cancelled by phone',
    });
    expect(payload).toContain('hidden');
    expect((await hub.send('/v1/deadletters/dl_1/discard', json({}))).status).toBe(400);
  });
});
