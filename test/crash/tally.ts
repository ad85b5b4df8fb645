// What runs were about, for a person: what befell the hub how often, and how often each promise was checked.
import type { History } from './history.ts';
import { type Judgement, weigh } from './judge/judge.ts';
import type { Befallen } from './nemesis/nemesis.ts';

export class Tally {
  readonly #befallen = new Map<string, number>();
  readonly #checked = new Map<string, number>();
  readonly #seen = new Map<string, number>();

  /** @returns what the judge says of the run */
  add(history: History, befallen: Befallen): Judgement {
    const judgement = weigh(history);
    addAll(this.#befallen, befallen);
    addAll(this.#checked, judgement.checked);
    addAll(this.#seen, seenIn(history));
    return judgement;
  }

  text(): string {
    const tables: [string, ReadonlyMap<string, number>][] = [
      ['what befell the hub', this.#befallen],
      ['what was seen', this.#seen],
      ['how often each promise was checked', this.#checked],
    ];
    return tables.map(([title, counts]) => [title, ...linesOf(counts)].join('\n')).join('\n\n');
  }
}

function seenIn({ asked, arrivals, feed, stream, kills, answers }: History): Record<string, number> {
  const cut = kills.filter(({ what }) => what.startsWith('power cut'));
  return {
    'ends of the hub': kills.length,
    'power cuts': cut.length,
    'power cuts that took something away': cut.filter(({ what }) => !what.includes(': 0 bytes and 0 names')).length,
    'changes asked for': asked.length,
    'answers of the hub': answers,
    'sends that arrived': arrivals.length,
    'sends that got no answer': arrivals.filter(({ answered }) => answered === 'nothing').length,
    'pages of the feed': feed.filter(({ kind }) => kind === 'page').length,
    'pages of the stream': stream.length,
  };
}

function addAll(to: Map<string, number>, counts: Record<string, number>): void {
  for (const [name, count] of Object.entries(counts)) to.set(name, (to.get(name) ?? 0) + count);
}

function linesOf(counts: ReadonlyMap<string, number>): string[] {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(...sorted.map(([name]) => name.length));
  return sorted.map(([name, count]) => `  ${name.padEnd(width)} ${String(count).padStart(8)}`);
}
