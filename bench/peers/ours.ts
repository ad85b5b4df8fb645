// Our evaluator: a loaded policy, facts built before the clock starts, slots and trace out.
import { readFileSync } from 'node:fs';
import { type Facts, readFacts } from '../../src/policy/facts.ts';
import { decide } from '../../src/policy/routing/decide.ts';
import { routingFacts } from '../../src/policy/routing/facts.ts';
import { loadRoutingPolicy } from '../../src/policy/routing/load.ts';
import type { RoutingPolicy } from '../../src/policy/routing/policy.ts';
import { fromProject } from '../measure/project.ts';
import type { Answer, Contender } from './contender.ts';
import { celOf, type TableRule } from './table.ts';

export const shippedPolicy = (): RoutingPolicy => policyOf(readFileSync(fromProject('policies/routing.yaml'), 'utf8'));

const reason = { en: 'because', zh: '因为' };
const actions: Readonly<Record<string, string>> = { warehouse: 'warehouse.lock', tags: 'tag.add' };

/** Twenty tiers of ten, so that every rule is tried: the peers try every rule too. */
export function policyOfTable(table: readonly TableRule[]): RoutingPolicy {
  const rules = table.map(({ id, atoms, slots }) => ({
    id,
    when: atoms.map(celOf).join(' && '),
    do: slots.map(({ slot, key }) => ({ slot, action: actions[slot], key })),
    reason,
  }));
  const tiers = rules.flatMap((_, at) => (at % 10 === 0 ? [{ id: `t${at}`, rules: rules.slice(at, at + 10) }] : []));
  return policyOf({ policy: 'routing', slots: { warehouse: { kind: 'exclusive' }, tags: { kind: 'set' } }, tiers });
}

function policyOf(document: unknown): RoutingPolicy {
  const loaded = loadRoutingPolicy(document, { warehouses: undefined });
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.policy;
}

export const ours = (policy: RoutingPolicy): Contender<Facts> => ({
  name: 'syncline',
  build(order) {
    const read = readFacts(routingFacts, { order });
    if ('faults' in read) throw new Error(JSON.stringify(read.faults));
    return read.facts;
  },
  async run(orders) {
    for (const facts of orders) keep(decide(policy, facts));
  },
  answer: async (facts) => rulesIn(decide(policy, facts).slots),
});

/** Something reads what was decided, so that no compiler may leave it out. */
let kept: unknown;
function keep(value: unknown): void {
  kept = value ?? kept;
}

const rulesIn = (slots: ReturnType<typeof decide>['slots']): Answer =>
  Object.fromEntries(
    Object.entries(slots).map(([slot, placed]) => [
      slot,
      'rule' in placed ? [placed.rule] : placed.map(({ rule }) => rule),
    ]),
  );
