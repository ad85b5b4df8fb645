// Decisions on request and by time: dry runs, live ones, and what a timer or a changed customer asks for again.
import { instant } from '../clock.ts';
import type { Work } from '../intake/commit-edit.ts';
import type { Means } from '../intake/routing/answered.ts';
import { beginAsking, concludeAsking } from '../intake/routing/asking.ts';
import { notRouted, uncovered } from '../intake/routing/guard.ts';
import { leaveOrder, routeOrder } from '../intake/routing/route-order.ts';
import type { JsonObject } from '../model/json.ts';
import { breaches } from '../policy/constraints.ts';
import { isOver } from '../policy/effective.ts';
import { readFacts } from '../policy/facts.ts';
import { factsHash } from '../policy/facts-hash.ts';
import { type ActiveRouting, type RoutingInForce, routingInForce, versionFor } from '../policy/routing/active.ts';
import { decide } from '../policy/routing/decide.ts';
import { effectsOf } from '../policy/routing/effects.ts';
import { routingFacts } from '../policy/routing/facts.ts';
import { draft } from '../store/draft.ts';
import type { DecisionRow, TimerRow } from '../store/rows.ts';
import type { Context, Decide, State, Store } from '../store/store.ts';
import type { World } from './catalog.ts';
import type { Asked, Asking, Core, DecideRequest, DecisionView } from './core.ts';
import { compileVersion } from './policy-versions.ts';
import { invalid, notFound, problem } from './problem.ts';
import { copyOf, holds } from './proposed-copy.ts';
import { returnDecisionView } from './return-views.ts';

export interface RoutingOptions {
  store: Store;
  world: World;
  now: () => number;
}

export function createRouting(
  options: RoutingOptions,
): Pick<Core, 'decide' | 'decision' | 'decisions' | 'runTimers' | 'toAsk' | 'asked'> {
  const { store, world, now } = options;
  return {
    decide: async (request, actor) => {
      const routing = await versionsOf(options, request);
      if (request.mode === 'live') return live(options, request, actor);
      if (request.facts) return ofFacts(routing, request.facts, now());
      return dryRun(options, routing, request.order ?? '');
    },
    decision: async (id) => {
      const row = await store.decision(id);
      return row && anyView(row);
    },
    decisions: async (record, limit, after) => {
      const { items, next } = await store.decisionsOf(record, limit, after);
      return { items: items.map(anyView), next };
    },
    toAsk: async (limit) => {
      const { routing } = world;
      if (!routing) return [];
      const due = await store.timersDue('ask', limit, now());
      const begun = await Promise.all(
        due.map(({ subject }) => store.transact([subject], begin(world, routing, subject))),
      );
      return begun.filter((one) => one !== undefined);
    },
    asked: async (id, answer) => {
      const { routing } = world;
      if (routing) await store.transact([id], conclude(world, routing, { id, answer }));
    },
    runTimers: async () => {
      if (!world.routing || areOver(world.routing, now())) return 0;
      const due = await store.timersDue('route', timersAtOnce, now());
      for (const timer of due) await runTimer(options, world.routing, timer);
      return due.length;
    },
  };
}

const areOver = ({ versions }: RoutingInForce, now: number): boolean => versions.every((one) => isOver(one, now));

/**
 * @returns those in force, or the one that is asked for
 * @throws ProblemError 409 where no policy is in force, or its time is over; 404 for a version that was never there
 */
async function versionsOf({ store, world, now }: RoutingOptions, { policy = 'routing', mode }: DecideRequest) {
  const [name, version] = policy.split('@');
  if (name !== 'routing') throw notFound(`policy ${String(name)}`);
  if (!world.routing)
    throw problem('conflict', 'no routing policy is in force; syncline.yaml names them: "policies: policies"');
  const { versions } = world.routing;
  if (areOver(world.routing, now()) && (version === undefined || mode === 'live'))
    throw problem('conflict', hasEnded(versions));
  if (version === undefined) return world.routing;
  const active = versions.find((one) => version === String(one.version));
  if (active) return routingInForce([active]);
  if (mode === 'live') throw problem('conflict', `version ${version} is not in force; only a dry run can be of it`);
  const row = (await store.policies('routing')).find((one) => String(one.version) === version);
  if (!row) throw notFound(`version ${version} of the policy routing`);
  return routingInForce([compileVersion(row)]);
}

