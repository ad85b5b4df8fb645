// Loaded before a hub where no small disk can be had: its database says that the disk is full while the ballast is there.
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

const { BALLAST: ballast = '', PAGES: pages = '' } = process.env;
const unlimited = 1_000_000;
const { pragma } = Database.prototype;

Database.prototype.pragma = function limited(text, options) {
  if (text.startsWith('locking_mode')) limit(this);
  return pragma.call(this, text, options);
};

function limit(db) {
  pragma.call(db, `max_page_count = ${pages}`);
  const look = setInterval(() => {
    if (existsSync(ballast)) return;
    clearInterval(look);
    if (db.open) pragma.call(db, `max_page_count = ${unlimited}`);
  }, 5);
  look.unref();
}
