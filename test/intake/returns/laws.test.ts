// What holds for returns whatever happens to them: random events, repeated, at once, and cut off anywhere.
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReturnDecisionView, ReturnView } from '../../../src/core/core.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { type Facts, readFacts } from '../../../src/policy/facts.ts';
import { decideReturn } from '../../../src/policy/returns/decide.ts';
import { returnFacts } from '../../../src/policy/returns/facts.ts';
import type { Situation } from '../../../src/policy/returns/situation.ts';
import type { Engine, Scene } from '../../core/scene.ts';
import { askFor, customer, day, delivered, goodCustomer, minute, pass, returnsInForce, returnsScene } from './words.ts';

const active = returnsInForce();
let hub: Scene;

type Event =
  | { kind: 'ask'; order: 0 | 1; quantity: number }
  | { kind: 'tell'; which: number; told: { type: string; [member: string]: unknown }; times: number }
  | { kind: 'evidence'; which: number; outcome: 'pass' | 'review' | 'resubmit' }
  | { kind: 'decide'; which: number }
  | { kind: 'wms'; which: number; says: object };

const which = fc.nat(2);
const lines = (result: string) => [{ orderLine: '1', result, disposition: result === 'ok' ? 'restock' : 'hold' }];
const told = fc.constantFrom(
  ...['carrier_scanned', 'received', 'lost', 'cancelled', 'identity_verified', 'review_requested'].map((type) => ({
    type,
  })),
  ...['ok', 'not_ok', 'partial'].map((result) => ({ type: 'inspected', lines: lines(result) })),
  ...['refund_succeeded', 'refund_failed', 'refund_unknown', 'refund_retried'].map((type) => ({ type, seq: 1 })),
  { type: 'refund_released', amountMinor: 100, reason: 'kindness' },
  { type: 'refund_released', reason: 'the rest' },
  { type: 'clawback_opened', reason: 'empty box' },
  { type: 'clawback_written_off', reason: 'too dear to ask' },
  { type: 'reviewed', decision: 'approve', reason: 'fine' },
  { type: 'reviewed', decision: 'approve', reason: 'fine', refund: 'before_return' },
  { type: 'reviewed', decision: 'decline', reason: 'goods_not_intact' },
);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      order: fc.constantFrom(0 as const, 1 as const),
      quantity: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({ kind: fc.constant('tell' as const), which, told, times: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('evidence' as const),
      which,
      outcome: fc.constantFrom('pass' as const, 'review' as const, 'resubmit' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('decide' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wms' as const),
      which,
      says: fc.constantFrom(
        { stage: 'SCANNED' },
        { stage: 'ARRIVED' },
        { stage: 'ARRIVED', grade: 'A' },
        { grade: 'C' },
      ),
    }),
  },
);
const steps = 5;
const story = fc.tuple(fc.array(event, { minLength: steps, maxLength: steps }), fc.boolean());
const waits = fc.array(fc.constantFrom(0, 11 * minute, 2 * day, 8 * day), { minLength: steps, maxLength: steps });

interface Told {
  customer: string;
  orders: string[];
  returns: ReturnView[];
  declinedBy: Set<string>;
}

/** What cannot be is refused, and nothing else goes wrong. */
const allowed = (error: unknown): undefined => {
  if (error instanceof ProblemError && error.problem.status < 500) return undefined;
  throw error;
};

async function begin(isGood: boolean): Promise<Told> {
  const id = await customer(hub);
  const older = isGood ? await Promise.all([60, 70, 80].map((ago) => delivered(hub, id, { ago }))) : [];
  const orders = await Promise.all([1, 2].map((ago) => delivered(hub, id, { ago, price: '100.00', qty: 2 })));
  expect(older.length).toBe(isGood ? 3 : 0);
  return { customer: id, orders: orders.map((one) => one.id), returns: [], declinedBy: new Set() };
}

let no = 0;

