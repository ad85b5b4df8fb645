// The pace of what is asked at a fixed rate: nothing is left out because an answer is late.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { atRate } from '../../bench/load/at-rate.ts';
import { Probe } from '../../bench/load/probe.ts';
import { nowMs } from '../../bench/measure/now.ts';

const pace = (count: number) => ({ rate: 10_000, startedAt: nowMs(), goesOn: (no: number) => no < count });

describe('a fixed rate', () => {
  it('gives each lane one exchange at a time, and makes every exchange', async () => {
    const busy = new Set<string>();
    const made: string[] = [];
    await atRate(['a', 'b'], pace(7), async (lane) => {
      expect(busy.has(lane)).toBe(false);
      busy.add(lane);
      await new Promise(setImmediate);
      busy.delete(lane);
      made.push(lane);
    });
    expect(made).toHaveLength(7);
  });

  it('counts an exchange that finds no lane free from when it was due', async () => {
    const since: number[] = [];
    let firstEnded = 0;
    let allDue: () => void = () => undefined;
    const due = new Promise<void>((resolve) => {
      allDue = resolve;
    });
    const goesOn = (no: number): boolean => {
      if (no === 3) allDue();
      return no < 3;
    };
    await atRate(['only'], { ...pace(0), goesOn }, async (_, at) => {
      since.push(at);
      if (since.length > 1) return;
      await due;
      firstEnded = nowMs();
    });
    expect(since).toHaveLength(3);
    expect(Math.max(...since)).toBeLessThanOrEqual(firstEnded);
  });

  it('ends with the first failure', async () => {
    const run = atRate(['a', 'b'], pace(Number.POSITIVE_INFINITY), () => Promise.reject(new Error('gone')));
    await expect(run).rejects.toThrow('gone');
  });
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** @returns its address, and a promise of the third request */
async function answering(status: number): Promise<{ url: string; thrice: Promise<void> }> {
  let asked = 0;
  let resolve: () => void = () => undefined;
  const thrice = new Promise<void>((done) => {
    resolve = done;
  });
  const server = createServer((request, response) => {
    asked++;
    if (asked === 3) resolve();
    response.writeHead(request.url === '/healthz' ? status : 404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closing.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/changes`, thrice };
}

describe('a probe', () => {
  it('asks its own path of the server until it is stopped, and times each answer', async () => {
    const { url, thrice } = await answering(200);
    const probe = await Probe.start(url, { path: '/healthz', rate: 1000 });
    await thrice;
    const took = await probe.stop();
    expect(took.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...took)).toBeGreaterThan(0);
  });

  it('fails when the answer is no', async () => {
    const { url } = await answering(503);
    const probe = await Probe.start(url, { path: '/healthz', rate: 1000 });
    await expect(probe.stop()).rejects.toThrow('/healthz answered 503');
  });
});
