// The hub's engine by itself writes what the hub would have it write.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { decideSample } from '../../bench/limits/decided-sample.ts';
import { engineRate } from '../../bench/limits/engine-rate.ts';

const folder = mkdtempSync(join(tmpdir(), 'syncline-engine-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the engine by itself', () => {
  it('is given what the hub decides for a new order, for its deliveries and for an edit of it', async () => {
    const { create, delivered, update } = await decideSample(folder);
    const states = (writes: typeof create.writes) => writes.replicas?.map(({ system, state }) => `${system} ${state}`);
    const everywhere = ['crm behind', 'erp behind', 'shop synced', 'wms behind'];
    expect(states(create.writes)?.sort()).toEqual(everywhere);
    expect(states(update.writes)?.sort()).toEqual(everywhere);
    expect(states(delivered.writes)?.sort()).toEqual(['crm synced', 'erp synced', 'shop synced', 'wms synced']);
    expect(delivered.writes.images?.map(({ system }) => system).sort()).toEqual(['crm', 'erp', 'shop', 'wms']);
    for (const { writes } of [create, update]) {
      expect([writes.records, writes.changes, writes.images].map((rows) => rows?.length)).toEqual([1, 1, 1]);
    }
    expect(create.writes.matchKeys).toHaveLength(1);
  });

  it('keeps an order, a change, its replicas for each of them', async () => {
    const file = join(folder, 'rate.db');
    const rate = await engineRate({ file, ms: 1, group: 10, kind: 'updates', existing: 20 });
    expect(rate).toBeGreaterThan(0);
    const db = new Database(file, { readonly: true });
    const one = (query: string) => db.prepare(query).pluck().get();
    expect(one('SELECT count(*) FROM records')).toBe(20);
    expect(one('SELECT count(*) FROM match_keys')).toBe(20);
    expect(one('SELECT count(*) FROM replicas')).toBe(80);
    // Ten of the orders were edited, or some of them twice: their three systems are behind, and have the state before.
    const behind = one(`SELECT count(*) FROM replicas WHERE state = 'behind'`);
    expect(behind).toBe(one('SELECT 3 * count(*) FROM records WHERE version > 1'));
    expect(behind).toBeGreaterThan(0);
    expect(one(`SELECT count(*) FROM replicas WHERE state = 'behind' AND image IS NOT NULL`)).toBe(behind);
    expect(one('SELECT sum(version) FROM records')).toBe(one('SELECT count(*) FROM changes'));
    db.close();
  });
});
