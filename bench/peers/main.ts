// Decisions a second of our evaluator beside other rule engines, on the same table and the same orders, in one run.
//
//   npm run build && npm install --prefix bench/peers && npm run bench --prefix bench/peers [-- --short]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { align, range } from '../report/table.ts';
import { jsonRules } from './json-rules.ts';
import { madeTable } from './made-table.ts';
import { ordersOf } from './orders.ts';
import { ours, policyOfTable, shippedPolicy } from './ours.ts';
import { peerVersion } from './peer-package.ts';
import { type Pace, race } from './race.ts';
import { shippedTable } from './shipped-table.ts';
import { zen } from './zen.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const times = values.short ? { rounds: 3, sliceMs: 200 } : { rounds: 9, sliceMs: 500 };
const orders = ordersOf(200, 1);

const peers = ['json-rules-engine', '@gorules/zen-engine'].map((name) => `${name} ${peerVersion(name)}`);
console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}; ${peers.join(', ')}`);
console.log(
  `median [least..most] of ${times.rounds} rounds of ${times.sliceMs} ms in turn; built facts in, slots and trace out\n`,
);

const shipped = await race({
  contenders: [
    ours(shippedPolicy()),
    jsonRules(shippedTable),
    zen({ trace: true, atOnce: 1 }),
    zen({ trace: true, atOnce: 32 }),
    zen({ trace: false, atOnce: 32 }),
  ],
  orders,
  ...times,
});
tell('the shipped table: 5 tiers, 6 rules', shipped, 10);

const made = madeTable(200, 20261126);
const many = await race({ contenders: [ours(policyOfTable(made)), jsonRules(made)], orders, ...times });
tell('200 rules made by a fixed seed', many, 20);

function tell(title: string, paces: readonly Pace[], goal: number): void {
  const rows = paces.map(({ name, rate, ratio }, at) => [
    name,
    `${range(rate)} /s`,
    at === 0 ? '' : range(ratio),
    at === 0 ? '' : `≥ ${goal} ${ratio.median >= goal ? 'reached' : 'MISSED'}`,
  ]);
  console.log(`${title}\n${align([['', 'decisions', 'syncline ÷ this', 'goal'], ...rows])}\n`);
}
