// Contenders in turn, round after round, so that a slow moment of the machine meets all of them.
import { nowMs } from '../measure/now.ts';
import { type Spread, spread } from '../measure/numbers.ts';
import type { Contender } from './contender.ts';
import type { PlainOrder } from './table.ts';

export interface Race {
  contenders: readonly Contender[];
  orders: readonly PlainOrder[];
  rounds: number;
  /** How long each contender runs in a round. */
  sliceMs: number;
}

export interface Pace {
  name: string;
  /** Decisions a second. */
  rate: Spread;
  /** Of the first contender to this one, round by round. */
  ratio: Spread;
}

/** @throws Error where two contenders decide an order differently: then they do not do the same work */
export async function race({ contenders, orders, rounds, sliceMs }: Race): Promise<Pace[]> {
  const lanes = contenders.map((one) => ({ one, built: orders.map(one.build), rates: [] as number[] }));
  await compare(lanes);
  for (const { one, built } of lanes) await rateOf(one, built, sliceMs);
  for (let round = 0; round < rounds; round++)
    for (const { one, built, rates } of lanes) rates.push(await rateOf(one, built, sliceMs));
  const first = lanes[0]?.rates ?? [];
  return lanes.map(({ one: { name }, rates }) => ({
    name,
    rate: spread(rates),
    ratio: spread(rates.map((rate, round) => (first[round] ?? Number.NaN) / rate)),
  }));
}

async function rateOf({ run }: Contender, built: readonly unknown[], sliceMs: number): Promise<number> {
  const start = nowMs();
  let decided = 0;
  for (;;) {
    await run(built);
    decided += built.length;
    const spent = nowMs() - start;
    if (spent >= sliceMs) return (decided / spent) * 1000;
  }
}

async function compare(lanes: readonly { one: Contender; built: readonly unknown[] }[]): Promise<void> {
  for (const at of lanes[0]?.built.keys() ?? []) {
    const answers = await Promise.all(lanes.map(({ one, built }) => one.answer(built[at])));
    const texts = answers.map((answer) => JSON.stringify(Object.entries(answer).sort()));
    const other = texts.findIndex((text) => text !== texts[0]);
    if (other >= 0)
      throw new Error(
        `${lanes[other]?.one.name} decides ${JSON.stringify(lanes[other]?.built[at])}: ${texts[other]}, not ${texts[0]}`,
      );
  }
}
