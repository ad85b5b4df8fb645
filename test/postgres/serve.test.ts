// The program as an operator runs it, over PostgreSQL: one process, then two that share the database.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { orderChange, plainMappings, source, target } from '../flows/documents.ts';
import { endAll, type Hub, layOut, type Place, startAt, syncline, write } from '../flows/hub.ts';
import { closeSystems, type System, startSystem } from '../flows/system.ts';
import { until } from '../flows/until.ts';
import { newSchema, query } from './schemas.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const plan = (wms: System, url: string) => ({
  systems: { shop: source(), wms: target(wms), erp: { role: 'erp', connector: 'feed' } },
  mappings: plainMappings,
  more: { database: url },
});

interface Page {
  events: { subject?: string; id: string }[];
  next: string;
}

interface FeedPage {
  items: { id: string; seq: string }[];
  next: string;
  more: boolean;
}

const stream = async (hub: Hub): Promise<string[]> =>
  (await hub.get<Page>('/v1/changes?limit=1000')).events.map(({ id }) => id);

describe('one process', () => {
  it('takes, delivers and feeds, and finds everything again after a restart; its commands know the database', async () => {
    const wms = await startSystem();
    const url = await newSchema();
    const place = layOut(plan(wms, url));
    const migrated = await syncline(place, 'migrate', '--json');
    expect(migrated.code).toBe(0);
    expect(JSON.parse(migrated.out)).toMatchObject({
      from: 0,
      applied: expect.arrayContaining([{ version: 1, name: 'start' }]),
    });
    expect(migrated.out + migrated.err).not.toContain('postgres:postgres');
    expect((await syncline(place, 'check')).code).toBe(0);

    const hub = await startAt(place);
    const made = await Promise.all([1, 2, 3].map((place) => hub.say('shop', orderChange(`SO-${place}`))));
    for (const { id } of made) await hub.replicaIs(id, 'wms', 'synced');
    expect(hub.log.find(({ msg }) => msg === 'started')?.database).toMatch(/^postgres:\/\/127\.0\.0\.1:\d+\/postgres$/);
    const page = await hub.get<FeedPage>('/v1/feeds/erp');
    expect(page.items.map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
    await hub.get<FeedPage>(`/v1/feeds/erp?after=${encodeURIComponent(page.next)}`);
    for (const { id } of made) await hub.replicaIs(id, 'erp', 'synced');
    const changes = await stream(hub);
    expect(await hub.stop()).toBe(0);

    const copy = join(place.folder, 'copy.backup');
    expect((await syncline(place, 'backup', copy)).code).toBe(0);
    const again = await startAt(place);
    expect(await stream(again)).toEqual(changes);
    expect(wms.objects.size).toBe(3);
    await again.stop();

    const other: Place = { ...place, config: join(place.folder, 'other.yaml') };
    const { systems, more } = plan(wms, await newSchema());
    write(other.config, { listen: '127.0.0.1:0', mappings: 'mappings', systems, ...more });
    expect((await syncline(other, 'restore', copy)).code).toBe(0);
    const restored = await startAt(other);
    for (const { id } of made) expect((await restored.record('order', id)).version).toBe(1);
    expect((await restored.ask('GET', `/v1/feeds/erp?after=${encodeURIComponent(page.next)}`)).status).toBe(410);
  });

  it('does not start without its database, and says why without the password', async () => {
    const place = layOut(plan(await startSystem(), 'postgres://hub:geheim@127.0.0.1:1/hub'));
    const { code, err, out } = await syncline(place, 'serve');
    expect(code).toBe(1);
    expect(err + out).toContain('postgres://127.0.0.1:1/hub cannot be reached');
    expect(err + out).not.toContain('geheim');
  });
});

describe('two processes', () => {
  it('share the work: each object is made once, both tell the same, and one goes on when the other is killed', async () => {
    const wms = await startSystem();
    const url = await newSchema();
    const place = layOut(plan(wms, url));
    const one = await startAt(place);
    const two = await startAt(place);
    const hubs = [one, two] as const;
    const say = (number: number) => (hubs[number % 2] as Hub).say('shop', orderChange(`SO-${number}`));
    const made = await Promise.all(Array.from({ length: 40 }, (_, place) => say(place)));
    for (const { id } of made) await two.replicaIs(id, 'wms', 'synced');
    expect(wms.objects.size).toBe(40);
    const keys = wms.asked('POST').map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(await stream(one)).toEqual(await stream(two));
    // The same change through both at once is one change.
    const [first, second] = await Promise.all(hubs.map((hub) => hub.say('shop', orderChange('SO-twice'))));
    expect(first?.id).toBe(second?.id);

    // Killed while an answer is awaited: the other repeats it, with the same bytes under the same key.
    let silent = true;
    wms.reply = () => (silent ? 'trickle' : undefined);
    const held = await one.say('shop', orderChange('SO-held'));
    await until('it is sent', () => wms.asked('POST').some(({ text }) => text.includes('SO-held')));
    const [sent] = wms.asked('POST').filter(({ text }) => text.includes('SO-held'));
    const [owner] = await query<{ no: string; is_first: boolean }>(
      url,
      `SELECT r.claimed AS no, r.claimed = (SELECT min(no) FROM nodes) AS is_first
       FROM replicas r JOIN records o ON o.no = r.no / 1024 WHERE o.id = $1 AND r.system = 'wms'`,
      [held.id],
    );
    silent = false;
    const [killed, other] = owner?.is_first ? [one, two] : [two, one];
    await killed.kill();
    // As if its lease had run out: nobody waits ten seconds here.
    await query(url, 'UPDATE nodes SET lease_until = 0 WHERE no = $1', [owner?.no]);
    await other.replicaIs(held.id, 'wms', 'synced');
    const repeats = wms.asked('POST').filter(({ text }) => text.includes('SO-held'));
    expect(repeats.length).toBeGreaterThan(1);
    for (const repeat of repeats) expect([repeat.key, repeat.text]).toEqual([sent?.key, sent?.text]);
    expect([...wms.objects.values()].filter(({ number }) => number === 'SO-held')).toHaveLength(1);
    expect(await other.stop()).toBe(0);
  });
});
