// A store side that answers from a few rows in memory and remembers what it was asked.
import type {
  BreakerView,
  Core,
  DeadLetterFilter,
  DecisionView,
  LagView,
  PolicyVersionView,
  RecordAddress,
  RecordView,
  ReturnDecisionView,
  ReturnView,
} from '../../src/core/core.ts';
import { invalid, notFound, problem } from '../../src/core/problem.ts';
import type { ApiKeyRow, AuditRow, ChangeRow, DeadLetterRow, SystemRow } from '../../src/store/rows.ts';

export const at = Date.parse('2026-11-23T05:00:00.000Z');

export const order: RecordView = {
  record: 'order',
  id: 'ord_1',
  version: 4,
  createdAt: '2026-11-23T05:00:00.000Z',
  updatedAt: '2026-11-23T05:02:00.000Z',
  data: { number: 'SO-1001', shipTo: { name: '李雷', street: '新街 9 号' } },
  units: { shipTo: { source: 'crm', at: '2026-11-23T05:02:00.000Z', version: 4 } },
  replicas: [],
};

const task: RecordView = {
  ...order,
  record: 'task',
  id: 'tsk_1',
  data: { kind: 'ping_pong', options: ['keep'], state: 'open' },
};

export const addressChange: ChangeRow = {
  seq: 7,
  type: 'order',
  recordId: 'ord_1',
  version: 4,
  source: 'crm',
  op: 'updated',
  units: { shipTo: [{ shipTo: { street: '旧街 1 号' } }, { shipTo: { street: '新街 9 号' } }] },
  refused: [],
  ambiguous: [],
  resend: null,
  occurredAt: at - 2000,
  recordedAt: at,
  traceparent: null,
};

export const letter: DeadLetterRow = {
  id: 'dl_1',
  system: 'wms',
  type: 'order',
  recordId: 'ord_1',
  seq: 7,
  since: at,
  attempts: 12,
  kind: 'rejected',
  message: 'address outside delivery area',
  payload: '{"big":12345678901234567890,"street":"新街 9 号"}',
  response: { status: 422, body: '{"error":"新街 9 号 is outside"}' },
  closed: null,
};

export const deed: AuditRow = {
  at,
  actor: 'ops',
  action: 'deadletter.replay',
  target: 'dl_1',
  recordId: 'ord_1',
  detail: { system: 'wms', seq: 8 },
};

const noLag = { behind: 0, parked: 0, unclear: 0, dead: 0, held: 0, synced: 0, lagSeconds: 0, oldest: null };
export const lagging: LagView[] = [
  {
    system: 'wms',
    records: [{ record: 'order', ...noLag, behind: 12, dead: 1, lagSeconds: 4.2, oldest: 'ord_1' }],
    lagSeconds: 4.2,
  },
  { system: 'erp', records: [{ record: 'order', ...noLag, synced: 3 }], lagSeconds: 0 },
];

export interface FakeCore extends Core {
  calls: { verb: string; args: unknown[] }[];
  /** The arguments of the last call of a verb. */
  last(verb: keyof Core): unknown[];
  rows: { changes: ChangeRow[]; feed: string[]; systems: SystemRow[]; keys: ApiKeyRow[] };
}

/** Cursors read `e1.<position>`; another epoch is gone, anything else is malformed. */
function position(cursor: string | null): number | 'gone' {
  if (cursor === null) return 0;
  const [, epoch, place] = /^(e\d)\.(\d+)$/.exec(cursor) ?? [];
  if (epoch === undefined) throw invalid([{ path: '?after', message: 'is no cursor of this hub' }]);
  return epoch === 'e1' ? Number(place) : 'gone';
}

const gone = { gone: { restart: 'e1.0' } };