async function happen(one: Event, { customer: id, orders, returns, declinedBy }: Told): Promise<void> {
  if (one.kind === 'ask') {
    const asked = { lines: [{ orderLine: '1', quantity: one.quantity }] };
    const made = await askFor(hub, id, orders[one.order] as string, asked).catch(allowed);
    if (made) returns.push(made);
    return;
  }
  const about = returns[one.which];
  if (!about) return;
  if (one.kind === 'tell') {
    const said = { ...one.told, id: `e${++no}`, by: 'person' as const };
    if (one.told.decision === 'decline') declinedBy.add(about.id);
    await Promise.all(
      Array.from({ length: one.times }, () => hub.core.returnEvent(about.id, said, 'ops').catch(allowed)),
    );
  } else if (one.kind === 'evidence')
    await hub.core.saveEvidence(about.id, { outcome: one.outcome, id: `u${++no}`, pictures: [] }, 'ops').catch(allowed);
  else if (one.kind === 'decide') await hub.core.decideReturn({ mode: 'live', return: about.id }, 'ops').catch(allowed);
  else
    await hub.say('wms', {
      record: 'return',
      id: `RMA-${about.id}`,
      data: { rma_code: about.data.number, ...one.says },
    });
}

async function refundsOf(id: string): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (let seq = 1; ; seq++) {
    const refund = await hub.core.record({ type: 'refund', id: `refund/${id}/${seq}` });
    if (!refund) return found;
    found.push(refund.data);
  }
}

async function check({ orders, returns, declinedBy }: Told): Promise<void> {
  const paidBack = new Map<string, number>();
  for (const { id } of returns) {
    const { data, decision } = (await hub.core.returnOf(id)) as ReturnView;
    const regions = data.regions as Record<string, string>;
    const refunds = await refundsOf(id);
    const order = String(data.orderId);
    const sum = refunds.reduce((all, { amount }) => all + Number((amount as JsonObject).amount), 0);
    paidBack.set(order, (paidBack.get(order) ?? 0) + sum);
    if (data.status === 'declined') expect(declinedBy.has(id), `${id} was declined by nobody`).toBe(true);
    if (refunds.length > 0) expect(['approved', 'expired'], JSON.stringify(regions)).toContain(regions.approval);
    if (data.status === 'closed') {
      expect(['succeeded', 'recovered', 'written_off']).toContain(regions.refund);
      expect(['received', 'lost', 'not_required']).toContain(regions.logistics);
    }
    replay(decision as ReturnDecisionView);
  }
  for (const order of orders) expect(paidBack.get(order) ?? 0, `refunds of ${order}`).toBeLessThanOrEqual(20_000);
}

/** The stored decision can be made again from what stands beside it. */
function replay({ facts, breakers, limits, id, ...view }: ReturnDecisionView): void {
  const read = readFacts(returnFacts, facts) as { facts: Facts };
  const situation = {
    ...{ facts: read.facts, breakers, limits, met: view.met },
    claim: { shipCountry: 'CN', returnable: ['yes'] },
  } as unknown as Situation;
  const { approval, refund, needs, level } = decideReturn(active.policy, situation);
  expect({ id, approval, refund, needs, level }).toEqual({
    ...{ id, approval: view.approval, refund: view.refund, needs: view.needs, level: view.level },
  });
}

