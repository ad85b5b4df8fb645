// zen-engine with the same table: a decision graph of tables behind a switch for the halt, traced by the engine itself.
import type { Answer, Contender } from './contender.ts';
import { peerPackage } from './peer-package.ts';
import { shippedTable } from './shipped-table.ts';
import { type PlainOrder, readBy } from './table.ts';

interface Decision {
  evaluate(context: object, options: { trace: boolean }): Promise<{ result: unknown; trace?: unknown }>;
}

interface Package {
  ZenEngine: new () => { createDecision(content: object): Decision };
}

const edge = (sourceId: string, targetId: string, sourceHandle?: string) => ({
  id: `${sourceId}-${targetId}`,
  type: 'edge',
  sourceId,
  targetId,
  ...(sourceHandle !== undefined && { sourceHandle }),
});

/** @param rows [condition, rule]; an empty condition matches always */
const table = (id: string, slot: string, rows: readonly (readonly [condition: string, rule: string])[]) => ({
  id,
  name: id,
  type: 'decisionTableNode',
  content: {
    hitPolicy: 'first',
    inputs: [{ id: 'when', name: 'when' }],
    outputs: [{ id: 'rule', name: 'rule', field: slot }],
    rules: rows.map(([when, rule], at) => ({ _id: `${id}-${at}`, when, rule: JSON.stringify(rule) })),
  },
});

const halted = 'riskStatus in ["review", "blocked"] or onHold == true';

const graph = {
  nodes: [
    { id: 'in', name: 'in', type: 'inputNode' },
    {
      id: 'switch',
      name: 'switch',
      type: 'switchNode',
      content: {
        hitPolicy: 'first',
        statements: [
          { id: 'held', condition: halted },
          { id: 'free', condition: '' },
        ],
      },
    },
    table('hold', 'flow', [['', 'risk-hold']]),
    table('stock', 'warehouse', [
      ['contains(handling, "cold_chain")', 'cold-chain'],
      ['contains(handling, "fragile")', 'fragile'],
      ['', 'allocate'],
    ]),
    table('vip', 'vip', [['payableMinor >= 50000 and currency == "CNY"', 'vip']]),
    table('push', 'logistics', [['paymentStatus == "paid"', 'push']]),
    { id: 'out', name: 'out', type: 'outputNode' },
  ],
  edges: [
    edge('in', 'switch'),
    edge('switch', 'hold', 'held'),
    ...['stock', 'vip', 'push'].map((name) => edge('switch', name, 'free')),
    ...['hold', 'stock', 'vip', 'push'].map((name) => edge(name, 'out')),
  ],
};

interface Result {
  flow?: string;
  warehouse?: string;
  vip?: string;
  logistics?: string;
}

/** @param atOnce how many decisions are under way together: it has threads of its own */
export function zen({ trace, atOnce }: { trace: boolean; atOnce: number }): Contender<PlainOrder> {
  const { ZenEngine } = peerPackage<Package>('@gorules/zen-engine');
  const decision = new ZenEngine().createDecision(graph);
  return {
    name: `zen-engine${trace ? '' : ', no trace'}${atOnce > 1 ? `, ${atOnce} at once` : ''}`,
    build: (order) => readBy(shippedTable, order),
    async run(orders) {
      for (let at = 0; at < orders.length; at += atOnce)
        await Promise.all(orders.slice(at, at + atOnce).map((order) => decision.evaluate(order, { trace })));
    },
    answer: async (order) => answerOf((await decision.evaluate(order, { trace })).result as Result),
  };
}

function answerOf({ flow, warehouse, vip, logistics }: Result): Answer {
  const held = flow === undefined ? [] : [['flow', [flow]] as const, ['notify', [flow]] as const];
  const gifts = vip === undefined ? [] : [['tags', [vip]] as const, ['benefits', [vip]] as const];
  return Object.fromEntries([
    ...held,
    ...(warehouse === undefined ? [] : [['warehouse', [warehouse]] as const]),
    ...gifts,
    ...(logistics === undefined ? [] : [['logistics', [logistics]] as const]),
  ]);
}
