// The change stream over HTTP: pages, long polls, server-sent events, and what becomes of a cursor when a backup is restored.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, problemIn } from './client.ts';
import { orderChange, plainMappings, source } from './documents.ts';
import { endAll, type Hub, rootKey, startAt, startHub, syncline } from './hub.ts';
import { until } from './until.ts';

afterAll(endAll);

interface Page {
  events: { id: string; type: string; source: string; subject: string; time: string; data: Record<string, unknown> }[];
  next: string;
}

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({
    systems: { shop: source(), crm: source(), erp: { role: 'erp', connector: 'feed' } },
    mappings: plainMappings,
  });
});

const say = async (...numbers: string[]): Promise<string[]> => {
  const ids: string[] = [];
  for (const number of numbers) ids.push((await hub.say('shop', orderChange(number))).id);
  return ids;
};
const pageAfter = (after: string | undefined, more = ''): Promise<Page> =>
  hub.get(`/v1/changes?limit=2${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}${more}`);

/** The end of the stream. */
const here = async (): Promise<string> => (await hub.get<Page>('/v1/changes?limit=1000')).next;

/** Follows the stream over HTTP as an EventSource would. */
function follow(lastEventId?: string): { events: { id: string; data: Page['events'][number] }[]; stop(): void } {
  const events: { id: string; data: Page['events'][number] }[] = [];
  const leaving = new AbortController();
  const read = async (): Promise<void> => {
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${rootKey}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const answer = await fetch(`${hub.url}/v1/changes`, { headers, signal: leaving.signal });
    let text = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (id !== undefined && data !== undefined) events.push({ id, data: JSON.parse(data) });
      }
    }
  };
  read().catch(() => undefined);
  return { events, stop: () => leaving.abort() };
}

describe('pages', () => {
  it('hold every change once, in the order of commit, and are the same for the same cursor', async () => {
    const ids = await say('SO-1', 'SO-2', 'SO-3', 'SO-4', 'SO-5');
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = await pageAfter(cursor); page.events.length > 0; page = await pageAfter(cursor)) {
      expect(await pageAfter(cursor)).toEqual(page);
      seen.push(...page.events.map(({ subject }) => subject));
      cursor = page.next;
    }
    expect(seen).toEqual(ids);
    await hub.say('crm', orderChange('SO-1', { id: 'C-1', note: 'from the CRM' }));
    const { events } = await pageAfter(cursor);
    expect(events).toMatchObject([
      {
        specversion: '1.0',
        source: '/systems/crm',
        type: 'dev.syncline.order.updated',
        subject: ids[0],
        data: { buyerNote: { old: { buyerNote: 'ring twice' }, new: { buyerNote: 'from the CRM' } } },
      },
    ]);
    expect((await pageAfter(undefined, '&system=crm')).events).toEqual(events);
  });

  it('have nothing to read for a cursor that is none: 400', async () => {
    const answer = await hub.ask('GET', '/v1/changes?after=yesterday');
    expect(faultsOf(problemIn(answer, 400, 'invalid-request'))[0]).toMatch(/^\?after: /);
  });
});

describe('a long poll', () => {
  it('is answered when something is committed, and not before', async () => {
    const next = await here();
    let answered = false;
    const asked = performance.now();
    const waiting = hub
      .ask('GET', `/v1/changes?after=${encodeURIComponent(next)}`, { headers: { prefer: 'wait=30' } })
      .finally(() => {
        answered = true;
      });
    // An answer to a later request means that the earlier one was read.
    await hub.ask('GET', '/healthz');
    expect(answered).toBe(false);
    const [id] = await say('SO-WAITED');
    const page = JSON.parse((await waiting).text) as Page;
    expect(page.events.map(({ subject }) => subject)).toEqual([id]);
    // Long before its wait would be over, on however busy a machine.
    expect(performance.now() - asked).toBeLessThan(29_000);
  });

  it('is answered with an empty page when its time is over', async () => {
    const next = await here();
    const asked = performance.now();
    const answer = await hub.ask('GET', `/v1/changes?after=${encodeURIComponent(next)}`, {
      headers: { prefer: 'wait=1' },
    });
    expect(performance.now() - asked).toBeGreaterThanOrEqual(995);
    expect(JSON.parse(answer.text)).toMatchObject({ events: [], next });
  });

  it('of a feed is answered when something falls behind', async () => {
    const { next } = await hub.get<{ next: string }>('/v1/feeds/erp?limit=1000');
    const path = `/v1/feeds/erp?after=${encodeURIComponent(next)}`;
    const waiting = hub.ask('GET', path, { headers: { prefer: 'wait=30' } });
    await hub.ask('GET', '/healthz');
    const [id] = await say('SO-FED');
    const { items } = JSON.parse((await waiting).text) as { items: { id: string }[] };
    expect(items.map((item) => item.id)).toEqual([id]);
  });
});

describe('server-sent events', () => {
  it('bring what is there and what comes, and go on where the reader was after a break and a restart', async () => {
    const begin = await here();
    const before = await say('SO-A', 'SO-B');
    const first = follow(begin);
    await until('what is there has come', () => first.events.length === 2);
    const live = await say('SO-C');
    await until('what is new has come', () => first.events.length === 3);
    expect(first.events.map(({ data }) => data.subject)).toEqual([...before, ...live]);
    const [, middle] = first.events;
    first.stop();
    const missed = await say('SO-D');
    await hub.stop();
    hub = await startAt(hub.place);
    const second = follow(middle?.id);
    const later = await say('SO-E');
    await until('all that followed has come', () => second.events.length === 3);
    expect(second.events.map(({ data }) => data.subject)).toEqual([...live, ...missed, ...later]);
    second.stop();
  });

  it('are refused for a cursor that is none, before the stream begins', async () => {
    const headers = { accept: 'text/event-stream', 'last-event-id': 'yesterday' };
    problemIn(await hub.ask('GET', '/v1/changes', { headers }), 400, 'invalid-request');
  });
});

describe('a restored backup', () => {
  it('answers cursors from before with 410 and where to begin, on the stream and on feeds', async () => {
    const [kept] = await say('SO-KEPT');
    const backup = join(hub.place.folder, 'backup.db');
    expect(await syncline(hub.place, 'backup', backup, '--url', hub.url)).toMatchObject({ code: 0 });
    const [lost] = await say('SO-LOST');
    const cursor = await here();
    const fed = (await hub.get<{ next: string }>('/v1/feeds/erp?limit=1000')).next;
    await hub.stop();
    expect((await syncline(hub.place, 'restore', backup)).code).toBe(1);
    await hub.place.database.empty();
    expect(await syncline(hub.place, 'restore', backup)).toMatchObject({ code: 0 });
    hub = await startAt(hub.place);

    const restartOf = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
      (problemIn(await hub.ask('GET', path, { headers }), 410, 'gone') as unknown as { restart: string }).restart;
    const restart = await restartOf(`/v1/changes?after=${encodeURIComponent(cursor)}`);
    const all = await hub.get<Page>(`/v1/changes?limit=1000&after=${encodeURIComponent(restart)}`);
    expect(all.events.at(-1)?.subject).toBe(kept);
    expect(all.events.map(({ subject }) => subject)).not.toContain(lost);
    expect(await restartOf('/v1/changes', { accept: 'text/event-stream', 'last-event-id': cursor })).toBe(restart);
    const again = await restartOf(`/v1/feeds/erp?after=${encodeURIComponent(fed)}`);
    const { items } = await hub.get<{ items: { id: string }[] }>(`/v1/feeds/erp?after=${encodeURIComponent(again)}`);
    expect(items.at(-1)?.id).toBe(kept);
  });
});
