// node dist/bench/profiles.js: how long the facts about a customer's returns take in a large store.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { profileIn, profileQueries } from '../src/intake/returns/situation.ts';
import { loadReturnsPolicy } from '../src/policy/returns/load.ts';
import { openSqlite } from '../src/store/sqlite/open.ts';
import { nowMs } from './measure/now.ts';
import { spread } from './measure/numbers.ts';
import { customerId, fill, ordersEach } from './profiles/fill.ts';

const help = `node dist/bench/profiles.js [options]

  --records <n>     orders, returns and customers in the store (default 10000000, some 6 GB; minutes)
  --short           a hundredth of that
  --folder <path>   where the database is made (default: the temporary folder)
  --json            the result as JSON
  --help`;

const { values } = parseArgs({
  options: {
    ...{ records: { type: 'string', default: '10000000' }, folder: { type: 'string', default: tmpdir() } },
    ...{ short: { type: 'boolean', default: false } },
    ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  },
});

const asked = 200;

if (values.help) console.log(help);
else await measure(Number(values.records) / (values.short ? 100 : 1));

async function measure(records: number): Promise<void> {
  if (!Number.isSafeInteger(records) || records < 10_000) throw new RangeError('--records is a number from 10000 on');
  const folder = mkdtempSync(join(values.folder, 'syncline-profiles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'hub.db');
  const now = Date.now();
  console.error(`filling ${records.toLocaleString('en-US')} records`);
  const customers = await fill(path, records, now);
  const read = loadReturnsPolicy(await readFile('policies/returns.yaml', 'utf8'));
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  const active = { policy: read.policy, version: 1 };
  const store = await openSqlite({ path, now: Date.now, random: randomBytes });
  const ms: number[] = [];
  const worked: number[] = [];
  for (let no = 0; no < asked; no++) {
    const subject = { customerId: customerId((no * 7919) % customers), storeId: '', at: now };
    const { own, store: totals } = profileQueries(active, subject);
    const [askedAt, workedBefore] = [nowMs(), process.cpuUsage()];
    const orders = await store.read([subject.customerId, own, totals], (state) => {
      profileIn(state, active, subject);
      return state.query(own)?.orders.length;
    });
    ms.push(nowMs() - askedAt);
    const { user, system } = process.cpuUsage(workedBefore);
    worked.push((user + system) / 1000);
    if ((orders ?? 0) < ordersEach) throw new Error(`${subject.customerId} has ${orders} orders`);
  }
  await store.close();
  tell(records, ms, worked);
}

/** @param worked processor time of the same: on a machine that does other things too it says more than the clock */
function tell(records: number, ms: readonly number[], worked: readonly number[]): void {
  const sorted = [...ms].sort((a, b) => a - b);
  const [median, p95] = [spread(ms).median, sorted[Math.floor(sorted.length * 0.95)] ?? 0];
  const slowest = sorted.at(-1) ?? 0;
  const processor = spread(worked).median;
  if (values.json)
    console.log(JSON.stringify({ records, orders: ordersEach, median, p95, slowest, processor }, null, 2));
  else
    console.log(
      `facts of a customer with ${ordersEach} orders among ${records.toLocaleString('en-US')} records: ${median.toFixed(1)} ms, of 20 one takes ${p95.toFixed(1)} ms or more, the slowest of ${ms.length} ${slowest.toFixed(1)} ms (goal 20); processor time ${processor.toFixed(1)} ms`,
    );
}
