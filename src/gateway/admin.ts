// What an administrator does to the hub itself: keys and backups.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { instant } from '../clock.ts';
import { BackupFailed } from '../store/errors.ts';
import type { ApiKeyRow } from '../store/rows.ts';
import { answerJson } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { mintKey } from './keys.ts';
import { readJson } from './limits.ts';
import { checkKeyRequest } from './new-key.ts';
import { refuse, refuseFaults } from './problem.ts';
import { type Route, route } from './route.ts';
import * as schemas from './schemas.ts';

const example = {
  id: '6f0c1d2e3a4b5c6d',
  name: 'erp',
  scopes: ['feed'],
  createdAt: '2026-11-23T05:00:00.000Z',
  revokedAt: null,
};
const access = { any: ['admin'] } as const;
const keys = { tag: 'Keys', access } as const;

export function admin(deps: GatewayDeps): Route[] {
  return [listKeys(deps), createKey(deps), revokeKey(deps), makeBackup(deps)];
}

function listKeys(deps: GatewayDeps): Route {
  const content = { 'application/json': { schema: schemas.apiKeys, example: { keys: [example] } } };
  return route(
    {
      ...keys,
      method: 'get',
      path: '/v1/keys',
      summary: 'List the keys kept in the store',
      description: 'Those of SYNCLINE_KEYS are not among them.',
      answer: { status: 200, description: 'All of them, revoked ones too', content },
    },
    async () => answerJson({ keys: (await deps.core.apiKeys()).map(viewOf) }),
  );
}

function createKey(deps: GatewayDeps): Route {
  const { revokedAt: _, ...made } = example;
  const answer = { ...made, key: 'slk_6f0c1d2e3a4b5c6d_Zm9yLXlvdXItZXllcy1vbmx5LWFuZC1vbmx5LW9uY2U' };
  return route(
    {
      ...keys,
      method: 'post',
      path: '/v1/keys',
      summary: 'Make a key',
      description: '`system` is needed for the scopes intake and feed; other keys have a `name`.',
      body: { 'application/json': { schema: schemas.newKey, example: { system: 'erp', scopes: ['feed'] } } },
      answer: {
        status: 201,
        description: 'The key, shown this once',
        content: { 'application/json': { schema: schemas.createdKey, example: answer } },
      },
    },
    async (c, { caller }) => {
      const { value } = await readJson(c, deps, schemas.newKey);
      const checked = checkKeyRequest(
        value,
        deps.systems.map(({ id }) => id),
      );
      if ('faults' in checked) throw refuseFaults(checked.faults);
      const { row, text } = mintKey({ ...checked.key, now: deps.clock.now(), random: deps.random });
      await deps.core.saveApiKey(row, caller.name);
      await deps.keys.refresh();
      const { revokedAt: _revokedAt, ...view } = viewOf(row);
      return answerJson({ ...view, key: text }, 201);
    },
  );
}

function revokeKey(deps: GatewayDeps): Route {
  const revoked = { ...example, revokedAt: '2026-11-24T05:00:00.000Z' };
  return route(
    {
      ...keys,
      method: 'delete',
      path: '/v1/keys/:id',
      summary: 'Revoke a key',
      description: 'It is refused from then on. Revoking it again changes nothing.',
      answer: {
        status: 200,
        description: 'The key',
        content: { 'application/json': { schema: schemas.apiKey, example: revoked } },
      },
    },
    async (c, { caller }) => {
      const id = c.req.param('id') ?? '';
      const row = (await deps.core.apiKeys()).find((one) => one.id === id);
      if (!row) throw refuse('not-found', `there is no key ${id}`);
      if (row.revokedAt !== null) return answerJson(viewOf(row));
      const gone = { ...row, revokedAt: deps.clock.now() };
      await deps.core.saveApiKey(gone, caller.name);
      await deps.keys.refresh();
      return answerJson(viewOf(gone));
    },
  );
}

const backup = z.strictObject({
  path: z.string().refine(isAbsolute, 'must be an absolute path on the machine of the hub'),
});

function makeBackup(deps: GatewayDeps): Route {
  const place = { path: '/var/backups/syncline-2026-11-23.db' };
  return route(
    {
      method: 'post',
      path: '/v1/backups',
      tag: 'Backups',
      summary: 'Copy the database to a file while the hub runs',
      description: 'Answered when the copy is complete and was checked. A file that is there already is left alone.',
      access,
      body: { 'application/json': { schema: backup, example: place } },
      answer: {
        status: 200,
        description: 'Where it is',
        content: { 'application/json': { schema: schemas.backupMade, example: place } },
      },
    },
    async (c, { caller }) => {
      const { value } = await readJson(c, deps, backup);
      await deps.core.backup(value.path, caller.name).catch((error: unknown) => {
        throw isBackupFailed(error) ? refuse('conflict', error.message) : error;
      });
      return answerJson({ path: value.path });
    },
  );
}

/** Behind a thread boundary only the name of its class is left. */
const isBackupFailed = (error: unknown): error is Error => error instanceof Error && error.name === BackupFailed.name;

const viewOf = ({ id, name, scopes, createdAt, revokedAt }: ApiKeyRow) => ({
  id,
  name,
  scopes,
  createdAt: instant(createdAt),
  revokedAt: revokedAt === null ? null : instant(revokedAt),
});
