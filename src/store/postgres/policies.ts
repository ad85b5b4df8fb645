// Versions of policies, and what candidates would decide: asked rarely, so written with drizzle.
import { and, asc, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
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
import { kindOf } from './faults.ts';
import { audit as audits, policies, shadowDifferences } from './schema.ts';
import { rows, type Statement } from './session.ts';
import { auditValues } from './small-tables.ts';

export const runningPoliciesQuery: Statement = {
  name: 'running-policies',
  text: `SELECT policy, version, state, effective_from, effective_until, shadow
    FROM policies WHERE state IN ('scheduled', 'active') OR shadow = 1 ORDER BY policy, version`,
};

/** Another process may be quicker to make the same version. */
const tries = 5;

export class Policies {
  readonly #pool: Pool;
  readonly #db;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#db = drizzle(pool);
  }

  async versions(policy: string): Promise<PolicyRow[]> {
    const found = this.#db.select().from(policies).where(eq(policies.policy, policy));
    return (await found.orderBy(asc(policies.version))).map(policyRow);
  }

  async running(): Promise<RunningPolicy[]> {
    const found = await rows(this.#pool, runningPoliciesQuery, []);
    return found.map(([policy, version, state, effectiveFrom, effectiveUntil, shadow]) =>
      runningPolicy({ policy, version, state, effectiveFrom, effectiveUntil, shadow } as StoredRunning),
    );
  }

  async change<T>(policy: string, decide: (versions: PolicyRow[]) => PolicyChange<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#change(policy, decide);
      } catch (error) {
        if (!isConflict(error) || tried === tries) throw error;
      }
    }
  }

  #change<T>(policy: string, decide: (versions: PolicyRow[]) => PolicyChange<T>): Promise<T> {
    return this.#db.transaction(async (within) => {
      // Versions that are not there yet cannot be locked: of two that make the same one the key refuses the later.
      const found = within.select().from(policies).where(eq(policies.policy, policy)).orderBy(asc(policies.version));
      const versions = (await found.for('update')).map(policyRow);
      const { versions: changed, audit, answer } = decide(versions);
      const known = new Set(versions.map(({ version }) => version));
      for (const row of changed) {
        if (known.has(row.version)) await within.update(policies).set(changeable(row)).where(versionOf(policies, row));
        else await within.insert(policies).values(storedPolicy(row));
      }
      if (audit.length > 0) await within.insert(audits).values(audit.map(auditValues));
      return answer;
    });
  }

  async count(
    of: { policy: string; version: number },
    { seen, different }: { seen: number; different: number },
    keep: number,
  ): Promise<void> {
    await this.#db
      .update(policies)
      .set({
        shadowSeen: sql`${policies.shadowSeen} + ${seen}`,
        shadowDifferent: sql`${policies.shadowDifferent} + ${different}`,
      })
      .where(versionOf(policies, of));
    const [oldest] = await this.#below(versionOf(shadowDifferences, of), keep, 1);
    if (oldest === undefined) return;
    const older = and(versionOf(shadowDifferences, of), sql`${shadowDifferences.no} <= ${oldest.no}`);
    await this.#db.delete(shadowDifferences).where(older);
  }

  async differences(policy: string, version: number, limit: number, after: string | null): Promise<Page<ShadowRow>> {
    const before = lt(shadowDifferences.no, placeAmong('shadow differences', after));
    const found = await this.#below(and(versionOf(shadowDifferences, { policy, version }), before), 0, limit + 1);
    return pageOf(found, limit, shadowRow);
  }

  #below(wanted: SQL | undefined, offset: number, limit: number) {
    const found = this.#db.select().from(shadowDifferences).where(wanted).orderBy(desc(shadowDifferences.no));
    return found.limit(limit).offset(offset);
  }
}

/** drizzle puts a query's error inside one of its own. */
const isConflict = (error: unknown): boolean =>
  kindOf(error) === 'conflict' || (error instanceof Error && kindOf(error.cause) === 'conflict');

const versionOf = (
  table: typeof policies | typeof shadowDifferences,
  { policy, version }: { policy: string; version: number },
): SQL | undefined => and(eq(table.policy, policy), eq(table.version, version));
