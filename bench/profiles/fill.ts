// A database of SQLite that was filled by SQL: orders of customers, all over the tables, and returns of one store over three years.
import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { openSqlite } from '../../src/store/sqlite/open.ts';

export const ordersEach = 200;
/** Every ninth order has a return, every third of those is refunded before the goods are back. */
const [returnedOf, refundFirstOf] = [9, 3];
const threeYears = 3 * 365 * 86_400_000;

export const customerId = (no: number): string => `cus_${String(no).padStart(32, '0')}`;

const id = (prefix: string, no: string): string => `printf('${prefix}_%032d', ${no})`;

/** @returns how many customers there are */
export async function fill(path: string, records: number, now: number): Promise<number> {
  await (await openSqlite({ path, now: Date.now, random: randomBytes })).close();
  const orders = Math.floor((records * returnedOf) / (returnedOf + 1));
  const customers = Math.max(1, Math.floor(orders / ordersEach));
  const returns = records - orders - customers;
  const db = new Database(path);
  for (const setting of ['journal_mode = OFF', 'synchronous = OFF', 'cache_size = -262144']) db.pragma(setting);
  // One at a time they would be written all over the file.
  const indexes = db
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
       AND tbl_name IN ('records', 'order_facts', 'return_facts')`,
    )
    .all();
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
  for (const text of rows({ orders, customers, returns, now })) db.exec(text);
  for (const { sql } of indexes) db.exec(sql);
  db.close();
  return customers;
}

interface Sizes {
  orders: number;
  customers: number;
  returns: number;
  now: number;
}

function rows({ orders, customers, returns, now }: Sizes): string[] {
  const each = (count: number): string =>
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`;
  const ago = (stride: number, count: number): string => `${now} - i * ${stride} % ${count} * ${threeYears} / ${count}`;
  const record = (type: string, prefix: string, count: number, first: number): string =>
    `INSERT INTO records ${each(count)}
     SELECT i + ${first}, ${id(prefix, 'i')}, '${type}', 1, 0, NULL, 1, 1, i + ${first}, '[]', '{"note":"a record like any other"}'
     FROM n`;
  const customer = `i % ${customers}`;
  const returned = `i * ${returnedOf}`;
  return [
    record('customer', 'cus', customers, 1),
    record('order', 'ord', orders, customers + 1),
    record('return', 'ret', returns, customers + orders + 1),
    `INSERT INTO order_facts ${each(orders)}
     SELECT ${id('ord', 'i')}, ${id('cus', customer)}, 'closed', 'CNY', 26000, 0, ${ago(7919, orders)}, 1, 26000 FROM n`,
    `INSERT INTO return_facts ${each(returns)}
     SELECT ${id('ret', 'i')}, ${id('ord', returned)}, ${id('cus', `${returned} % ${customers}`)}, '',
       ${ago(7919, returns)}, ${ago(7919, returns)}, ${ago(7919, returns)}, 'closed', 'customer', 'CNY',
       '[{"orderLine":"1","quantity":1,"unitPriceMinor":26000,"amountMinor":26000}]', i % ${refundFirstOf} = 0,
       ${now}, ${now}, ${now} FROM n`,
  ];
}
