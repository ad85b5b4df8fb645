// A poller over systems that answer as the test says, and a store side that remembers what it was asked.
import { onTestFinished } from 'vitest';
import type { Polled, PollRequest } from '../../src/connector/contract.ts';
import type { AcceptReply, AcceptRequest } from '../../src/core/core.ts';
import { createPoller, type Poller } from '../../src/intake/poll.ts';
import { type Line, recordingLog } from '../delivery/scene.ts';
import { type StepClock, stepClock } from '../delivery/step-clock.ts';
import { fakeSource } from './fake-source.ts';

export const minute = 60_000;
export const row = 'poll:shop:order';

export interface PollScene {
  clock: StepClock;
  poller: Poller;
  /** What the systems were asked, in order. */
  asked: PollRequest[];
  accepted: AcceptRequest[];
  cursors: Map<string, string>;
  /** What happened, in order: `poll a`, `accept 2`, `save b`. */
  steps: string[];
  log: Line[];
  alerts: string[];
  counts: Map<string, number>;
  polled: { system: string; at: number }[];
  paused: Set<string>;
}

export interface PollSceneOptions {
  poll?(request: PollRequest, signal: AbortSignal | undefined): Promise<Polled>;
  accept?(request: AcceptRequest): Promise<AcceptReply>;
  saveCursor?(value: string): Promise<void>;
  types?: { record: 'order' | 'customer'; everyMs: number }[];
  cursor?: object;
  batch?: number;
  random?: () => number;
}

export const order = (id: string) => ({ record: 'order' as const, id, data: `{"id":"${id}"}` });
export const nothing: Polled = { items: [], cursor: 'end', more: false };

export const taken = ({ body }: AcceptRequest): AcceptReply => {
  const results = body.split('\n').map(() => ({ status: 'accepted' }));
  return { status: 202, body: JSON.stringify({ results }), replayed: false, counts: { accepted: results.length } };
};

export const idsIn = ({ body }: AcceptRequest): string[] =>
  body.split('\n').map((line) => (JSON.parse(line) as { id: string }).id);

/** Pages of two orders each: `a1 a2`, then `b1 b2`; the cursor after a page is the next page's name. */
export const pages =
  (...names: string[]) =>
  async ({ cursor }: PollRequest): Promise<Polled> => {
    const at = cursor === undefined ? 0 : names.indexOf(cursor);
    const name = names[at];
    if (name === undefined) return { items: [], cursor, more: false };
    const items = [order(`${name}1`), order(`${name}2`)];
    return { items, cursor: names[at + 1] ?? 'end', more: at + 1 < names.length };
  };

export function aPollScene(options: PollSceneOptions = {}): PollScene {
  const { poll = async () => nothing, types = [{ record: 'order', everyMs: minute }], batch = 100 } = options;
  const clock = stepClock();
  const { log, lines } = recordingLog();
  const cursors = new Map(options.cursor ? [[row, JSON.stringify(options.cursor)]] : []);
  const scene: Omit<PollScene, 'poller'> = {
    ...{ clock, cursors, log: lines },
    ...{ asked: [], accepted: [], steps: [], alerts: [], counts: new Map(), polled: [], paused: new Set() },
  };
  const { asked, accepted, steps, alerts, counts, polled, paused } = scene;
  const shop = fakeSource('shop', {
    polls: types,
    poll: (request, signal) => {
      asked.push(request);
      steps.push(`poll ${request.cursor ?? '-'}`);
      return poll(request, signal);
    },
  });
  const poller = createPoller({
    core: {
      cursor: async (name) => cursors.get(name),
      accept: async (request) => {
        const reply = await (options.accept ?? (async () => taken(request)))(request);
        accepted.push(request);
        steps.push(`accept ${request.body.split('\n').length}`);
        return reply;
      },
      saveCursor: async (name, value) => {
        await options.saveCursor?.(value);
        cursors.set(name, value);
        steps.push(`save ${(JSON.parse(value) as { cursor?: string }).cursor ?? '-'}`);
      },
    },
    connections: [shop],
    batch,
    clock,
    log,
    metrics: {
      alert: (kind) => alerts.push(kind),
      changeTaken: (system, status, count = 1) =>
        counts.set(`${system} ${status}`, (counts.get(`${system} ${status}`) ?? 0) + count),
    },
    random: options.random ?? (() => 0.5),
    isActive: (system) => !paused.has(system),
    onPolled: (system, at) => polled.push({ system, at }),
  });
  return { ...scene, poller };
}

export async function started(options: PollSceneOptions = {}): Promise<PollScene> {
  const scene = aPollScene(options);
  await scene.poller.start();
  await scene.clock.calm();
  onTestFinished(() => scene.poller.stop());
  return scene;
}

/** Fails the first so many times, then does it. */
export function failing<A extends unknown[], R>(times: number, error: Error, run: (...args: A) => Promise<R>) {
  let left = times;
  return async (...args: A): Promise<R> => {
    left -= 1;
    if (left >= 0) throw error;
    return run(...args);
  };
}
