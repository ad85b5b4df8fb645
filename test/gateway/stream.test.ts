import { describe, expect, it } from 'vitest';
import { changeEvents } from '../../src/gateway/schemas.ts';
import { addressChange } from './fake-core.ts';
import { createHub, type Hub } from './hub.ts';

const read = async (hub: Hub, query = '', init: Parameters<Hub['send']>[1] = {}) => {
  const response = await hub.send(`/v1/changes${query}`, init);
  return { response, page: changeEvents.parse(await response.json()) };
};

describe('the change stream as pages', () => {
  it('gives CloudEvents', async () => {
    const { page, response } = await read(createHub(), '?limit=10', { key: 'k-pii' });
    expect(page).toEqual({
      events: [
        {
          specversion: '1.0',
          id: '7',
          source: '/systems/crm',
          type: 'dev.syncline.order.updated',
          subject: 'ord_1',
          time: '2026-11-23T05:00:00.000Z',
          datacontenttype: 'application/json',
          recordversion: 4,
          data: { shipTo: { old: { shipTo: { street: '旧街 1 号' } }, new: { shipTo: { street: '新街 9 号' } } } },
        },
      ],
      next: 'e1.1',
    });
    expect(response.headers.get('link')).toBe('<http://localhost/v1/changes?limit=10&after=e1.1>; rel="next"');
  });

  it('masks without pii', async () => {
    expect(JSON.stringify((await read(createHub(), '', { key: 'k-read' })).page)).not.toContain('街');
  });

  it('hands filters on', async () => {
    const hub = createHub();
    await read(hub, '?record=order&system=crm&after=e1.1');
    expect(hub.core.last('changes')).toEqual([{ after: 'e1.1', limit: 100, record: 'order', system: 'crm' }]);
  });

  it('refuses a malformed cursor and tells one of another epoch where to start', async () => {
    const hub = createHub();
    expect((await hub.send('/v1/changes?after=nonsense')).status).toBe(400);
    const gone = await hub.send('/v1/changes?after=e9.1');
    expect(gone.status).toBe(410);
    expect(await gone.json()).toMatchObject({ restart: 'e1.0', type: 'https://syncline.dev/problems/gone' });
  });
});

describe('waiting', () => {
  const wait = { headers: { prefer: 'wait=30' } };

  it('answers as soon as something is committed', async () => {
    const hub = createHub();
    const answer = read(hub, '?after=e1.1', wait);
    await asked(hub, 1);
    hub.core.rows.changes.push({ ...addressChange, seq: 8 });
    hub.commit();
    expect((await answer).page).toMatchObject({ events: [{ id: '8' }], next: 'e1.2' });
  });

  it('goes on waiting over commits that the filter leaves out, and ends empty when the time is up', async () => {
    const hub = createHub();
    const answer = read(hub, '?after=e1.1&record=order', wait);
    await asked(hub, 1);
    hub.core.rows.changes.push({ ...addressChange, seq: 8, type: 'customer' });
    hub.commit();
    await asked(hub, 2);
    hub.clock.advance(30_000);
    hub.commit();
    expect((await answer).page.events).toEqual([]);
  });

  it('ends with the shutdown', async () => {
    const hub = createHub();
    const answer = read(hub, '?after=e1.1', wait);
    await asked(hub, 1);
    hub.closing.abort();
    expect((await answer).page).toEqual({ events: [], next: 'e1.1' });
  });

  it('does not wait when there is something', async () => {
    expect((await read(createHub(), '', wait)).page.events).toHaveLength(1);
  });
});

describe('the change stream as server-sent events', () => {
  const open = (hub: Hub, headers: Record<string, string> = {}, query = '') =>
    hub.send(`/v1/changes${query}`, { key: 'k-read', headers: { accept: 'text/event-stream', ...headers } });

  it('sends what there is, then what comes; the id of each event is the cursor after it', async () => {
    const hub = createHub();
    hub.core.rows.changes.push({ ...addressChange, seq: 8 });
    const response = await open(hub);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const next = reader(response);
    expect(await next()).toBe('retry: 2000\n\n');
    const first = await next();
    expect(first).toMatch(
      /^id: e1\.1\ndata: \{"specversion":"1\.0","id":"7".*\}\n\nid: e1\.2\ndata: \{.*"id":"8".*\}\n\n$/,
    );
    expect(first).not.toContain('街');
    hub.core.rows.changes.push({ ...addressChange, seq: 9 });
    hub.commit();
    expect(await next()).toMatch(/^id: e1\.3\n/);
  });

  it('goes on where Last-Event-ID says, whatever the address says', async () => {
    const hub = createHub();
    hub.core.rows.changes.push({ ...addressChange, seq: 8 });
    const next = reader(await open(hub, { 'last-event-id': 'e1.1' }, '?after=e1.0'));
    await next();
    expect(await next()).toMatch(/^id: e1\.2\n/);
  });

  it('gives a bad cursor its status', async () => {
    expect((await open(createHub(), { 'last-event-id': 'nonsense' })).status).toBe(400);
    expect((await open(createHub(), { 'last-event-id': 'e9.1' })).status).toBe(410);
  });

  it('shows that it lives, and ends with the shutdown', async () => {
    const hub = createHub();
    const next = reader(await open(hub, { 'last-event-id': 'e1.1' }));
    await next();
    expect(await next()).toBe(':\n\n');
    const beat = next();
    await asked(hub, 2);
    hub.clock.advance(15_000);
    hub.commit();
    expect(await beat).toBe(':\n\n');
    const end = next();
    await asked(hub, 4);
    hub.closing.abort();
    expect(await end).toBeUndefined();
  });

  it('forgets a reader that leaves', async () => {
    const hub = createHub();
    const response = await open(hub);
    await response.body?.cancel();
    const calls = hub.core.calls.length;
    hub.commit();
    hub.commit();
    expect(hub.core.calls.length - calls).toBeLessThanOrEqual(1);
  });
});

/** Resolves once the stream was looked at that many times. */
async function asked(hub: Hub, times: number): Promise<void> {
  while (hub.core.calls.filter(({ verb }) => verb === 'changes').length < times)
    await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

function reader(response: Response): () => Promise<string | undefined> {
  const chunks = (response.body as ReadableStream<Uint8Array>).getReader();
  return async () => {
    const { value } = await chunks.read();
    return value && new TextDecoder().decode(value);
  };
}
