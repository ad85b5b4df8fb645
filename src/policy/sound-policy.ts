// A policy that was read without a fault, whatever its kind, as those who do not decide by it ask it: checks, tests, differences, replays.
import type { JsonObject } from '../model/json.ts';
import { checkPolicy } from './analysis/check-policy.ts';
import type { PolicyDiff } from './analysis/compare-parts.ts';
import { diffPolicies } from './analysis/diff-policies.ts';
import type { Finding } from './analysis/finding.ts';
import { brokenBy } from './constraints.ts';
import type { Content } from './content.ts';
import type { Head } from './document-shapes.ts';
import type { Facts, FactTable } from './facts.ts';
import { readSnapshot } from './facts-snapshot.ts';
import type { Fault } from './fault.ts';
import { checkReturnsPolicy } from './returns/analysis/check-policy.ts';
import { diffReturnsPolicies } from './returns/analysis/diff-policies.ts';
import { decideReturn, type ReturnDecision } from './returns/decide.ts';
import { dryRun } from './returns/dry-run.ts';
import { returnFacts } from './returns/facts.ts';
import { loadReturnsPolicy } from './returns/load.ts';
import { type ReturnsPolicy, rulesOf } from './returns/policy.ts';
import { runReturnTests, untestedReturnRules } from './returns/run-tests.ts';
import { contentOfRouting } from './routing/content.ts';
import { type Decision, decide } from './routing/decide.ts';
import { routingFacts } from './routing/facts.ts';
import { loadRoutingPolicy } from './routing/load.ts';
import type { RoutingPolicy } from './routing/policy.ts';
import { runTests, untestedRules } from './routing/run-tests.ts';
import { covers, everywhere, type Scope } from './scope.ts';
import { loadWarehouses } from './warehouses.ts';

export const policyKinds = ['routing', 'returns'] as const;
export type PolicyName = (typeof policyKinds)[number];

export const isPolicyName = (name: string): name is PolicyName => (policyKinds as readonly string[]).includes(name);

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

/** Of facts that were stored, perhaps by a program that knew fewer: decided, or the facts that are missing for that. */
export type Replayed = { content: Content } | { missing: string[] };

export interface SoundPolicy {
  kind: PolicyName;
  /** What is decided upon: order, return. */
  subject: string;
  title: { en: string; zh: string } | undefined;
  effective: Head['effective'];
  scope: Scope;
  /** What the document holds, for readers. */
  parts: readonly (readonly [count: number, what: string])[];
  reads: readonly string[];
  view: object;
  check(): Finding<unknown>[];
  runTests(): { tests: readonly RanTest[]; untested: readonly string[] };
  /** @returns undefined where the older version is of another kind */
  changedSince(older: SoundPolicy, at: (share: number) => void): PolicyDiff | undefined;
  replay(facts: JsonObject): Replayed;
  /** Of a stored outcome of a policy of this kind. */
  contentOf(outcome: JsonObject): Content;
}

/** As a version keeps them. */
export interface PolicyTexts {
  policy: string;
  document: string;
  /** Empty: the policy chooses from none. */
  warehouses: string;
}

export type LoadedPolicy = { policy: SoundPolicy } | { faults: Fault[]; warehouseFaults: Fault[] };

/** @returns every fault of both texts */
export function loadSoundPolicy({ policy, document, warehouses }: PolicyTexts): LoadedPolicy {
  if (policy === 'returns') {
    const loaded = loadReturnsPolicy(document);
    return 'faults' in loaded
      ? { faults: loaded.faults, warehouseFaults: [] }
      : { policy: new SoundReturns(loaded.policy) };
  }
  const stock = loadWarehouses(warehouses);
  const ids = 'warehouses' in stock ? stock.warehouses.map(({ id }) => id) : undefined;
  const loaded = loadRoutingPolicy(document, { warehouses: ids });
  if ('policy' in loaded && 'warehouses' in stock) return { policy: new SoundRouting(loaded.policy) };
  return {
    faults: 'faults' in loaded ? loaded.faults : [],
    warehouseFaults: 'faults' in stock ? stock.faults : [],
  };
}

const paths = (reads: readonly { path: string }[]): string[] => reads.map(({ path }) => path);
const ids = (rules: readonly { id: string }[]): string[] => rules.map(({ id }) => id);

