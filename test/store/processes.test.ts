// What only shows between processes: one owner, nothing acknowledged lost by a kill, an end after a failing disk.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseOwned } from '../../src/store/errors.ts';
import { killStarted, startStore } from './process.ts';
import { newFolder, openAt } from './sqlite-harness.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = newFolder();
  path = join(folder, 'hub.db');
});
afterEach(() => {
  killStarted();
  rmSync(folder, { recursive: true, force: true });
});

describe('owner', () => {
  it('is one process: a second one is refused with the name of the file', async () => {
    const store = await openAt(path);
    const second = startStore('own', path);
    const { value } = await second.lines.next();
    expect(value).toMatch(/^refused DatabaseOwned/);
    expect(value).toContain(path);
    expect(await second.ended).toBe(2);
    await store.close();
  });

  it('is gone with its process, however that ends', async () => {
    const owner = startStore('own', path);
    expect((await owner.lines.next()).value).toBe('open');
    await expect(openAt(path)).rejects.toThrow(DatabaseOwned);
    owner.kill();
    expect(await owner.ended).toBe('SIGKILL');
    await (await openAt(path)).close();
  });

  it('is refused within one process too', async () => {
    const store = await openAt(path);
    await expect(openAt(path)).rejects.toThrow(DatabaseOwned);
    await store.close();
  });
});

describe('kill -9', () => {
  it('loses nothing that was acknowledged', async () => {
    const acknowledged: string[] = [];
    for (const groups of [1, 7, 20, 33]) {
      const writer = startStore('write', path);
      expect((await writer.lines.next()).value).toBe('open');
      for (let left = groups; left > 0; left--)
        acknowledged.push(...String((await writer.lines.next()).value).split(' '));
      writer.kill();
      expect(await writer.ended).toBe('SIGKILL');
    }
    const store = await openAt(path);
    const ids = (await store.recordsOf('order', 100_000, null)).items.map(({ id }) => id);
    const found = new Set(ids);
    expect(acknowledged).toHaveLength(61 * 20);
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    expect(await store.counts()).toEqual([{ system: 'erp', type: 'order', state: 'behind', count: ids.length }]);
    expect(await store.changesAfter(0, 100_000, {})).toHaveLength(ids.length);
    await store.close();
  });
});

describe('a disk that fails', () => {
  it('fails the store for good and tells the process', async () => {
    const writer = startStore('fail', path, { blocks: 1_024 });
    const said: string[] = [];
    for await (const line of writer.lines) said.push(line);
    expect(await writer.ended).toBe(7);
    const acknowledged = said.filter((line) => line.startsWith('ord_'));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(said.slice(-3)).toEqual([
      'onFailure StoreFailed',
      'failed StoreFailed',
      'later StoreFailed StoreFailed StoreFailed StoreFailed',
    ]);
    const store = await openAt(path);
    const found = new Set((await store.recordsOf('order', 100_000, null)).items.map(({ id }) => id));
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    await store.close();
  });
});
