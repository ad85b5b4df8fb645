// Keys and backups: in the database of a hub that does not run, and in one that does.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from '../../src/gateway/keys.ts';
import { connect } from '../../src/store/sqlite/connection.ts';
import { openAt } from '../store/sqlite-harness.ts';
import { hubBehind } from './hub-behind.ts';
import { openShell, plainConfig } from './shell.ts';

interface Made {
  id: string;
  name: string;
  scopes: string[];
  key: string;
}

describe('keys of a hub that does not run', () => {
  it('are made in its database, also before its first start', async () => {
    const shell = openShell();
    const { code, out, err } = await shell.syncline(
      'keys',
      'create',
      '--system',
      'erp',
      '--scope',
      'feed',
      '--scope',
      'intake',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^slk_\w+\n$/);
    expect(err).toContain('of erp: feed, intake. It is shown this once');
    const store = await openAt(shell.database);
    const ring = createKeyRing({ configured: [], stored: () => store.apiKeys() });
    await ring.refresh();
    await store.close();
    expect(ring.authenticate(`Bearer ${out.trim()}`)).toMatchObject({
      name: 'erp',
      scopes: new Set(['feed', 'intake']),
    });
  });

  it('leave a trace of who made and revoked them', async () => {
    const shell = openShell();
    const { id } = (await shell.json('keys', 'create', '--name', 'ops', '--scope', 'admin')) as Made;
    await shell.syncline('keys', 'revoke', id);
    await shell.syncline('keys', 'revoke', id);
    const db = connect({ path: shell.database });
    const rows = db.prepare('SELECT actor, action, target FROM audit ORDER BY rowid').all();
    db.close();
    expect(rows).toEqual([
      { actor: 'cli', action: 'key.create', target: id },
      { actor: 'cli', action: 'key.revoke', target: id },
    ]);
  });

  it('are listed without what they are made of', async () => {
    const shell = openShell();
    const made = (await shell.json('keys', 'create', '--name', 'ops', '--scope', 'read+pii')) as Made;
    const { key, ...view } = made;
    expect(await shell.json('keys', 'list')).toEqual({ keys: [{ ...view, revokedAt: null }] });
    shell.clock.advance(1_000);
    expect(await shell.json('keys', 'revoke', made.id)).toEqual({ ...view, revokedAt: '2026-11-23T05:00:01.000Z' });
    const { out } = await shell.syncline('keys', 'list');
    expect(out.split('\n')[0]).toMatch(/^ID +NAME +SCOPES +CREATED +REVOKED$/);
    expect(out).toContain('ops   read+pii  2026-11-23T05:00:00.000Z  2026-11-23T05:00:01.000Z');
    expect(out).not.toContain(key);
  });

  it('are refused with every fault, and nothing is made', async () => {
    const shell = openShell();
    const { code, err } = await shell.syncline('keys', 'create', '--system', 'erb', '--scope', 'fed');
    expect(code).toBe(1);
    expect(err).toContain('unknown scope "fed"; did you mean "feed"?');
    expect(err).toContain('there is no system "erb"; did you mean "erp"?');
    expect(existsSync(shell.database)).toBe(false);
  });

  it('that do not exist are named', async () => {
    const shell = openShell();
    await shell.syncline('migrate');
    expect(await shell.syncline('keys', 'list')).toMatchObject({ code: 0, out: 'there is no key in the store\n' });
    expect(await shell.syncline('keys', 'revoke', 'nope')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no key nope'),
    });
  });

  it('cannot be reached in a database that somebody has, and the way out is told', async () => {
    const shell = openShell();
    const owner = await openAt(shell.database);
    const { code, err } = await shell.syncline('keys', 'list');
    const migrating = await shell.syncline('migrate');
    await owner.close();
    expect(code).toBe(1);
    expect(err).toMatch(
      /belongs to a running hub, and it does not answer at http:\/\/127\.0\.0\.1:9; .*--url <address>/,
    );
    expect(migrating).toMatchObject({ code: 1, err: expect.stringContaining('belongs to a running hub') });
  });
});

describe('keys of a hub that runs', () => {
  it('are made, listed and revoked by it', async () => {
    const { hub, answer } = hubBehind();
    const shell = openShell({ hub: answer, env: { SYNCLINE_KEY: 'k-admin' } });
    const made = (await shell.json('keys', 'create', '--system', 'erp', '--scope', 'feed')) as Made;
    expect(made).toMatchObject({ name: 'erp', scopes: ['feed'] });
    expect(hub.core.rows.keys).toHaveLength(1);
    expect((await shell.syncline('keys', 'list')).out).toContain(made.id);
    expect((await shell.syncline('keys', 'revoke', made.id)).out).toContain('is revoked since 2026-11-23');
    expect(existsSync(shell.database)).toBe(false);
    expect(shell.requests[0]).toMatchObject({ url: 'http://127.0.0.1:9/healthz', headers: {} });
  });

  it.each([
    ['0.0.0.0:8080', 'http://127.0.0.1:8080/healthz'],
    ['"[::]:8080"', 'http://[::1]:8080/healthz'],
    ['hub.local:80', 'http://hub.local:80/healthz'],
  ])('are looked for where it listens: %s', async (listen, url) => {
    const files = { 'syncline.yaml': plainConfig.replace('127.0.0.1:9', listen) };
    const shell = openShell({ files, hub: hubBehind({ keys: '' }).answer });
    await shell.syncline('keys', 'list');
    expect(shell.requests[0]?.url).toBe(url);
  });

  it('are looked for at --url alone, without a configuration', async () => {
    const shell = openShell({ hub: hubBehind().answer, env: { SYNCLINE_KEY: 'k-admin' } });
    const { code } = await shell.syncline('keys', 'list', '--url', 'https://hub.example.com/', '--config', 'nope.yaml');
    expect(code).toBe(0);
    expect(shell.requests.map(({ url }) => url)).toEqual([
      'https://hub.example.com/healthz',
      'https://hub.example.com/v1/keys',
    ]);
  });

  it('are refused in its own words', async () => {
    const { answer } = hubBehind();
    const refused = async (key: string | undefined, ...argv: string[]) =>
      (await openShell({ hub: answer, env: key === undefined ? {} : { SYNCLINE_KEY: key } }).syncline('keys', ...argv))
        .err;
    expect(await refused(undefined, 'list')).toContain('asks for a key; set SYNCLINE_KEY');
    expect(await refused('wrong', 'list')).toContain('does not know the key in SYNCLINE_KEY');
    expect(await refused('k-read', 'list')).toContain(
      'this needs the scope admin; the key in SYNCLINE_KEY may not do this',
    );
    expect(await refused('k-admin', 'revoke', 'nope')).toContain('there is no key nope');
    expect(await refused('k-admin', 'create', '--name', 'x', '--scope', 'fed')).toContain('did you mean "feed"?');
  });

  it('warn whoever locks himself out of an open hub', async () => {
    const shell = openShell({ hub: hubBehind({ keys: '' }).answer });
    expect((await shell.syncline('keys', 'create', '--system', 'erp', '--scope', 'feed')).err).toContain(
      'the hub was open until now',
    );
  });
});

