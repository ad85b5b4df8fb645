// What is asked of policies: their versions shown, made, checked, backtested, approved, put in force, rolled back, compared.

import type { PastDecision } from '../../policy/backtest.ts';
import { isPolicyName, policyKinds } from '../../policy/sound-policy.ts';
import type { DecisionRow, PolicyRow } from '../../store/rows.ts';
import type { PolicyChange, Store } from '../../store/store.ts';
import type { Catalog, World } from '../catalog.ts';
import type { BacktestRequest, Core, PolicyDiffView, PolicyVersionView } from '../core.ts';
import type { Reach } from '../policy-reach.ts';
import { notFound, positioned, problem } from '../problem.ts';
import { InForce } from './in-force.ts';
import { Jobs } from './jobs.ts';
import * as life from './life.ts';
import { readNewVersion } from './new-version.ts';
import { type BacktestResult, type DiffView, withFindings } from './results.ts';
import { differenceView, policyView, versionView } from './views.ts';
import type { Work } from './work.ts';

export interface PoliciesOptions {
  store: Store;
  world: World;
  now: () => number;
  approval: life.Approval;
  startWork: () => Work;
}

type PolicyVerbs =
  | 'policies'
  | 'policy'
  | 'policyVersion'
  | 'makePolicyVersion'
  | 'checkPolicy'
  | 'backtestPolicy'
  | 'policyWorked'
  | 'approvePolicy'
  | 'activatePolicy'
  | 'rollbackPolicy'
  | 'policyDiff'
  | 'shadowPolicy'
  | 'shadowDifferences';

