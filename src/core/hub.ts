// The store side of the hub: the decisions joined with a store, as everything else asks for them.
import { claimWith } from '../delivery/claim.ts';
import { type SettleAnswer, settleWith } from '../delivery/settle.ts';
import { cursorText, readCursor } from '../feed/cursor.ts';
import { createFeed } from '../feed/feed.ts';
import { createStreams } from '../feed/streams.ts';
import { createAdmission } from '../intake/admission.ts';
import { createIntake, type Intake, type IntakeLimits } from '../intake/intake.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { typeOfId } from '../model/ids.ts';
import { recordTypes } from '../model/records.ts';
import { extKey } from '../store/draft.ts';
import type { Key, Store } from '../store/store.ts';
import type { Catalog, World } from './catalog.ts';
import type { Core, CoreEvents, RecordView, Settlement } from './core.ts';
import { createFetches } from './fetches.ts';
import { factsAreComplete, forgetFacts, keepingFacts, rebuildFacts } from './keep-facts.ts';
import { createNotes, createTraces } from './notes.ts';
import { createOperations, storeFilter } from './operate.ts';
import { createPolicies, type Policies, type PoliciesOptions } from './policies/policies.ts';
import { workHere } from './policies/work.ts';
import { positioned } from './problem.ts';
import { createReconciling } from './reconcile/verbs.ts';
import { createReturns } from './returns.ts';
import { createRouting } from './routing.ts';
import { fillAll, type Keep, prune, takeUp } from './upkeep.ts';
import { lagViews, recordView } from './views.ts';

export interface HubOptions {
  store: Store;
  /** Asked inside decisions, so it does not wait. */
  createsUnsettled: World['createsUnsettled'];
  /** Other processes write to the same database: what waits there is not known here without looking. */
  shared?: boolean;
  catalog: Catalog;
  /** Compiles the document of a mapping that was in force; undefined where it cannot be any more. */
  recompile?: (document: string) => Mapping | undefined;
  /** The routing policy in force; without one nothing is decided. */
  routing?: World['routing'];
  /** How versions of policies are worked on and approved; here, and by another key, where it does not say. */
  policies?: Partial<Pick<PoliciesOptions, 'approval' | 'startWork'>>;
  /** The returns policy in force; without one no return is taken. */
  returns?: World['returns'];
  limits: IntakeLimits;
  keep: Keep;
  now: () => number;
  random: (bytes: number) => Uint8Array;
  onEvents: (events: CoreEvents) => void;
}

export interface Hub {
  core: Core;
  /** To be called after each commit of the store. */
  committed(commit: { head: number; seconds: number; waited: number }): void;
  /** Takes up what an earlier process left; resolves once that is durable. */
  start(): Promise<void>;
}

