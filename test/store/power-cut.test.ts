// What only a power cut shows: a commit, a folder or a backup that was acknowledged and was never on the disk.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChance } from '../crash/chance.ts';
import { Disk } from '../crash/power-cut/disk.ts';
import { rollBack } from '../crash/power-cut/rollback.ts';
import { killStarted, startStore } from './process.ts';
import { openAt } from './sqlite-harness.ts';

let disk: Disk;
beforeEach(() => {
  disk = new Disk();
});
afterEach(() => {
  killStarted();
  disk.remove();
});

/** Acknowledged in so many groups, then killed. */
async function write(path: string, groups: number): Promise<string[]> {
  const writer = startStore('write', path, { env: disk.env });
  expect((await writer.lines.next()).value).toBe('open');
  const acknowledged: string[] = [];
  for (let left = groups; left > 0; left--) acknowledged.push(...String((await writer.lines.next()).value).split(' '));
  writer.kill();
  await writer.ended;
  return acknowledged;
}

/** How many of these a store no longer has after cuts by different chances. */
async function lostBy(cuts: number, path: string, acknowledged: readonly string[]): Promise<number[]> {
  const lost: number[] = [];
  for (let no = 0; no < cuts; no += 1) {
    const left = `${disk.folder}-${no}`;
    rollBack(disk.folder, left, { book: disk.env.POWER_CUT_BOOK ?? '', chance: createChance(`cut ${no}`) });
    const store = await openAt(join(left, path));
    const found = new Set((await store.recordsOf('order', 100_000, null)).items.map(({ id }) => id));
    lost.push(acknowledged.filter((id) => !found.has(id)).length);
    await store.close();
  }
  return lost;
}

const cuts = 8;
const nothing = Array<number>(cuts).fill(0);

describe('a power cut', () => {
  it('loses nothing that was acknowledged, nor the folders that were made for it', async () => {
    const path = 'new/deep/hub.db';
    const acknowledged = await write(join(disk.folder, path), 5);
    expect(await lostBy(cuts, path, acknowledged)).toEqual(nothing);
    expect(disk.counts.syncs).toBeGreaterThan(5);
  });

  it('loses nothing after a kill, a restart and more writing either', async () => {
    const acknowledged = await write(join(disk.folder, 'hub.db'), 3);
    acknowledged.push(...(await write(join(disk.folder, 'hub.db'), 4)));
    expect(await lostBy(cuts, 'hub.db', acknowledged)).toEqual(nothing);
  });

  it('loses no backup that was said to be made', async () => {
    const writer = startStore('backup', join(disk.folder, 'hub.db'), { env: disk.env });
    expect((await writer.lines.next()).value).toBe('open');
    const acknowledged = String((await writer.lines.next()).value).split(' ');
    expect((await writer.lines.next()).value).toBe('backed up');
    writer.kill();
    await writer.ended;
    expect(await lostBy(cuts, 'hub.db-backups/today/copy.db', acknowledged)).toEqual(nothing);
  });

  it('loses nothing after a sync that failed: what that one left unwritten is written anew', async () => {
    const path = join(disk.folder, 'hub.db');
    const acknowledged = await write(path, 3);
    disk.failSync(3);
    const failing = startStore('fail', path, { env: disk.env });
    const said: string[] = [];
    for await (const line of failing.lines) said.push(line);
    expect(await failing.ended).toBe(7);
    expect(disk.counts.failed).toBe(1);
    acknowledged.push(...said.filter((line) => line.startsWith('ord_')), ...(await write(path, 2)));
    expect(await lostBy(cuts, 'hub.db', acknowledged)).toEqual(nothing);
  });
});
