// A database without an interface of its own: a change-log table beside each table tells what changed in it.
import {
  ConnectorError,
  type InboundChange,
  type Listed,
  type Polled,
  type PollRequest,
  type Pushed,
  type Reference,
  type Send,
} from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { payloadOf } from '../../src/connector/payload.ts';
import { inTransaction } from '../../src/connector/sql.ts';
import type { SqlSession } from '../../src/connector/sql-session.ts';
import { type Lossless, NumberText, stringifyJson } from '../../src/model/json.ts';
import type { RecordType } from '../../src/model/records.ts';
import { logOf, type Speech, speeches, writesOf } from './dialect.ts';
import { type ChangelogContext, type ChangelogSettings, settings, type TableSettings } from './settings.ts';

const typesOf = ({ records }: ChangelogSettings): RecordType[] => Object.keys(records) as RecordType[];
const writtenOf = (of: ChangelogSettings): RecordType[] => typesOf(of).filter((type) => of.records[type]?.write);

export const changelog = defineConnector({
  name: 'changelog',
  title: 'A database without an interface: a change-log table beside its tables (SQLite, PostgreSQL, MySQL)',
  settings,
  operations: 'configured',
  records: writtenOf,
  writeStyle: () => 'changes',
  // Its key is kept in the transaction of the create.
  repeatSafe: () => 'idempotency-key',
  deletes: writtenOf,
  fetches: typesOf,
  lists: typesOf,
  polls: (of) => typesOf(of).map((record) => ({ record, everyMs: of.records[record]?.poll ?? 0 })),
  push,
  poll,
  fetch,
  list,
  check,
});

/** A table and how its database is spoken to. */
interface Place extends TableSettings {
  speech: Speech;
}

function placeOf({ settings: of, system }: ChangelogContext, record: RecordType): Place {
  const found = of.records[record];
  if (!found) throw new ConnectorError('invalid', `${system} has no table for ${record}`, { sent: false });
  return { ...found, speech: speeches[of.dialect] };
}

/** Marks what the hub has kept since the poll before, then reads what is unread: never by the order of numbers. */
async function poll({ record, cursor }: PollRequest, context: ChangelogContext): Promise<Polled> {
  const { batch } = context.settings;
  const place = placeOf(context, record);
  const rows = await inTransaction(context.settings, context, async (session) => {
    await markRead(
      session,
      place,
      (cursor ?? '').split(',').filter((id) => /^\d+$/.test(id)),
    );
    await prune(session, place, context);
    const { name, text, instant } = place.speech;
    const columns = `${text('id')} AS id, row_key AS row_key, op AS op, data AS data, ${instant('changed_at')} AS at`;
    const unread = `FROM ${name(logOf(place.table))} WHERE read_at IS NULL ORDER BY ${name(logOf(place.table))}.id`;
    return (await session.run(`SELECT ${columns} ${unread} LIMIT ${batch}`)).rows as unknown as LogRow[];
  });
  const items = rows.map((row) => changeOf(record, place, row));
  return { items, cursor: rows.map(({ id }) => id).join(',') || undefined, more: rows.length === batch };
}

interface LogRow {
  id: string;
  row_key: string;
  op: 'upsert' | 'delete';
  data: string | null;
  at: string;
}

function changeOf(record: RecordType, { table }: Place, { id, row_key, op, data, at }: LogRow): InboundChange {
  const change = { record, id: row_key, op, at: at.replace(/(\.\d{3})\d*Z$/, '$1Z'), key: `${table}:${id}` };
  return data === null ? change : { ...change, data };
}

async function markRead(session: SqlSession, { table, speech }: Place, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const places = ids.map((_, at) => speech.place(at + 1)).join(', ');
  const log = speech.name(logOf(table));
  await session.run(`UPDATE ${log} SET read_at = ${speech.now} WHERE read_at IS NULL AND id IN (${places})`, ids);
}

async function prune(
  session: SqlSession,
  { table, speech }: Place,
  { settings: of, now }: ChangelogContext,
): Promise<void> {
  const before = (keep: number): string => {
    const at = new Date(now() - keep).toISOString();
    return of.dialect === 'mysql' ? at.replace('T', ' ').replace('Z', '') : at;
  };
  const place = speech.place(1);
  await session.run(`DELETE FROM ${speech.name(logOf(table))} WHERE read_at < ${place}`, [before(of.keep)]);
  await session.run(`DELETE FROM ${speech.name(writesOf(table))} WHERE written_at < ${place}`, [before(of.keepWrites)]);
}

const selected = ({ table, columns, key, speech }: Place): string =>
  `SELECT ${speech.text(speech.name(key))} AS row_key, ${speech.json([...new Set([key, ...columns])], '')} AS data FROM ${speech.name(table)}`;

async function fetch(reference: Reference, context: ChangelogContext): Promise<string | undefined> {
  if (!('externalId' in reference)) throw new ConnectorError('invalid', 'a row is read by its key');
  const place = placeOf(context, reference.record);
  const { speech, key } = place;
  const where = `WHERE ${speech.text(speech.name(key))} = ${speech.place(1)}`;
  const { rows } = await inTransaction(context.settings, context, (on) =>
    on.run(`${selected(place)} ${where}`, [reference.externalId]),
  );
  const [row] = rows as { data?: string }[];
  return row?.data;
}

