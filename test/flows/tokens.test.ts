// A refresh token that is replaced with each use, over stops, kills and new settings of the hub.
import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { orderChange, plainMappings, source } from './documents.ts';
import { startGuarded } from './guarded.ts';
import { endAll, type Hub, layOut, startAt, write } from './hub.ts';
import { closeSystems } from './system.ts';
import { until } from './until.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

interface SystemView {
  system: string;
  state: string;
  reason: string | null;
}

const refused = (hub: Hub): Promise<SystemView | undefined> =>
  until(
    'the system is paused',
    async () =>
      (await hub.get<{ systems: SystemView[] }>('/v1/systems')).systems.find(({ system }) => system === 'wms'),
    (view) => view?.state === 'unauthorized',
  );

it('outlives a restart; one that dies with the hub is told of, and a new one in the settings goes on', async () => {
  const { vendor, settings, ...guarded } = await startGuarded();
  const first = vendor.authorize();
  const place = layOut({ systems: { shop: source(), wms: settings(first) }, mappings: plainMappings });
  const hubs = [await startAt(place)];
  const [hub] = hubs as [Hub];
  await hub.replicaIs((await hub.say('shop', orderChange('SO-1'))).id, 'wms', 'synced');
  expect(await hub.stop()).toBe(0);

  // Token and refresh token are there again.
  const second = await startAt(place);
  hubs.push(second);
  await second.replicaIs((await second.say('shop', orderChange('SO-2'))).id, 'wms', 'synced');
  expect(vendor.asked).toEqual([first]);
  vendor.end();
  await second.replicaIs((await second.say('shop', orderChange('SO-3'))).id, 'wms', 'synced');
  expect(vendor.asked).toEqual([first, 'refresh-2']);

  // Killed when the system has replaced it, and before the hub knows by what.
  vendor.end();
  let killed: Promise<void> | undefined;
  guarded.system.reply = wrapped(guarded.system.reply, () => {
    killed ??= second.kill();
  });
  const { id } = await second.say('shop', orderChange('SO-4'));
  await until('it asks for a token', () => killed !== undefined);
  await killed;
  const third = await startAt(place);
  hubs.push(third);
  const view = await refused(third);
  expect(view?.reason).toMatch(/^no token: 400 invalid_grant: the refresh token that was stored on \d{4}-/);
  expect(view?.reason).toContain('The answer to an earlier renewal was lost');
  expect(view?.reason).toContain('authorize the hub in wms again, put the new refreshToken into its settings');
  // Over PostgreSQL whoever waited for the right of the dead hub may have given up: the next one asks once more.
  expect(vendor.asked.slice(0, 3)).toEqual([first, 'refresh-2', 'refresh-3']);
  expect(['refresh-3', 'refresh-3,refresh-3']).toContain(vendor.asked.slice(3).join());
  expect(await third.stop()).toBe(0);

  write(place.config, readFileSync(place.config, 'utf8').replace(first, vendor.authorize()));
  const fourth = await startAt(place);
  hubs.push(fourth);
  await fourth.replicaIs(id, 'wms', 'synced');
  const told = fourth.log.find(({ msg }) => msg.startsWith('what is stored for wms cannot be opened'));
  expect(told).toMatchObject({ level: 'info', system: 'wms' });

  const words = hubs.flatMap(({ log, said }) => [JSON.stringify(log), ...said]).join('\n');
  expect(words).not.toMatch(/(access|refresh|authorized)-\d|a-client-secret/);
});

type Replying = Awaited<ReturnType<typeof startGuarded>>['system']['reply'];

/** The answer to a question for a token is ready, and lost. */
function wrapped(reply: Replying, lose: () => void): Replying {
  let armed = true;
  return (arrival) => {
    const answer = reply?.(arrival);
    if (!armed || arrival.path !== '/token') return answer;
    armed = false;
    lose();
    return 'reset';
  };
}
