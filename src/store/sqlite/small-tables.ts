// The small tables and the lists with filters: asked rarely, so written with drizzle.
import { and, asc, desc, eq, inArray, lt, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { type RecordType, recordTypes } from '../../model/record-types.ts';
import {
  auditRow,
  deadLetterConditions,
  deadLetterRow,
  placeInAudit,
  waitingSystemsQuery,
} from '../engine/small-rows.ts';
import {
  type ApiKeyRow,
  type AuditRow,
  type DeadLetterRow,
  reviewAction,
  type SystemRow,
  type WaitingRow,
} from '../rows.ts';
import type { AuditFilter, DeadLetterFilter, Page } from '../store.ts';
import type { Connection } from './connection.ts';
import { apiKeys, audit, cursors, deadLetters, systems, waiting } from './schema.ts';

/** Of a type that only a newer program knows nothing is taken: this one would find it faulty, and drop it. */
const ofKnownType = inArray(waiting.type, [...recordTypes]);

export class SmallTables {
  readonly #db;

  constructor(db: Connection) {
    this.#db = drizzle(db);
  }

  cursor(name: string): string | undefined {
    return this.#db.select({ value: cursors.value }).from(cursors).where(eq(cursors.name, name)).get()?.value;
  }

  saveCursor(name: string, value: string): void {
    this.#db.insert(cursors).values({ name, value }).onConflictDoUpdate({ target: cursors.name, set: { value } }).run();
  }

  systems(): SystemRow[] {
    return this.#db.select().from(systems).orderBy(asc(systems.system)).all() as SystemRow[];
  }

  saveSystem(row: SystemRow): void {
    this.#db.insert(systems).values(row).onConflictDoUpdate({ target: systems.system, set: row }).run();
  }

  apiKeys(): ApiKeyRow[] {
    const rows = this.#db.select().from(apiKeys).orderBy(asc(apiKeys.id)).all();
    return rows.map((row) => ({ ...row, scopes: JSON.parse(row.scopes) as string[] }));
  }

  saveApiKey(key: ApiKeyRow): void {
    const row = { ...key, scopes: JSON.stringify(key.scopes) };
    this.#db.insert(apiKeys).values(row).onConflictDoUpdate({ target: apiKeys.id, set: row }).run();
  }

  waitingDue({ limit, now, except }: { limit: number; now: number; except: readonly string[] }): WaitingRow[] {
    const systems = this.#db.all<{ system: string }>(waitingSystemsQuery).map(({ system }) => system);
    const asked = systems.filter((system) => !except.includes(system));
    return asked.flatMap((system) => this.#waitingDueFor(system, limit, now));
  }

  #waitingDueFor(system: string, limit: number, now: number): WaitingRow[] {
    const due = and(eq(waiting.reason, 'fetch'), eq(waiting.system, system), lte(waiting.dueAt, now), ofKnownType);
    return this.#db.select().from(waiting).where(due).orderBy(asc(waiting.dueAt)).limit(limit).all() as WaitingRow[];
  }

  /** In the order in which they came. */
  waitingFor(system: string, type: RecordType): WaitingRow[] {
    const theirs = and(eq(waiting.system, system), eq(waiting.type, type));
    return this.#db
      .select()
      .from(waiting)
      .where(theirs)
      .orderBy(asc(waiting.at), asc(waiting.id))
      .all() as WaitingRow[];
  }

  deadLetter(id: string): DeadLetterRow | undefined {
    const row = this.#db.select().from(deadLetters).where(eq(deadLetters.id, id)).get();
    return row && deadLetterRow(row);
  }

  /** Newest first. */
  deadLetters(filter: DeadLetterFilter, limit: number, after: string | null): Page<DeadLetterRow> {
    const wanted = and(
      ...deadLetterConditions(deadLetters, filter),
      after === null ? undefined : lt(deadLetters.id, after),
    );
    const rows = this.#db
      .select()
      .from(deadLetters)
      .where(wanted)
      .orderBy(desc(deadLetters.id))
      .limit(limit + 1)
      .all();
    const items = rows.slice(0, limit).map(deadLetterRow);
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Newest first. */
  audit({ actor, recordId }: AuditFilter, limit: number, before: string | null): Page<AuditRow> {
    const wanted = and(
      actor === undefined ? undefined : eq(audit.actor, actor),
      recordId === undefined ? undefined : eq(audit.recordId, recordId),
      before === null ? undefined : lt(audit.no, placeInAudit(before)),
    );
    const query = this.#db.select().from(audit).where(wanted).orderBy(desc(audit.no));
    const rows = query.limit(limit + 1).all();
    const items = rows.slice(0, limit).map(auditRow);
    return { items, next: rows.length > limit ? String(rows[limit - 1]?.no) : null };
  }

  /** Newest first. */
  reviewsOf(recordId: string, before: number, limit: number): { no: number; row: AuditRow }[] {
    const wanted = and(eq(audit.recordId, recordId), eq(audit.action, reviewAction), lt(audit.no, before));
    const rows = this.#db.select().from(audit).where(wanted).orderBy(desc(audit.no)).limit(limit).all();
    return rows.map((row) => ({ no: row.no, row: auditRow(row) }));
  }

  deadLettersOf(recordId: string, before: number, limit: number): { no: number; row: DeadLetterRow }[] {
    const older = and(eq(deadLetters.recordId, recordId), lt(deadLetters.no, before));
    const rows = this.#db.select().from(deadLetters).where(older).orderBy(desc(deadLetters.no)).limit(limit).all();
    return rows.map((row) => ({ no: row.no, row: deadLetterRow(row) }));
  }
}
