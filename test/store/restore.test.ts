// A backup becomes a database again, with another epoch; a damaged or half-made one never does.

import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackupFailed } from '../../src/store/errors.ts';
import { backup } from '../../src/store/sqlite/backup.ts';
import { connect } from '../../src/store/sqlite/connection.ts';
import { restore } from '../../src/store/sqlite/restore.ts';
import { makeOrder } from '../contract/store/harness.ts';
import { openAt, type SqliteHarness, sqliteHarness } from './sqlite-harness.ts';

let harness: SqliteHarness;
beforeEach(async () => {
  harness = await sqliteHarness();
});
afterEach(() => harness.close());

const at = (name: string): string => join(harness.folder, name);

describe('restore', () => {
  it('has the data of the backup, another epoch, and numbers that were never given before', async () => {
    const { store } = harness;
    const id = await store.transact([], makeOrder(['crm']));
    await store.backup(at('copy.db'));
    const lost = await store.transact([], makeOrder(['crm']));
    const given = await store.head();
    const { epoch } = await restore(at('copy.db'), at('back.db'), randomBytes);
    const back = await openAt(at('back.db'));
    expect(back.epoch).toBe(epoch);
    expect(back.epoch).not.toBe(store.epoch);
    expect((await back.recordsOf('order', 10, null)).items.map((row) => row.id)).toEqual([id]);
    expect(await back.read([lost], (state) => state.record(lost))).toBeUndefined();
    const next = await back.transact([], (_state, { nextSeq }) => ({ write: {}, answer: nextSeq() }));
    expect(next).toBeGreaterThan(given + 1_000_000);
    await back.close();
  });

  it('never writes over a database', async () => {
    await harness.store.backup(at('copy.db'));
    await expect(restore(at('copy.db'), harness.path, randomBytes)).rejects.toThrow(/there already/);
    await expect(restore(at('none.db'), at('back.db'), randomBytes)).rejects.toThrow(/does not exist/);
  });

  it('refuses a damaged backup and leaves nothing behind', async () => {
    await Promise.all(Array.from({ length: 500 }, () => harness.store.transact([], makeOrder(['crm']))));
    await harness.store.backup(at('copy.db'));
    const bytes = readFileSync(at('copy.db'));
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 20_000);
    writeFileSync(at('damaged.db'), bytes);
    writeFileSync(at('none-of-ours.db'), 'hello');
    for (const bad of ['damaged.db', 'none-of-ours.db']) {
      await expect(restore(at(bad), at('back.db'), randomBytes)).rejects.toThrow(BackupFailed);
    }
    expect(readdirSync(harness.folder).filter((name) => name.startsWith('back.db'))).toEqual([]);
  });
});

describe('a backup', () => {
  it('that takes too long or outlives the store is given up, with nothing left at its place', async () => {
    await Promise.all(Array.from({ length: 500 }, () => harness.store.transact([], makeOrder(['crm']))));
    await harness.store.close();
    const db = connect({ path: harness.path });
    let now = 0;
    const ticking = () => (now += 1_000);
    const slow = backup(db, { path: at('copy.db'), now: ticking, stopped: () => false, longestMs: 500 });
    await expect(slow).rejects.toThrow(/longer than 0.5 s/);
    await expect(backup(db, { path: at('copy.db'), now: () => 0, stopped: () => true })).rejects.toThrow(/closed/);
    db.close();
    expect(readdirSync(harness.folder).filter((name) => name.startsWith('copy.db'))).toEqual([]);
  });

  it('is one file that can be copied about', async () => {
    const id = await harness.store.transact([], makeOrder(['crm']));
    await harness.store.backup(at('copy.db'));
    copyFileSync(at('copy.db'), at('elsewhere.db'));
    expect(existsSync(at('copy.db-wal'))).toBe(false);
    const copy = await openAt(at('elsewhere.db'));
    expect((await copy.recordsOf('order', 10, null)).items.map((row) => row.id)).toEqual([id]);
    await copy.close();
  });
});