const hasEnded = (versions: readonly ActiveRouting[]): string =>
  `the routing policy has ended with its version ${versions.map(({ version }) => version).join(', ')}, and nothing is decided until another is activated`;

/** @throws ProblemError 409 where none is for orders from there, or its time is over */
function versionIn(routing: RoutingInForce, from: JsonObject, now: number, mayBeOver = false): ActiveRouting {
  const version = versionFor(routing, from, now);
  if (!version) throw problem('conflict', uncovered(from, routing));
  if (isOver(version, now) && !mayBeOver) throw problem('conflict', hasEnded([version]));
  return version;
}

function ofFacts(routing: RoutingInForce, given: JsonObject, now: number): DecisionView {
  const read = readFacts(routingFacts, given);
  if ('faults' in read)
    throw invalid(read.faults.map(({ path, message }) => ({ path: `/facts/${path.replaceAll('.', '/')}`, message })));
  const { policy, version } = versionIn(routing, (read.facts.order ?? {}) as JsonObject, now, true);
  const broken = breaches(read.facts, policy);
  if (broken.length > 0) throw invalid(broken.map((message) => ({ path: '/facts', message })));
  const decision = decide(policy, read.facts);
  const { haltedBy, slots, trace } = decision;
  return {
    ...{ id: null, policy: 'routing', version, order: null, at: instant(now) },
    factsHash: factsHash(policy.reads, read.facts),
    haltedBy,
    slots: slots as unknown as JsonObject,
    effects: effectsOf(policy, decision, read.facts).map((effect) => ({ ...effect }) as JsonObject),
    trace: trace.map((entry) => ({ ...entry }) as unknown as JsonObject),
    facts: read.facts as unknown as JsonObject,
  };
}

/** What would be decided now; nothing of it is written or told. */
function dryRun({ store, world }: RoutingOptions, routing: RoutingInForce, orderId: string): Promise<DecisionView> {
  return store.transact([orderId], (state, context) => {
    const order = orderIn(state, orderId);
    const work: Work = { world: silent(world), state, context, out: draft() };
    const version = versionIn(routing, order.row.data, context.now, true);
    const routed = routeOrder(order, version, work, true);
    if ('need' in routed) return routed;
    const { id: _, effects, ...view } = viewOf(routed.decision);
    const why = notRouted(order.row);
    const would = effects.map((one) => (one.status === 'claimed' ? { ...one, status: 'would_claim' } : one));
    return { write: {}, answer: { id: null, ...view, effects: would, ...(why !== undefined && { notRouted: why }) } };
  });
}

/** @throws ProblemError 404 */
function orderIn(state: State, id: string) {
  const order = id.startsWith('ord_') ? state.record(id) : undefined;
  if (!order || order.row.version === 0 || order.row.mergedInto !== null) throw notFound(`order ${id}`);
  return order;
}

const silent = ({ shadow: _, ...world }: World): World => ({
  ...world,
  notes: { ...world.notes, alert: () => undefined, synced: () => undefined, attempt: () => undefined },
  traces: { put: () => undefined, get: () => null },
});

function live(
  { store, world }: RoutingOptions,
  { order: id = '' }: DecideRequest,
  actor: string,
): Promise<DecisionView> {
  return store.transact([id], (state, context) => {
    const order = orderIn(state, id);
    const why = notRouted(order.row);
    if (why !== undefined) throw problem('conflict', `order ${id} is not decided about: ${why}`);
    const work: Work = { world, state, context, out: draft() };
    const version = versionIn(world.routing as RoutingInForce, order.row.data, context.now);
    const routed = routeOrder(order, version, work);
    if ('need' in routed) return routed;
    const detail = { decision: routed.decision.id, again: routed.again };
    work.out.audit.push({ at: context.now, actor, action: 'routing.decide', target: id, recordId: id, detail });
    return { write: work.out, answer: viewOf(routed.decision) };
  });
}

