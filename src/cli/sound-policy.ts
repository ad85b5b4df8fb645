// A policy that was read without a fault, whatever its kind, as the commands ask it.
import { checkPolicy } from '../policy/analysis/check-policy.ts';
import type { PolicyDiff } from '../policy/analysis/compare-parts.ts';
import { diffPolicies } from '../policy/analysis/diff-policies.ts';
import type { Finding } from '../policy/analysis/finding.ts';
import { checkReturnsPolicy } from '../policy/returns/analysis/check-policy.ts';
import { diffReturnsPolicies } from '../policy/returns/analysis/diff-policies.ts';
import { type ReturnsPolicy, rulesOf } from '../policy/returns/policy.ts';
import { runReturnTests, untestedReturnRules } from '../policy/returns/run-tests.ts';
import type { RoutingPolicy } from '../policy/routing/policy.ts';
import { runTests, untestedRules } from '../policy/routing/run-tests.ts';
import { counted } from './counted.ts';

/** A test that ran; `null` and an empty list: nothing. */
export interface RanTest {
  name: string;
  path: string;
  passed: boolean;
  differences: readonly {
    path: string;
    expected: string | readonly string[] | null;
    found: string | readonly string[] | null;
  }[];
}

export interface SoundPolicy {
  kind: 'routing' | 'returns';
  /** What is decided upon: order, return. */
  subject: string;
  title: { en: string; zh: string } | undefined;
  /** What the document holds, for readers. */
  parts: readonly string[];
  reads: readonly string[];
  view: object;
  check(): Finding<unknown>[];
  runTests(): { tests: readonly RanTest[]; untested: readonly string[] };
  /** @returns undefined where the older version is of another kind */
  changedSince(older: SoundPolicy, at: (share: number) => void): PolicyDiff | undefined;
}

const paths = (reads: readonly { path: string }[]): string[] => reads.map(({ path }) => path);
const ids = (rules: readonly { id: string }[]): string[] => rules.map(({ id }) => id);

export class SoundRouting implements SoundPolicy {
  readonly kind = 'routing';
  readonly subject = 'order';
  readonly policy: RoutingPolicy;

  constructor(policy: RoutingPolicy) {
    this.policy = policy;
  }

  get title() {
    return this.policy.title;
  }

  get parts() {
    const { tiers, rules, slots, tests } = this.policy;
    return [
      counted(tiers.length, 'tier'),
      counted(rules.length, 'rule'),
      counted(slots.length, 'slot'),
      counted(tests.length, 'test'),
    ];
  }

  get reads() {
    return paths(this.policy.reads);
  }

  get view() {
    const { title, effective, tiers, rules, slots, tests } = this.policy;
    return {
      ...{ title, effective, tiers: ids(tiers), rules: ids(rules) },
      slots: slots.map(({ name }) => name),
      tests: tests.length,
      reads: this.reads,
    };
  }

  check() {
    return checkPolicy(this.policy);
  }

  runTests() {
    const tests = runTests(this.policy);
    return { tests, untested: ids(untestedRules(this.policy, tests)) };
  }

  changedSince(older: SoundPolicy, at: (share: number) => void) {
    return older instanceof SoundRouting ? diffPolicies(older.policy, this.policy, at) : undefined;
  }
}

export class SoundReturns implements SoundPolicy {
  readonly kind = 'returns';
  readonly subject = 'return';
  readonly policy: ReturnsPolicy;

  constructor(policy: ReturnsPolicy) {
    this.policy = policy;
  }

  get title() {
    return this.policy.title;
  }

  get parts() {
    const { grants, requirements, gates, breakers, tests } = this.policy;
    return [
      counted(grants.length, 'grant'),
      counted(requirements.length, 'requirement'),
      counted(gates.length, 'gate'),
      counted(breakers.length, 'breaker'),
      counted(tests.length, 'test'),
    ];
  }

  get reads() {
    return paths(this.policy.reads);
  }

  get view() {
    const { title, effective, timezone, baseline, floor, tests } = this.policy;
    return {
      ...{ title, effective, timezone, baseline, rules: ids(rulesOf(this.policy)) },
      ...{ floor: ids(floor), tests: tests.length, reads: this.reads },
    };
  }

  check() {
    return checkReturnsPolicy(this.policy);
  }

  runTests() {
    const tests = runReturnTests(this.policy);
    return { tests, untested: ids(untestedReturnRules(this.policy, tests)) };
  }

  changedSince(older: SoundPolicy, at: (share: number) => void) {
    return older instanceof SoundReturns ? diffReturnsPolicies(older.policy, this.policy, at) : undefined;
  }
}
