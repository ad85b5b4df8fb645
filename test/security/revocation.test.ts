// A revoked key is refused within a second, wherever it was revoked, and what it had open ends.
import { describe, expect, it } from 'vitest';
import { createKeyRing, keyRefreshMs, mintKey, parseKeys } from '../../src/gateway/keys.ts';
import { repeat } from '../../src/repeat.ts';
import type { ApiKeyRow } from '../../src/store/rows.ts';
import { addressChange } from '../gateway/fake-core.ts';
import { createHub, type Hub } from '../gateway/hub.ts';
import { manualClock } from '../gateway/manual-clock.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

const mint = (name: string, scopes: Parameters<typeof mintKey>[0]['scopes']) =>
  mintKey({ name, scopes, now: 1, random: (bytes) => new Uint8Array(bytes).fill(name.length) });

describe('a key that another process revokes', () => {
  it('is refused within a second, however long the store takes to tell, up to 0.2 s', async () => {
    const clock = manualClock();
    const { row, text } = mint('reader', ['read']);
    let rows: ApiKeyRow[] = [row];
    // The answer is of the moment of the question, and takes its time.
    const stored = () => {
      const seen = rows;
      return new Promise<ApiKeyRow[]>((resolve) => void clock.after(200, () => resolve(seen)));
    };
    const ring = createKeyRing({ configured: parseKeys('root:admin=k-root'), stored });
    const log = { warn: () => undefined } as never;
    const refreshing = repeat(clock, keyRefreshMs, ring.refresh, log);
    const pass = async (ms: number) => {
      for (let at = 0; at < ms; at += 100) {
        clock.advance(100);
        await turn();
      }
    };
    await pass(keyRefreshMs + 200);
    expect(ring.authenticate(`Bearer ${text}`)).toMatchObject({ name: 'reader' });
    // The worst moment: just after the rows were read.
    await pass(keyRefreshMs);
    rows = [{ ...row, revokedAt: clock.now() }];
    await pass(1_000);
    expect(ring.authenticate(`Bearer ${text}`)).toBeUndefined();
    refreshing.stop();
  });

  it('opens no hub, although it was the only one', async () => {
    const { row, text } = mint('root', ['admin']);
    let rows = [row];
    const ring = createKeyRing({ configured: [], stored: async () => rows });
    await ring.refresh();
    rows = [{ ...row, revokedAt: 2 }];
    await ring.refresh();
    expect(ring.open).toBe(false);
    expect(ring.authenticate(undefined)).toBeUndefined();
    expect(ring.authenticate(`Bearer ${text}`)).toBeUndefined();
  });
});

/** A hub with one stored key. @returns its text, and what revokes it as another process would */
async function withStoredKey(hub: Hub, name: string, scopes: Parameters<typeof mintKey>[0]['scopes']) {
  const { row, text } = mint(name, scopes);
  hub.core.rows.keys = [row];
  await hub.deps.keys.refresh();
  const revoke = async () => {
    hub.core.rows.keys = [{ ...row, revokedAt: hub.clock.now() }];
    await hub.deps.keys.refresh();
  };
  return { key: text, revoke };
}

const looks = (hub: Hub, verb: string) => hub.core.calls.filter((call) => call.verb === verb).length;

async function lookedAt(hub: Hub, verb: string, times: number): Promise<void> {
  while (looks(hub, verb) < times) await turn();
  await turn();
}

describe('what a revoked key has open', () => {
  it('an event stream: nothing that is committed afterwards leaves, and it ends', async () => {
    const hub = createHub();
    const { key, revoke } = await withStoredKey(hub, 'reader', ['read', 'pii']);
    const response = await hub.send('/v1/changes', { key, headers: { accept: 'text/event-stream' } });
    const chunks = (response.body as ReadableStream<Uint8Array>).getReader();
    await chunks.read();
    expect(new TextDecoder().decode((await chunks.read()).value)).toContain('"id":"7"');
    const next = chunks.read();
    await lookedAt(hub, 'changes', 2);
    await revoke();
    hub.core.rows.changes.push({ ...addressChange, seq: 8 });
    hub.commit();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('an event stream of an open hub ends when its first key is made', async () => {
    const hub = createHub({ keys: '' });
    const response = await hub.send('/v1/changes?after=e1.1', { key: '', headers: { accept: 'text/event-stream' } });
    const chunks = (response.body as ReadableStream<Uint8Array>).getReader();
    for (const _ of ['hello', 'first page']) await chunks.read();
    const next = chunks.read();
    await lookedAt(hub, 'changes', 2);
    await withStoredKey(hub, 'root', ['admin']);
    hub.core.rows.changes.push({ ...addressChange, seq: 8 });
    hub.commit();
    expect((await next).done).toBe(true);
  });

  it('a long poll of the change stream: 401 instead of what comes', async () => {
    const hub = createHub();
    const { key, revoke } = await withStoredKey(hub, 'reader', ['read']);
    const answer = hub.send('/v1/changes?after=e1.1', { key, headers: { prefer: 'wait=30' } });
    await lookedAt(hub, 'changes', 1);
    await revoke();
    hub.core.rows.changes.push({ ...addressChange, seq: 8 });
    hub.commit();
    expect((await answer).status).toBe(401);
    expect(looks(hub, 'changes')).toBe(1);
  });

  it('a long poll of a feed: 401, and nothing more is served in its name', async () => {
    const hub = createHub();
    hub.core.rows.feed = [];
    const { key, revoke } = await withStoredKey(hub, 'erp', ['feed']);
    const answer = hub.send('/v1/feeds/erp', { key, headers: { prefer: 'wait=30' } });
    await lookedAt(hub, 'feed', 1);
    await revoke();
    hub.core.rows.feed = ['{"a":1}'];
    hub.commit();
    expect((await answer).status).toBe(401);
    expect(looks(hub, 'feed')).toBe(1);
  });
});
