// A policy file that differs from the version in force becomes the next version at the start.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPolicyDocuments, type RoutingDocuments } from '../../src/core/policy-documents.ts';
import { compileVersion, versionInForce } from '../../src/core/policy-versions.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { read } from '../architecture/sources.ts';
import { shippedText } from '../policy/routing/shipped.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'syncline-policies-'));
  store = await openSqlite({ path: join(folder, 'hub.db'), now: () => 5, random: (bytes) => Buffer.alloc(bytes) });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function documents(text = shippedText, warehouses = read('policies/warehouses.yaml')): Promise<RoutingDocuments> {
  writeFileSync(join(folder, 'routing.yaml'), text);
  writeFileSync(join(folder, 'warehouses.yaml'), warehouses);
  const { routing, faults } = await loadPolicyDocuments(folder);
  if (!routing) throw new Error(JSON.stringify(faults));
  return routing;
}

const start = async (found: RoutingDocuments, activate: 'on_start' | 'manual' = 'on_start') =>
  versionInForce(store, found, { activate, now: 5 });
const states = async () => (await store.policies('routing')).map(({ version, state }) => `${version} ${state}`);
const other = shippedText
  .replace('payableMinor >= 50000', 'payableMinor >= 60000')
  .replaceAll('payableMinor: 50000', 'payableMinor: 60000')
  .replaceAll('payableMinor: 52000', 'payableMinor: 62000')
  .replace('payableMinor: 49999', 'payableMinor: 59999');

describe('a start', () => {
  it('makes version 1 of the files, and none of the same files again', async () => {
    expect((await start(await documents()))?.version).toBe(1);
    expect((await start(await documents()))?.version).toBe(1);
    expect(await states()).toEqual(['1 active']);
  });

  it('makes the next version of files that differ, the warehouses too', async () => {
    await start(await documents());
    expect((await start(await documents(other)))?.version).toBe(2);
    const fewer = read('policies/warehouses.yaml').replace(/.*WH-CD-01.*\n/, '');
    expect((await start(await documents(other, fewer)))?.version).toBe(3);
    expect(await states()).toEqual(['1 retired', '2 retired', '3 active']);
    const [, second] = await store.policies('routing');
    if (!second) throw new Error('no second version');
    expect(compileVersion(second).policy.rules.map(({ id }) => id)).toContain('vip');
  });

  it('that activates by hand keeps a draft, once, and goes on with what was in force', async () => {
    expect(await start(await documents(), 'manual')).toBeUndefined();
    expect(await states()).toEqual(['1 draft']);
    expect((await start(await documents()))?.version).toBe(2);
    expect((await start(await documents(other), 'manual'))?.version).toBe(2);
    expect((await start(await documents(other), 'manual'))?.version).toBe(2);
    expect(await states()).toEqual(['1 draft', '2 active', '3 draft']);
  });
});

describe('the files', () => {
  it('are told every fault at once, with the check that found it', async () => {
    writeFileSync(
      join(folder, 'routing.yaml'),
      shippedText.replace('key: WH-COLD-01', 'key: WH-COLD-09').replace('hit: first', 'hit: last'),
    );
    writeFileSync(
      join(folder, 'warehouses.yaml'),
      read('policies/warehouses.yaml').replace('country: CN', 'country: China'),
    );
    const { routing, faults } = await loadPolicyDocuments(folder);
    expect(routing).toBeUndefined();
    expect(faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringMatching(/^tiers\[1\]\.hit: .*\[S1\]$/),
      expect.stringMatching(/^warehouses\[0\]\.country: .*\[S1\]$/),
    ]);
  });

  it('that are not there are told', async () => {
    const { faults } = await loadPolicyDocuments(join(folder, 'nowhere'));
    expect(faults.map(({ file, message }) => `${file.split('/').at(-1)} ${message}`)).toEqual([
      'routing.yaml there is no such file; `policies:` in syncline.yaml names the folder of routing.yaml',
      'warehouses.yaml there is no such file; `policies:` in syncline.yaml names the folder of warehouses.yaml',
    ]);
  });
});