export function createHub(options: HubOptions): Hub {
  const { catalog, now, random, onEvents } = options;
  const store = options.returns ? keepingFacts(options.store, catalog) : options.store;
  const notes = createNotes();
  const world: World = {
    catalog,
    createsUnsettled: options.createsUnsettled,
    notes,
    traces: createTraces(),
    newToken: tokens(random),
    ...(options.routing && { routing: options.routing }),
    ...(options.returns && { returns: options.returns }),
  };
  const admission = createAdmission();
  const intake = createIntake(store, world, options.limits, admission);
  const feed = createFeed({ store, world });
  const { lag: streamLag, ...streams } = createStreams({ store, catalog, now });
  const operations = createOperations({ store, world, now });
  const policies: Policies = createPolicies({
    ...{ store, world, now, approval: 'other_key', startWork: workHere },
    ...options.policies,
  });
  const routing = createRouting({ store, world, now });
  const reconciling = createReconciling({ store, world, limits: options.limits, now });
  let factsAreReady = false;
  const returns = createReturns({ store, world, now, isReady: () => factsAreReady });
  const fetching = createFetches(store, world, intake, now);
  const claims = createClaims(store, world);
  const closing = new AbortController();
  const stopped = (): boolean => closing.signal.aborted;
  const filling = { types: recordTypes, now, stopped, recompile: options.recompile ?? (() => undefined) };
  const systems = catalog.systems
    .filter((id) => catalog.system(id)?.publishes === undefined)
    .map((id) => ({ id, records: catalog.types(id) }));

  const saveDeed: Core['saveDeed'] = (deed) =>
    store.transact([], () => ({ write: { audit: [{ at: now(), recordId: null, ...deed }] }, answer: undefined }));

  const core: Core = {
    ...operations,
    ...routing,
    ...reconciling,
    ...policies.verbs,
    ...returns,
    ...streams,
    runTimers: async () => {
      await policies.tick();
      return (await routing.runTimers()) + (await returns.runTimers());
    },
    decisions: (record, limit, after) => positioned(() => routing.decisions(record, limit, after)),
    accept: intake.accept,
    toFetch: fetching.due,
    fetched: fetching.fetched,
    claim: claims.claim,
    cancelClaims: claims.cancel,
    settle: async (settlements) => {
      const answers = await settleAll(store, world, settlements, random);
      takeWaitingFor(answers, { world, intake, shared: options.shared ?? false });
      return answers.map(({ system, recordId, state, outcome }) => ({ system, recordId, state, outcome }));
    },
    feed: feed.page,
    acknowledge: feed.acknowledge,
    reject: feed.reject,
    changes: async ({ after, limit, record, system }) => {
      const position = after === null ? { after: 0 } : readCursor(after, store.epoch);
      if ('gone' in position) return position;
      const filter = { ...(record !== undefined && { type: record }), ...(system !== undefined && { source: system }) };
      const changes = await store.changesAfter(position.after, limit, filter);
      const cursors = changes.map(({ seq }) => cursorText(store.epoch, seq));
      return { changes, cursors, next: cursors.at(-1) ?? cursorText(store.epoch, position.after) };
    },
    timeline: (id, limit, before) => positioned(() => store.history(id, limit, before)),
    deadLetters: (filter, limit, after) => positioned(() => store.deadLetters(storeFilter(filter), limit, after)),
    deadLetter: (id) => store.deadLetter(id),
    tasks: (state, limit, after) => positioned(() => tasks(store, { state, limit, after, now })),
    lag: async () => [
      ...lagViews(systems, await store.counts(), await store.oldestBehind(), now()),
      ...(await streamLag()),
    ],
    audit: (filter, limit, after) => positioned(() => store.audit(filter, limit, after)),
    mapped: async () => catalog.systems.map((id) => [id, [...catalog.types(id)]]),
    systems: () => store.systems(),
    setSystem: (system, state, reason, actor) =>
      store.saveSystem(
        { system, state, since: now(), reason },
        { at: now(), actor, action: `system.${state}`, target: system, recordId: null, detail: { reason } },
      ),
    apiKeys: () => store.apiKeys(),
    saveApiKey: (row, actor) =>
      store.saveApiKey(row, {
        at: now(),
        actor,
        action: row.revokedAt === null ? 'key.create' : 'key.revoke',
        target: row.id,
        recordId: null,
        detail: { name: row.name, scopes: row.scopes },
      }),
    saveDeed,
    cursor: (name) => store.cursor(name),
    saveCursor: (name, value, lease) => store.saveCursor(name, value, lease),
    ...sharing(store),
    ...keeping(store),
    ready: () => store.ready(),
    epoch: async () => store.epoch,
    // First, so that the copy tells of itself, and so does one that fails.
    backup: async (path, actor) => {
      await saveDeed({ actor, action: 'store.backup', target: path, detail: {} });
      await store.backup(path);
    },
    fill: () => fillAll(store, world, filling),
    prune: () => prune(store, now, options.keep, stopped),
    close: async () => {
      closing.abort();
      await policies.close();
      await claims.cancel();
      await store.close();
    },
  };

  /** A store that was without a returns policy has them made anew, in the background. */
  const factsAtStart = async (): Promise<void> => {
    if (!options.returns) return forgetFacts(store);
    factsAreReady = await factsAreComplete(store);
    if (factsAreReady) return;
    const isEmpty = (await store.recordsOf('order', 1, null)).items.length === 0;
    const rebuilt = rebuildFacts(store, { catalog, stopped }).then(() => {
      factsAreReady = !stopped();
    });
    if (isEmpty) return rebuilt;
    rebuilt.catch((error: unknown) => {
      const message = `the facts about returns could not be put together: ${error instanceof Error ? error.message : String(error)}. Start the hub again`;
      if (!stopped()) notes.alert({ kind: 'fill_failed', message });
    });
  };

  return {
    core,
    committed: ({ head, seconds, waited }) => {
      admission.committed(seconds, waited);
      onEvents({ head, commits: [seconds], ...notes.take() });
    },
    start: async () => {
      await policies.tick();
      await takeUp(store, world);
      await Promise.all(
        catalog.systems.flatMap((system) => catalog.types(system).map((type) => intake.takeWaiting(system, type))),
      );
      await factsAtStart();
      // In the background: a hub of a million records serves at once.
      fillAll(store, world, filling).catch((error: unknown) => {
        if (!stopped())
          notes.alert({ kind: 'fill_failed', message: error instanceof Error ? error.message : String(error) });
      });
    },
  };
}

