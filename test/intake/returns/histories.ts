// Random histories of returns in a hub, and what holds after each of them.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ReturnDecisionView, ReturnView } from '../../../src/core/core.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { type Facts, readFacts } from '../../../src/policy/facts.ts';
import { decideReturn } from '../../../src/policy/returns/decide.ts';
import { returnFacts } from '../../../src/policy/returns/facts.ts';
import type { Situation } from '../../../src/policy/returns/situation.ts';
import type { Engine, Scene } from '../../core/scene.ts';
import {
  allocate,
  askFor,
  customer,
  day,
  delivered,
  minute,
  pass,
  returnsInForce,
  returnsScene,
  stocked,
  withStock,
} from './words.ts';

const active = returnsInForce();
let hub: Scene;

type Event =
  | { kind: 'ask'; quantity: number }
  | { kind: 'tell'; which: number; told: { type: string; [member: string]: unknown }; times: number }
  | { kind: 'evidence'; which: number; outcome: 'pass' | 'review' | 'resubmit' }
  | { kind: 'decide'; which: number }
  | { kind: 'wms'; which: number; says: object };

const which = fc.nat(1);
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
      quantity: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({ kind: fc.constant('tell' as const), which, told, times: fc.constantFrom(1, 1, 1, 2) }),
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

/** So many histories share a hub, and its commits. */
const mostAtOnce = 100;

/** The first thing that happens is a request: without one nothing else could. */
const historyOf = (steps: number) =>
  fc.tuple(fc.array(event, { minLength: steps - 1, maxLength: steps - 1 }), fc.integer({ min: 1, max: 2 }), fc.nat(3));
const waitsOf = (steps: number) =>
  fc.array(fc.constantFrom(0, 0, 11 * minute, 8 * day), { minLength: steps, maxLength: steps });

interface Told {
  customer: string;
  order: string;
  /** The inventory record of what was ordered. */
  stock: string;
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
  const older = isGood ? [60, 70, 80] : [];
  const sku = `SKU-${id}`;
  const items = [{ line: '1', sku, name: 'Tea', qty: 3, price: '100.00', total: '300.00' }];
  const [order, stock] = await Promise.all([
    delivered(hub, id, { price: '100.00', qty: 3, items }),
    stocked(hub, sku),
    ...older.map((ago) => delivered(hub, id, { ago })),
  ]);
  await allocate(hub, order.id);
  return { customer: id, order: order.id, stock, returns: [], declinedBy: new Set() };
}

let no = 0;

async function happen(one: Event, { customer: id, order, returns, declinedBy }: Told): Promise<void> {
  if (one.kind === 'ask') {
    const asked = { lines: [{ orderLine: '1', quantity: one.quantity }] };
    const made = await askFor(hub, id, order, asked).catch(allowed);
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

export async function refundsOf(hub: Scene, id: string): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (let seq = 1; ; seq++) {
    const refund = await hub.core.record({ type: 'refund', id: `refund/${id}/${seq}` });
    if (!refund) return found;
    found.push(refund.data);
  }
}

async function check({ order, stock, returns, declinedBy }: Told): Promise<void> {
  let paidBack = 0;
  let expected = 0;
  for (const { id } of returns) {
    const { data, decision } = (await hub.core.returnOf(id)) as ReturnView;
    const regions = data.regions as Record<string, string>;
    const refunds = await refundsOf(hub, id);
    paidBack += refunds.reduce((all, { amount }) => all + Number((amount as JsonObject).amount), 0);
    const [line] = Object.values(data.lines as Record<string, JsonObject>);
    if (regions.restock === 'expected' && line?.result === undefined) expected += Number(line?.quantity);
    if (data.status === 'declined') expect(declinedBy.has(id), `${id} was declined by nobody`).toBe(true);
    if (refunds.length > 0) expect(['approved', 'expired'], JSON.stringify(regions)).toContain(regions.approval);
    if (data.status === 'closed') {
      expect(['succeeded', 'recovered', 'written_off']).toContain(regions.refund);
      expect(['received', 'lost', 'not_required']).toContain(regions.logistics);
    }
    replay(decision as ReturnDecisionView);
  }
  expect(paidBack, `refunds of ${order}`).toBeLessThanOrEqual(30_000);
  const { incomingReturn = 0, onHand, available } = (await hub.record('inventory', stock)).data;
  expect({ incomingReturn, onHand, available }).toEqual({ incomingReturn: expected, onHand: 10, available: undefined });
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

/** Of so many random histories, each of so many steps. */
export async function provedOf(histories: number, steps: number, engine: Engine = 'sqlite'): Promise<void> {
  hub = await returnsScene(undefined, { engine, systems: withStock() });
  const atOnce = Math.min(mostAtOnce, histories);
  const runs = fc.array(historyOf(steps), { minLength: atOnce, maxLength: atOnce });
  await fc.assert(
    fc.asyncProperty(runs, waitsOf(steps), async (stories, times) => {
      const all = await Promise.all(stories.map(([, , kind]) => begin(kind === 0)));
      for (let step = 0; step < steps; step++) {
        const events = stories.map(([later, quantity]) => [{ kind: 'ask' as const, quantity }, ...later]);
        await Promise.all(events.map((one, at) => happen(one[step] as Event, all[at] as Told)));
        await pass(hub, times[step] ?? 0);
      }
      await Promise.all(all.map(check));
    }),
    { numRuns: histories / atOnce },
  );
  expect(hub.events.flatMap(({ alerts }) => alerts).filter(({ kind }) => kind === 'internal')).toEqual([]);
  await hub.close();
}
