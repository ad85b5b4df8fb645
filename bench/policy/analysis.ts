// How long the proofs about two hundred rules take: the checks of one version, the difference of two.
import { checkPolicy } from '../../src/policy/analysis/check-policy.ts';
import { diffPolicies } from '../../src/policy/analysis/diff-policies.ts';
import { loadRoutingPolicy } from '../../src/policy/routing/load.ts';
import type { RoutingPolicy } from '../../src/policy/routing/policy.ts';
import { type Chance, seeded, upTo } from '../peers/seeded.ts';

const rules = 200;
const perTier = 10;

export function measureAnalysis(): { checkSeconds: number; diffSeconds: number; unknown: number } {
  const [one, other] = [policyOf(1), policyOf(2)] as const;
  const check = seconds(() => checkPolicy(one));
  const diff = seconds(() => diffPolicies(one, other, () => undefined));
  const unknown = diff.found.parts.reduce((sum, part) => sum + part.unknown.length, 0);
  return { checkSeconds: check.took, diffSeconds: diff.took, unknown };
}

/** Of the processor: on a machine that others use as well, the clock on the wall measures them. */
function seconds<T>(run: () => T): { took: number; found: T } {
  const begun = process.cpuUsage();
  const found = run();
  const { user, system } = process.cpuUsage(begun);
  return { took: (user + system) / 1e6, found };
}

function policyOf(seed: number): RoutingPolicy {
  const choose = seeded(seed);
  const made = upTo(rules).map((at) => ({
    id: `r${at}`,
    when: upTo(choose([2, 3, 4]))
      .map(() => atom(choose))
      .join(' && '),
    do: [{ slot: 'warehouse', action: 'warehouse.lock', key: `W${(at % 3) + 1}` }],
    reason: { en: 'because', zh: '因为' },
  }));
  const tiers = upTo(rules / perTier).map((at) => ({
    id: `t${at}`,
    hit: 'first',
    rules: made.slice(at * perTier, (at + 1) * perTier),
  }));
  const document = { policy: 'routing', slots: { warehouse: { kind: 'exclusive' } }, tiers };
  const loaded = loadRoutingPolicy(document, { warehouses: undefined });
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.policy;
}

function atom(choose: Chance): string {
  const makers: readonly (() => string)[] = [
    () => `order.payableMinor ${choose(['<', '>='])} ${(choose(upTo(99)) + 1) * 1000}`,
    () => `order.currency == "${choose(['CNY', 'USD', 'EUR'])}"`,
    () => `order.shipDivision.startsWith("${choose(upTo(55)) + 11}")`,
    () => `"${choose(['cold_chain', 'fragile', 'hazmat', 'battery'])}" in order.handling`,
    () => `order.customerTier == "${choose(['gold', 'silver', 'bronze'])}"`,
    () => `order.totalQuantity ${choose(['<', '>='])} ${choose(upTo(50)) + 1}`,
    () => `order.paymentStatus == "${choose(['paid', 'authorized', 'unpaid'])}"`,
  ];
  return choose(makers)();
}
