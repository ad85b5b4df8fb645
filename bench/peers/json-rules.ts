// json-rules-engine with the same table: one rule of its own for each, slots and trace read from its results.
import type { Answer, Contender } from './contender.ts';
import { peerPackage } from './peer-package.ts';
import { type Atom, type Operator, type PlainOrder, readBy, type TableRule } from './table.ts';

interface RuleResult {
  name: string;
}

interface Engine {
  addOperator(name: string, evaluate: (fact: never, value: never) => boolean): void;
  run(facts: object): Promise<{ results: RuleResult[]; failureResults: RuleResult[] }>;
}

interface Package {
  Engine: new (rules: readonly object[]) => Engine;
}

const operators: Readonly<Record<Operator, string>> = {
  equal: 'equal',
  in: 'in',
  has: 'contains',
  atLeast: 'greaterThanInclusive',
  lessThan: 'lessThan',
  startsWith: 'startsWith',
};

const conditionOf = ({ fact, operator, value }: Atom): object => ({ fact, operator: operators[operator], value });

const conditionsOf = ({ how, atoms }: TableRule): object =>
  how === 'none' ? { not: { any: atoms.map(conditionOf) } } : { [how]: atoms.map(conditionOf) };

export function jsonRules(table: readonly TableRule[]): Contender<PlainOrder> {
  const { Engine } = peerPackage<Package>('json-rules-engine');
  const engine = new Engine(
    table.map((rule) => ({ name: rule.id, conditions: conditionsOf(rule), event: { type: rule.id } })),
  );
  engine.addOperator('startsWith', (fact: string, value: string) => fact.startsWith(value));
  const decide = async (order: PlainOrder) => {
    const { results, failureResults } = await engine.run(order);
    return decisionOf(table, results, failureResults);
  };
  return {
    name: 'json-rules-engine',
    build: (order) => readBy(table, order),
    async run(orders) {
      for (const order of orders) await decide(order);
    },
    answer: async (order) => (await decide(order)).slots,
  };
}

/** Its own stop is advisory, so whoever halts and who was first is read from what matched. */
function decisionOf(
  table: readonly TableRule[],
  results: readonly RuleResult[],
  failures: readonly RuleResult[],
): { slots: Answer; trace: Map<string, string> } {
  const trace = new Map<string, string>();
  for (const { name } of failures) trace.set(name, 'no_match');
  for (const { name } of results) trace.set(name, 'matched');
  const slots: Record<string, string[]> = {};
  const keys = new Set<string>();
  for (const rule of table) {
    if (trace.get(rule.id) !== 'matched') continue;
    for (const { slot, exclusive, key } of rule.slots) {
      const name = exclusive ? slot : `${slot}/${key}`;
      if (keys.has(name)) continue;
      keys.add(name);
      const there = slots[slot];
      if (there) there.push(rule.id);
      else slots[slot] = [rule.id];
    }
    if (rule.halt) break;
  }
  return { slots, trace };
}
