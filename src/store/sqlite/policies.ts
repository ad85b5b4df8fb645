// Versions of policies, and what candidates would decide: asked rarely, so written with drizzle.
import { and, asc, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import {
  changeable,
  pageOf,
  placeAmong,
  policyRow,
  runningPolicy,
  type StoredRunning,
  shadowRow,
  storedPolicy,
} from '../engine/policies.ts';
import type { PolicyRow, RunningPolicy, ShadowRow } from '../rows.ts';
import type { Page, PolicyChange } from '../store.ts';
import type { Connection } from './connection.ts';
import { policies, shadowDifferences } from './schema.ts';

export const runningPoliciesQuery = `
  SELECT policy, version, state, effective_from AS effectiveFrom, effective_until AS effectiveUntil, shadow
  FROM policies WHERE state IN ('scheduled', 'active') OR shadow = 1 ORDER BY policy, version`;

type Outcome<T> = { answer: T } | { error: unknown };

export class Policies {
  readonly #db;
  readonly #running;

  constructor(db: Connection) {
    this.#db = drizzle(db);
    this.#running = db.prepare<[], StoredRunning>(runningPoliciesQuery);
  }

  versions(policy: string): PolicyRow[] {
    const found = this.#db.select().from(policies).where(eq(policies.policy, policy)).orderBy(asc(policies.version));
    return found.all().map(policyRow);
  }

  running(): RunningPolicy[] {
    return this.#running.all().map(runningPolicy);
  }

  /** What `decide` throws is handed back: thrown here it would undo the whole group. */
  change<T>(
    policy: string,
    decide: (versions: PolicyRow[]) => PolicyChange<T>,
    audit: (rows: PolicyChange<T>['audit']) => void,
  ): Outcome<T> {
    const versions = this.versions(policy);
    let change: PolicyChange<T>;
    try {
      change = decide(versions);
    } catch (error) {
      return { error };
    }
    const known = new Set(versions.map(({ version }) => version));
    for (const row of change.versions) this.#put(row, known.has(row.version));
    audit(change.audit);
    return { answer: change.answer };
  }

  #put(row: PolicyRow, isKnown: boolean): void {
    if (isKnown) this.#db.update(policies).set(changeable(row)).where(versionOf(policies, row)).run();
    else this.#db.insert(policies).values(storedPolicy(row)).run();
  }

  count(
    of: { policy: string; version: number },
    { seen, different }: { seen: number; different: number },
    keep: number,
  ): void {
    this.#db
      .update(policies)
      .set({
        shadowSeen: sql`${policies.shadowSeen} + ${seen}`,
        shadowDifferent: sql`${policies.shadowDifferent} + ${different}`,
      })
      .where(versionOf(policies, of))
      .run();
    const [oldest] = this.#below(versionOf(shadowDifferences, of), keep, 1);
    if (oldest === undefined) return;
    const older = and(versionOf(shadowDifferences, of), sql`${shadowDifferences.no} <= ${oldest.no}`);
    this.#db.delete(shadowDifferences).where(older).run();
  }

  differences(policy: string, version: number, limit: number, after: string | null): Page<ShadowRow> {
    const before = lt(shadowDifferences.no, placeAmong('shadow differences', after));
    const found = this.#below(and(versionOf(shadowDifferences, { policy, version }), before), 0, limit + 1);
    return pageOf(found, limit, shadowRow);
  }

  #below(wanted: SQL | undefined, offset: number, limit: number) {
    const rows = this.#db.select().from(shadowDifferences).where(wanted).orderBy(desc(shadowDifferences.no));
    return rows.limit(limit).offset(offset).all();
  }
}

const versionOf = (
  table: typeof policies | typeof shadowDifferences,
  { policy, version }: { policy: string; version: number },
): SQL | undefined => and(eq(table.policy, policy), eq(table.version, version));