function sharing({ sharing: shared }: Store): Pick<Core, 'share' | 'moveBreaker' | 'quiet' | 'borrow'> {
  const owned = async (): Promise<never> => {
    throw new Error('this process owns its database: there is nobody to agree with');
  };
  if (!shared) return { share: async () => null, moveBreaker: owned, quiet: owned, borrow: owned };
  return {
    share: (asked) => shared.share(asked),
    moveBreaker: (system, move) => shared.moveBreaker(system, move),
    quiet: (system, until) => shared.quiet(system, until),
    borrow: (system, limit, count) => shared.borrow(system, limit, count),
  };
}

type Keeping = Pick<Core, 'credential' | 'beginRenewal' | 'writeCredential' | 'endRenewal'>;

const keeping = ({ credentials }: Store): Keeping => ({
  credential: (system) => credentials.read(system),
  beginRenewal: (system, ms) => credentials.begin(system, ms),
  writeCredential: (system, sealed, over) => credentials.write(system, sealed, over),
  endRenewal: (system) => credentials.end(system),
});

/** Unlike those of any other process, and of any other claim of this one. */
function tokens(random: (bytes: number) => Uint8Array): () => string {
  const own = Buffer.from(random(6)).toString('base64url');
  let count = 0;
  return () => `${own}.${(count++).toString(36)}`;
}

function createClaims(store: Store, world: World): { claim: Core['claim']; cancel: Core['cancelClaims'] } {
  const decide = claimWith(world);
  let waiting = new AbortController();
  return {
    claim: (system, limit) => store.claim(system, limit, decide, waiting.signal),
    cancel: async () => {
      waiting.abort();
      waiting = new AbortController();
    },
  };
}

async function settleAll(
  store: Store,
  world: World,
  settlements: Settlement[],
  random: (bytes: number) => Uint8Array,
): Promise<SettleAnswer[]> {
  const chances = random(settlements.length);
  return Promise.all(
    settlements.map((settlement, index) =>
      store.transact(keysOf(settlement), settleWith(world, settlement, (chances[index] ?? 0) / 256)),
    ),
  );
}

/** Asked for at once: where the store is far away, each time that a decision asks for more costs a way there and back. */
function keysOf({ system, recordId, outcome }: Settlement): Key[] {
  const type = typeOfId(recordId);
  const id = 'externalId' in outcome ? outcome.externalId : undefined;
  return type === undefined || id === undefined ? [recordId] : [recordId, extKey(system, type, id)];
}

/** Changes that waited for the creates among them, once for each type and system. */
function takeWaitingFor(
  answers: readonly SettleAnswer[],
  { world, intake, shared }: { world: World; intake: Intake; shared: boolean },
): void {
  const seen = new Set<string>();
  for (const { system, type, created } of answers) {
    if (!created || !type || (!shared && !world.notes.waits(system, type))) continue;
    const name = `${system} ${type}`;
    if (seen.has(name)) continue;
    seen.add(name);
    void intake.takeWaiting(system, type).catch(() => undefined);
  }
}

async function tasks(
  store: Store,
  {
    state,
    limit,
    after,
    now,
  }: { state: 'open' | 'done' | 'all'; limit: number; after: string | null; now: () => number },
): Promise<{ items: RecordView[]; next: string | null }> {
  const items: RecordView[] = [];
  let next = after;
  do {
    const page: Awaited<ReturnType<Store['recordsOf']>> = await store.recordsOf('task', limit - items.length, next);
    next = page.next;
    const fitting = page.items.filter(({ data }) => state === 'all' || data.state === state);
    for (const { id } of fitting) {
      const view = await store.read([id], (loaded) => {
        const found = loaded.record(id);
        return found && recordView(found, now());
      });
      if (view) items.push(view);
    }
  } while (next !== null && items.length < limit);
  return { items, next };
}
