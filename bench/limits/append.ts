// How often this disk makes 4 KB durable: the limit of a store that commits change by change.
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { nowMs } from '../measure/now.ts';

/** @returns appends of 4 KB with fdatasync, per second */
export function appendRate({ file, ms }: { file: string; ms: number }): number {
  const page = Buffer.alloc(4096, 1);
  const opened = openSync(file, 'a');
  const start = nowMs();
  let count = 0;
  while (nowMs() - start < ms) {
    writeSync(opened, page);
    fdatasyncSync(opened);
    count++;
  }
  const rate = (count * 1000) / (nowMs() - start);
  closeSync(opened);
  return rate;
}
