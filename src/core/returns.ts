// Returns on request and by time: asked for, decided, told of, looked at; breakers moved by hand; deadlines set off.
import { instant } from '../clock.ts';
import type { Work } from '../intake/commit-edit.ts';
import { askedBy, decideFor } from '../intake/returns/decide-return.ts';
import { type Happened, happen, type Told } from '../intake/returns/happen.ts';
import { lifeOf } from '../intake/returns/life.ts';
import { storeBreakers } from '../intake/returns/move-breakers.ts';
import { type Claimed, claim, type ReturnRequested, requestReturn } from '../intake/returns/request-return.ts';
import { breakerState, profileIn, profileQueries } from '../intake/returns/situation.ts';
import type { JsonObject } from '../model/json.ts';
import { breaches } from '../policy/constraints.ts';
import { isOver } from '../policy/effective.ts';
import { readFacts } from '../policy/facts.ts';
import { factsHash } from '../policy/facts-hash.ts';
import type { ActiveReturns } from '../policy/returns/active.ts';
import { moveBreaker } from '../policy/returns/breaker.ts';
import { decideReturn } from '../policy/returns/decide.ts';
import { dryRun } from '../policy/returns/dry-run.ts';
import { returnFacts } from '../policy/returns/facts.ts';
import { alarmsOf } from '../policy/returns/life/alarms.ts';
import { outstanding, refundable } from '../policy/returns/life/state.ts';
import { breakerQuery, decisionKey, draft, lifeQuery, orderQuery, storeQuery } from '../store/draft.ts';
import { reviewAction, type TimerRow } from '../store/rows.ts';
import type { Context, State, Store } from '../store/store.ts';
import type { World } from './catalog.ts';
import type { Core, DecideReturnRequest, ReturnAsked, ReturnDecisionView, ReturnView } from './core.ts';
import { invalid, notFound, problem } from './problem.ts';
import { breakerView, decidedView, profileView, returnDecisionView } from './return-views.ts';
import { recordView } from './views.ts';

export interface ReturnsOptions {
  store: Store;
  world: World;
  now: () => number;
  /** False while the facts of a store are made anew. */
  isReady: () => boolean;
}

export type ReturnVerbs = Pick<
  Core,
  | 'requestReturn'
  | 'returnOf'
  | 'returnEvent'
  | 'decideReturn'
  | 'returnProfile'
  | 'breakers'
  | 'setBreaker'
  | 'evidenceCase'
  | 'saveEvidence'
  | 'runTimers'
>;

