// The one place that joins things: the core thread, delivery, the loops that bring changes in, the gateway.
import { randomBytes, randomUUID } from 'node:crypto';
import { coreSetup, openHere, startCore } from './app-core.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config, SystemConfig } from './config.ts';
import { packageDoubts } from './config-connectors.ts';
import { type Connection, openConnection } from './connector/connection.ts';
import type { CredentialKeeping } from './connector/credential-store.ts';
import { operationWarnings } from './connector/operations.ts';
import { abilities } from './connector/registry.ts';
import type { Core, CoreEvents } from './core/core.ts';
import { databaseName } from './core/open-store.ts';
import { askRound } from './delivery/asking.ts';
import { createRelay, type Relay } from './delivery/relay.ts';
import { Sharing, type SharingDeps } from './delivery/sharing.ts';
import { publishLease } from './delivery/system-delivery.ts';
import { benchApart, createDesk } from './evidence-desk.ts';
import type { GatewayDeps, SystemInfo } from './gateway/deps.ts';
import { createGateway } from './gateway/gateway.ts';
import { createHead, type Head } from './gateway/head.ts';
import { createKeyRing, type KeyRing, keyRefreshMs } from './gateway/keys.ts';
import { type Listener, listen, splitAddress } from './gateway/listen.ts';
import { createFetching, type Fetching } from './intake/fetching.ts';
import { createPoller, type Poller } from './intake/poll.ts';
import { receiverOf } from './intake/receive.ts';
import { createReconciler, type Reconciler } from './intake/reconcile/reconciler.ts';
import type { Log } from './log.ts';
import { type RecordType, recordTypes } from './model/record-types.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { onceReachable } from './once-reachable.ts';
import { type Repeating, repeat } from './repeat.ts';
import { openVision } from './vision-client.ts';

export interface RunningHub {
  /** `http://127.0.0.1:8080` */
  address: string;
  /** Resolves with the exit code once everything has ended. */
  stopped: Promise<number>;
  /**
   * Gives notice, ends what is under way, commits what was accepted, then stops; a second call ends the notice.
   * @returns false where nothing could be hurried by it
   */
  stop(reason: string): boolean;
}

export interface StartOptions {
  log: Log;
  version: string;
  /** The store side in this thread: to measure what the thread of its own is worth. */
  oneThread?: boolean;
}

/** Not configured: more connections than a hub of this size should ever see. */
const mostConnections = 2_000;
const headersTimeout = 10_000;
const requestTimeout = 60_000;
const answerTimeout = 30_000;
/** Not configured: a proxy on another machine that asks every two seconds, and waits as long, has asked once more by then. */
const usualNoticeMs = 5_000;
const pruneEveryMs = 60_000;
/** How late a decision that waits for a time may be. */
const timersEveryMs = 1_000;

/** @throws Error naming what cannot be opened: the documents, the database, the address */
export async function startHub(config: Config, { log, version, oneThread = false }: StartOptions): Promise<RunningHub> {
  const clock = systemClock;
  const ending = createEnding();
  const head = createHead(clock, 0);
  const early: CoreEvents[] = [];
  let hear = (events: CoreEvents): void => void early.push(events);
  let wakeFetching: () => void = () => undefined;
  let wakeSharing: () => void = () => undefined;
  const core = await (oneThread ? openHere : startCore)(coreSetup(config), {
    onEvents: (events) => {
      hear(events);
      if (events.fetches) wakeFetching();
      if (events.shared) wakeSharing();
    },
    onEnd: (error) => {
      log.fatal({ err: error }, 'the store has ended; the hub stops');
      ending.fail();
    },
  });
  let metrics: Metrics | undefined;
  try {
    const mapped = new Map(await core.mapped());
    const measured = createMetrics(config.systems.map((system) => metered(system, mapped)));
    metrics = measured;
    hear = (events) => tell(events, { metrics: measured, log, head });
    for (const events of early.splice(0)) hear(events);
    const keys = createKeyRing({ configured: config.keys, stored: () => core.apiKeys() });
    await onceReachable(() => keys.refresh(), { clock, log });
    refuseOpenDoor(config, keys);
    warnOfShortSecrets(config, log);
    const keeping = keepingIn(core, clock, log);
    const connections = config.systems.map((system) => connect(system, config, { clock, keeping }));
    const parts = await join({ config, mapped, core, keys, connections, metrics: measured, head, clock, log, version });
    wakeFetching = parts.fetching.wake;
    wakeSharing = () => parts.sharing?.wake();
    tellDoubts(config, log);
    log.info({ systems: config.systems.map(({ id }) => id), database: databaseName(config.database) }, 'started');
    ending.ready(async (reason, notice) => {
      log.info({ reason }, 'stopping');
      await giveNotice(parts, { ms: noticeMs(config), clock, log, notice });
      await stopAll({ ...parts, core, connections, metrics: measured, grace: config.shutdownGrace });
      log.info('stopped');
    });
    return { address: parts.listener.address, stopped: ending.stopped, stop: ending.stop };
  } catch (error) {
    metrics?.close();
    await core.close();
    throw error;
  }
}