export interface Policies {
  verbs: Pick<Core, PolicyVerbs>;
  /** Runs each second. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

const day = 86_400_000;
const usual = { sinceMs: 30 * day, limit: 20_000, maxChangedShareBp: 500 };
/** Decisions read in one go, so that intake goes on in between. */
const pageSize = 200;
/** Comparisons that are remembered: versions never change. */
const keptDiffs = 16;

export function createPolicies(options: PoliciesOptions): Policies {
  const { store, world, now, approval } = options;
  const jobs = new Jobs(options.startWork);
  const inForce = new InForce({ store, world, now });
  const diffs = new Map<string, DiffView>();
  const doing = (policy: string, by: string): life.Doing => ({ policy, by, at: now(), approval });

  const viewOf = (row: PolicyRow): PolicyVersionView => {
    const [check, backtest] = jobNames(row).map((name) => jobs.state(name));
    return versionView(row, { check, backtest });
  };
  const rowOf = async (name: string, version: number): Promise<PolicyRow> =>
    life.versionIn(await store.policies(known(name)), name, version);
  const change = async (name: string, decide: (versions: PolicyRow[]) => PolicyChange<PolicyRow>) => {
    const row = await store.changePolicy(known(name), decide);
    await inForce.takeOver();
    return viewOf(row);
  };

  const verbs: Policies['verbs'] = {
    policies: () => Promise.all(policyKinds.map(async (name) => policyView(name, await store.policies(name)))),
    policy: async (name) => policyView(name, await store.policies(known(name))),
    policyVersion: async (name, version) => viewOf(await rowOf(name, version)),
    makePolicyVersion: async (name, given, actor) => {
      const before = await store.policies(known(name));
      const made = await jobs.session((work) => readNewVersion(name, given, before, work));
      return change(name, (versions) => life.make(versions, made, doing(name, actor)));
    },
    checkPolicy: async (name, version, actor) => {
      const row = await rowOf(name, version);
      const [job = ''] = jobNames(row);
      begin(jobs.start(job, (work) => check(row, actor, work)));
      return viewOf(row);
    },
    backtestPolicy: async (name, version, request, actor) => {
      const row = await rowOf(name, version);
      life.requireChecked(row);
      const [, job = ''] = jobNames(row);
      begin(jobs.start(job, (work, at) => backtest(row, request, actor, { work, at })));
      return viewOf(row);
    },
    policyWorked: async (name, version) => {
      await jobs.idle(jobNames({ policy: name, version }));
      return viewOf(await rowOf(name, version));
    },
    approvePolicy: (name, version, given, actor) =>
      change(name, (versions) => life.approve(versions, version, given, doing(name, actor))),
    activatePolicy: (name, version, { effectiveFrom, override }, actor) => {
      const given = {
        ...(effectiveFrom !== undefined && { effectiveFrom: Date.parse(effectiveFrom) }),
        ...(override !== undefined && { override }),
      };
      return change(name, (versions) => life.activate(versions, version, given, doing(name, actor)));
    },
    rollbackPolicy: (name, { to, reason }, actor) =>
      change(name, (versions) => life.rollback(versions, { to, reason }, doing(name, actor))),
    shadowPolicy: async (name, version, on, actor) => {
      if (name !== 'routing' && known(name))
        throw problem('conflict', `only routing policies decide beside each other so far`);
      return change(name, (versions) => life.shadow(versions, version, on, doing(name, actor)));
    },
    shadowDifferences: async (name, version, limit, after) => {
      await rowOf(name, version);
      const page = await positioned(() => store.shadowDifferences(name, version, limit, after));
      return { items: page.items.map(differenceView), next: page.next };
    },
    policyDiff: (name, from, to, waits) => diff(name, [from, to], waits),
  };

  async function check(row: PolicyRow, actor: string, work: Work): Promise<void> {
    const result = await work.check(row, reachOf(world.catalog));
    const { policy, version } = row;
    await store.changePolicy(policy, (versions) => {
      const overlaps = life.overlapsOf(versions, life.versionIn(versions, policy, version), now());
      return life.checked(versions, version, withFindings(result, overlaps), doing(policy, actor));
    });
  }

  async function backtest(row: PolicyRow, request: BacktestRequest, actor: string, run: Running): Promise<void> {
    const { policy, version } = row;
    const active = life.againstWhich(await store.policies(policy), row);
    const since = request.since === undefined ? now() - usual.sinceMs : Date.parse(request.since);
    const window = { since, limit: request.limit ?? usual.limit, now: now() };
    await run.work.backtest(row, active && active.version !== version ? active : null);
    await replayAll(store, policy, window, run);
    const report = await run.work.report();
    const { maxChangedShareBp = usual.maxChangedShareBp } = request;
    const result: BacktestResult = {
      ...{ against: active?.version ?? null, since, limit: window.limit, ...report },
      gate: { maxChangedShareBp, passed: report.changedShareBp <= maxChangedShareBp },
    };
    await store.changePolicy(policy, (versions) => life.backtested(versions, version, result, doing(policy, actor)));
  }

  async function diff(policy: string, [from, to]: [number, number], waits: boolean): Promise<PolicyDiffView> {
    const [before, after] = [await rowOf(policy, from), await rowOf(policy, to)];
    const name = `${policy}@${from} → ${policy}@${to}`;
    const known = diffs.get(name);
    if (known) return { state: 'done', ...known };
    const failed = jobs.state(name);
    if (failed?.state === 'failed' && !waits) throw problem('conflict', `${name} failed: ${failed.message}`);
    const running = jobs.start(name, async (work, at) => {
      diffs.set(name, await work.diff(before, after, at));
      const [oldest] = diffs.keys();
      if (diffs.size > keptDiffs && oldest !== undefined) diffs.delete(oldest);
    });
    begin(running);
    if (waits) await running;
    const done = diffs.get(name);
    const state = jobs.state(name);
    return done
      ? { state: 'done', ...done }
      : { state: 'running', progress: state && 'progress' in state ? state.progress : 0 };
  }

  return { verbs, tick: () => inForce.tick(), close: () => jobs.close() };
}

/** How it ends is told by the state of the job, not by this promise. */
const begin = (running: Promise<unknown>): void => void running.catch(() => undefined);

const jobNames = ({ policy, version }: Pick<PolicyRow, 'policy' | 'version'>): string[] =>
  ['check', 'backtest'].map((what) => `${policy}@${version} ${what}`);

/** @throws ProblemError 404 */
function known(name: string): string {
  if (!isPolicyName(name)) throw notFound(`policy ${name}; there are ${policyKinds.join(', ')}`);
  return name;
}

interface Running {
  work: Work;
  at(share: number): void;
}

interface Window {
  since: number;
  limit: number;
  now: number;
}

/** How many there are nobody counts: the share is that of the limit or of the time, whichever is further. */
async function replayAll(
  store: Store,
  policy: string,
  { since, limit, now }: Window,
  { work, at }: Running,
): Promise<void> {
  let seen = 0;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['decisionsBy']>> = await store.decisionsBy(
      ...([policy, since, Math.min(pageSize, limit - seen), after] as const),
    );
    await work.add(page.items.map(pastOf));
    seen += page.items.length;
    const oldest = page.items.at(-1)?.at ?? now;
    at(Math.max(seen / limit, now === since ? 0 : (now - oldest) / (now - since)));
    after = page.next;
  } while (after !== null && seen < limit);
}

const pastOf = ({ id, version, subject, at, facts, outcome, error }: DecisionRow): PastDecision => ({
  ...{ id, version, subject, at, facts, outcome, error },
});

/** As plain data: it crosses into a thread. */
function reachOf(catalog: Catalog): Reach {
  const systems = catalog.systems.flatMap((id) => {
    const system = catalog.system(id);
    return system ? [{ id, writes: system.writes, repeatSafe: system.repeatSafe }] : [];
  });
  const mappings = systems.map(({ id }) => {
    const types = catalog.types(id).map((type) => {
      const { outward = [], document = '{}' } = catalog.mapping(id, type) ?? {};
      return [type, { outward, document }] as const;
    });
    return [id, new Map(types)] as const;
  });
  return { systems, mappings: new Map(mappings) };
}