describe('a hub', () => {
  it('that does not answer at --url is not gone around', async () => {
    const { code, err } = await openShell().syncline('keys', 'list', '--url', 'http://127.0.0.1:9');
    expect(code).toBe(1);
    expect(err).toContain('no hub answers at http://127.0.0.1:9: nobody listens');
  });

  it('is not whatever else answers there', async () => {
    const hub = async () => ({ status: 200, body: '<html>' });
    const shell = openShell({ hub });
    expect((await shell.syncline('keys', 'list', '--url', 'http://127.0.0.1:9')).err).toContain(
      'what answers is no hub',
    );
    expect((await shell.syncline('keys', 'list')).err).toContain('there is no database');
  });

  it('that says nothing is given up', async () => {
    const silent = openShell({
      hub: ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    const listing = silent.syncline('keys', 'list', '--url', 'http://127.0.0.1:9');
    await new Promise((resolve) => setImmediate(resolve));
    silent.clock.advance(2_000);
    expect((await listing).err).toContain('nothing was heard within 2 s');
  });

  it('that picks its port has to be named', async () => {
    const files = { 'syncline.yaml': plainConfig.replace('127.0.0.1:9', '127.0.0.1:0') };
    const shell = openShell({ files });
    expect((await shell.syncline('replay', 'dl_1')).err).toContain('the address of the hub is picked at its start');
    expect(shell.requests).toEqual([]);
  });
});

describe('backup and restore', () => {
  it('carry a database over, which then is another one', async () => {
    const shell = openShell();
    const { id } = (await shell.json('keys', 'create', '--name', 'ops', '--scope', 'read')) as Made;
    const saved = await shell.syncline('backup', 'save/a.db');
    expect(saved).toMatchObject({ code: 0, out: expect.stringContaining(join(shell.folder, 'save', 'a.db')) });
    expect(saved.err).toContain('backing up to');
    const files = { 'syncline.yaml': plainConfig.replace('hub.db', 'other.db') };
    const other = openShell({ files });
    const restored = await other.syncline('restore', join(shell.folder, 'save', 'a.db'));
    expect(restored).toMatchObject({ code: 0, err: expect.stringContaining('begin again') });
    expect((await other.syncline('keys', 'list')).out).toContain(id);
    const db = connect({ path: join(other.folder, 'other.db') });
    const rows = db.prepare('SELECT actor, action FROM audit ORDER BY no').all();
    db.close();
    // The copy tells of itself, and what was made of it tells where it comes from.
    expect(rows).toEqual([
      { actor: 'cli', action: 'key.create' },
      { actor: 'cli', action: 'store.backup' },
      { actor: 'cli', action: 'store.restore' },
    ]);
  });

  it('overwrite nothing', async () => {
    const shell = openShell();
    await shell.syncline('migrate');
    expect(await shell.syncline('backup', 'hub.db')).toMatchObject({
      code: 1,
      err: expect.stringContaining('is there already'),
    });
    expect(await shell.syncline('restore', 'hub.db')).toMatchObject({
      code: 1,
      err: expect.stringContaining('is there already'),
    });
  });

  it('need something to copy', async () => {
    expect(await openShell().syncline('backup', 'a.db')).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no database'),
    });
    expect(await openShell().syncline('restore', 'a.db')).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not exist'),
    });
  });

  it('are made by the hub that runs', async () => {
    const { hub, answer } = hubBehind({ keys: '' });
    const shell = openShell({ hub: answer });
    expect(await shell.json('backup', 'a.db')).toEqual({ path: join(shell.folder, 'a.db') });
    expect(hub.core.last('backup')).toEqual([join(shell.folder, 'a.db'), 'anonymous']);
  });
});

describe('migrate', () => {
  it('tells what was applied, then that nothing is left to do', async () => {
    const shell = openShell();
    const path = shell.database;
    const first = (await shell.json('migrate')) as { to: number };
    expect(first).toMatchObject({
      path,
      from: 0,
      applied: expect.arrayContaining([
        { version: 1, name: 'start' },
        { version: 2, name: 'decisions' },
      ]),
    });
    const { to } = first;
    expect(await shell.json('migrate')).toEqual({ path, from: to, to, applied: [] });
    expect((await shell.syncline('migrate')).out).toBe(`${path} has schema version ${to}; there was nothing to do\n`);
  });
});
