// Another program at the hub's file: node foreign.mjs hold|read <file>
import Database from 'better-sqlite3';

const [what, file] = process.argv.slice(2);
const db = new Database(file, { timeout: 0 });
try {
  if (what === 'read') db.prepare('SELECT count(*) FROM sqlite_schema').get();
  else {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN IMMEDIATE; COMMIT');
  }
  process.stdout.write('has it\n');
} catch (error) {
  process.stdout.write(`${error.code}\n`);
}
// Until whoever started it has enough.
if (what === 'hold') process.stdin.resume();