const constraintsPart = ({ length }: readonly unknown[]): (readonly [count: number, what: string])[] =>
  length === 0 ? [] : [[length, 'constraint']];

/** Of facts as they were stored: whether a policy of this scope would have been asked. */
export function isInScope({ scope }: Pick<SoundPolicy, 'scope'>, { order }: JsonObject): boolean {
  const { channel, storeId } = (order ?? {}) as JsonObject;
  return covers(scope, { channel: String(channel ?? ''), store: String(storeId ?? '') });
}

interface Replaying {
  table: FactTable;
  reads: readonly string[];
  policy: Parameters<typeof brokenBy>[1];
  decided(facts: Facts): Content;
}

/** Where a constraint is broken, nothing would be decided: that is told as what is decided. */
function replayed(given: JsonObject, { table, reads, policy, decided }: Replaying): Replayed {
  const read = readSnapshot(table, reads, given);
  if (!('facts' in read)) return read;
  const broken = brokenBy(read.facts, policy).map(({ id }) => `by the constraint ${id}`);
  return { content: broken.length > 0 ? { aborted: broken } : decided(read.facts) };
}

export class SoundRouting implements SoundPolicy {
  readonly kind = 'routing';
  readonly subject = 'order';
  readonly policy: RoutingPolicy;
  readonly reads: readonly string[];

  constructor(policy: RoutingPolicy) {
    this.policy = policy;
    this.reads = paths(policy.reads);
  }

  get title() {
    return this.policy.title;
  }

  get effective() {
    return this.policy.effective;
  }

  get scope() {
    return this.policy.scope;
  }

  get parts() {
    const { tiers, rules, slots, tests, constraints } = this.policy;
    return [
      ...constraintsPart(constraints),
      [tiers.length, 'tier'],
      [rules.length, 'rule'],
      [slots.length, 'slot'],
      [tests.length, 'test'],
    ] as const;
  }

  get view() {
    const { title, effective, scope, constraints, tiers, rules, slots, tests } = this.policy;
    return {
      ...{ title, effective, scope, constraints: ids(constraints), tiers: ids(tiers), rules: ids(rules) },
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

  replay(given: JsonObject): Replayed {
    const { policy, reads } = this;
    const decided = (facts: Facts): Content => contentOfRouting(decide(policy, facts));
    return replayed(given, { table: routingFacts, reads, policy, decided });
  }

  contentOf(outcome: JsonObject): Content {
    return contentOfRouting(outcome as unknown as Decision);
  }
}

export class SoundReturns implements SoundPolicy {
  readonly kind = 'returns';
  readonly subject = 'return';
  /** Returns policies have none so far. */
  readonly scope = everywhere;
  readonly policy: ReturnsPolicy;
  readonly reads: readonly string[];

  constructor(policy: ReturnsPolicy) {
    this.policy = policy;
    this.reads = paths(policy.reads);
  }

  get title() {
    return this.policy.title;
  }

  get effective() {
    return this.policy.effective;
  }

  get parts() {
    const { grants, requirements, gates, breakers, tests, constraints } = this.policy;
    return [
      ...constraintsPart(constraints),
      [grants.length, 'grant'],
      [requirements.length, 'requirement'],
      [gates.length, 'gate'],
      [breakers.length, 'breaker'],
      [tests.length, 'test'],
    ] as const;
  }

  get view() {
    const { title, effective, constraints, timezone, baseline, floor, tests } = this.policy;
    return {
      ...{ title, effective, constraints: ids(constraints), timezone, baseline, rules: ids(rulesOf(this.policy)) },
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

  /** With breakers closed unless the facts trip them: how they stood is no fact. */
  replay(given: JsonObject): Replayed {
    const { policy, reads } = this;
    const decided = (facts: Facts): Content => contentOfReturn(decideReturn(policy, dryRun(policy, facts)));
    return replayed(given, { table: returnFacts, reads, policy, decided });
  }

  contentOf(outcome: JsonObject): Content {
    return contentOfReturn(outcome as unknown as ReturnDecision);
  }
}

function contentOfReturn({ approval, refund, needs, flags }: ReturnDecision): Content {
  const lists = { needs: [...needs], flags: flags.map(({ id }) => id) };
  const said = Object.entries(lists).filter(([, list]) => list.length > 0);
  return { approval: [approval], refund: [refund], ...Object.fromEntries(said) };
}
