// The floor on PostgreSQL does the work that it is measured for.
import { describe, expect, it } from 'vitest';
import { deliveryNo } from '../../bench/floor/engine.ts';
import { PostgresFloorEngine } from '../../bench/floor/postgres-engine.ts';
import { newSchema } from './schemas.ts';

describe('the floor on PostgreSQL', () => {
  it('owes three deliveries for each change until they are settled', async () => {
    const engine = await PostgresFloorEngine.open(await newSchema());
    const change = { record: 'S1', body: 'one' };
    expect(await engine.commit({ changes: [change, { ...change, record: 'S2' }], settled: [] })).toBe(1);
    expect(await engine.commit({ changes: [change], settled: [deliveryNo(1, 0), deliveryNo(2, 2)] })).toBe(3);
    expect(await engine.count()).toEqual({ records: 2, changes: 3, deliveries: 7 });
    await engine.close();
  });

  it('keeps the newest of two states that come in one group', async () => {
    const engine = await PostgresFloorEngine.open(await newSchema());
    const states = ['one', 'two'].map((body) => ({ record: 'S1', body }));
    await engine.commit({ changes: states, settled: [] });
    expect(await engine.count()).toEqual({ records: 1, changes: 2, deliveries: 6 });
    await engine.close();
  });
});
