// The store side in memory, as far as the relay asks: due replicas, waiting claims, settlements as the rulings say.
import type { Clock } from '../../src/clock.ts';
import type { Send, Settled, Settlement } from '../../src/core/core.ts';
import type { RelayCore } from '../../src/delivery/relay-deps.ts';
import type { SystemRow } from '../../src/store/rows.ts';

interface Replica {
  send: Send;
  state: 'behind' | 'claimed' | 'synced' | 'dead' | 'unclear';
  dueAt: number;
}

interface Waiting {
  system: string;
  limit: number;
  resolve(sends: Send[]): void;
}

export interface MemoryCore extends RelayCore {
  /** One commit: these replicas fall behind, and waiting claims are woken. */
  commit(system: string, recordIds: string[], more?: Partial<Send> | ((recordId: string) => Partial<Send>)): void;
  replica(recordId: string): { state: Replica['state']; attempts: number; dueAt: number };
  /** How many of a system's replicas are in a state. */
  count(system: string, state: Replica['state']): number;
  settlements: Settlement[];
  /** Sizes of the batches that were settled. */
  batches: number[];
  claims: { system: string; limit: number }[];
  waiting(): { system: string; limit: number }[];
  states: (SystemRow & { actor?: string })[];
  /** Runs before each settle or claim; throws to make it fail. */
  before: { settle(batch: Settlement[]): void | Promise<void>; claim(): void };
}

const backoffMs = 1000;
const maxAttempts = 3;

export function memoryCore(clock: Clock): MemoryCore {
  const replicas = new Map<string, Replica>();
  let waiting: Waiting[] = [];
  let tokens = 0;

  function due(system: string, limit: number): Send[] {
    const sends: Send[] = [];
    for (const replica of replicas.values()) {
      if (sends.length === limit) break;
      if (replica.send.system !== system || replica.state !== 'behind' || replica.dueAt > clock.now()) continue;
      replica.state = 'claimed';
      tokens += 1;
      replica.send = { ...replica.send, token: `t${tokens}` };
      sends.push(replica.send);
    }
    return sends;
  }

  function wake(): void {
    waiting = waiting.filter(({ system, limit, resolve }) => {
      const sends = due(system, limit);
      if (sends.length > 0) resolve(sends);
      return sends.length === 0;
    });
  }

  function dueAgain(replica: Replica, inMs: number): void {
    replica.state = 'behind';
    replica.dueAt = clock.now() + inMs;
    if (inMs > 0) clock.after(inMs, wake);
  }

  function settleOne({ recordId, token, outcome, system }: Settlement): Settled {
    const replica = replicas.get(recordId);
    if (!replica || replica.send.token !== token) throw new Error(`stale token for ${recordId}`);
    if (outcome.kind === 'delivered') {
      replica.state = 'synced';
      return { system, recordId, state: 'synced', outcome: 'delivered' };
    }
    return fail(replica, outcome as Exclude<Settlement['outcome'], { kind: 'delivered' }>);
  }

  function fail(replica: Replica, outcome: Exclude<Settlement['outcome'], { kind: 'delivered' }>): Settled {
    const { system, recordId } = replica.send;
    const { kind, stopped, suspectedMs, retryAfterMs = 0, sent } = outcome;
    const ended = (state: 'behind' | 'dead' | 'unclear', word: string): Settled => ({
      system,
      recordId,
      state,
      outcome: word,
    });
    if (stopped || kind === 'unauthorized') {
      replica.send = { ...replica.send, repeat: sent };
      dueAgain(replica, 0);
      return ended('behind', stopped ? 'stopped' : kind);
    }
    if (['rejected', 'invalid', 'unclear'].includes(kind)) {
      replica.state = kind === 'unclear' ? 'unclear' : 'dead';
      return ended(replica.state, kind);
    }
    const attempts = replica.send.attempts + (suspectedMs === undefined ? 1 : 0);
    replica.send = { ...replica.send, attempts, lastAttemptAt: clock.now(), lastError: kind, repeat: sent };
    if (attempts >= maxAttempts) {
      replica.state = 'dead';
      return ended('dead', 'retry');
    }
    dueAgain(replica, suspectedMs ?? Math.max(backoffMs, retryAfterMs));
    return ended('behind', kind === 'throttled' || kind === 'timeout' ? kind : 'retry');
  }

  const core: MemoryCore = {
    commit: (system, recordIds, more = {}) => {
      for (const recordId of recordIds) {
        const own = typeof more === 'function' ? more(recordId) : more;
        replicas.set(recordId, { send: sendOf(system, recordId, own), state: 'behind', dueAt: clock.now() });
      }
      wake();
    },
    replica: (recordId) => {
      const found = replicas.get(recordId);
      if (!found) throw new Error(`no ${recordId}`);
      return { state: found.state, attempts: found.send.attempts, dueAt: found.dueAt };
    },
    count: (system, state) =>
      [...replicas.values()].filter((one) => one.send.system === system && one.state === state).length,
    settlements: [],
    batches: [],
    claims: [],
    waiting: () => waiting.map(({ system, limit }) => ({ system, limit })),
    states: [],
    before: { settle: () => undefined, claim: () => undefined },
    claim: async (system, limit) => {
      core.claims.push({ system, limit });
      core.before.claim();
      const sends = due(system, limit);
      if (sends.length > 0) return sends;
      return new Promise((resolve) => {
        waiting.push({ system, limit, resolve });
      });
    },
    cancelClaims: async () => {
      const ended = waiting;
      waiting = [];
      for (const { resolve } of ended) resolve([]);
    },
    settle: async (settlements) => {
      await core.before.settle(settlements);
      core.batches.push(settlements.length);
      core.settlements.push(...settlements);
      const settled = settlements.map(settleOne);
      wake();
      return settled;
    },
    systems: async () => core.states,
    setSystem: async (system, state, reason, actor) => {
      core.states = core.states.filter((row) => row.system !== system);
      core.states.push({ system, state, reason, since: clock.now(), actor });
    },
  };
  return core;
}

export const sendOf = (system: string, recordId: string, more: Partial<Send> = {}): Send => ({
  system,
  record: 'shipment',
  recordId,
  externalId: null,
  op: 'create',
  key: `${system}:shipment:${recordId}:1`,
  seq: 1,
  body: '{"code":"SO-1"}',
  match: [{ field: 'number', value: 'SO-1' }],
  traceparent: null,
  repeat: false,
  token: 't0',
  attempts: 0,
  lastAttemptAt: null,
  lastError: null,
  ...more,
});

export const names = (count: number, prefix = 'shp'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}_${index + 1}`);
