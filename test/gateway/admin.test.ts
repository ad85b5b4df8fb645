import { describe, expect, it } from 'vitest';
import { apiKeys, createdKey, problem as problemSchema } from '../../src/gateway/schemas.ts';
import { BackupFailed } from '../../src/store/errors.ts';
import { createHub, type Hub, json } from './hub.ts';

async function create(hub: Hub, body: object) {
  const response = await hub.send('/v1/keys', json(body));
  expect(response.status).toBe(201);
  return createdKey.parse(await response.json());
}

const faultsOf = async (response: Response) => {
  expect(response.status).toBe(400);
  return Object.fromEntries(
    (problemSchema.parse(await response.json()).faults ?? []).map((one) => [one.path, one.message]),
  );
};

describe('keys', () => {
  it('are shown once, and kept as a hash only', async () => {
    const hub = createHub();
    const made = await create(hub, { system: 'erp', scopes: ['feed', 'intake', 'feed'] });
    expect(made).toMatchObject({ name: 'erp', scopes: ['feed', 'intake'], createdAt: '2026-11-23T05:00:00.000Z' });
    expect(made.key).toContain(`slk_${made.id}_`);
    expect(JSON.stringify(hub.core.rows.keys)).not.toContain(made.key);
    expect(hub.core.last('saveApiKey')[1]).toBe('root');
    const list = await (await hub.send('/v1/keys')).text();
    expect(list).not.toContain(made.key);
    expect(list).not.toContain('hash');
    expect(apiKeys.parse(JSON.parse(list)).keys).toEqual([
      { id: made.id, name: 'erp', scopes: ['feed', 'intake'], createdAt: made.createdAt, revokedAt: null },
    ]);
  });

  it('count from the moment they are made, until they are revoked', async () => {
    const hub = createHub();
    const { id, key } = await create(hub, { system: 'erp', scopes: ['feed'] });
    expect((await hub.send('/v1/feeds/erp', { key })).status).toBe(200);
    hub.clock.advance(1_000);
    const revoked = await hub.send(`/v1/keys/${id}`, { method: 'DELETE' });
    expect(revoked.status).toBe(200);
    expect(await revoked.json()).toMatchObject({ id, revokedAt: '2026-11-23T05:00:01.000Z' });
    expect((await hub.send('/v1/feeds/erp', { key })).status).toBe(401);
  });

  it('keep the time of their revocation when they are revoked again', async () => {
    const hub = createHub();
    const { id } = await create(hub, { name: 'ops', scopes: ['read'] });
    const first = await (await hub.send(`/v1/keys/${id}`, { method: 'DELETE' })).json();
    hub.clock.advance(60_000);
    expect(await (await hub.send(`/v1/keys/${id}`, { method: 'DELETE' })).json()).toEqual(first);
  });

  it('close a hub that was open to everybody', async () => {
    const hub = createHub({ keys: '' });
    expect((await hub.send('/v1/keys', { ...json({ name: 'root', scopes: ['admin'] }), key: '' })).status).toBe(201);
    expect((await hub.send('/v1/keys', { key: '' })).status).toBe(401);
  });

  it('are refused with every fault', async () => {
    const hub = createHub();
    expect(await faultsOf(await hub.send('/v1/keys', json({ name: 'a b', scopes: ['feed', 'oprate'] })))).toEqual({
      '/name': expect.stringContaining('letters, digits'),
      '/scopes/0': 'feed is for one system: name it in system',
      '/scopes/1': 'unknown scope "oprate"; did you mean "operate"?',
    });
    expect(await faultsOf(await hub.send('/v1/keys', json({ system: 'erb', name: 'x', scopes: ['feed'] })))).toEqual({
      '/system': 'there is no system "erb"; did you mean "erp"?',
      '/name': expect.stringContaining('write erb'),
    });
    expect(await faultsOf(await hub.send('/v1/keys', json({ scopes: ['read'] })))).toEqual({
      '/name': 'give a name, or the system that the key is for',
    });
    expect(await faultsOf(await hub.send('/v1/keys', json({ name: 'x', scopes: [] })))).toHaveProperty(['/scopes']);
    expect(hub.core.rows.keys).toEqual([]);
  });

  it('that do not exist cannot be revoked', async () => {
    expect((await createHub().send('/v1/keys/nope', { method: 'DELETE' })).status).toBe(404);
  });
});

describe('backups', () => {
  it('go to the path that was asked for', async () => {
    const hub = createHub();
    const response = await hub.send('/v1/backups', json({ path: '/tmp/a.db' }));
    expect(await response.json()).toEqual({ path: '/tmp/a.db' });
    expect(hub.core.last('backup')).toEqual(['/tmp/a.db', 'root']);
  });

  it('need an absolute path', async () => {
    const faults = await faultsOf(await createHub().send('/v1/backups', json({ path: 'a.db' })));
    expect(faults).toEqual({ '/path': 'must be an absolute path on the machine of the hub' });
  });

  it('that fail say why', async () => {
    const failing = (error: Error) => createHub({ core: { backup: () => Promise.reject(error) } });
    const taken = await failing(new BackupFailed('/tmp/a.db is there already')).send(
      '/v1/backups',
      json({ path: '/tmp/a.db' }),
    );
    expect(taken.status).toBe(409);
    expect(problemSchema.parse(await taken.json()).detail).toContain('is there already');
    const inside = await failing(new Error('SQLITE_IOERR')).send('/v1/backups', json({ path: '/tmp/a.db' }));
    expect(inside.status).toBe(500);
    expect(await inside.text()).not.toContain('SQLITE');
  });
});