describe('whatever happens to returns', () => {
  it('no more is refunded than was paid, no machine declines, and every decision can be made again', async () => {
    hub = await returnsScene();
    const runs = fc.array(story, { minLength: 25, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(runs, waits, async (stories, times) => {
        const all = await Promise.all(stories.map(([, isGood]) => begin(isGood)));
        for (let step = 0; step < steps; step++) {
          await Promise.all(stories.map(([events], at) => happen(events[step] as Event, all[at] as Told)));
          await pass(hub, times[step] ?? 0);
        }
        for (const one of all) await check(one);
      }),
      { numRuns: 40 },
    );
    expect(hub.events.flatMap(({ alerts }) => alerts).filter(({ kind }) => kind === 'internal')).toEqual([]);
    await hub.close();
  }, 240_000);
});

describe.each<Engine>(['sqlite', 'postgres'])('at once, on %s', (engine) => {
  afterEach(() => hub.close());

  it('two hundred decisions about one return make one refund', async () => {
    hub = await returnsScene(undefined, { engine });
    const good = await goodCustomer(hub, 12);
    const order = await delivered(hub, good, { qty: 1 });
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => askFor(hub, good, order.id)));
    const made = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(made).toHaveLength(1);
    const id = made[0]?.id ?? '';
    await pass(hub, 10 * minute);
    const decided = await Promise.all(
      Array.from({ length: 200 }, () => hub.core.decideReturn({ mode: 'live', return: id }, 'ops')),
    );
    expect(new Set(decided.map((one) => one.id)).size).toBe(1);
    await Promise.all([pass(hub, 0), pass(hub, 0), pass(hub, 0)]);
    expect(await refundsOf(id)).toMatchObject([{ status: 'submitted', amount: { amount: 26000 } }]);
  }, 60_000);

  it('a half-open breaker lets through as many as it has permits', async () => {
    hub = await returnsScene(
      (text) => text.replace('when: customer.returnsInMonth >= 5', 'when: customer.returnsInMonth >= 50'),
      { engine },
    );
    const good = await goodCustomer(hub, 12);
    await hub.core.setBreaker(
      { breaker: 'high-price-concentration', scopeKey: good, state: 'open', reason: 'to see' },
      'ops',
    );
    hub.pass(8 * day);
    const orders = await Promise.all([1, 1, 1, 1, 1, 1].map((ago) => delivered(hub, good, { ago })));
    const asked = await Promise.all(orders.map(({ id }) => askFor(hub, good, id)));
    const approvals = asked.map(({ data }) => (data.regions as JsonObject).approval);
    expect(approvals.filter((one) => one === 'approved')).toHaveLength(2);
    expect(approvals.filter((one) => one === 'in_review')).toHaveLength(4);
  }, 60_000);
});

describe('a crash between any two statements', () => {
  const statements = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1')) as {
    run(...args: unknown[]): unknown;
  };
  afterEach(() => vi.restoreAllMocks());

  /** The disk fails at the n-th statement from now on. */
  function failAt(n: number): { failed: boolean } {
    const { run } = statements;
    const told = { failed: false };
    let left = n;
    vi.spyOn(statements, 'run').mockImplementation(function (this: unknown, ...args: unknown[]) {
      if (!told.failed && --left === 0) {
        told.failed = true;
        throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR');
      }
      return run.apply(this, args);
    });
    return told;
  }

  it('leaves the return with all that follows from it, or nothing', async () => {
    hub = await returnsScene();
    const good = await goodCustomer(hub, 60);
    const outcomes = new Set<string>();
    for (let n = 1; ; n++) {
      const order = await delivered(hub, good, { price: '1.00', qty: 1 });
      const before = await hub.core.returnProfile(good, '');
      const fault = failAt(n);
      const made = await askFor(hub, good, order.id).catch(() => undefined);
      vi.restoreAllMocks();
      await hub.restart();
      const found = await hub.core.record({ type: 'return', match: { field: 'number', value: `R-${order.number}-1` } });
      const id = found?.id ?? made?.id ?? 'ret_none';
      hub.pass(1);
      const after = await hub.core.returnProfile(good, '');
      const said = (profile: typeof after, fact: string) => profile?.facts.find((one) => one.fact === fact)?.value;
      const parts = {
        record: found !== undefined,
        decision: (await hub.core.decisions(id, 1, null)).items.length === 1,
        counted: said(after, 'customer.returnsInMonth') !== said(before, 'customer.returnsInMonth'),
        label:
          found?.data.status !== 'open' || (await hub.core.record({ type: 'label', id: `label/${id}` })) !== undefined,
      };
      const isThere = [parts.record, parts.decision, parts.counted];
      expect(new Set(isThere).size, `statement ${n}: ${JSON.stringify(parts)}`).toBe(1);
      expect(parts.label).toBe(true);
      outcomes.add(String(parts.record));
      if (made) expect(parts.record).toBe(true);
      if (!fault.failed) break;
    }
    await hub.close();
    expect([...outcomes].sort()).toEqual(['false', 'true']);
  }, 120_000);
});