const meansOf = (routing: RoutingInForce): Means => ({ routing, copyOf, holds });

const begin =
  (world: World, routing: RoutingInForce, id: string): Decide<Asking | undefined> =>
  (state, context) => {
    const work: Work = { world, state, context, out: draft() };
    const begun = beginAsking(id, meansOf(routing), work);
    return 'need' in begun ? begun : { write: work.out, answer: begun.asking };
  };

const conclude =
  (world: World, routing: RoutingInForce, { id, answer }: { id: string; answer: Asked }): Decide<void> =>
  (state, context) => {
    const work: Work = { world, state, context, out: draft() };
    return concludeAsking(id, answer, meansOf(routing), work) ?? { write: work.out, answer: undefined };
  };

const timersAtOnce = 100;
/** Orders of one customer looked at in one go, so that intake goes on in between. */
const slice = 50;
const laterMs = 60_000;

async function runTimer(options: RoutingOptions, routing: RoutingInForce, timer: TimerRow): Promise<void> {
  const { store, world } = options;
  try {
    if (timer.subject.startsWith('ord_')) await store.transact([timer.subject], again(world, routing, timer));
    else await ordersOfCustomer(options, routing, timer);
  } catch (error) {
    const message = `${timer.subject} could not be decided about again and is tried again in a minute: ${String(error)}`;
    world.notes.alert({ kind: 'internal', record: timer.subject, message });
    await store.transact([], (_, { now }: Context) => ({
      write: { policy: [{ timer: { ...timer, dueAt: now + laterMs } }] },
      answer: undefined,
    }));
  }
}

function again(
  world: World,
  routing: RoutingInForce,
  { subject, kind }: Pick<TimerRow, 'subject' | 'kind'>,
): Decide<void> {
  return (state, context) => {
    const work: Work = { world, state, context, out: draft() };
    // The next time is set by the decision itself.
    work.out.policy.push({ timer: { subject, kind, dueAt: null } });
    const order = state.record(subject);
    const version = order && versionFor(routing, order.row.data, context.now);
    if (order && version && !isOver(version, context.now) && notRouted(order.row) === undefined) {
      const routed = routeOrder(order, version, work);
      if ('need' in routed) return routed;
    } else if (order) leaveOrder(order, routing, work);
    return { write: work.out, answer: undefined };
  };
}

/** What was changed of the customer meanwhile has set the timer anew: then it runs once more. */
async function ordersOfCustomer(
  { store, world }: RoutingOptions,
  routing: RoutingInForce,
  timer: TimerRow,
): Promise<void> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['routableOrders']>> = await store.routableOrders(timer.subject, slice, after);
    await Promise.all(
      page.items.map((id) => store.transact([id], again(world, routing, { subject: id, kind: 'route' }))),
    );
    after = page.next;
  } while (after !== null);
  const { subject, kind, dueAt } = timer;
  const over = { subject, kind, dueAt: null, ...(dueAt !== null && { was: dueAt }) };
  await store.transact([], () => ({ write: { policy: [{ timer: over }] }, answer: undefined }));
}

const anyView = (row: DecisionRow) => (row.policy === 'returns' ? returnDecisionView(row) : viewOf(row));

function viewOf(row: DecisionRow): DecisionView {
  const { id, policy, version, subject, at, factsHash: hash, facts, outcome, effects, error } = row;
  const { haltedBy, slots, trace } = outcome as unknown as Pick<DecisionView, 'haltedBy' | 'slots' | 'trace'>;
  return {
    ...{
      id,
      policy,
      version,
      order: subject,
      at: instant(at),
      factsHash: hash,
      haltedBy,
      slots,
      effects,
      trace,
      facts,
    },
    ...(error !== null && { error }),
  };
}
