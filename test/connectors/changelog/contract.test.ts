import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll } from 'vitest';
import { changelogStatements } from '../../../connectors/changelog/documents.ts';
import { changelog } from '../../../connectors/changelog/index.ts';
import type { Vendor } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'syncline-changelog-'));
afterAll(() => rmSync(folder, { recursive: true }));

const columns = ['order_no', 'status', 'ship_name', 'note'];
let made = 0;
const fileOf = (number: number): string => join(folder, `legacy-${number}.db`);

/** The legacy application itself, with its own connection; each scene has a database of its own. */
function legacyApplication(): Vendor {
  const db = new Database(fileOf(++made));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE orders (id INTEGER PRIMARY KEY, order_no TEXT NOT NULL UNIQUE, status TEXT, ship_name TEXT, note TEXT)`);
  for (const statement of changelogStatements({ dialect: 'sqlite', table: 'orders', key: 'id', columns }))
    db.exec(statement);
  let orders = 0;
  return {
    handlers: [],
    held: () =>
      db
        .prepare<[], { id: number }>('SELECT * FROM orders ORDER BY id')
        .all()
        .map((object) => ({ id: String(object.id), object: { ...object } })),
    add: () => {
      const insert = db.prepare("INSERT INTO orders (order_no, status, ship_name, note) VALUES (?, 'open', '', NULL)");
      return String(insert.run(`L-${++orders}`).lastInsertRowid);
    },
    touch: (_record, id) => void db.prepare("UPDATE orders SET note = note || '.' WHERE id = ?").run(id),
  };
}

const body = (object: object): string => JSON.stringify(object);

connectorContract({
  connector: changelog,
  noSocket:
    'it opens a file here; over SQL lost answers, silence, resets and passwords: test/connectors/changelog/changelog.test.ts',
  settings: () => ({
    dialect: 'sqlite',
    path: fileOf(made),
    batch: 4,
    records: { order: { table: 'orders', columns } },
  }),
  wrongCredentials: 'a file has none',
  vendor: legacyApplication,
  writes: {
    order: {
      create: (n) => ({
        body: body({ order_no: `W-${n}`, status: 'open' }),
        holds: { order_no: `W-${n}`, status: 'open' },
      }),
      update: () => ({ body: body({ ship_name: '李雷', note: 'x' }), holds: { ship_name: '李雷', note: 'x' } }),
      refused: { op: 'update', body: body({ order_no: null }), words: 'NOT NULL constraint failed' },
      sparse: {
        null: { body: body({ note: null }), holds: { note: null } },
        empty: { body: body({ note: '' }), holds: { note: '' } },
        absent: { body: body({ ship_name: 'y' }), holds: { note: 'x', ship_name: 'y' } },
      },
    },
  },
  reads: {
    order: {
      shows: (id, vendor) => ({
        id: Number(id),
        note: null,
        ship_name: '',
        order_no: vendor.held('order').at(-1)?.object.order_no,
      }),
      extra: 'the log holds the columns that it was made for',
      match: 'a row is known by its key; a repeated create by its idempotency key',
    },
  },
  polls: {
    order: {
      cursorAt: 'its cursor names the rows that were read, never a place',
      overlapMs: 'unread rows are read whenever they were committed',
    },
  },
  secrets: [],
  personal: ['李雷'],
  httpRefusal: (words) => words,
});
