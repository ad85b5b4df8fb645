// Claims and settlements out of a large backlog: they must cost the same whatever its size. Also the time to open such a
// database and the memory that it takes.
//
//   node dist/bench/backlog.js [--history 5000000] [--backlogs 10000,1000000] [--order made|random] [--json]
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fillBacklog } from './backlog/fill.ts';
import { type BacklogResult, measureBacklog } from './backlog/measure.ts';

/** Largest ratio between the smallest and the largest backlog, most seconds to open, most memory. */
const limits = { ratio: 1.5, openSeconds: 5, megabytes: 300 };

const { values } = parseArgs({
  options: {
    history: { type: 'string', default: '5000000' },
    backlogs: { type: 'string', default: '10000,1000000' },
    order: { type: 'string', default: 'made' },
    json: { type: 'boolean', default: false },
    measure: { type: 'string' },
  },
});

if (values.measure === undefined) await compare();
else process.send?.(await measureBacklog(values.measure, randomBytes));

async function compare(): Promise<void> {
  const order = values.order === 'random' ? 'random' : 'made';
  const folder = mkdtempSync(join(tmpdir(), 'syncline-backlog-'));
  try {
    const results: BacklogResult[] = [];
    for (const behind of values.backlogs.split(',').map(Number)) {
      const path = join(folder, `${behind}.db`);
      console.error(`filling ${behind} behind replicas and ${values.history} changes`);
      await fillBacklog(path, { behind, history: Number(values.history), order, random: randomBytes });
      results.push(await inOwnProcess(path));
      rmSync(path, { force: true });
    }
    report(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** So that memory and the time to open are those of a fresh hub. */
function inOwnProcess(path: string): Promise<BacklogResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--measure', path]);
    child.once('message', (result) => resolve(result as BacklogResult));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`measuring ended with ${code}`)));
  });
}

function report(results: readonly BacklogResult[]): void {
  const [small] = results;
  const large = results.at(-1);
  if (!small || !large) throw new Error('--backlogs names none');
  const ratio = small.perSecond / large.perSecond;
  const checks = {
    'small ÷ large': { value: ratio, limit: limits.ratio },
    'seconds to open': { value: large.openSeconds, limit: limits.openSeconds },
    megabytes: { value: large.megabytes, limit: limits.megabytes },
  };
  if (values.json) {
    console.log(JSON.stringify({ results, checks }));
    return;
  }
  console.log('| behind | history | claimed and settled/s | claim of 100, p50 / p99 ms | opened in s | RSS MB |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { behind, history, perSecond, claimMs, openSeconds, megabytes } of results) {
    const claim = `${claimMs.p50.toFixed(2)} / ${claimMs.p99.toFixed(2)}`;
    const opened = openSeconds.toFixed(2);
    console.log(
      `| ${behind} | ${history} | ${Math.round(perSecond)} | ${claim} | ${opened} | ${Math.round(megabytes)} |`,
    );
  }
  for (const [name, { value, limit }] of Object.entries(checks)) {
    console.log(`${name}: ${value.toFixed(2)}, limit ${limit}${value > limit ? ' — EXCEEDED' : ''}`);
  }
}
