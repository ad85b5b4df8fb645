// Access tokens, refresh tokens and sessions where they are kept: nothing of them is readable, nothing of another is taken.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credential, CredentialKeeping, CredentialStore } from '../../src/connector/credential-store.ts';
import { keptSealed } from '../../src/connector/seal.ts';
import { CredentialRows } from '../connector/credential-rows.ts';
import { type SqliteHarness, sqliteHarness } from '../store/sqlite-harness.ts';

let harness: SqliteHarness;
beforeEach(async () => {
  harness = await sqliteHarness();
});
afterEach(() => harness.close());

const credential: Credential = { token: 'canary-access-1', refreshToken: 'canary-refresh-1', at: 7, lifeMs: 60_000 };
const secret = 'canary-client-secret';

function keptIn(store: CredentialStore, { system = 'crm', secrets = [secret], about = ['hub'] } = {}) {
  const told: string[] = [];
  const keeping: CredentialKeeping = {
    ...{ store, random: randomBytes, after: () => () => undefined },
    tell: (level, _, words) => told.push(`${level} ${words}`),
  };
  return { kept: keptSealed(keeping, system, { secrets, about }), told };
}

async function keep(store: CredentialStore, system = 'crm'): Promise<void> {
  const { kept } = keptIn(store, { system });
  await kept.begin(1_000);
  await kept.write(credential, 0);
}

describe('a token that is kept', () => {
  it('stands in no file of the database and in no backup as it is, nor do the secrets that seal it', async () => {
    await keep(harness.store.credentials);
    const { target } = harness.backupTo();
    await harness.store.backup(target);
    const folder = dirname(harness.path);
    const files = [...readdirSync(folder).map((name) => join(folder, name)), target];
    const bytes = Buffer.concat(files.map((file) => readFileSync(file))).toString('latin1');
    expect(bytes).toContain('credentials');
    expect(bytes).toContain(((await harness.store.credentials.read('crm')) as { sealed: string }).sealed);
    for (const text of [credential.token ?? '', credential.refreshToken ?? '', secret]) {
      expect(bytes).not.toContain(text);
      expect(bytes).not.toContain(Buffer.from(text).toString('base64url'));
    }
  });

  it('is sealed anew each time: the same text never twice', async () => {
    const sealed = new Set<string>();
    for (let no = 0; no < 2; no += 1) {
      const rows = new CredentialRows();
      await keep(rows.node('one'));
      sealed.add(rows.rows.get('crm')?.sealed ?? '');
    }
    expect(sealed.size).toBe(2);
  });

  it('opens with the settings that sealed it, and with no others', async () => {
    const store = new CredentialRows().node('one');
    await keep(store);
    expect((await keptIn(store).kept.read())?.credential).toEqual(credential);
    for (const other of [{ secrets: ['another'] }, { secrets: [secret, ''] }, { about: ['other client'] }]) {
      const { kept, told } = keptIn(store, other);
      expect(await kept.read()).toMatchObject({ credential: undefined, foreign: true });
      await kept.read();
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/^info what is stored for crm cannot be opened/);
    }
  });

  it.each<[string, (sealed: string) => string]>([
    ['changed in one place', (sealed) => `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`],
    ['cut short', (sealed) => sealed.slice(0, -6)],
    ['nearly nothing', () => 'v1.AAAA'],
    ['of another format', (sealed) => sealed.replace('v1.', 'v9.')],
    ['no text of ours', () => '{"token":"planted"}'],
  ])('is not taken when what is stored is %s', async (_, change) => {
    const rows = new CredentialRows();
    await keep(rows.node('one'));
    const row = rows.rows.get('crm');
    if (row) rows.rows.set('crm', { ...row, sealed: change(row.sealed) });
    expect(await keptIn(rows.node('one')).kept.read()).toMatchObject({ credential: undefined, foreign: true });
  });

  it('is of its system: the row of another, put in its place, does not open', async () => {
    const rows = new CredentialRows();
    await keep(rows.node('one'), 'wms');
    const row = rows.rows.get('wms');
    if (row) rows.rows.set('crm', row);
    expect(await keptIn(rows.node('one')).kept.read()).toMatchObject({ credential: undefined });
  });
});
