// Where the commands of policy versions find them: in the running hub, or else in the database itself.
import { coreSetup } from '../app-core.ts';
import type { Config } from '../config.ts';
import { createCatalog } from '../core/catalog.ts';
import type { BacktestRequest, PolicyDiffView, PolicyVersionView, PolicyView } from '../core/core.ts';
import { loadDocuments } from '../core/documents.ts';
import { createNotes, createTraces } from '../core/notes.ts';
import { createPolicies, type Policies } from '../core/policies/policies.ts';
import { workHere } from '../core/policies/work.ts';
import { ProblemError } from '../core/problem.ts';
import { defaultPolicy } from '../merge/document.ts';
import type { Store } from '../store/store.ts';
import { cliActor } from './actor.ts';
import { Failure, WrongUsage } from './failure.ts';
import type { HubClient } from './hub-client.ts';
import type { Io } from './io.ts';
import { type Reaching, reach, withDatabase } from './reach.ts';

/** `routing@7` */
export interface VersionName {
  policy: string;
  version: number;
}

const form = /^([a-z]+)@(\d{1,9})$/;

export const isVersionName = (text: string): boolean => form.test(text);

export function versionName(text: string): VersionName {
  const [, policy, version] = form.exec(text) ?? [];
  if (policy === undefined) throw new WrongUsage(`"${text}" names no version; write such as routing@7`);
  return { policy, version: Number(version) };
}

export interface Activation {
  effectiveFrom?: string;
  override?: string;
}

export interface PolicyDesk {
  list(): Promise<PolicyView[]>;
  show(of: VersionName): Promise<PolicyVersionView>;
  make(policy: string, document: string, warehouses: string | undefined): Promise<PolicyVersionView>;
  /** Begins, or joins what runs; the view says how far it is. */
  check(of: VersionName): Promise<PolicyVersionView>;
  backtest(of: VersionName, request: BacktestRequest): Promise<PolicyVersionView>;
  approve(of: VersionName, override: string | undefined): Promise<PolicyVersionView>;
  activate(of: VersionName, given: Activation): Promise<PolicyVersionView>;
  rollback(to: VersionName, reason: string | undefined): Promise<PolicyVersionView>;
  shadow(of: VersionName, running: boolean): Promise<PolicyVersionView>;
  diff(from: VersionName, to: number): Promise<PolicyDiffView>;
}

export async function withPolicies<T>(options: Reaching, io: Io, use: (desk: PolicyDesk) => Promise<T>): Promise<T> {
  const reached = await reach(options, io);
  if ('hub' in reached) return use(inHub(reached.hub));
  const { config } = reached;
  return withDatabase(config, io, { make: false }, async (store) =>
    told(async () => use(inDatabase(await policiesOf(store, config, io)))),
  );
}

/** As the hub would have said it. */
async function told<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ProblemError) throw new Failure(error.problem.detail, error.problem.faults);
    throw error;
  }
}

function inHub(hub: HubClient): PolicyDesk {
  const at = ({ policy, version }: VersionName): string => `/v1/policies/${policy}/versions/${version}`;
  const post = (path: string, body: object = {}) => hub.ask<PolicyVersionView>('POST', path, body);
  return {
    list: async () => (await hub.ask<{ policies: PolicyView[] }>('GET', '/v1/policies')).policies,
    show: (of) => hub.ask('GET', at(of)),
    make: (policy, document, warehouses) =>
      post(`/v1/policies/${policy}/versions`, { document, ...(warehouses !== undefined && { warehouses }) }),
    check: (of) => hub.ask('POST', `${at(of)}/check`),
    backtest: (of, request) => post(`${at(of)}/backtest`, request),
    approve: (of, override) => post(`${at(of)}/approve`, override === undefined ? {} : { override }),
    activate: (of, given) => post(`${at(of)}/activate`, given),
    rollback: ({ policy, version: to }, reason) =>
      post(`/v1/policies/${policy}/rollback`, { to, ...(reason !== undefined && { reason }) }),
    shadow: (of, running) => post(`${at(of)}/shadow`, { running }),
    diff: (from, to) => hub.ask('GET', `${at(from)}/diff/${to}`),
  };
}

function inDatabase({ verbs }: Policies): PolicyDesk {
  return {
    list: () => verbs.policies(),
    show: ({ policy, version }) => verbs.policyVersion(policy, version),
    make: (policy, document, warehouses) =>
      verbs.makePolicyVersion(policy, { document, ...(warehouses !== undefined && { warehouses }) }, cliActor),
    check: async ({ policy, version }) => {
      await verbs.checkPolicy(policy, version, cliActor);
      return verbs.policyWorked(policy, version);
    },
    backtest: ({ policy, version }, request) => verbs.backtestPolicy(policy, version, request, cliActor),
    approve: ({ policy, version }, override) =>
      verbs.approvePolicy(policy, version, override === undefined ? {} : { override }, cliActor),
    activate: ({ policy, version }, given) => verbs.activatePolicy(policy, version, given, cliActor),
    rollback: ({ policy, version: to }, reason) =>
      verbs.rollbackPolicy(policy, { to, ...(reason !== undefined && { reason }) }, cliActor),
    shadow: ({ policy, version }, running) => verbs.shadowPolicy(policy, version, running, cliActor),
    diff: ({ policy, version }, to) => verbs.policyDiff(policy, version, to, true),
  };
}

/** Nothing is decided here: what a decision needs of the world is not there. */
async function policiesOf(store: Store, config: Config, io: Io): Promise<Policies> {
  const { systems } = coreSetup(config);
  // Faults of mappings are what `syncline check` is for; what maps is what effects arrive through.
  const { mappings, policies } = await loadDocuments({
    ...{ mappings: config.mappings, configFile: config.file },
    systems: systems
      .filter(({ publishes }) => publishes === undefined)
      .map(({ id, connector, overlays }) => ({ id, connector, overlays })),
  });
  const catalog = createCatalog({ systems, mappings, policies, defaultPolicy });
  const world = {
    ...{ catalog, notes: createNotes(), traces: createTraces() },
    createsUnsettled: () => false,
    newToken: () => '',
  };
  const { now } = io.clock;
  return createPolicies({ store, world, now, approval: config.policies?.approval ?? 'other_key', startWork: workHere });
}

/** Looks again each half second while it runs. @param at is told how far it has come, 0 to 1 */
export async function finished(
  view: PolicyVersionView,
  what: 'check' | 'backtest',
  { desk, io, at }: { desk: PolicyDesk; io: Io; at: (share: number) => void },
): Promise<PolicyVersionView> {
  let now = view;
  for (let work = now[what]; work?.state === 'running'; work = now[what]) {
    at(work.progress);
    await pause(io);
    now = await desk.show(now);
  }
  const work = now[what];
  if (work?.state === 'failed')
    throw new Failure(`the ${what} of ${now.policy}@${now.version} failed: ${work.message}`);
  return now;
}

const betweenLooksMs = 500;

export const pause = (io: Io): Promise<void> => new Promise((resume) => void io.clock.after(betweenLooksMs, resume));
