// node dist/bench/claims.js: what a claim costs on PostgreSQL out of a large backlog and out of a small one, in turns.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Backlog } from './claims/backlog.ts';
import { spread } from './measure/numbers.ts';
import { startPostgres } from './measure/postgres.ts';

const help = `node dist/bench/claims.js [options]

  --orders <n>      behind in the large database (default 1000000; the small one has 10000)
  --scattered       they fell behind in another order than they were made: every claim reads all over the tables
  --folder <path>   where PostgreSQL keeps both (default: the temporary folder; 1 GB for a million)
  --json            the result as JSON
  --help`;

const { values } = parseArgs({
  options: {
    ...{ orders: { type: 'string', default: '1000000' }, folder: { type: 'string', default: tmpdir() } },
    ...{ scattered: { type: 'boolean', default: false } },
    ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  },
});

const few = 10_000;
const [warmUp, turn, turns] = [1_500, 1_000, 6];

if (values.help) console.log(help);
else await compare(Number(values.orders));

async function compare(orders: number): Promise<void> {
  if (!Number.isSafeInteger(orders) || orders < few) throw new RangeError(`--orders is a number from ${few} on`);
  const folder = mkdtempSync(join(values.folder, 'syncline-claims-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const postgres = await startPostgres(folder);
  try {
    const sizes = [few, orders] as const;
    const backlogs: Backlog[] = [];
    for (const size of sizes) {
      console.error(`filling ${size.toLocaleString('en-US')} orders`);
      backlogs.push(await Backlog.fill(await postgres.newDatabase(), size, values.scattered ? 'scattered' : 'made'));
    }
    const found = sizes.map((): Found => ({ claimMs: [], serverMs: [], logMb: [] }));
    for (const backlog of backlogs) await backlog.drain(warmUp);
    for (let no = 0; no < turns; no++) {
      console.error(`turn ${no + 1}/${turns}`);
      for (const [place, backlog] of backlogs.entries()) {
        const { claimMs, serverMs, logBytes } = await backlog.drain(turn);
        found[place]?.claimMs.push(...claimMs);
        found[place]?.serverMs.push(serverMs);
        found[place]?.logMb.push(logBytes / 1e6);
      }
    }
    for (const backlog of backlogs) await backlog.close();
    tell(sizes, found);
  } finally {
    await postgres.stop();
  }
}

interface Found {
  claimMs: number[];
  serverMs: number[];
  logMb: number[];
}

function tell(sizes: readonly number[], found: readonly Found[]): void {
  const rows = found.map(({ claimMs, serverMs, logMb }, place) => ({
    behind: sizes[place] as number,
    claimMs: spread(claimMs).median,
    serverMs: spread(serverMs).median,
    logMb: spread(logMb).median,
  }));
  const [small, large] = rows as [(typeof rows)[number], (typeof rows)[number]];
  const ratios = {
    claim: large.claimMs / small.claimMs,
    server: large.serverMs / small.serverMs,
    log: large.logMb / small.logMb,
  };
  if (values.json) console.log(JSON.stringify({ rows, ratios }, null, 2));
  else {
    for (const { behind, claimMs, serverMs, logMb } of rows)
      console.log(
        `${behind.toLocaleString('en-US').padStart(9)} behind: a claim of 100 ${claimMs.toFixed(1)} ms, server ${serverMs.toFixed(0)} ms and ${logMb.toFixed(1)} MB of log for ${turn} claimed and settled`,
      );
    console.log(
      `large to small: claim ${ratios.claim.toFixed(2)}, processor time of the server ${ratios.server.toFixed(2)} (goal 1.2)`,
    );
  }
}