/** Types that a mapping of the system tells of, by system. */
type Mapped = ReadonlyMap<string, readonly RecordType[]>;

const typesOf = ({ id }: SystemConfig, mapped: Mapped) => [...(mapped.get(id) ?? [])];

const metered = (system: SystemConfig, mapped: Mapped) => {
  const { publishes } = abilities(system.connector, system.settings);
  const told = publishes?.records === 'all' ? recordTypes : publishes?.records;
  return { id: system.id, pulls: system.connector.pulls === true, records: told ?? typesOf(system, mapped) };
};

/** Without a key everybody may do everything: only this machine may then ask. */
function refuseOpenDoor({ listen: address }: Config, keys: KeyRing): void {
  if (!keys.open || isOfThisMachine(address)) return;
  throw new Error(
    `${address} can be reached from other machines and no key exists; set SYNCLINE_KEYS, make one with "syncline keys create", or listen on 127.0.0.1`,
  );
}

function isOfThisMachine(address: string): boolean {
  const { host } = splitAddress(address);
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Nothing slows guessing down but the length of what is guessed. */
const shortestSecret = 20;

function warnOfShortSecrets({ listen: address, keys }: Config, log: Log): void {
  const short = keys.filter(({ secret }) => secret.length < shortestSecret).map(({ name }) => name);
  if (short.length === 0 || isOfThisMachine(address)) return;
  const what = `SYNCLINE_KEYS has secrets of fewer than ${shortestSecret} characters, which can be guessed`;
  log.warn({ keys: short }, `${what}; "syncline keys create" makes long ones`);
}

function connect(
  { id, connector, rawSettings, settings, delivery }: SystemConfig,
  { egress }: Config,
  { clock, keeping }: { clock: Clock; keeping: CredentialKeeping },
): Connection {
  return openConnection({
    system: id,
    connector,
    rawSettings,
    settings,
    connections: delivery.concurrency,
    timeoutMs: delivery.timeout,
    allow: egress.allow,
    keeping,
    now: clock.now,
  });
}

/** Tokens are sealed in this thread: the store never has the key. */
const keepingIn = (core: Core, clock: Clock, log: Log): CredentialKeeping => ({
  store: {
    read: (system) => core.credential(system),
    begin: (system, ms) => core.beginRenewal(system, ms),
    write: (system, sealed, over) => core.writeCredential(system, sealed, over),
    end: (system) => core.endRenewal(system),
  },
  random: randomBytes,
  after: clock.after,
  tell: (level, system, words) => log[level]({ system }, words),
});

function tell(events: CoreEvents, { metrics, log, head }: { metrics: Metrics; log: Log; head: Head }): void {
  for (const seconds of events.commits) metrics.commit(seconds);
  for (const { system, record, seconds } of events.synced) metrics.synced(system, record, seconds);
  for (const { system, outcome } of events.attempts) metrics.attempt(system, outcome);
  for (const { kind, system, record, message } of events.alerts) {
    metrics.alert(kind);
    log.warn({ alert: kind, ...(system && { system }), ...(record && { record }) }, message);
  }
  head.moved(events.head);
}

function tellDoubts({ systems, packages = [] }: Config, log: Log): void {
  for (const { id, connector } of systems)
    for (const warning of operationWarnings(connector)) log.warn({ system: id }, warning);
  for (const doubt of packages.flatMap(packageDoubts)) log.warn(doubt);
}

interface Given {
  config: Config;
  mapped: Mapped;
  core: Core;
  keys: KeyRing;
  connections: Connection[];
  metrics: Metrics;
  head: Head;
  clock: Clock;
  log: Log;
  version: string;
}

interface Parts {
  relay: Relay;
  poller: Poller;
  fetching: Fetching;
  reconciler: Reconciler;
  /** undefined: this process owns its database. */
  sharing: Sharing | undefined;
  listener: Listener;
  leaving: AbortController;
  closing: AbortController;
  timers: Repeating[];
}

async function join(given: Given): Promise<Parts> {
  const { config, core, connections, metrics, clock, log, keys, head, version } = given;
  const leaving = new AbortController();
  const closing = new AbortController();
  const sharing: Sharing | undefined =
    config.database.engine === 'postgres'
      ? share(given, {
          seen: () => relay.seen(),
          hear: (heard) => {
            const wasPaused = relay.isPaused(heard.system);
            relay.hear(heard);
            if (wasPaused && !relay.isPaused(heard.system)) poller.wake(heard.system);
          },
          onLease: (name) => {
            const [kind = '', ...system] = name.split(':');
            if (kind === 'publish') relay.wake(system.join(':'));
            else poller.wake(system.join(':'));
          },
        })
      : undefined;
  const relay = createRelay({
    core,
    sharing,
    metrics,
    clock,
    log,
    random: chance,
    newSpanId: () => randomBytes(8).toString('hex'),
    streams: {
      ...{ core, head, synced: metrics.synced },
      backoff: (id) => (config.systems.find((system) => system.id === id) as SystemConfig).delivery.backoff,
    },
    systems: config.systems.map(({ id, delivery, breaker }, index) => ({
      id,
      connection: connections[index] as Connection,
      limits: {
        concurrency: delivery.concurrency,
        rate: delivery.rate,
        ...(delivery.batch > 1 && { batch: delivery.batch }),
      },
      breaker,
    })),
  });
  const poller = createPoller({
    core,
    connections,
    batch: config.limits.batch,
    clock,
    log,
    metrics,
    random: chance,
    isActive: (system) => !relay.isPaused(system) && (!sharing || sharing.lease(pollLease(system)) !== undefined),
    ...(sharing && { lease: (system) => sharing.lease(pollLease(system)) }),
    onPolled: (system, at) => relay.polled(system, at),
  });
  const fetching = createFetching({ core, connections, clock, log, random: chance });
  const reconciler = createReconciler({
    core,
    systems: config.systems.map((system, index) =>
      reconciledOf(system, given.mapped, connections[index] as Connection),
    ),
    lane: relay.lane,
    clock,
    log,
    metrics,
    shared: config.database.engine === 'postgres',
    random: chance,
    newOwner: () => randomUUID(),
  });
  const { folder, vision } = config.evidence;
  const secondLook = vision && openVision(vision, clock.now);
  closing.signal.addEventListener('abort', () => void secondLook?.close());
  const onNoSecondLook = (): void => metrics.alert('no_second_look');
  const evidence = { folder, onNoSecondLook, ...(secondLook && { vision: secondLook }) };
  const deps: GatewayDeps = {
    core,
    reconciler,
    systems: config.systems.map((system, index) => infoOf(system, given.mapped, connections[index] as Connection)),
    delivery: relay.port,
    keys,
    evidence: createDesk({ core, ...evidence, bench: benchApart(), log, newId: () => randomUUID() }),
    stream: head,
    metrics: {
      ...metrics,
      feedPolled: (system, at) => {
        metrics.feedPolled(system, at);
        relay.polled(system, at);
      },
    },
    limits: config.limits,
    clock,
    log,
    ready: () => true,
    leaving: leaving.signal,
    closing: closing.signal,
    newErrorId: () => randomUUID(),
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
    version,
    random: randomBytes,
  };
  const listener = await listen(createGateway(deps), {
    listen: config.listen,
    log,
    headerBytes: config.limits.headers,
    connections: mostConnections,
    headersTimeout,
    requestTimeout,
    answerTimeout,
  });
  // Before anything is sent: a breaker may be open, a rate used up.
  if (sharing) await onceReachable(() => sharing.begin(), { clock, log });
  await onceReachable(() => relay.start(), { clock, log });
  await poller.start();
  fetching.start();
  reconciler.start();
  const timers = [
    repeat(clock, keyRefreshMs, () => keys.refresh(), log),
    repeat(clock, pruneEveryMs, () => core.prune(), log),
    ...(config.policies ? policyLoops(given, closing.signal) : []),
  ];
  return { relay, poller, fetching, reconciler, sharing, listener, leaving, closing, timers };
}

const pollLease = (system: string): string => `poll:${system}`;
/** Beside an attempt's own time: for the way to the store and back. */
const probeSlackMs = 5_000;

interface Heard {
  seen: SharingDeps['seen'];
  hear: SharingDeps['onHeard'];
  onLease: SharingDeps['onLease'];
}

/** One process polls a system; what is known of a system all of them know. */
function share({ config, core, connections, clock, log }: Given, { seen, hear, onLease }: Heard): Sharing {
  return new Sharing({
    ...{ core, clock, log, seen, onLease, onHeard: hear },
    systems: config.systems.map(({ id, delivery }) => ({ id, probeMs: 2 * delivery.timeout + probeSlackMs })),
    leases: connections.flatMap(({ system, abilities }) => [
      ...(abilities.polls.length > 0 ? [pollLease(system)] : []),
      ...(abilities.publishes ? [publishLease(system)] : []),
    ]),
  });
}

/** What decisions and change requests do by themselves. */
const policyLoops = ({ core, connections, clock, log }: Given, signal: AbortSignal): Repeating[] => [
  repeat(clock, timersEveryMs, () => core.runTimers(), log),
  repeat(clock, timersEveryMs, () => askRound({ core, connections, log }, signal), log),
];

/** 0 ≤ x < 1, for jitter. */
const chance = (): number => randomBytes(4).readUInt32BE() / 2 ** 32;

function infoOf(system: SystemConfig, mapped: Mapped, connection: Connection): SystemInfo {
  const { id, role, connector } = system;
  const receive = receiverOf(connection);
  const records = typesOf(system, mapped);
  return { id, role, connector: connector.name, pulls: connector.pulls === true, records, ...(receive && { receive }) };
}

function reconciledOf(system: SystemConfig, mapped: Mapped, connection: Connection) {
  const { every: everyMs, repair, load } = system.reconcile;
  const types = typesOf(system, mapped);
  const records = connection.abilities.lists.filter((record) => types.includes(record));
  return { connection, records, everyMs, repair, load };
}

interface Stopping extends Parts {
  core: Core;
  connections: Connection[];
  metrics: Metrics;
  grace: number;
}

/** Nobody else can reach it where it listens on this machine only; a proxy there has to be configured. */
const noticeMs = ({ shutdownNotice, listen: address }: Config): number =>
  shutdownNotice ?? (isOfThisMachine(address) ? 0 : usualNoticeMs);

interface Notice {
  ms: number;
  clock: Clock;
  log: Log;
  notice: AbortController;
}

/** It is not ready any more and still answers, until whoever sends requests here has heard of it. */
async function giveNotice({ leaving, listener }: Parts, { ms, clock, log, notice }: Notice): Promise<void> {
  leaving.abort();
  listener.leave();
  if (ms === 0) notice.abort();
  if (notice.signal.aborted) return;
  log.info({ ms }, 'not ready any more; requests are still answered');
  const cancel = clock.after(ms, () => notice.abort());
  await new Promise((over) => notice.signal.addEventListener('abort', over, { once: true }));
  cancel();
}

/** Nothing new comes in, what is under way ends, what was accepted is committed. */
async function stopAll(parts: Stopping): Promise<void> {
  const { closing, timers, poller, fetching, reconciler, sharing, relay, listener, core, connections, metrics, grace } =
    parts;
  closing.abort();
  for (const timer of timers) timer.stop();
  await Promise.all([poller.stop(), fetching.stop(), reconciler.stop(), relay.stop(grace), listener.close(grace)]);
  await sharing?.stop();
  await Promise.all(connections.map((connection) => connection.settle()));
  await core.close();
  await Promise.all(connections.map((connection) => connection.destroy()));
  metrics.close();
}

interface Ending {
  stopped: Promise<number>;
  stop(reason: string): boolean;
  /** The store is gone: there is nothing left to end in good order. */
  fail(): void;
  /** @param notice aborted once the notice is over, by time or by whoever is in a hurry */
  ready(stopping: (reason: string, notice: AbortController) => Promise<void>): void;
}

function createEnding(): Ending {
  let resolve: (code: number) => void = () => undefined;
  let run: Parameters<Ending['ready']>[0] | undefined;
  let begun = false;
  const notice = new AbortController();
  /** @returns whether there was one to end */
  const endNotice = (): boolean => {
    if (notice.signal.aborted) return false;
    notice.abort();
    return true;
  };
  return {
    stopped: new Promise((done) => {
      resolve = done;
    }),
    ready: (stopping) => {
      run = stopping;
    },
    stop: (reason) => {
      if (!run) return false;
      if (begun) return endNotice();
      begun = true;
      run(reason, notice).then(
        () => resolve(0),
        () => resolve(1),
      );
      return true;
    },
    fail: () => {
      if (begun) endNotice();
      else resolve(1);
    },
  };
}
