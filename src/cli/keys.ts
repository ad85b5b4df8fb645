// syncline keys: makes, lists and revokes keys, in the running hub or else in its database.
import { instant } from '../clock.ts';
import type { Config } from '../config.ts';
import { mintKey } from '../gateway/keys.ts';
import { checkKeyRequest } from '../gateway/new-key.ts';
import type { ApiKeyRow, AuditRow } from '../store/rows.ts';
import { cliActor, userOf } from './actor.ts';
import { columnLines } from './columns.ts';
import { exitCodes, Failure } from './failure.ts';
import type { HubClient } from './hub-client.ts';
import { answer, type Io, remark } from './io.ts';
import { type Reaching, reach, withDatabase } from './reach.ts';

export interface CreateOptions extends Reaching {
  system?: string;
  name?: string;
  scope: string[];
}

/** As `GET /v1/keys` shows it. */
interface KeyView {
  id: string;
  name: string;
  scopes: string[];
  createdAt: string;
  revokedAt: string | null;
}
type CreatedKey = Omit<KeyView, 'revokedAt'> & { key: string };

export async function createKey(options: CreateOptions, io: Io): Promise<number> {
  const { name, system, scope: scopes } = options;
  const request = { ...(name !== undefined && { name }), ...(system !== undefined && { system }), scopes };
  const reached = await reach(options, io);
  const made = await ('hub' in reached
    ? reached.hub.ask<CreatedKey>('POST', '/v1/keys', request)
    : createInFile(request, reached.config, io));
  answer(io, options, made, [made.key]);
  remark(io, options, `key ${made.id} of ${made.name}: ${made.scopes.join(', ')}. It is shown this once`);
  remark(io, options, `send it as Authorization: Bearer <key>, or Basic with ${made.name} and the key`);
  if ('hub' in reached && reached.hub.anonymous && !made.scopes.includes('admin')) {
    remark(
      io,
      options,
      'the hub was open until now; from here on every request needs a key, and none of them may make the next: stop the hub to make one of scope admin',
    );
  }
  return exitCodes.ok;
}

async function createInFile(
  request: { name?: string; system?: string; scopes: string[] },
  config: Config,
  io: Io,
): Promise<CreatedKey> {
  const checked = checkKeyRequest(
    request,
    config.systems.map(({ id }) => id),
  );
  if ('faults' in checked) throw new Failure('the key cannot be made', checked.faults);
  const { row, text } = mintKey({ ...checked.key, now: io.clock.now(), random: io.random });
  await withDatabase(config, io, { make: true }, (store) => store.saveApiKey(row, audit(row, 'key.create', io)));
  const { revokedAt: _, ...view } = viewOf(row);
  return { ...view, key: text };
}

export async function listKeys(options: Reaching, io: Io): Promise<number> {
  const reached = await reach(options, io);
  const keys =
    'hub' in reached
      ? (await reached.hub.ask<{ keys: KeyView[] }>('GET', '/v1/keys')).keys
      : await withDatabase(reached.config, io, { make: false }, async (store) => (await store.apiKeys()).map(viewOf));
  answer(io, options, { keys }, keys.length === 0 ? ['there is no key in the store'] : table(keys));
  return exitCodes.ok;
}

export async function revokeKey(id: string, options: Reaching, io: Io): Promise<number> {
  const reached = await reach(options, io);
  const key = await ('hub' in reached ? revokeInHub(reached.hub, id) : revokeInFile(id, reached.config, io));
  answer(io, options, key, [`key ${key.id} of ${key.name} is revoked since ${key.revokedAt}`]);
  return exitCodes.ok;
}

const revokeInHub = (hub: HubClient, id: string): Promise<KeyView> =>
  hub.ask<KeyView>('DELETE', `/v1/keys/${encodeURIComponent(id)}`);

const revokeInFile = (id: string, config: Config, io: Io): Promise<KeyView> =>
  withDatabase(config, io, { make: false }, async (store) => {
    const row = (await store.apiKeys()).find((one) => one.id === id);
    if (!row) throw new Failure(`there is no key ${id}; "syncline keys list" shows those there are`);
    const gone = { ...row, revokedAt: row.revokedAt ?? io.clock.now() };
    if (row.revokedAt === null) await store.saveApiKey(gone, audit(gone, 'key.revoke', io));
    return viewOf(gone);
  });

const audit = ({ id, name, scopes }: ApiKeyRow, action: string, io: Io): AuditRow => ({
  at: io.clock.now(),
  actor: cliActor,
  action,
  target: id,
  recordId: null,
  detail: { name, scopes, ...userOf(io) },
});

const viewOf = ({ id, name, scopes, createdAt, revokedAt }: ApiKeyRow): KeyView => ({
  id,
  name,
  scopes,
  createdAt: instant(createdAt),
  revokedAt: revokedAt === null ? null : instant(revokedAt),
});

function table(keys: readonly KeyView[]): string[] {
  const rows = [
    ['ID', 'NAME', 'SCOPES', 'CREATED', 'REVOKED'],
    ...keys.map(({ id, name, scopes, createdAt, revokedAt }) => [
      id,
      name,
      scopes.join('+'),
      createdAt,
      revokedAt ?? '',
    ]),
  ];
  return columnLines(rows);
}
