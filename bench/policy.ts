// What the policy costs: intake with it beside intake without, in interleaved rounds; the static checks and the difference of two hundred rules.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spread } from './measure/numbers.ts';
import { measureAnalysis } from './policy/analysis.ts';
import { measureIntake, type Rates } from './policy/intake.ts';

const help = `node dist/bench/policy.js -- [options]

  --rounds <count>  of intake with and without the policy in force (default: 5)
  --orders <count>  made and edited in each round (default: 2000)
  --folder <path>   where databases are made (default: the temporary folder)
  --json            the result as JSON
  --help

Exit code 1 where a goal is missed: edits of routed orders and first decisions, per record written, at 0.8 of the rate
without a policy; the checks of 200 rules within a second, the difference of two such versions within ten.`;

const { values } = parseArgs({
  options: {
    ...{ rounds: { type: 'string', default: '5' }, orders: { type: 'string', default: '2000' } },
    ...{ folder: { type: 'string', default: tmpdir() }, json: { type: 'boolean', default: false } },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

if (values.help) console.log(help);
else process.exit(await run());

async function run(): Promise<number> {
  const folder = mkdtempSync(join(values.folder, 'syncline-policy-'));
  try {
    const rounds: { without: Rates; within: Rates }[] = [];
    for (let no = 1; no <= Number(values.rounds); no++) {
      console.error(`intake, round ${no} of ${values.rounds}`);
      rounds.push(await measureIntake(join(folder, `round-${no}`), Number(values.orders)));
    }
    console.error('checks and difference of 200 rules');
    return tell(rounds, measureAnalysis());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(rounds: { without: Rates; within: Rates }[], analysis: ReturnType<typeof measureAnalysis>): number {
  const ratio = (of: (rates: Rates) => number) => spread(rounds.map(({ without, within }) => of(within) / of(without)));
  const goals = [
    { goal: 'edits of routed orders, of those without a policy', at: 0.8, ...ratio(({ edits }) => edits) },
    { goal: 'first decisions per record written, of those without', at: 0.8, ...ratio(({ records }) => records) },
  ];
  const limits = [
    { goal: 'static checks of 200 rules, s of processor time', at: 1, value: analysis.checkSeconds },
    { goal: 'difference of two such versions, s of processor time', at: 10, value: analysis.diffSeconds },
  ];
  const met = goals.every(({ median, at }) => median >= at) && limits.every(({ value, at }) => value <= at);
  if (values.json) console.log(JSON.stringify({ goals, limits, rounds, unknown: analysis.unknown, met }, null, 2));
  else
    for (const line of [
      ...goals.map(
        ({ goal, at, median, min, max }) => `${two(median)} (${two(min)} to ${two(max)})  at least ${at}  ${goal}`,
      ),
      ...limits.map(({ goal, at, value }) => `${two(value)}  at most ${at}  ${goal}`),
      `${analysis.unknown} questions of the difference stayed unknown, and are told as such`,
    ])
      console.log(line);
  return met ? 0 : 1;
}

function two(value: number): string {
  return value.toFixed(2);
}
