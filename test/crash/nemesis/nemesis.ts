// What befalls the hub in a run: so many kills, power cuts and disturbances, in an order drawn by chance.
import type { Chance } from '../chance.ts';
import { type Disturbance, disturbances } from './disturbances.ts';
import { type End, ends } from './kills.ts';
import type { Target } from './target.ts';

export interface Plan {
  kills: number;
  cuts: number;
  /** Each kind so often. */
  disturbances: number;
}

/** How often what befell it, by name. */
export type Befallen = Record<string, number>;

/** @param tell what it was, after each */
export async function befall(
  plan: Plan,
  target: Target,
  chance: Chance,
  tell: (what: string) => void,
): Promise<Befallen> {
  const befallen: Befallen = {};
  const draws = { kills: endsInTurn('kills', chance), cuts: endsInTurn('cuts', chance) };
  for (const strike of inOrder(plan, chance)) {
    const name = await strike(target, chance, draws);
    befallen[name] = (befallen[name] ?? 0) + 1;
    tell(name);
  }
  await target.hub.url;
  return befallen;
}

type Draw = () => [name: string, end: End];
/** @returns what it was */
type Strike = (target: Target, chance: Chance, draws: Record<'kills' | 'cuts', Draw>) => Promise<string>;

function inOrder({ kills, cuts, disturbances: each }: Plan, chance: Chance): Strike[] {
  const others = Object.entries(disturbances).flatMap(([name, disturb]) =>
    Array<Strike>(each).fill(other(name, disturb)),
  );
  return shuffled([...Array<Strike>(kills).fill(kill), ...Array<Strike>(cuts).fill(cut), ...others], chance);
}

/** Every kind comes before one comes again. */
function endsInTurn(among: 'kills' | 'cuts', chance: Chance): Draw {
  let left: [string, End][] = [];
  return () => {
    if (left.length === 0) {
      const all = Object.entries(ends).flatMap(([name, { [among]: share, end }]) =>
        Array<[string, End]>(share).fill([name, end]),
      );
      left = shuffled(all, chance);
    }
    return left.pop() as [string, End];
  };
}

const kill: Strike = async (target, chance, { kills: draw }) => {
  const [name, end] = draw();
  await end(target, chance);
  target.hub.start();
  return `kill ${name}`;
};

const cut: Strike = async (target, chance, { cuts: draw }) => {
  const [name, end] = draw();
  await end(target, chance);
  const { lostBytes, lostNames } = target.disk.cut(chance);
  const last = target.recorder.history.kills.at(-1);
  if (last) last.what = `power cut, ${last.what}: ${lostBytes} bytes and ${lostNames} names lost`;
  target.hub.start();
  return `power cut ${name}`;
};

const other =
  (name: string, disturb: Disturbance): Strike =>
  async (target, chance) => {
    await disturb(target, chance);
    return name;
  };

export function shuffled<T>(items: readonly T[], chance: Chance): T[] {
  return items
    .map((item) => ({ item, at: chance.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