export function createFakeCore(own: Partial<Core> = {}): FakeCore {
  const calls: FakeCore['calls'] = [];
  const rows: FakeCore['rows'] = {
    changes: [addressChange],
    feed: ['{"big":12345678901234567890}'],
    systems: [],
    keys: [],
  };
  const core = { ...verbs(rows), ...own };
  const watched = Object.fromEntries(
    Object.entries(core).map(([verb, run]) => [
      verb,
      (...args: unknown[]) => {
        calls.push({ verb, args });
        return (run as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as Core;
  return { ...watched, calls, rows, last: (verb) => calls.findLast((call) => call.verb === verb)?.args ?? [] };
}

function find(address: RecordAddress): RecordView | undefined {
  if ('id' in address) return [order, task].find((view) => view.record === address.type && view.id === address.id);
  if ('external' in address) return address.external.id === '8812' ? order : undefined;
  return address.match.value === 'SO-1001' ? order : undefined;
}

const known = (type: RecordView['record'], id: string): RecordView => {
  const view = find({ type, id });
  if (!view) throw notFound(`${type} ${id}`);
  return view;
};

export const decision: DecisionView = {
  ...{ id: 'dec_1', policy: 'routing', version: 7, order: 'ord_1', at: '2026-11-23T05:00:00.000Z', factsHash: 'ab12' },
  ...{ haltedBy: null, slots: {}, effects: [], trace: [], facts: {} },
};

const summary = {
  ...{ version: 1, state: 'active' as const, createdAt: '2026-11-23T05:00:00.000Z', createdBy: 'start' },
  ...{ effectiveFrom: null, effectiveUntil: null, scope: { channel: '*', store: '*' } },
};
export const policyVersion: PolicyVersionView = {
  ...{ policy: 'routing', ...summary, digest: 'ab', document: 'policy: routing', warehouses: '' },
  ...{ check: null, backtest: null, approved: null, activated: null, inForce: null, rollbackOf: null, shadow: null },
};
const policyOf = (name: string) => {
  if (name !== 'routing') throw notFound(`policy ${name}`);
  return { policy: name, active: 1, versions: [summary] };
};
const versionOf = async (name: string) => ({ ...policyVersion, ...{ policy: policyOf(name).policy } });

const policyVerbs = {
  policies: async () => [policyOf('routing')],
  policy: async (name: string) => policyOf(name),
  policyVersion: versionOf,
  makePolicyVersion: versionOf,
  checkPolicy: versionOf,
  backtestPolicy: versionOf,
  policyWorked: versionOf,
  approvePolicy: versionOf,
  activatePolicy: versionOf,
  rollbackPolicy: versionOf,
  shadowPolicy: versionOf,
  shadowDifferences: async () => ({ items: [], next: null }),
  policyDiff: async () => ({ state: 'done' as const, verdict: 'equivalent' as const, parts: [] }),
};

const returnDecision: ReturnDecisionView = {
  ...{ id: 'dec_2', policy: 'returns', version: 1, return: 'ret_1', at: '2026-11-23T05:00:00.000Z', factsHash: 'ab12' },
  ...{ approval: 'auto', refund: 'before_return', needs: [], level: 'none', flags: [], grants: [], reasons: [] },
  ...{ trace: [], protectedBy: null, review: {}, facts: {}, breakers: {}, limits: {}, met: [] },
};

export const returned: ReturnView = {
  ...order,
  record: 'return',
  id: 'ret_1',
  data: { number: 'R-SO-1001-1', status: 'open' },
  decision: returnDecision,
};

const breaker: BreakerView = {
  ...{ breaker: 'red', scope: 'customer', scopeKey: 'cus_1', level: 'red', state: 'open', trips: 1, permitsLeft: 0 },
  ...{ openedAt: '2026-11-23T05:00:00.000Z', until: null, passed: 0, override: null },
};

function verbs(rows: FakeCore['rows']): Core {
  return {
    requestReturn: async () => returned,
    returnOf: async (id) => (id === returned.id ? returned : undefined),
    returnEvent: async (id) => {
      if (id !== returned.id) throw notFound(`return ${id}`);
      return returned;
    },
    decideReturn: async () => returnDecision,
    returnProfile: async (customer) =>
      customer === 'cus_1'
        ? { customer, at: '2026-11-23T05:00:00.000Z', policy: 'returns', version: 1, facts: [] }
        : undefined,
    breakers: async () => ({ items: [breaker], next: null }),
    setBreaker: async () => breaker,
    decide: async ({ mode }) => ({ ...decision, id: mode === 'live' ? decision.id : null }),
    decision: async (id) => (id === decision.id ? decision : undefined),
    decisions: async () => ({ items: [decision], next: null }),
    ...policyVerbs,
    runTimers: async () => 0,
    toAsk: async () => [],
    asked: async () => undefined,
    ...{
      accept: async () =>
        ({
          status: 202,
          body: '{"results":[{"status":"accepted"}]}',
          replayed: false,
          counts: { accepted: 1 },
        }) as const,
    },
    patch: async ({ address, ifMatch }) => {
      const view = known(address.type, address.id);
      if (ifMatch !== '*' && ifMatch !== String(view.version))
        throw problem('version-mismatch', `the version is ${view.version}`);
      return view;
    },
    feed: async ({ after, limit, as }) => {
      const start = position(after);
      if (start === 'gone') return gone;
      const items = rows.feed.slice(start, start + limit).map((data, index) => {
        const seq = String(start + index + 1);
        return {
          record: 'order' as const,
          id: 'ord_1',
          externalId: null,
          op: 'create' as const,
          seq,
          changedAt: order.updatedAt,
          data,
        };
      });
      const written = as && { type: `text/${as}; charset=gb18030`, bytes: new Uint8Array([0xbd, 0xd6]) };
      const next = `e1.${start + items.length}`;
      return { items, next, more: start + items.length < rows.feed.length, ...(written && { written }) };
    },
    unpublished: async () => ({ gap: { after: 0, prunedUpTo: 0 } }),
    published: async () => undefined,
    moveStream: async () => undefined,
    changes: async ({ after, limit, record }) => {
      const start = position(after);
      if (start === 'gone') return gone;
      const changes = rows.changes
        .slice(start, start + limit)
        .filter((change) => record === undefined || change.type === record);
      return {
        changes,
        cursors: changes.map((_, index) => `e1.${start + index + 1}`),
        next: `e1.${start + changes.length}`,
      };
    },
    acknowledge: async (_system, items) =>
      items.map(({ record, id, seq }) => ({ record, id, seq, status: 'acknowledged' })),
    reject: async (_system, items) => items.map(({ record, id, seq }) => ({ record, id, seq, status: 'acknowledged' })),
    record: async (address) => find(address),
    timeline: async (id) => ({
      items:
        id === 'ord_1'
          ? [
              { deadLetter: letter },
              {
                attempt: {
                  at,
                  system: 'wms',
                  type: 'order',
                  recordId: id,
                  seq: 7,
                  outcome: 'retry',
                  message: '503',
                  status: 503,
                  durationMs: 41,
                },
              },
              { change: addressChange },
            ]
          : [],
      next: null,
    }),
    deadLetters: async (_filter: DeadLetterFilter, limit) => ({ items: [letter], next: limit === 1 ? 'page2' : null }),
    deadLetter: async (id) => (id === letter.id ? letter : undefined),
    tasks: async () => ({ items: [task], next: null }),
    lag: async () => lagging,
    replay: async (id) => {
      if (id !== letter.id) throw notFound(`dead letter ${id}`);
      return { seq: '8' };
    },
    replayMany: async () => ({ count: 41 }),
    discard: async (id, reason, by) => {
      if (id !== letter.id) throw notFound(`dead letter ${id}`);
      return { ...letter, closed: { as: 'discarded', at, by, reason } };
    },
    holdReplica: async (type, id) => known(type, id),
    releaseUnit: async (type, id) => known(type, id),
    taskDone: async (id) => known('task', id),
    systems: async () => rows.systems,
    setSystem: async (system, state, reason) => void rows.systems.push({ system, state, since: at, reason }),
    apiKeys: async () => rows.keys,
    saveApiKey: async (row) => {
      rows.keys = [...rows.keys.filter(({ id }) => id !== row.id), row];
    },
    audit: async (_filter, limit) => ({ items: [deed], next: limit === 1 ? 'page2' : null }),
    saveDeed: async () => {},
    backup: async () => {},
    mapped: async () => [],
    ready: async () => {},
    ...unused(),
  };
}

/** Verbs that the gateway never calls. */
function unused() {
  const never = async (): Promise<never> => {
    throw new Error('not asked by the gateway');
  };
  return {
    evidenceCase: never,
    saveEvidence: never,
    toFetch: never,
    fetched: never,
    claim: never,
    compare: never,
    held: never,
    absent: never,
    fill: never,
    cancelClaims: never,
    settle: never,
    cursor: never,
    saveCursor: never,
    share: never,
    moveBreaker: never,
    quiet: never,
    borrow: never,
    credential: never,
    beginRenewal: never,
    writeCredential: never,
    endRenewal: never,
    epoch: never,
    prune: never,
    close: never,
  };
}