async function list(
  { record, cursor }: { record: RecordType; cursor: string | undefined },
  context: ChangelogContext,
): Promise<Listed> {
  const { batch } = context.settings;
  const place = placeOf(context, record);
  const { speech } = place;
  const key = speech.text(speech.name(place.key));
  const where = cursor === undefined ? '' : ` WHERE ${key} > ${speech.place(1)}`;
  const statement = `${selected(place)}${where} ORDER BY ${key} LIMIT ${batch}`;
  const { rows } = await inTransaction(context.settings, context, (on) =>
    on.run(statement, cursor === undefined ? [] : [cursor]),
  );
  const items = (rows as { row_key: string; data: string }[]).map((row) => ({ id: row.row_key, data: row.data }));
  const more = items.length === batch;
  return { items, cursor: more ? items.at(-1)?.id : undefined, more };
}

/** The write, its mark and its key are one transaction: it is done once, and never comes back as an edit. */
async function push(send: Send, context: ChangelogContext): Promise<Pushed> {
  const place = placeOf(context, send.record);
  const log = logOf(place.table);
  return inTransaction(context.settings, context, async (session) => {
    for (const statement of place.speech.mark(log)) await session.run(statement);
    const externalId = await write(session, place, send);
    for (const statement of place.speech.unmark(log)) await session.run(statement);
    return { externalId, status: 200 };
  });
}

async function write(session: SqlSession, place: Place, send: Send): Promise<string> {
  if (send.op === 'create') return create(session, place, send);
  const { externalId = '' } = send;
  if (send.op === 'delete') await remove(session, place, externalId);
  else await update(session, place, send, externalId);
  return externalId;
}

async function create(session: SqlSession, place: Place, send: Send): Promise<string> {
  const { speech, key, table } = place;
  const { name } = speech;
  const writes = name(writesOf(table));
  const known = await session.run(`SELECT row_key FROM ${writes} WHERE idempotency_key = ${speech.place(1)}`, [
    send.key,
  ]);
  const [before] = known.rows as { row_key?: string }[];
  if (before?.row_key !== undefined) return before.row_key;
  const given = valuesOf(place, send);
  const columns = Object.keys(given);
  const places = columns.map((_, at) => speech.place(at + 1)).join(', ');
  const into = `INSERT INTO ${name(table)} (${columns.map(name).join(', ')}) VALUES (${places})`;
  const isMysql = speech === speeches.mysql;
  const { rows, insertId } = await session.run(
    isMysql ? into : `${into} RETURNING ${name(key)} AS made`,
    Object.values(given),
  );
  const made = given[key] ?? (isMysql ? insertId : (rows as { made?: unknown }[])[0]?.made);
  const id = String(made);
  await session.run(
    `INSERT INTO ${writes} (idempotency_key, row_key, written_at) VALUES (${speech.place(1)}, ${speech.place(2)}, ${speech.now})`,
    [send.key, id],
  );
  return id;
}

async function update(session: SqlSession, place: Place, send: Send, id: string): Promise<void> {
  const { speech, key, table } = place;
  const given = valuesOf(place, send);
  const columns = Object.keys(given).filter((column) => column !== key);
  const sets = columns.map((column, at) => `${speech.name(column)} = ${speech.place(at + 1)}`).join(', ');
  const where = `WHERE ${speech.text(speech.name(key))} = ${speech.place(columns.length + 1)}`;
  const statement =
    columns.length === 0
      ? `SELECT 1 AS found FROM ${speech.name(table)} WHERE ${speech.text(speech.name(key))} = ${speech.place(1)}`
      : `UPDATE ${speech.name(table)} SET ${sets} ${where}`;
  const { count } = await session.run(statement, [...columns.map((column) => given[column]), id]);
  if (count === 0) throw new ConnectorError('not_found', `${table} has no row ${id}`);
}

/** What is gone already is as wanted. */
async function remove(session: SqlSession, { speech, key, table }: Place, id: string): Promise<void> {
  const where = `WHERE ${speech.text(speech.name(key))} = ${speech.place(1)}`;
  await session.run(`DELETE FROM ${speech.name(table)} ${where}`, [id]);
}

/** Members of the payload as values of columns; no other column can be named by it. */
function valuesOf({ columns, key, table }: Place, send: Send): Record<string, unknown> {
  const given = Object.entries(payloadOf(send));
  const unknown = given.filter(([name]) => name !== key && !columns.includes(name)).map(([name]) => name);
  if (unknown.length > 0)
    throw new ConnectorError('invalid', `${table}: ${unknown.join(', ')} is none of its columns in the settings`, {
      sent: false,
    });
  return Object.fromEntries(given.map(([name, value]) => [name, bound(value)]));
}

function bound(value: Lossless): unknown {
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value !== null && typeof value === 'object' ? stringifyJson(value) : value;
}

/** The log of every table can be read. */
async function check(context: ChangelogContext): Promise<void> {
  await inTransaction(context.settings, context, async (session) => {
    for (const record of typesOf(context.settings)) {
      const { speech, table } = placeOf(context, record);
      await session.run(`SELECT 1 AS found FROM ${speech.name(logOf(table))} LIMIT 1`);
    }
  });
}
