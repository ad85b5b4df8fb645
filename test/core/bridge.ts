// Both sides of the bridge over a real channel in one process, with every message counted.
import { MessageChannel } from 'node:worker_threads';
import type { AcceptReply, AcceptRequest, Core, CoreEvents } from '../../src/core/core.ts';
import { connectCore } from '../../src/core/remote.ts';
import { serveCore } from '../../src/core/serve.ts';
import { createFakeCore, type FakeCore } from '../gateway/fake-core.ts';

export interface Bridge {
  /** What the main thread holds. */
  core: Core;
  /** What runs behind it. */
  behind: FakeCore;
  told: CoreEvents[];
  ends: Error[];
  messages: { toCore: number; fromCore: number };
  /** The store side tells of a commit. */
  commit(event: Partial<CoreEvents>): void;
  /** Cuts the line without a word. */
  cut(): void;
}

const open: (() => void)[] = [];

export function bridge(own: Partial<Core> = {}): Bridge {
  const { port1, port2 } = new MessageChannel();
  const behind = createFakeCore({ close: async () => {}, epoch: async () => 'e1', ...own });
  const messages = { toCore: 0, fromCore: 0 };
  const [told, ends]: [CoreEvents[], Error[]] = [[], []];
  port1.on('message', () => messages.fromCore++);
  port2.on('message', () => messages.toCore++);
  const serving = serveCore(behind, port2);
  const core = connectCore(port1, {
    onEvents: (events) => told.push(events),
    onEnd: (error) => ends.push(error),
  });
  const quiet: CoreEvents = { head: 0, alerts: [], commits: [], synced: [], attempts: [], fetches: false };
  open.push(() => port2.close());
  return {
    ...{ core, behind, told, ends, messages },
    commit: (event) => serving.events({ ...quiet, ...event }),
    cut: () => port2.close(),
  };
}

export function closeBridges(): void {
  for (const close of open.splice(0)) close();
}

export const change = (body: string): AcceptRequest => ({ system: 'shop', body, format: 'json', via: 'api' });

/** Says the body back. */
export const echo = (request: AcceptRequest): AcceptReply => ({
  status: 202,
  body: request.body,
  replayed: false,
  counts: { accepted: 1 },
});

/** Accepts as the store does: what came in one turn is answered by one commit. */
export function groupedAccept(committed: (bodies: string[]) => void = () => {}): Core['accept'] {
  let group: { request: AcceptRequest; resolve(reply: AcceptReply): void }[] = [];
  const commit = (): void => {
    const jobs = group;
    group = [];
    for (const { request, resolve } of jobs) resolve(echo(request));
    committed(jobs.map(({ request }) => request.body));
  };
  return (request) =>
    new Promise((resolve) => {
      if (group.push({ request, resolve }) === 1) setImmediate(commit);
    });
}
