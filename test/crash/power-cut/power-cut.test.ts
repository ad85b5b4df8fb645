// The simulated power cut itself: who syncs loses nothing, who does not loses what a disk may lose, and faults come on command.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createChance } from '../chance.ts';
import { Disk } from './disk.ts';
import { remains, rollBack } from './rollback.ts';

const program = fileURLToPath(new URL('./writer.mjs', import.meta.url));

let disk: Disk;
beforeEach(() => {
  disk = new Disk();
});
afterEach(() => disk.remove());

const file = (folder = disk.folder): string => join(folder, 'file');
const read = (folder?: string): string | undefined =>
  existsSync(file(folder)) ? readFileSync(file(folder), 'utf8') : undefined;
const wholeLines = (folder?: string): number => read(folder)?.match(/^line \d+ x{600}$/gm)?.length ?? 0;

function run(what: string): string[] {
  const ended: SpawnSyncReturns<string> = spawnSync(process.execPath, [program, what, disk.folder], {
    env: { PATH: process.env.PATH, ...disk.env },
    encoding: 'utf8',
  });
  expect(ended.signal, ended.stderr).toBe('SIGKILL');
  return ended.stdout.split('\n').filter(Boolean);
}

/** What was there before is durable. */
function given(text: string): void {
  writeFileSync(file(), text);
  disk.settle();
}

const times = 12;
const each = <T>(value: T): T[] => Array<T>(times).fill(value);

/** What is left of the same state after cuts by different chances. */
function cuts<T>(what: string, look: (folder: string) => T, before?: string): T[] {
  disk.remove();
  disk = new Disk();
  if (before !== undefined) given(before);
  run(what);
  const book = disk.env.POWER_CUT_BOOK ?? '';
  return Array.from({ length: times }, (_, no) => {
    const left = `${disk.folder}-${no}`;
    rollBack(disk.folder, left, { book, chance: createChance(`${what} ${no}`) });
    return look(left);
  });
}

describe('bytes', () => {
  it('that were not synced may be gone', () => {
    const lines = cuts('lines unsynced', wholeLines);
    expect(Math.min(...lines)).toBe(0);
    // By chance some are there: a disk that keeps exactly what was synced would be too kind.
    expect(Math.max(...lines)).toBeGreaterThan(0);
  });

  it.each(['lines synced', 'lines data-synced'])('that were synced are there: %s', (what) => {
    expect(cuts(what, wholeLines)).toEqual(each(40));
  });

  it('that were cut off come back unless that was synced', () => {
    expect(cuts('shorten unsynced', read, 'old')).toContain('old');
    expect(cuts('shorten synced', read, 'old')).toEqual(each('o'));
  });

  it('that were overwritten come back unless that was synced', () => {
    expect(cuts('overwrite unsynced', read, 'old')).toContain('old');
    expect(cuts('overwrite synced', read, 'old')).toEqual(each('newer'));
  });

  it('tear at boundaries of 512 bytes and of 4 KiB, as the seed says', () => {
    const durable = Buffer.alloc(16_384, 'o');
    const now = Buffer.alloc(16_384, 'n');
    const torn = new Set<string>();
    for (let no = 0; no < 200; no += 1) {
      const left = remains(durable, now, [{ offset: 0, length: 16_384 }], createChance(`seed ${no}`)).toString();
      expect(left).toBe(remains(durable, now, [{ offset: 0, length: 16_384 }], createChance(`seed ${no}`)).toString());
      expect(left.match(/(n+|o+)/g)?.every((run) => run.length % 512 === 0)).toBe(true);
      torn.add(left);
    }
    expect(torn.size).toBeGreaterThan(80);
    expect([...torn].filter((left) => /^n{4096}o{4096}/.test(left)).length).toBeGreaterThan(0);
  });
});

describe('names', () => {
  it('of new files are gone unless their folder was synced', () => {
    expect(cuts('fresh unsynced', read)).toContain(undefined);
    expect(cuts('fresh synced', read)).toEqual(each('new'));
  });

  it('stand for the old file after a rename unless the folder was synced', () => {
    expect(cuts('replace unsynced', read, 'old')).toContain('old');
    expect(cuts('replace synced', read, 'old')).toEqual(each('new'));
  });

  it('come back after an unlink unless the folder was synced', () => {
    expect(cuts('remove unsynced', read, 'old')).toContain('old');
    expect(cuts('remove synced', read, 'old')).toEqual(each(undefined));
  });

  it('of folders are gone, with all that is in them, unless the folder above was synced', () => {
    const tree = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).sort();
    expect(cuts('below unsynced', tree)).toContainEqual([]);
    expect(cuts('below synced', tree)).toEqual(each(['one', 'one/two', 'one/two/file']));
  });
});

