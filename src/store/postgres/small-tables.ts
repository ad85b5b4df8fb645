// The small tables and the lists with filters: asked rarely, so written with drizzle.
import { and, asc, desc, eq, inArray, lt, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
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
import { apiKeys, audit as audits, cursors, deadLetters, systems, waiting } from './schema.ts';

/** Of a type that only a newer program knows nothing is taken: this one would find it faulty, and drop it. */
const ofKnownType = inArray(waiting.type, [...recordTypes]);

export class SmallTables {
  readonly #db;

  constructor(pool: Pool) {
    this.#db = drizzle(pool);
  }

  async cursor(name: string): Promise<string | undefined> {
    const found = await this.#db.select({ value: cursors.value }).from(cursors).where(eq(cursors.name, name));
    return found[0]?.value;
  }

  async saveCursor(name: string, value: string): Promise<void> {
    await this.#db.insert(cursors).values({ name, value }).onConflictDoUpdate({ target: cursors.name, set: { value } });
  }

  async systems(): Promise<SystemRow[]> {
    return (await this.#db.select().from(systems).orderBy(asc(systems.system))) as SystemRow[];
  }

  saveSystem(row: SystemRow, audit: AuditRow | undefined): Promise<void> {
    return this.#db.transaction(async (within) => {
      await within.insert(systems).values(row).onConflictDoUpdate({ target: systems.system, set: row });
      if (audit) await within.insert(audits).values(auditValues(audit));
    });
  }

  async apiKeys(): Promise<ApiKeyRow[]> {
    const rows = await this.#db.select().from(apiKeys).orderBy(asc(apiKeys.id));
    return rows.map((row) => ({ ...row, scopes: JSON.parse(row.scopes) as string[] }));
  }

  saveApiKey(key: ApiKeyRow, audit: AuditRow | undefined): Promise<void> {
    const row = { ...key, scopes: JSON.stringify(key.scopes) };
    return this.#db.transaction(async (within) => {
      await within.insert(apiKeys).values(row).onConflictDoUpdate({ target: apiKeys.id, set: row });
      if (audit) await within.insert(audits).values(auditValues(audit));
    });
  }

  async waitingDue({ limit, now, except }: { limit: number; now: number; except: readonly string[] }) {
    const systems = (await this.#db.execute<{ system: string }>(waitingSystemsQuery)).rows.map(({ system }) => system);
    const asked = systems.filter((system) => !except.includes(system));
    return (await Promise.all(asked.map((system) => this.#waitingDueFor(system, limit, now)))).flat();
  }

  async #waitingDueFor(system: string, limit: number, now: number): Promise<WaitingRow[]> {
    const due = and(eq(waiting.reason, 'fetch'), eq(waiting.system, system), lte(waiting.dueAt, now), ofKnownType);
    const found = await this.#db.select().from(waiting).where(due).orderBy(asc(waiting.dueAt)).limit(limit);
    return found as WaitingRow[];
  }

  /** In the order in which they came. */
  async waitingFor(system: string, type: RecordType): Promise<WaitingRow[]> {
    const theirs = and(eq(waiting.system, system), eq(waiting.type, type));
    const found = await this.#db.select().from(waiting).where(theirs).orderBy(asc(waiting.at), asc(waiting.id));
    return found as WaitingRow[];
  }

  async deadLetter(id: string): Promise<DeadLetterRow | undefined> {
    const [row] = await this.#db.select().from(deadLetters).where(eq(deadLetters.id, id));
    return row && deadLetterRow(row);
  }

  /** Newest first. */
  async deadLetters(filter: DeadLetterFilter, limit: number, after: string | null): Promise<Page<DeadLetterRow>> {
    const wanted = and(
      ...deadLetterConditions(deadLetters, filter),
      after === null ? undefined : lt(deadLetters.id, after),
    );
    const rows = await this.#db
      .select()
      .from(deadLetters)
      .where(wanted)
      .orderBy(desc(deadLetters.id))
      .limit(limit + 1);
    const items = rows.slice(0, limit).map(deadLetterRow);
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Newest first. */
  async audit({ actor, recordId }: AuditFilter, limit: number, before: string | null): Promise<Page<AuditRow>> {
    const wanted = and(
      actor === undefined ? undefined : eq(audits.actor, actor),
      recordId === undefined ? undefined : eq(audits.recordId, recordId),
      before === null ? undefined : lt(audits.no, placeInAudit(before)),
    );
    const query = this.#db.select().from(audits).where(wanted).orderBy(desc(audits.no));
    const rows = await query.limit(limit + 1);
    const items = rows.slice(0, limit).map(auditRow);
    return { items, next: rows.length > limit ? String(rows[limit - 1]?.no) : null };
  }

  /** Newest first. */
  async reviewsOf(recordId: string, before: number, limit: number): Promise<{ no: number; row: AuditRow }[]> {
    const wanted = and(eq(audits.recordId, recordId), eq(audits.action, reviewAction), lt(audits.no, before));
    const rows = await this.#db.select().from(audits).where(wanted).orderBy(desc(audits.no)).limit(limit);
    return rows.map((row) => ({ no: row.no, row: auditRow(row) }));
  }

  async deadLettersOf(recordId: string, before: number, limit: number): Promise<{ no: number; row: DeadLetterRow }[]> {
    const older = and(eq(deadLetters.recordId, recordId), lt(deadLetters.no, before));
    const rows = await this.#db.select().from(deadLetters).where(older).orderBy(desc(deadLetters.no)).limit(limit);
    return rows.map((row) => ({ no: row.no, row: deadLetterRow(row) }));
  }
}

export const auditValues = (row: AuditRow) => ({ ...row, detail: JSON.stringify(row.detail) });
