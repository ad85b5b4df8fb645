// Databases filled in bulk: the hub itself reads every row as one of its own.
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, openClaims } from '../../bench/backlog/claims.ts';
import { fillFromSample } from '../../bench/backlog/fill.ts';
import { sampleNumber } from '../../bench/backlog/sample.ts';
import { orderText } from '../../bench/load/order-body.ts';
import type { Core } from '../../src/core/core.ts';

const folder = mkdtempSync(join(tmpdir(), 'syncline-fill-'));
const [orders, history] = [40, 100];
let core: Core;

/** As makeSample does over HTTP. */
async function sample(): Promise<void> {
  const hub = await openClaims(folder);
  const accept = (mark: number) => {
    const body = orderText({ record: sampleNumber, mark, timeMs: Date.now() });
    return hub.accept({ system: 'shop', body, format: 'json', via: 'api' });
  };
  const settle = async (system: string) => {
    const sends = await hub.claim(system, 1);
    const outcome = { kind: 'delivered' as const, externalId: `E${sampleNumber}`, status: 201 };
    await hub.settle(sends.map((send) => ({ ...send, outcome, startedAt: 0, durationMs: 0 })));
  };
  await accept(9);
  for (const system of ['crm', 'wms', 'erp']) await settle(system);
  await accept(9009);
  await settle('erp');
  await hub.close();
}

beforeAll(async () => {
  await sample();
  const path = join(folder, 'filled.db');
  const filling = { sample: join(folder, 'hub.db'), path, orders, history, scattered: 'wms' };
  await fillFromSample({ ...filling, progress: () => undefined });
  renameSync(path, join(folder, 'hub.db'));
  core = await openClaims(folder);
});
afterAll(async () => {
  await core.close();
  rmSync(folder, { recursive: true });
});

const order = (no: number) =>
  core.record({ type: 'order', match: { field: 'number', value: `SO-${String(no).padStart(9, '0')}` } });

describe('a filled database', () => {
  it('counts every copy, behind in two systems', async () => {
    const lag = await core.lag();
    const behind = Object.fromEntries(lag.map(({ system, records }) => [system, records[0]?.behind]));
    const synced = Object.fromEntries(lag.map(({ system, records }) => [system, records[0]?.synced]));
    expect(behind).toEqual({ shop: 0, crm: orders, wms: orders, erp: 0 });
    expect(synced).toEqual({ shop: orders, crm: 0, wms: 0, erp: orders });
  });

  it.each([1, 2, 40])('holds order %d with numbers of its own wherever the sample had its own', async (no) => {
    const found = await order(no);
    const padded = String(no).padStart(9, '0');
    expect(found?.data).toMatchObject({ number: `SO-${padded}`, sellerNote: `mark:${padded}-000009009` });
    expect(Object.fromEntries(found?.replicas.map(({ system, externalId }) => [system, externalId]) ?? [])).toEqual({
      ...{ shop: `S${padded}`, crm: `E${no}`, wms: `E${no}`, erp: `E${no}` },
    });
    expect(JSON.stringify(found)).not.toContain(String(sampleNumber));
  });

  it('finds an order by the id of a system', async () => {
    const found = await core.record({ type: 'order', external: { system: 'crm', id: 'E17' } });
    expect(found?.id).toBe((await order(17))?.id);
  });

  it('tells every change of the history to one order, in a chain', async () => {
    const ids = await Promise.all(Array.from({ length: orders }, async (_, at) => (await order(at + 1))?.id ?? ''));
    const chains = await Promise.all(ids.map((id) => core.timeline(id, 50, null)));
    const told = chains.flatMap(({ items }) => items.map(({ change }) => change?.seq ?? 0));
    expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: history }, (_, at) => at + 1));
  });

  it('gives every send once, each to be settled as delivered', async () => {
    for (const system of ['crm', 'wms']) {
      const { claimMs } = await drain(core, { system, count: orders });
      expect(claimMs.length).toBeGreaterThan(0);
    }
    const lag = await core.lag();
    expect(lag.flatMap(({ records }) => records.map(({ behind }) => behind))).toEqual([0, 0, 0, 0]);
  });

  it('goes on with changes above its history', async () => {
    const body = orderText({ record: 5, mark: 20_000, timeMs: Date.now() });
    const { body: answer } = await core.accept({ system: 'shop', body, format: 'json', via: 'api' });
    const { results } = JSON.parse(answer) as { results: { status: string; seq: string; id: string }[] };
    expect(results).toMatchObject([{ status: 'accepted', seq: String(history + 1), id: (await order(5))?.id }]);
  });
});

it('refuses a history that is shorter than two changes of each order', async () => {
  const filling = { sample: '', path: '', orders: 10, history: 19, scattered: 'wms', progress: () => undefined };
  await expect(fillFromSample(filling)).rejects.toThrow('each order needs two changes');
});