describe('SQLite', () => {
  const held = (folder: string): { rows: number; sound: unknown } => {
    const db = new Database(join(folder, 'rows.db'));
    const sound = db.pragma('integrity_check', { simple: true });
    const rows = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'rows'").pluck().get();
    const count = rows ? db.prepare('SELECT count(*) FROM rows').pluck().get() : 0;
    db.close();
    return { rows: Number(count), sound };
  };

  it.each(['rows FULL', 'rows FULL exclusive'])('loses no commit with synchronous=FULL: %s', (what) => {
    expect(cuts(what, held)).toEqual(each({ rows: 120, sound: 'ok' }));
  });

  it('loses commits with synchronous=NORMAL, which no SIGKILL shows, and stays sound', () => {
    run('rows NORMAL');
    expect(held(disk.folder)).toEqual({ rows: 120, sound: 'ok' });
    const found = cuts('rows NORMAL', held);
    expect(Math.min(...found.map(({ rows }) => rows))).toBeLessThan(120);
    expect(found.every(({ sound }) => sound === 'ok')).toBe(true);
  });

  it.each(['rows OFF', 'rows OFF exclusive'])('loses commits, or the whole file, with synchronous=OFF: %s', (what) => {
    const found = cuts(what, (folder) => {
      try {
        return held(folder).rows;
      } catch {
        return 'broken';
      }
    });
    expect(found.some((rows) => rows === 'broken' || rows < 120)).toBe(true);
  });
});

describe('faults on command', () => {
  it('a full disk refuses each write until there is space again', () => {
    disk.fill();
    expect(run('full disk')).toEqual(['ENOSPC', 'ENOSPC', 'ENOSPC']);
    expect(disk.counts.refused).toBeGreaterThanOrEqual(3);
    disk.free();
    expect(run('full disk')).toEqual(['written', 'written', 'written']);
  });

  it('a sync that fails loses what it should have kept, for good: a later one does not bring it back', () => {
    given('');
    disk.failSync(2);
    expect(run('failing sync')).toEqual(['written', 'EIO', 'written', '1536 bytes']);
    expect(disk.counts.failed).toBe(1);
    disk.cut(createChance('after a failed sync'));
    expect(read()).toBe(`${'z'.repeat(512)}${'\0'.repeat(512)}${'z'.repeat(512)}`);
  });

  it('a slow sync takes its time', () => {
    disk.slow(80);
    expect(Number(run('slow sync')[0])).toBeGreaterThanOrEqual(160);
    expect(disk.counts.slowed).toBe(2);
  });

  it('the time of day is stepped, and steps back', () => {
    disk.stepClock(-3_600_000);
    const before = systemClock.now();
    const [said] = run('clock');
    expect(Math.abs(Number(said) - (before - 3_600_000))).toBeLessThan(60_000);
    disk.stepClock(0);
    expect(Number(run('clock')[0])).toBeGreaterThanOrEqual(before);
  });

  it.each(['before', 'after', 'half-way'] as const)('death comes %s a chosen write', (when) => {
    disk.die({ at: ['fileWrite'], nth: 7, when });
    expect(run('lines unsynced').at(-1)).toBe('line 6');
    const bytes = 608;
    expect(disk.counts.died).toBe(1);
    expect(read()?.length).toBe({ before: 6 * bytes, after: 7 * bytes, 'half-way': 6.5 * bytes }[when]);
  });

  it('death comes on either side of a chosen sync', () => {
    disk.die({ at: ['fileSync'], nth: 5, when: 'before' });
    run('lines synced');
    disk.cut(createChance('before'));
    const before = wholeLines();
    expect(before).toBeGreaterThanOrEqual(4);
    disk.die({ at: ['fileSync'], nth: 3, when: 'after' });
    run('lines synced');
    disk.cut(createChance('after'));
    expect(wholeLines()).toBeGreaterThanOrEqual(before + 3);
  });

  it('every program that was started with it is counted', () => {
    run('clock');
    run('clock');
    expect(disk.counts.followed).toBe(2);
  });
});
