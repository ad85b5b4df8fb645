// What holds of a policy's versions whatever is done to them in whatever order: generated steps over the pure life.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as life from '../../src/core/policies/life.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { overlap } from '../../src/policy/scope.ts';
import type { PolicyRow } from '../../src/store/rows.ts';
import type { PolicyChange } from '../../src/store/store.ts';

const tests = { passed: 1, failed: 0, untested: [] };
const found = { faults: [], warnings: [], notes: [], more: { faults: 0, warnings: 0, notes: 0 }, tests };
const counted = {
  ...{ decisions: 0, subjects: 0, compared: 0, changed: 0, changedShareBp: 0, failedThen: 0, parts: [], samples: [] },
  ...{ notComparable: { decisions: 0, facts: [] }, against: null, since: 0, limit: 1 },
};

const who = fc.constantFrom('mei', 'lei');
/** Two that share no order, and one that shares with both. */
const scope = fc.constantFrom('', '', 'scope: { channel: a }', 'scope: { channel: b }');
const version = fc.integer({ min: 1, max: 4 });
const hours = fc.option(fc.integer({ min: 1, max: 5 }), { nil: null });
const step = fc.oneof(
  fc.record({ do: fc.constant('make' as const), who, from: hours, until: hours, scope }),
  fc.record({ do: fc.constant('check' as const), who, version, passed: fc.boolean() }),
  fc.record({ do: fc.constant('backtest' as const), who, version, passed: fc.boolean() }),
  fc.record({ do: fc.constant('approve' as const), who, version }),
  fc.record({ do: fc.constant('activate' as const), who, version, from: hours }),
  fc.record({ do: fc.constant('rollback' as const), who, version }),
  fc.record({ do: fc.constant('shadow' as const), who, version, on: fc.boolean() }),
  fc.record({ do: fc.constant('time' as const), who, passes: fc.integer({ min: 0, max: 6 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const hour = 3_600_000;

function change(versions: PolicyRow[], one: Step, now: number): PolicyChange<unknown> {
  const doing: life.Doing = { policy: 'routing', by: one.who, at: now, approval: 'other_key' };
  switch (one.do) {
    case 'make': {
      const from = one.from === null ? null : now + one.from * hour;
      const until = one.until === null ? null : (from ?? now) + one.until * hour;
      const made = { digest: `d${versions.length}`, document: one.scope, warehouses: 'w', effective: { from, until } };
      return life.make(versions, made, doing);
    }
    case 'check':
      return life.checked(versions, one.version, { ...found, outcome: one.passed ? 'passed' : 'failed' }, doing);
    case 'backtest': {
      life.requireChecked(life.versionIn(versions, 'routing', one.version));
      const gate = { maxChangedShareBp: 500, passed: one.passed };
      return life.backtested(versions, one.version, { ...counted, gate }, doing);
    }
    case 'approve':
      return life.approve(versions, one.version, {}, doing);
    case 'activate':
      return life.activate(
        versions,
        one.version,
        one.from === null ? {} : { effectiveFrom: now + one.from * hour },
        doing,
      );
    case 'rollback':
      return life.rollback(versions, { to: one.version, reason: undefined }, doing);
    case 'shadow':
      return life.shadow(versions, one.version, one.on, doing);
    case 'time':
      return life.advance(versions, { ...doing, by: 'hub' });
  }
}

function write(versions: PolicyRow[], rows: readonly PolicyRow[]): PolicyRow[] {
  return rows.reduce((all, row) => {
    const others = all.filter((one) => one.version !== row.version);
    const next = [...others, row].sort((a, b) => a.version - b.version);
    // The order of the rows is that of the writes: at no moment has an order two in force.
    const active = next.filter(({ state }) => state === 'active').map(life.scopeOf);
    for (const [at, own] of active.entries())
      for (const other of active.slice(at + 1)) expect(overlap(own, other)).toBe(false);
    return next;
  }, versions);
}

describe('whatever is done to versions', () => {
  it('of each order at most one is in force, and one beside it, none without approval by another, and no document changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let versions: PolicyRow[] = [];
        let now = 1_000_000;
        for (const one of steps) {
          if (one.do === 'time') now += one.passes * hour;
          const before = versions;
          try {
            const { versions: rows, audit } = change(versions, one, now);
            versions = write(versions, rows);
            if (one.do !== 'time') expect(audit).toHaveLength(1);
          } catch (error) {
            if (!(error instanceof ProblemError)) throw error;
            expect([404, 409]).toContain(error.problem.status);
          }
          for (const row of before)
            expect(versions.find((other) => other.version === row.version)).toMatchObject({ digest: row.digest });
          expect(versions.filter(({ shadow }) => shadow).length).toBeLessThanOrEqual(1);
          for (const row of versions) {
            const { approved, rollbackOf } = life.lifeOf(row);
            const came = ['approved', 'scheduled', 'active', 'retired'].includes(row.state);
            if (came && rollbackOf === undefined) expect(approved?.by).not.toBe(row.createdBy);
            if (came && rollbackOf === undefined) expect(approved).toBeDefined();
          }
          if (one.do === 'time') expect(life.isDue(versions, now)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});
