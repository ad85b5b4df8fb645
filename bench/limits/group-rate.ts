// How fast the floor's store commits groups when nothing else is done: no HTTP, no JSON, no deliveries.
import { FloorEngine } from '../floor/engine.ts';
import { orderBytes, putOrder, putTemplate } from '../load/order-body.ts';
import { nowMs } from '../measure/now.ts';

export interface GroupJob {
  file: string;
  ms: number;
  group: number;
  kind: 'creates' | 'updates';
  /** Orders that are there before it begins. */
  existing: number;
}

/** @returns changes per second, each a record, a change row and three delivery rows */
export function groupRate({ file, ms, group, kind, existing }: GroupJob): number {
  const engine = new FloorEngine(file);
  const order = orderText();
  let next = 0;
  const commit = (record: () => number): number => {
    const changes = Array.from({ length: group }, () => order(record()));
    const start = nowMs();
    engine.commit({ changes, settled: [] });
    return nowMs() - start;
  };
  while (next < existing) commit(() => next++);
  const record = kind === 'creates' ? () => next++ : () => Math.floor(Math.random() * existing);
  let committing = 0;
  let changes = 0;
  for (; committing < ms; changes += group) committing += commit(record);
  engine.close();
  return (changes * 1000) / committing;
}

function orderText(): (record: number) => { record: string; body: string } {
  const bytes = Buffer.alloc(orderBytes);
  putTemplate(bytes, 0);
  let mark = 0;
  return (record) => {
    putOrder(bytes, 0, { record, mark: mark++, timeMs: 1_795_410_000_000 });
    return { record: `S${record}`, body: bytes.toString() };
  };
}
