// What the program writes holds personal data: nobody else on the machine may read it, whatever the shell allows.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { orderChange, plainMappings, source } from '../flows/documents.ts';
import { endAll, startHub, syncline } from '../flows/hub.ts';

afterEach(endAll);

/** Files and folders that others may read, write or enter. */
const openToOthers = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => (statSync(path).mode & 0o007) !== 0);

it('the database, its log and backups are closed to others', async () => {
  const before = process.umask(0o000);
  try {
    const hub = await startHub({ systems: { shop: source() }, mappings: plainMappings });
    await hub.say('shop', orderChange('SO-1'));
    const copies = join(hub.place.folder, 'copies');
    expect((await hub.ask('POST', '/v1/backups', { body: { path: join(copies, 'a.db') } })).status).toBe(200);
    const data = join(hub.place.folder, 'data');
    expect(readdirSync(data)).toEqual(expect.arrayContaining(['hub.db', 'hub.db-wal']));
    expect([...openToOthers(data), ...openToOthers(copies)]).toEqual([]);
    await hub.stop();
    expect((await syncline(hub.place, 'backup', join(copies, 'b.db'))).code).toBe(0);
    expect(readdirSync(copies).sort()).toEqual(['a.db', 'b.db']);
    expect(openToOthers(copies)).toEqual([]);
  } finally {
    process.umask(before);
  }
});