export function createReturns(options: ReturnsOptions): ReturnVerbs {
  const { store, world, now } = options;
  const active = (): ActiveReturns => inForce(options);
  const viewOf = async (id: string): Promise<ReturnView> => {
    const view = await readView(store, id, now());
    if (!view) throw notFound(`return ${id}`);
    return view;
  };
  return {
    requestReturn: async (asked, actor) => {
      const id = await store.transact([asked.customer, asked.order, orderQuery(asked.order)], (state, context) => {
        const work: Work = { world, state, context, out: draft() };
        const made = requestReturn(requestIn(asked, context.now), deciding(options), work);
        if ('need' in made) return made;
        if (!('life' in made)) throw refused(made, asked);
        const returnId = made.life.state.id;
        const detail = { order: asked.order, approval: made.life.state.regions.approval };
        work.out.audit.push(deed(context, actor, 'return.request', returnId, detail));
        return { write: work.out, answer: returnId };
      });
      return viewOf(id);
    },
    returnOf: (id) => readView(store, id, now()),
    returnEvent: async (id, event, actor) => {
      requireReturn(id);
      await store.transact([id, lifeQuery(id)], (state, context) => {
        const work: Work = { world, state, context, out: draft() };
        const { type, id: eventId, at, by, ...members } = event;
        const told = { ...members, type, id: eventId, by, at: timeIn(at, context.now) } as unknown as ToldEvent;
        const happened = known(happen(id, whole(told, id, work), active(), work), id);
        if ('need' in happened) return happened;
        if (happened.repeated) return { write: {}, answer: undefined };
        const action = type === 'reviewed' ? reviewAction : 'return.event';
        const detail = {
          type,
          event: eventId,
          ...(typeof event.decision === 'string' && { decision: event.decision }),
          ...(typeof event.reason === 'string' && { reason: event.reason }),
        };
        work.out.audit.push(deed(context, actor, action, id, detail));
        return { write: work.out, answer: undefined };
      });
      return viewOf(id);
    },
    decideReturn: async (request, actor) => {
      if ('facts' in request) return ofFacts(deciding(options), request.facts, now());
      return 'asked' in request ? thought(options, request.asked) : live(options, request, actor);
    },
    returnProfile: async (customer, storeId) => {
      if (!customer.startsWith('cus_')) return undefined;
      const subject = { customerId: customer, storeId, at: now() };
      const returns = active();
      const { own, store: totals } = profileQueries(returns, subject);
      const profile = await store.read([customer, own, totals], (state) => {
        const found = state.record(customer);
        return found && found.row.mergedInto === null ? shownProfile(state, returns, subject) : undefined;
      });
      return profile && profileView(customer, subject.at, returns, profile);
    },
    breakers: async (limit, after) => {
      const { items, next } = await store.policyBreakers(limit, after);
      return { items: items.map((row) => breakerView(row, active(), now())), next };
    },
    setBreaker: async (word, actor) => setBreaker(options, word, actor),
    evidenceCase: async (id, knownUpTo) => {
      requireReturn(id);
      const { policy } = active();
      const life = await store.read([id, lifeQuery(id)], (state) => state.query(lifeQuery(id)));
      if (!life) throw notFound(`return ${id}`);
      const { about, state } = life as unknown as NonNullable<Exclude<ReturnType<typeof lifeOf>, { need: unknown }>>;
      if (state.regions.approval !== 'awaiting_evidence')
        throw problem('conflict', `return ${id} waits for no evidence: its approval is ${state.regions.approval}`);
      const found = await store.evidenceAfter(knownUpTo, now() - year, mostPictures);
      const known = found.map(({ no, row: { returnId, customerId, sha256, pictureHash } }) => ({
        ...{ no, returnId, customerId, sha256, pictureHash },
      }));
      const { reason, deliveredAt } = about;
      return { returnId: id, reason, deliveredAt, rules: policy.evidence as unknown as JsonObject, known };
    },
    saveEvidence: async (id, { outcome, pictures, id: uploadId, found = [] }, actor) => {
      await store.transact([id, lifeQuery(id)], (state, context) => {
        const work: Work = { world, state, context, out: draft() };
        const told = {
          type: 'evidence_submitted' as const,
          outcome,
          id: uploadId,
          at: context.now,
          by: 'policy' as const,
        };
        const happened = known(happen(id, told, active(), work, found), id);
        if ('need' in happened) return happened;
        const { customerId } = happened.life.about;
        for (const picture of pictures)
          work.out.returns.push({
            evidence: { ...picture, returnId: id, customerId, at: context.now, outcome },
          });
        const detail = { outcome, files: pictures.length, found: [...found] };
        work.out.audit.push(deed(context, actor, 'return.evidence', id, detail));
        return { write: work.out, answer: undefined };
      });
      return viewOf(id);
    },
    runTimers: async () => {
      if (!world.returns) return 0;
      const due = await store.timersDue('return', timersAtOnce, now());
      for (const timer of due) await runTimer(options, timer);
      return due.length;
    },
  };
}

type ToldEvent = Told & { id: string; at: number; by: 'person' | 'customer' };

const year = 366 * 86_400_000;
const mostPictures = 1_000_000;
const timersAtOnce = 100;
const laterMs = 60_000;
const mostAlarms = 8;

