// Types with `history: every`: each state of a record is delivered, in its order, and none is left out for a newer one.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Send } from '../../src/core/core.ts';
import { type Engine, fourSystems, type Scene, scene } from './scene.ts';

const mapping = `
record: notification
payload: delta
identity: { id: id, match: [{ ours: key, theirs: key }] }
fields:
  - { ours: key, theirs: key, once: true, required: true }
  - { ours: text.en, theirs: text }
  - { ours: role, theirs: to, dir: in }
`;

export function everyStories(engine: Engine): void {
  let folder: string;
  let hub: Scene;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'syncline-every-'));
    await writeFile(join(folder, 'notification.merge.yaml'), 'record: notification\nhistory: every\n');
    for (const system of ['shop', 'wms']) {
      await mkdir(join(folder, system));
      await writeFile(join(folder, system, 'notification.yaml'), mapping);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    hub = await scene({ engine, folder, systems: fourSystems().filter(({ id }) => id === 'shop' || id === 'wms') });
  });
  afterEach(() => hub.close());

  const say = (text: string, more: object = {}) =>
    hub.say('shop', {
      record: 'notification',
      id: 'N-1',
      data: { id: 'N-1', key: 'k-1', text, ...more },
    });
  const textOf = (send: Send | undefined): string =>
    (JSON.parse(send?.body ?? '{}') as { text?: string }).text ?? 'nothing';
  const copy = async (id: string) =>
    (await hub.record('notification', id)).replicas.find(({ system }) => system === 'wms');
  const one = async (): Promise<Send> => {
    const [send] = await hub.due('wms');
    if (!send) throw new Error('nothing is due');
    return send;
  };

  describe('a record of which every state counts', () => {
    it('is delivered state by state, each under its own number, also after a restart, and then is quiet', async () => {
      const said = [await say('first'), await say('second'), await say('third')];
      const { id } = said[0] as { id: string };
      await hub.restart();
      const sent: Send[] = [];
      for (let send = await one(); send; send = (await hub.due('wms'))[0] as Send) {
        sent.push(send);
        await hub.deliver(send, 'W-1');
      }
      expect(sent.map(textOf)).toEqual(['first', 'second', 'third']);
      expect(sent.map(({ op }) => op)).toEqual(['create', 'update', 'update']);
      expect(sent.map(({ key }) => key)).toEqual(said.map(({ seq }) => `wms:notification:${id}:${seq}`));
      expect(await copy(id)).toMatchObject({ state: 'synced', syncedVersion: 3, wantedVersion: 3 });
    });

    it('passes over a state of which nothing is written there', async () => {
      await say('first');
      await say('first', { to: 'manager' });
      await say('second');
      const create = await one();
      await hub.deliver(create, 'W-1');
      const update = await one();
      expect([create, update].map(textOf)).toEqual(['first', 'second']);
    });

    it('is tried again with the same state, whatever came since, and waits as long as its oldest one does', async () => {
      const { id } = await say('first');
      const lost = await one();
      await hub.fail(lost, { kind: 'unavailable', message: 'no connection', sent: false });
      hub.pass(1_000);
      await say('second');
      const again = await one();
      expect(again).toMatchObject({ key: lost.key, body: lost.body, repeat: true });
      await say('third');
      const since = (await copy(id))?.behindSince;
      await hub.deliver(again, 'W-1');
      expect(textOf(await one())).toBe('second');
      expect(Date.parse((await copy(id))?.behindSince ?? '')).toBeGreaterThan(Date.parse(since ?? ''));
    });

    it('stops at a state that is refused, and tells of it; a person lets the next ones go on', async () => {
      await say('first');
      await hub.deliver(await one(), 'W-1');
      const { id } = await say('second');
      await say('third');
      await say('fourth');
      await hub.fail(await one(), { kind: 'rejected', message: 'no such word', status: 422, sent: true });
      expect(await copy(id)).toMatchObject({ state: 'dead' });
      expect(await hub.due('wms')).toEqual([]);
      const [letter] = (await hub.core.deadLetters({}, 10, null)).items;
      expect(letter).toMatchObject({ kind: 'rejected', payload: expect.stringContaining('second') });
      await hub.core.replay(letter?.id ?? '', undefined, 'ops');
      const third = await one();
      await hub.deliver(third);
      const fourth = await one();
      await hub.deliver(fourth);
      expect([third, fourth].map(textOf)).toEqual(['third', 'fourth']);
      expect(await hub.due('wms')).toEqual([]);
      expect(await copy(id)).toMatchObject({ state: 'synced' });
    });
  });
}
