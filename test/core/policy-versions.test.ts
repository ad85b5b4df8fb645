// A policy file that differs from the version in force becomes the next version at the start.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { advance, rollback, takeFile } from '../../src/core/policies/life.ts';
import { loadPolicyDocuments, type RoutingDocuments } from '../../src/core/policy-documents.ts';
import { compileVersion, returnsInForce, versionsInForce } from '../../src/core/policy-versions.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { read } from '../architecture/sources.ts';
import { shippedText } from '../policy/routing/shipped.ts';

const today = Date.parse('2026-11-23T05:00:00Z');

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'syncline-policies-'));
  store = await openSqlite({ path: join(folder, 'hub.db'), now: () => today, random: (bytes) => Buffer.alloc(bytes) });
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
  (await versionsInForce(store, found, { activate, now: today }))?.versions[0];
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
    expect((await start(await documents()))?.version).toBe(1);
    expect((await start(await documents(other), 'manual'))?.version).toBe(1);
    expect((await start(await documents(other), 'manual'))?.version).toBe(1);
    expect(await states()).toEqual(['1 active', '2 draft']);
  });

  it('undoes nothing that was activated by other ways since the file was taken in', async () => {
    await start(await documents());
    await start(await documents(other));
    const doing = { policy: 'routing', at: today, by: 'mei', approval: 'other_key' as const };
    await store.changePolicy('routing', (versions) => rollback(versions, { to: 1, reason: undefined }, doing));
    expect((await start(await documents(other)))?.version).toBe(3);
    expect(await states()).toEqual(['1 retired', '2 retired', '3 active']);
    // What it says now is what is in force.
    expect((await start(await documents()))?.version).toBe(3);
  });

  it('takes in a version of later, and refuses one whose time is over', async () => {
    await start(await documents());
    const from = (effective: string) => shippedText.replace(/^effective:.*$/m, `effective: ${effective}`);
    const later = await documents(from('{ from: "2030-01-01T00:00:00Z" }'));
    expect((await start(later))?.version).toBe(1);
    expect(await states()).toEqual(['1 active', '2 scheduled']);
    const over = await documents(from('{ until: "1969-01-01T00:00:00Z" }'));
    await expect(start(over)).rejects.toThrow('its force ended at 1969-01-01T00:00:00.000Z already');
    expect(await states()).toEqual(['1 active', '2 scheduled']);
  });

  it('finds the version that was in force last, when its time is over: what it has pushed lives on', async () => {
    const found = await documents(
      shippedText.replace(/^effective:.*$/m, 'effective: { until: "2026-11-24T00:00:00Z" }'),
    );
    await start(found);
    expect(await start(found)).toMatchObject({ version: 1, until: Date.parse('2026-11-24T00:00:00Z') });
    const doing = { policy: 'routing', at: today + 86_400_000, by: 'hub', approval: 'none' as const };
    await store.changePolicy('routing', (versions) => advance(versions, doing));
    expect(await states()).toEqual(['1 retired']);
    expect(await start(found)).toMatchObject({ version: 1, until: doing.at });
  });

  it('without a file takes the returns policy that was activated by other ways, and none that a file said', async () => {
    const document = read('policies/returns.yaml');
    const take = async (by: string, digest: string) => {
      const doing = { policy: 'returns', at: today, by, approval: 'none' as const };
      const made = { digest, document, warehouses: '', effective: { from: null, until: null } };
      await store.changePolicy('returns', (versions) => takeFile(versions, made, 'on_start', doing));
      return returnsInForce(store, undefined, { activate: 'on_start', now: today });
    };
    expect(await returnsInForce(store, undefined, { activate: 'on_start', now: today })).toBeUndefined();
    expect(await take('start', 'a')).toBeUndefined();
    expect(await take('mei', 'b')).toMatchObject({ version: 2, createdBy: 'mei' });
  });

  it('takes in the returns policy beside it', async () => {
    const found = await documents();
    expect(found).toBeDefined();
    writeFileSync(join(folder, 'returns.yaml'), read('policies/returns.yaml'));
    const { returns, faults } = await loadPolicyDocuments(folder);
    expect(faults).toEqual([]);
    if (!returns) throw new Error('no returns');
    expect((await returnsInForce(store, returns, { activate: 'on_start', now: today }))?.version).toBe(1);
    expect((await store.policies('returns')).map(({ state }) => state)).toEqual(['active']);
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
