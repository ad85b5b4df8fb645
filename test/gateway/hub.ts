// The gateway over a fake store side: everything that it is handed, held still.

import type { Core } from '../../src/core/core.ts';
import { problem } from '../../src/core/problem.ts';
import type { GatewayDeps, Received, SystemInfo } from '../../src/gateway/deps.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import { createKeyRing, type KeyRing, parseKeys } from '../../src/gateway/keys.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { createFakeCore, type FakeCore, returned } from './fake-core.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

export const allKeys =
  'shop:intake=k-intake;erp:feed=k-feed;reader:read=k-read;seer:read+pii=k-pii;ops:operate=k-operate;rules:policy=k-policy;prom:metrics=k-metrics;root:admin=k-admin';

export interface Hub {
  app: ReturnType<typeof createGateway>;
  deps: GatewayDeps;
  core: FakeCore;
  clock: ManualClock;
  closing: AbortController;
  lines: string[];
  /** Wakes whoever waits for a commit. */
  commit(): void;
  send(path: string, init?: RequestInit & { key?: string }): Promise<Response>;
}

export interface HubOptions {
  core?: Partial<Core>;
  keys?: string;
  receive?: (request: { headers: Readonly<Record<string, string>>; body: Uint8Array }) => Promise<Received | null>;
  deps?: Partial<GatewayDeps>;
}

export function createHub(options: HubOptions = {}): Hub {
  const core = createFakeCore(options.core);
  const clock = manualClock();
  const closing = new AbortController();
  const lines: string[] = [];
  const stream = fakeStream();
  const keys: KeyRing = createKeyRing({ configured: parseKeys(options.keys ?? allKeys), stored: () => core.apiKeys() });
  const systems = fakeSystems(options.receive);
  const deps: GatewayDeps = {
    core,
    systems,
    keys,
    clock,
    random: (bytes) => new Uint8Array(bytes).fill(7),
    stream,
    delivery: {
      view: () => ({
        breaker: { state: 'closed', since: '2026-11-23T04:00:00.000Z' },
        lastSuccessAt: null,
        lastPollAt: null,
      }),
      pause: () => {},
      resume: () => {},
      check: async () => ({ ok: true }),
    },
    reconciler: fakeReconciler(),
    evidence: { show: async () => ({ outcome: 'pass', checks: [], return: returned }) },
    metrics: createMetrics(systems),
    limits: { body: 1_000_000, headers: 16_384, batch: 1_000, depth: 64 },
    log: createLog({ level: 'info', to: { write: (line: string) => void lines.push(line) } }),
    ready: () => true,
    leaving: closing.signal,
    closing: closing.signal,
    newErrorId: () => 'err_1',
    version: '0.0.0',
    ...options.deps,
  };
  const app = createGateway(deps);
  const send: Hub['send'] = async (path, { key = 'k-admin', headers, ...init } = {}) =>
    app.request(path, {
      ...init,
      headers: { ...(key !== '' && { authorization: `Bearer ${key}` }), ...(headers as Record<string, string>) },
    });
  return { app, deps, core, clock, closing, lines, commit: stream.commit, send };
}

/** Has compared the WMS; the shop is being compared. */
function fakeReconciler(): GatewayDeps['reconciler'] {
  const counts = { same: 3, pending: 0, ignored: 0, unknown: 0, differs: 1, absent: 0, unreadable: 0, ambiguous: 0 };
  const run: Awaited<ReturnType<GatewayDeps['reconciler']['begin']>> = {
    ...{ state: 'running', actor: 'ops', repair: false, load: false, startedAt: 0, endedAt: null, reason: null },
    types: [
      {
        ...{ record: 'order', phase: 'reading', absentKnown: true, expected: 5, counts, repaired: 0 },
        fields: { shipTo: 1 },
      },
    ],
    found: [{ record: 'order', verdict: 'differs', externalId: 'W-7', recordId: 'ord_1', fields: ['shipTo'] }],
  };
  return {
    begin: async (system, { actor, repair }) => {
      if (system === 'shop') throw problem('conflict', 'shop is being reconciled');
      return { ...run, actor, repair };
    },
    run: async (system) => (system === 'wms' ? run : undefined),
    records: () => ['order'],
  };
}

function fakeSystems(receive: HubOptions['receive']): SystemInfo[] {
  const shop: SystemInfo = { id: 'shop', role: 'order', connector: 'http', pulls: false, records: ['order'] };
  return [
    receive ? { ...shop, receive } : shop,
    { id: 'wms', role: 'wms', connector: 'http', pulls: false, records: ['order', 'shipment'] },
    { id: 'erp', role: 'erp', connector: 'feed', pulls: true, records: ['order'] },
  ];
}

/** Waits end by a commit or by the signal; the time that passes is the test's. */
function fakeStream() {
  let head = 0;
  let wake: (() => void)[] = [];
  return {
    head: () => head,
    wait: (after: number, _ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (head > after || signal.aborted) return resolve();
        wake.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    commit: () => {
      head += 1;
      for (const resolve of wake.splice(0)) resolve();
      wake = [];
    },
  };
}

export const json = (
  body: unknown,
  headers: Record<string, string> = {},
): RequestInit & { headers: Record<string, string> } => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});
