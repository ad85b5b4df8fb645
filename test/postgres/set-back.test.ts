// The clock of the database is set back while nodes run over it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeOrder, sendAll } from '../contract/store/harness.ts';
import { type PostgresHarness, postgresHarness } from './harness.ts';
import { query } from './schemas.ts';

const minute = 60_000;
let seconds = 0;
let harness: PostgresHarness;
beforeEach(async () => {
  // Its rounds are this test's: nothing is seen in between.
  harness = await postgresHarness({ elapsed: () => seconds, scheduleUpkeep: () => () => undefined });
});
afterEach(() => harness.close());

/** A second passes. */
async function round(): Promise<void> {
  seconds += 1;
  await harness.store.upkeep.round();
}

async function setBack(ms: number): Promise<void> {
  await round();
  harness.clock.advance(-ms);
}

const waits = async () =>
  (await harness.store.sharing.share({ systems: ['crm'], seen: [], leases: [], leaseMs: 5_000 })).conditions[0];

it('lets claims go on with what the clock of before had made due', async () => {
  const { store, clock } = harness;
  clock.advance(10 * minute);
  const id = await store.transact([], makeOrder(['crm']));
  await setBack(10 * minute);
  await round();
  expect((await store.claim('crm', 1, sendAll)).map(({ recordId }) => recordId)).toEqual([id]);
});

it('does not go on with a walk that failed, and has seen all before it says so', async () => {
  const { store, clock } = harness;
  clock.advance(10 * minute);
  await store.sharing.quiet('crm', clock.now() + 8_000);
  const id = await store.transact([], makeOrder(['crm']));
  await setBack(10 * minute);
  await query(harness.url, 'ALTER TABLE replicas RENAME TO elsewhere');
  for (let no = 0; no < 4; no++) await expect(round()).rejects.toThrow('replicas');
  await query(harness.url, 'ALTER TABLE elsewhere RENAME TO replicas');
  expect((await waits())?.quietUntil).toBeGreaterThan(clock.now() + 8_000);
  await round();
  expect(await waits()).toMatchObject({ quietUntil: clock.now() + 8_000 });
  expect((await store.claim('crm', 1, sendAll)).map(({ recordId }) => recordId)).toEqual([id]);
});

it('lets breakers and silences last for as long as they had still to last, once every node knows the time', async () => {
  const { store, clock } = harness;
  clock.advance(10 * minute);
  const ahead = clock.now();
  await store.sharing.moveBreaker('crm', { to: 'open', until: ahead + 5_000 });
  await store.sharing.quiet('crm', ahead + 8_000);
  await store.sharing.borrow('crm', { perSendUs: 1_000_000, burst: 1 }, 1);
  await setBack(10 * minute);
  await round();
  expect(await waits()).toMatchObject({ until: ahead + 5_000 });
  await round();
  await round();
  const now = clock.now();
  expect(await waits()).toMatchObject({ since: now, until: now + 5_000, quietUntil: now + 8_000 });
  clock.advance(1_000);
  expect(await store.sharing.borrow('crm', { perSendUs: 1_000_000, burst: 1 }, 1)).toMatchObject({ granted: 1 });
  await round();
  expect(await waits()).toMatchObject({ until: now + 5_000, quietUntil: now + 8_000 });
});

it('lets nobody have a lease for longer than one lasts, by the clock that the database has now', async () => {
  const other = await harness.another();
  const lead = 60 * minute;
  await other.sharing.share({ systems: ['crm'], seen: [], leases: ['poll:crm'], leaseMs: 5_000 });
  await query(harness.url, 'UPDATE leases SET until = until + $1', [lead]);
  await query(harness.url, 'UPDATE nodes SET lease_until = lease_until + $1', [lead]);
  harness.clock.advance(lead);
  await setBack(lead);
  await round();
  const now = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
  const left = await query<{ ms: number }>(
    harness.url,
    `SELECT (until - ${now})::int AS ms FROM leases UNION ALL SELECT (lease_until - ${now})::int FROM nodes`,
  );
  expect(left.length).toBe(3);
  for (const { ms } of left) expect(ms).toBeLessThanOrEqual(10_000);
});

it('takes a clock that is a little wrong, or ahead, for what it is', async () => {
  const { store, clock } = harness;
  await store.sharing.quiet('crm', clock.now() + 30 * minute);
  const until = clock.now() + 30 * minute;
  await setBack(4_000);
  for (let no = 0; no < 4; no++) await round();
  expect(await waits()).toMatchObject({ quietUntil: until });
  clock.advance(10 * minute);
  for (let no = 0; no < 4; no++) await round();
  expect(await waits()).toMatchObject({ quietUntil: until });
});
