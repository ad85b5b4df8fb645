// What the bridge between the threads costs: calls per second and the time added to one call, against direct calls.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { AcceptReply, Core, Send, Settled, Settlement } from '../src/core/core.ts';
import { connectCore } from '../src/core/remote.ts';
import { serveCore } from '../src/core/serve.ts';
import { orderBytes, putOrder, putTemplate } from './load/order-body.ts';
import { nowMs } from './measure/now.ts';
import { quantile } from './measure/numbers.ts';

const warmUpMs = 500;
const measuredMs = 3_000;
const batch = 32;
const body = orderText();

/** Does nothing but answer once a turn, as a store with one commit a turn would. */
function standIn(): Core {
  const waiting: (() => void)[] = [];
  const committed = (): Promise<void> =>
    new Promise((resolve) => {
      if (waiting.push(resolve) > 1) return;
      setImmediate(() => {
        for (const resume of waiting.splice(0)) resume();
      });
    });
  return {
    accept: () => committed().then(accepted),
    claim: (system, limit) => committed().then(() => Array.from({ length: limit }, (_, at) => sendOf(system, at))),
    settle: (settlements) => committed().then(() => settlements.map(settled)),
    close: async () => {},
  } as Partial<Core> as Core;
}

const accepted = (): AcceptReply => ({
  status: 202,
  body: '{"results":[{"status":"accepted","record":"order","id":"ord_01jd3k5m7p9r1t3v5x7z","version":1,"seq":"48211"}]}',
  replayed: false,
  counts: { accepted: 1 },
});

const sendOf = (system: string, at: number): Send => ({
  system,
  record: 'order',
  recordId: 'ord_01jd3k5m7p9r1t3v5x7z',
  externalId: null,
  op: 'create',
  key: `${system}:order:ord_01jd3k5m7p9r1t3v5x7z:${at}`,
  seq: at,
  body,
  match: [{ field: 'number', value: 'SO-1001' }],
  traceparent: null,
  repeat: false,
  token: `c3luY2xp.${at}`,
  attempts: 0,
  lastAttemptAt: null,
  lastError: null,
});

const settled = ({ system, recordId }: Settlement): Settled => ({
  system,
  recordId,
  state: 'synced',
  outcome: 'delivered',
});

const settlementOf = ({ system, recordId, seq, token }: Send): Settlement => ({
  system,
  recordId,
  seq,
  token,
  outcome: { kind: 'delivered', externalId: `W${seq}`, status: 201 },
  startedAt: 1_795_410_000_000,
  durationMs: 12.5,
});

async function measure(): Promise<void> {
  const bridge = connectCore(new Worker(new URL(import.meta.url)), {
    onEvents: () => {},
    onEnd: (error) => {
      throw error;
    },
  });
  const direct = standIn();
  for (const { what, round, callers } of cases) {
    await run(bridge, round, callers, warmUpMs);
    report(`${what}, direct`, await run(direct, round, callers, measuredMs));
    report(`${what}, bridge`, await run(bridge, round, callers, measuredMs));
  }
  await bridge.close();
}

/** One turn of a caller: how many calls it stands for, and how long they took. */
type Round = (core: Core) => Promise<{ calls: number; ms: number }>;

const accepting: Round = async (core) => {
  const start = nowMs();
  await core.accept({ system: 'shop', body, format: 'json', via: 'api' });
  return { calls: 1, ms: nowMs() - start };
};

const delivering: Round = async (core) => {
  const start = nowMs();
  const sends = await core.claim('wms', batch);
  await core.settle(sends.map(settlementOf));
  return { calls: sends.length, ms: nowMs() - start };
};

/** Both threads have gone to sleep before each call. */
const idle: Round = async (core) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return accepting(core);
};

const cases = [
  { what: 'accept, idle', round: idle, callers: 1 },
  { what: 'accept, one caller', round: accepting, callers: 1 },
  { what: 'accept, 64 callers', round: accepting, callers: 64 },
  { what: `claim and settle ${batch}, 3 callers`, round: delivering, callers: 3 },
];

interface Measured {
  perSecond: number;
  p50: number;
  p99: number;
  /** Microseconds of the main thread for each call. */
  busy: number;
}

async function run(core: Core, round: Round, callers: number, ms: number): Promise<Measured> {
  const times: number[] = [];
  let calls = 0;
  const start = nowMs();
  const before = performance.eventLoopUtilization();
  const caller = async (): Promise<void> => {
    while (nowMs() - start < ms) {
      const made = await round(core);
      calls += made.calls;
      times.push(made.ms);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const { active } = performance.eventLoopUtilization(before);
  const perSecond = (calls * 1000) / (nowMs() - start);
  return { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99), busy: (active * 1000) / calls };
}

function report(what: string, { perSecond, p50, p99, busy }: Measured): void {
  const latency = `p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms`;
  console.log(`${what.padEnd(40)}${Math.round(perSecond)}/s, ${latency}, main thread ${busy.toFixed(1)} µs a call`);
}

function orderText(): string {
  const bytes = Buffer.alloc(orderBytes);
  putTemplate(bytes, 0);
  putOrder(bytes, 0, { record: 1, mark: 1, timeMs: 1_795_410_000_000 });
  return bytes.toString();
}

if (isMainThread) await measure();
else if (parentPort) serveCore(standIn(), parentPort);
