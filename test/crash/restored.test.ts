// A backup made under load, the power cut right after it, and the hub restored from it: what is older than the backup is
// there, nobody's cursor quietly skips anything, and no key that a system knows is used for anything else.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask, askJson, askOnce, type Talk } from './ask.ts';
import { createChance } from './chance.ts';
import { recordsOf, wholeStream } from './ending.ts';
import { databaseFile, sqlite } from './engine.ts';
import { Recorder } from './history.ts';
import { config, environment, HubProcess, program } from './hub-process.ts';
import { judge } from './judge/judge.ts';
import { createMisbehaviour } from './misbehaviour.ts';
import { type OrderSystem, openOrderSystem } from './order-system.ts';
import { Disk } from './power-cut/disk.ts';
import { noteOf, shopOrder, wordsIn } from './words.ts';

const chance = createChance('restored');
let disk: Disk;
let systems: Record<'crm' | 'wms', OrderSystem>;
let hub: HubProcess;
let talk: Talk;
let env: Record<string, string>;

beforeEach(async () => {
  disk = new Disk();
  const recorder = new Recorder();
  const well = createMisbehaviour(chance);
  well.stop();
  const open = (name: 'crm' | 'wms') => openOrderSystem({ name, knowsKeys: true, misbehaviour: well, recorder });
  systems = { crm: await open('crm'), wms: await open('wms') };
  const addresses = { shop: 'http://127.0.0.1:9', crm: systems.crm.url, wms: systems.wms.url };
  const options = { database: sqlite.database(disk.folder), addresses, env: disk.env };
  hub = new HubProcess(options);
  env = environment(options);
  talk = { hub, recorder, signal: new AbortController().signal };
  hub.start();
});
afterEach(async () => {
  await hub.kill();
  await Promise.all([systems.crm.close(), systems.wms.close()]);
  disk.remove();
});

interface Taken {
  id: string;
  version: number;
}

/** The newest version of each order that was acknowledged, by its number. */
type Orders = Map<string, Taken>;

async function put(orders: Orders, number: string, version: number): Promise<void> {
  const changedAt = talk.recorder.now();
  const data = shopOrder(`S-${number}`, number, { version, note: noteOf(number, version), changedAt });
  const body = JSON.stringify({ record: 'order', id: `S-${number}`, key: `${number} ${version} ${changedAt}`, data });
  const { text } = await ask(talk, { method: 'POST', path: '/v1/systems/shop/changes', body });
  const [result] = (JSON.parse(text) as { results: { id: string }[] }).results;
  orders.set(number, { id: result?.id ?? '', version });
}

/** Writes, each order again and again, until it is stopped. */
function writeOn(orders: Orders, name: string): { stop(): Promise<void> } {
  let goesOn = true;
  const run = async (): Promise<void> => {
    for (let no = 0; goesOn; no += 1) await put(orders, `SO-${name}-${no % 7}`, Math.floor(no / 7) + 1);
  };
  const running = run();
  return {
    stop: () => {
      goesOn = false;
      return running;
    },
  };
}

async function cursors(): Promise<string[]> {
  const found: string[] = [];
  for (const path of ['/v1/changes?limit=40', '/v1/feeds/erp?limit=5']) {
    for (let after = ''; found.length < 40; ) {
      const { next } = await askJson<{ next: string }>(talk, `${path}${after}`);
      if (after.endsWith(encodeURIComponent(next))) break;
      after = `&after=${encodeURIComponent(next)}`;
      found.push(`${path}${after}`);
    }
  }
  return found;
}

it('an older backup that is restored', async () => {
  const orders: Orders = new Map();
  const writers = ['A', 'B', 'C', 'D'].map((name) => writeOn(orders, name));
  while (orders.size < 28 || numbersIn('crm').size < 5) await put(orders, 'SO-first', 1);
  const before = new Map(orders);
  const had = { crm: numbersIn('crm'), wms: numbersIn('wms') };
  const backup = join(disk.folder, 'backups', 'today.db');
  const made = await ask(talk, { method: 'POST', path: '/v1/backups', body: JSON.stringify({ path: backup }) });
  expect(made.status, made.text).toBe(200);
  await Promise.all(writers.map((writer) => writer.stop()));
  await put(orders, 'SO-after', 1);
  const old = await cursors();
  expect(old.length).toBeGreaterThan(4);
  const highest = Number((await wholeStream(talk)).at(-1)?.id);

  await hub.kill();
  disk.cut(chance);
  rmSync(dirname(databaseFile(disk.folder)), { recursive: true, force: true });
  await promisify(execFile)(process.execPath, [program, 'restore', backup, '--config', config], { env });
  disk.cut(chance);
  hub.start();

  for (const path of old) {
    const answered = await ask(talk, { path });
    expect([path, answered.status]).toEqual([path, 410]);
    const { restart } = JSON.parse(answered.text) as { restart: string };
    const again = await askOnce(talk, { path: path.replace(/after=.*/, `after=${encodeURIComponent(restart)}`) });
    expect([path, again?.status]).toEqual([path, 200]);
  }
  const kept = await recordsOf(
    talk,
    [...before.values()].map(({ id }) => id),
  );
  for (const [number, { id, version }] of before) {
    const record = kept.find((one) => one.id === id);
    expect([number, record?.said.number]).toEqual([number, number]);
    expect(record?.said.quantity ?? 0).toBeGreaterThanOrEqual(version);
  }

  const arrivedBefore = talk.recorder.history.arrivals.length;
  for (const [number, { version }] of orders) await put(orders, number, version + 1);
  await quietButForTheFeed();
  for (const system of ['crm', 'wms'] as const) {
    const held = [...systems[system].objects.values()].map((row) => wordsIn(system, row));
    for (const [number, { version }] of orders) {
      const copies = held.filter((said) => said.number === number).map(({ quantity }) => quantity);
      // That it was made there after the backup the hub has never heard: a system that knows no numbers of ours gets it again.
      expect([system, number, had[system].has(number) ? copies : copies.at(-1)]).toEqual([
        system,
        number,
        had[system].has(number) ? [version] : version,
      ]);
    }
  }
  const after = talk.recorder.history.arrivals.slice(arrivedBefore);
  expect(after.length).toBeGreaterThan(orders.size);
  expect(after.every(({ key }) => Number(key?.split(':').at(-1)) > highest)).toBe(true);
  expect(judge(talk.recorder.history).filter(({ promise }) => promise === 'a key stands for the same bytes')).toEqual(
    [],
  );
});

const numbersIn = (system: 'crm' | 'wms'): Set<string | undefined> =>
  new Set([...systems[system].objects.values()].map((row) => wordsIn(system, row).number));

async function quietButForTheFeed(): Promise<void> {
  for (;;) {
    const { systems: lag } = await askJson<{ systems: { system: string; lagSeconds: number }[] }>(talk, '/v1/lag');
    if (lag.every(({ system, lagSeconds }) => system === 'erp' || lagSeconds === 0)) return;
  }
}
