// Programs that write to a folder, well or badly, and die at the end as by SIGKILL: node writer.mjs <what> <folder>
import fs from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const [what, folder] = process.argv.slice(2);
const file = join(folder, 'file');
const say = (line) => fs.writeSync(1, `${line}\n`);

const sync = (path) => {
  const fd = fs.openSync(path, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
};

const lines = (flush) => {
  const fd = fs.openSync(file, 'a');
  sync(folder);
  for (let n = 1; n <= 40; n += 1) {
    fs.writeSync(fd, `line ${n} ${'x'.repeat(600)}\n`);
    if (flush) flush(fd);
    say(`line ${n}`);
  }
};

const fresh = (flush) => {
  fs.writeFileSync(file, 'new');
  sync(file);
  if (flush) sync(folder);
};

/** `file` holds "old" before. */
const replace = (flush) => {
  fs.writeFileSync(`${file}.new`, 'new');
  sync(`${file}.new`);
  fs.renameSync(`${file}.new`, file);
  if (flush) sync(folder);
};

const remove = (flush) => {
  fs.unlinkSync(file);
  if (flush) sync(folder);
};

const shorten = (flush) => {
  fs.truncateSync(file, 1);
  if (flush) sync(file);
};

const overwrite = (flush) => {
  fs.writeFileSync(file, 'newer');
  if (flush) sync(file);
};

const below = (flush) => {
  fs.mkdirSync(join(folder, 'one', 'two'), { recursive: true });
  fs.writeFileSync(join(folder, 'one', 'two', 'file'), 'new');
  sync(join(folder, 'one', 'two', 'file'));
  sync(join(folder, 'one', 'two'));
  if (flush) for (const path of [join(folder, 'one'), folder]) sync(path);
};

const rows = (synchronous, options = {}) => {
  const db = new Database(join(folder, 'rows.db'));
  if (options.exclusive) db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${synchronous}`);
  db.pragma('wal_autocheckpoint = 20');
  db.exec('CREATE TABLE IF NOT EXISTS rows (no INTEGER PRIMARY KEY, text TEXT)');
  sync(folder);
  const insert = db.prepare('INSERT INTO rows (text) VALUES (?)');
  for (let n = 1; n <= 120; n += 1) say(`row ${insert.run('y'.repeat(n * 20)).lastInsertRowid}`);
};

const attempts = (write) => {
  for (let n = 1; n <= 3; n += 1) {
    try {
      write();
      say('written');
    } catch (error) {
      say(error.code);
    }
  }
};

/** The second sync fails; what it should have kept stays visible, and a later sync does not bring it to the disk. */
const failing = () => {
  const fd = fs.openSync(file, 'a');
  attempts(() => {
    fs.writeSync(fd, 'z'.repeat(512));
    fs.fsyncSync(fd);
  });
  say(`${fs.fstatSync(fd).size} bytes`);
};

const known = {
  'lines unsynced': () => lines(),
  'lines synced': () => lines(fs.fsyncSync),
  'lines data-synced': () => lines(fs.fdatasyncSync),
  'fresh unsynced': () => fresh(false),
  'fresh synced': () => fresh(true),
  'replace unsynced': () => replace(false),
  'replace synced': () => replace(true),
  'remove unsynced': () => remove(false),
  'remove synced': () => remove(true),
  'shorten unsynced': () => shorten(false),
  'shorten synced': () => shorten(true),
  'overwrite unsynced': () => overwrite(false),
  'overwrite synced': () => overwrite(true),
  'below unsynced': () => below(false),
  'below synced': () => below(true),
  'rows OFF': () => rows('OFF'),
  'rows NORMAL': () => rows('NORMAL'),
  'rows FULL': () => rows('FULL'),
  'rows OFF exclusive': () => rows('OFF', { exclusive: true }),
  'rows FULL exclusive': () => rows('FULL', { exclusive: true }),
  'full disk': () => attempts(() => fs.writeFileSync(file, 'new')),
  'failing sync': failing,
  'slow sync': () => {
    const before = performance.now();
    fresh(true);
    say(performance.now() - before);
  },
  clock: () => say(Date.now()),
};

if (!known[what]) throw new Error(`there is no "${what}"`);
known[what]();
process.kill(process.pid, 'SIGKILL');
