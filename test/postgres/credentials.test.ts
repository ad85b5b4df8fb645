// The right to renew a system's token among nodes: one has it at a time, a lost one's ends by the clock of the database.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresHarness, postgresHarness } from './harness.ts';
import { query } from './schemas.ts';

let harness: PostgresHarness;
beforeEach(async () => {
  harness = await postgresHarness();
});
afterEach(() => harness.close());

const leaseOver = () => query(harness.url, 'UPDATE credentials SET held_until = 1');

describe('the right to renew', () => {
  it('is of one node, however many ask at once, until it has written or given it back', async () => {
    const other = await harness.another();
    const asked = await Promise.all([harness.store, other].map(({ credentials }) => credentials.begin('crm', 60_000)));
    expect(asked.filter((right) => right !== undefined)).toHaveLength(1);
    const [holder, waiting] = asked[0] ? [harness.store, other] : [other, harness.store];
    expect(await waiting.credentials.begin('crm', 60_000)).toBeUndefined();
    expect(await waiting.credentials.begin('wms', 60_000)).toMatchObject({ version: 0 });
    // What is not one's own is not given back.
    await waiting.credentials.end('crm');
    expect(await waiting.credentials.begin('crm', 60_000)).toBeUndefined();
    await holder.credentials.write('crm', 'sealed', 0);
    expect(await waiting.credentials.read('crm')).toMatchObject({ version: 1, sealed: 'sealed' });
    expect(await waiting.credentials.begin('crm', 60_000)).toMatchObject({ version: 1, begun: 1 });
    await waiting.credentials.end('crm');
    expect(await holder.credentials.begin('crm', 60_000)).toMatchObject({ version: 1, begun: 1 });
  });

  it('of a node that is gone ends with its time; what it brings late is not written over what came since', async () => {
    const other = await harness.another();
    const { credentials } = harness.store;
    await credentials.begin('crm', 60_000);
    // The clock of the test is nobody's here.
    harness.clock.advance(3_600_000);
    expect(await other.credentials.begin('crm', 60_000)).toBeUndefined();
    await leaseOver();
    expect(await other.credentials.begin('crm', 60_000)).toMatchObject({ version: 0, begun: 2 });
    await other.credentials.write('crm', 'theirs', 0);
    expect(await credentials.write('crm', 'late', 0)).toBe(false);
    expect(await other.credentials.read('crm')).toMatchObject({ version: 1, sealed: 'theirs' });
  });

  it('counts age by the clock of the database', async () => {
    const { credentials } = harness.store;
    await credentials.begin('crm', 60_000);
    await credentials.write('crm', 'sealed', 0);
    await query(harness.url, 'UPDATE credentials SET written_at = written_at - 3600000');
    const age = (await credentials.read('crm'))?.age ?? 0;
    expect(age).toBeGreaterThanOrEqual(3_600_000);
    expect(age).toBeLessThan(3_700_000);
  });
});
