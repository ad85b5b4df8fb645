// The whole harness on a hub that does not wait for the disk: kills do not show it, power cuts do.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { damagesOf } from './engine.ts';
import { judge, nothingToCheck, report } from './judge/judge.ts';
import { realRun } from './real-run.ts';

const careless = fileURLToPath(new URL('./power-cut/careless.cjs', import.meta.url));
const env = { NODE_OPTIONS: `--require ${careless}` };
/** What is lost of a change that was acknowledged. */
const lost = ['a record is what was acknowledged', 'the stream tells what was acknowledged'];

const promisesBroken = async (kills: number, cuts: number): Promise<{ broken: Set<string>; text: string }> => {
  const { history } = await realRun({
    seed: `careless ${kills} ${cuts}`,
    kills,
    cuts,
    disturbances: 0,
    env,
    quietWithinMs: cuts > 0 ? 5_000 : 30_000,
  });
  const faults = judge(history).filter(({ message }) => message !== nothingToCheck);
  return { broken: new Set(faults.map(({ promise }) => promise)), text: report(history, faults) };
};

describe('a hub with synchronous=OFF', () => {
  it('passes where it is only killed', async () => {
    const { broken, text } = await promisesBroken(2, 0);
    expect([...broken], text).toEqual([]);
  });

  it('is seen where its power is cut', async () => {
    const { broken, text } = await promisesBroken(0, 2);
    expect(
      lost.filter((promise) => broken.has(promise)),
      text,
    ).toEqual(lost);
  });
});

describe('the file that a run leaves', () => {
  it('is looked through: a page that something else has written is seen', () => {
    const folder = mkdtempSync(join(tmpdir(), 'syncline-damaged-'));
    const file = join(folder, 'hub.db');
    try {
      const db = new Database(file);
      db.exec('CREATE TABLE rows (no INTEGER PRIMARY KEY, text TEXT); CREATE INDEX by_text ON rows (text)');
      db.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO rows (text) SELECT 'row ' || i FROM n`,
      );
      db.close();
      expect(damagesOf(file)).toEqual([]);
      const bytes = readFileSync(file);
      bytes.fill(7, bytes.length - 4096);
      writeFileSync(file, bytes);
      expect(damagesOf(file)).not.toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