/** @throws ProblemError 409 without a policy, 503 while the facts are made anew */
function inForce({ world, isReady }: ReturnsOptions): ActiveReturns {
  if (!world.returns)
    throw problem('conflict', 'no returns policy is in force; syncline.yaml names them: "policies: policies"');
  if (!isReady())
    throw problem('unavailable', 'the facts of older orders are still being put together; ask again in a minute');
  return world.returns;
}

/** @throws ProblemError as `inForce`, and 409 where the time of the policy is over: nothing is decided by it any more */
function deciding(options: ReturnsOptions): ActiveReturns {
  const active = inForce(options);
  if (!isOver(active, options.now())) return active;
  const ended = `the returns policy has ended with its version ${active.version}, and nothing is decided until another is activated`;
  throw problem('conflict', ended);
}

const deed = (context: Context, actor: string, action: string, target: string, detail: JsonObject) => ({
  ...{ at: context.now, actor, action, target, recordId: target, detail },
});

function requireReturn(id: string): void {
  if (!id.startsWith('ret_')) throw notFound(`return ${id}`);
}

/** @throws ProblemError 409 where a fact cannot be computed: a return of this customer could not be decided about either */
function shownProfile(...asked: Parameters<typeof profileIn>): ReturnType<typeof profileIn> {
  try {
    return profileIn(...asked);
  } catch (error) {
    throw problem(
      'conflict',
      `customer ${asked[2].customerId}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const timeIn = (said: string | undefined, now: number): number => (said === undefined ? now : Date.parse(said));

function requestIn(asked: ReturnAsked, now: number): ReturnRequested {
  const { customer, order, lines, reason, fault = 'customer', kind = 'return_refund', requestedAt } = asked;
  return { customerId: customer, orderId: order, lines, reason, fault, kind, at: timeIn(requestedAt, now) };
}

const reasons = {
  unknown_line: 'the order has no such line',
  asked_twice: 'is asked for twice',
  not_shipped: 'more than was sent',
  already_returned: 'is in a return already',
};

/** 404 for what is not there or another's, 400 for lines that cannot be meant, 409 for pieces that are not to be had. */
function refused(
  claimed: Exclude<Claimed, { hand: unknown } | { need: unknown }>,
  { order, customer, lines }: ReturnAsked,
) {
  if ('unknown' in claimed)
    return notFound(claimed.unknown === 'customer' ? `customer ${customer}` : `order ${order} of customer ${customer}`);
  const place = (orderLine: string): string =>
    `/lines/${lines.findLastIndex((one) => one.orderLine === orderLine)}/orderLine`;
  const isMistake = ({ reason }: (typeof claimed.refused)[number]): boolean =>
    reason === 'unknown_line' || reason === 'asked_twice';
  const faults = claimed.refused.map((one) => ({ path: place(one.orderLine), message: reasons[one.reason] }));
  if (claimed.refused.some(isMistake)) return invalid(faults);
  const told = claimed.refused.map(({ orderLine, reason, holder }) => {
    return `line ${orderLine}: ${reasons[reason]}${holder === undefined ? '' : ` (${holder})`}`;
  });
  const extra = { refused: claimed.refused.map((one) => ({ ...one })) };
  return problem('conflict', told.join('; '), { extra });
}

/** @throws ProblemError 404, or 409 saying why it cannot be */
function known(happened: Happened, id: string): Exclude<Happened, undefined | { refused: unknown }> {
  if (!happened) throw notFound(`return ${id}`);
  if ('refused' in happened) {
    const { reason, message } = happened.refused;
    throw problem('conflict', `return ${id}: ${message.en}`, { extra: { reason, message: { ...message } } });
  }
  return happened;
}

/** Goods that came as they were asked for need not be counted out, nor each looked at by name. */
function whole(told: ToldEvent, id: string, work: Work): ToldEvent {
  const life = lifeOf(id, work);
  if (!life || 'need' in life) return told;
  const given: Record<string, unknown> = { ...told };
  const { lines } = life.state;
  if (told.type === 'received') given.lines ??= lines.map(({ orderLine, quantity }) => ({ orderLine, quantity }));
  if (told.type === 'refund_released') given.amountMinor ??= refundable(life.state) - outstanding(life.state);
  return given as unknown as ToldEvent;
}

async function readView(store: Store, id: string, now: number): Promise<ReturnView | undefined> {
  if (!id.startsWith('ret_')) return undefined;
  const found = await store.read([id, decisionKey(id)], (state) => {
    const record = state.record(id);
    const decision = state.decision(decisionKey(id));
    return record && { ...recordView(record, now), decision: decision ? returnDecisionView(decision) : null };
  });
  if (!found) return undefined;
  const shown = await store.evidenceOf(id);
  const evidence = shown.map(({ at, keptSha256: sha256, type, size, width, height, outcome }) => ({
    ...{ at: instant(at), sha256, type, size, width, height, outcome },
  }));
  return shown.length === 0 ? found : { ...found, data: { ...found.data, evidence } };
}

function ofFacts(active: ActiveReturns, given: JsonObject, now: number): ReturnDecisionView {
  const read = readFacts(returnFacts, given);
  if ('faults' in read)
    throw invalid(read.faults.map(({ path, message }) => ({ path: `/facts/${path.replaceAll('.', '/')}`, message })));
  const broken = breaches(read.facts, active.policy);
  if (broken.length > 0) throw invalid(broken.map((message) => ({ path: '/facts', message })));
  const situation = dryRun(active.policy, read.facts);
  return dryView(active, now, {
    ...decidedView(decideReturn(active.policy, situation)),
    factsHash: factsHash(active.policy.reads, read.facts),
    facts: read.facts as unknown as JsonObject,
    ...{ breakers: { ...situation.breakers }, limits: { ...situation.limits } as JsonObject, met: [] },
  });
}

const dryView = (
  { version }: ActiveReturns,
  now: number,
  rest: Omit<ReturnDecisionView, 'id' | 'policy' | 'version' | 'return' | 'at'>,
): ReturnDecisionView => ({ id: null, policy: 'returns', version, return: null, at: instant(now), ...rest });

/** As breakers stand now; no permit is taken, and nothing is kept. */
function thought(options: ReturnsOptions, asked: ReturnAsked): Promise<ReturnDecisionView> {
  const { store, world } = options;
  return store.transact([asked.customer, asked.order, orderQuery(asked.order)], (state, context) => {
    const active = deciding(options);
    const work: Work = { world, state, context, out: draft() };
    const requested = requestIn(asked, context.now);
    const claimed = claim(requested, active, work);
    if ('need' in claimed) return claimed;
    if (!('hand' in claimed)) throw refused(claimed, asked);
    const made = decideFor(claimed.hand, askedBy(claimed.about, { at: requested.at, held: [] }), active);
    if (made.failure !== undefined) throw problem('conflict', `nothing can be decided: ${made.failure}`);
    const { weighed, settled } = made;
    const { facts, limits } = weighed.situation;
    const answer = dryView(active, context.now, {
      ...decidedView(settled.decision),
      factsHash: factsHash(active.policy.reads, facts),
      facts: facts as unknown as JsonObject,
      ...{ breakers: { ...settled.standings }, limits: { ...limits } as JsonObject, met: [] },
    });
    return { write: {}, answer };
  });
}

/** Of a return that is decided already: what was decided. */
function live(
  options: ReturnsOptions,
  { return: id }: Extract<DecideReturnRequest, { return: string }>,
  actor: string,
): Promise<ReturnDecisionView> {
  requireReturn(id);
  const { store, world } = options;
  return store.transact([id, lifeQuery(id), decisionKey(id)], (state, context) => {
    const work: Work = { world, state, context, out: draft() };
    const before = lifeOf(id, work);
    if (!before) throw notFound(`return ${id}`);
    if ('need' in before) return before;
    const last = newest(state, id);
    if (before.state.regions.approval !== 'requested' && last) return { write: {}, answer: returnDecisionView(last) };
    const told = {
      type: 'decided' as const,
      id: `decided/${context.now}`,
      at: before.state.requestedAt,
      by: 'policy' as const,
    };
    const happened = known(happen(id, told, deciding(options), work), id);
    if ('need' in happened) return happened;
    work.out.audit.push(deed(context, actor, 'return.decide', id, {}));
    const made = work.out.policy.findLast(({ decision }) => decision !== undefined)?.decision ?? last;
    if (!made) throw notFound(`decision about ${id}`);
    return { write: work.out, answer: returnDecisionView(made) };
  });
}

const newest = (state: State, id: string) => state.decision(decisionKey(id));

function setBreaker(
  options: ReturnsOptions,
  { breaker, scopeKey, state: wanted, reason, until }: Parameters<Core['setBreaker']>[0],
  actor: string,
) {
  const { store, world } = options;
  const active = inForce(options);
  const rule = active.policy.breakers.find(({ id }) => id === breaker);
  if (!rule) throw notFound(`breaker ${breaker}`);
  if (rule.scope === 'customer' && scopeKey === '')
    throw invalid([{ path: '/scopeKey', message: `is missing: ${breaker} is kept by customer, name one` }]);
  const query = breakerQuery(breaker, scopeKey);
  // Each is locked by whose it is.
  const keys = rule.scope === 'customer' ? [scopeKey, query] : [storeQuery(scopeKey, 0, 0), query];
  return store.transact(keys, (state, context) => {
    if (rule.scope === 'customer' && !state.record(scopeKey)) throw notFound(`customer ${scopeKey}`);
    const work: Work = { world, state, context, out: draft() };
    const before = breakerState(state.query(query));
    const word = { by: actor, reason, ...(until !== undefined && { until: Date.parse(until) }) };
    const kind = wanted === 'open' ? ('opened_by_hand' as const) : ('closed_by_hand' as const);
    const after = moveBreaker(rule, before, { kind, ...word }, context.now);
    const subject = { at: context.now, returnId: undefined, customerId: scopeKey, storeId: scopeKey };
    storeBreakers({ [rule.id]: before }, { [rule.id]: after }, { rules: [rule], subject, work, actor });
    const action = wanted === 'open' ? 'breaker.open' : 'breaker.close';
    work.out.audit.push({
      ...{ at: context.now, actor, action, target: breaker, recordId: null },
      detail: { scopeKey, reason, ...(until !== undefined && { until }) },
    });
    return { write: work.out, answer: breakerView({ breaker, scopeKey, ...after }, active, context.now) };
  });
}

async function runTimer({ store, world }: ReturnsOptions, timer: TimerRow): Promise<void> {
  const { subject: id } = timer;
  try {
    for (let left = mostAlarms; left > 0; left--) if (!(await ring(store, world, id))) return;
  } catch (error) {
    const message = `the deadline of ${id} could not be seen to and is tried again in a minute: ${String(error)}`;
    world.notes.alert({ kind: 'internal', record: id, message });
    await store.transact([], (_, { now }: Context) => ({
      write: { policy: [{ timer: { ...timer, dueAt: now + laterMs } }] },
      answer: undefined,
    }));
  }
}

/** Sets off the earliest alarm that is due. @returns whether there may be another */
function ring(store: Store, world: World, id: string): Promise<boolean> {
  return store.transact([id, lifeQuery(id)], (state, context) => {
    const work: Work = { world, state, context, out: draft() };
    const life = lifeOf(id, work);
    if (life && 'need' in life) return life;
    const alarms = life ? alarmsOf(life.state) : [];
    const due = alarms.find(({ at }) => at <= context.now);
    if (!due || !world.returns) {
      const dueAt = alarms[0]?.at ?? null;
      return { write: { policy: [{ timer: { subject: id, kind: 'return', dueAt } }] }, answer: false };
    }
    const told = { type: 'alarm' as const, alarm: due.kind, id: `alarm/${due.kind}/${due.at}`, at: context.now };
    const happened = known(happen(id, { ...told, by: 'clock' }, world.returns, work), id);
    if ('need' in happened) return happened;
    return { write: work.out, answer: true };
  });
}
