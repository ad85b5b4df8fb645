// The long work on policies: loading, checking, comparing, replaying. Pure; run in a thread of its own, or here.
import { Backtest, type BacktestReport, type PastDecision } from '../../policy/backtest.ts';
import { type Interval, intervalOf } from '../../policy/effective.ts';
import type { Fault } from '../../policy/fault.ts';
import {
  loadSoundPolicy,
  type PolicyTexts,
  type SoundPolicy,
  SoundReturns,
  SoundRouting,
} from '../../policy/sound-policy.ts';
import { findingsOfReach, findingsOfReturns, type Reach } from '../policy-reach.ts';
import { type CheckResult, checkResult, type DiffView, diffView } from './results.ts';

export type Loaded = { effective: Interval } | { faults: Fault[]; warehouseFaults: Fault[] };

/** One session; its calls are made one after the other. Arguments and answers are plain data. */
export interface Work {
  /** Whether it is a policy at all, or every fault of both texts. */
  load(texts: PolicyTexts): Promise<Loaded>;
  check(texts: PolicyTexts, reach: Reach): Promise<CheckResult>;
  /** @param at is told how far it has come, 0 to 1 */
  diff(before: PolicyTexts, after: PolicyTexts, at: (share: number) => void): Promise<DiffView>;
  /** Begins a backtest; then pages are added, the newest decision first. */
  backtest(candidate: PolicyTexts, before: (PolicyTexts & { version: number }) | null): Promise<void>;
  add(page: readonly PastDecision[]): Promise<void>;
  report(): Promise<BacktestReport>;
  end(): Promise<void>;
}

export function workHere(): Work {
  let running: Backtest | undefined;
  return {
    load: async (texts) => {
      const loaded = loadSoundPolicy(texts);
      return 'policy' in loaded ? { effective: intervalOf(loaded.policy) } : loaded;
    },
    check: async (texts, reach) => check(texts, reach),
    diff: async (before, after, at) => {
      const diff = sound(after).changedSince(sound(before), at);
      if (!diff) throw new Error('two policies of different kinds cannot be compared');
      return diffView(diff);
    },
    backtest: async (candidate, before) => {
      running = new Backtest(sound(candidate), before ? { policy: sound(before), version: before.version } : undefined);
    },
    add: async (page) => {
      for (const past of page) running?.add(past);
    },
    report: async () => {
      if (!running) throw new Error('no backtest was begun');
      return running.report();
    },
    end: async () => undefined,
  };
}

function check(texts: PolicyTexts, reach: Reach): CheckResult {
  const policy = sound(texts);
  const { tests, untested } = policy.runTests();
  const passed = tests.filter((one) => one.passed).length;
  const findings = [...policy.check(), ...reaching(policy, reach)];
  return checkResult(findings, { passed, failed: tests.length - passed, untested });
}

/** S9, templates of S1, and effects that arrive nowhere. */
function reaching(policy: SoundPolicy, reach: Reach) {
  const { faults, warnings } = reachOf(policy, reach);
  const told =
    (severity: 'error' | 'warning') =>
    ({ path, message }: { path: string; message: string }) =>
      severity === 'error' ? { severity, path, ...checkIn(message) } : { severity, path, message };
  return [...faults.map(told('error')), ...warnings.map(told('warning'))];
}

function reachOf(policy: SoundPolicy, reach: Reach): ReturnType<typeof findingsOfReach> {
  if (policy instanceof SoundRouting) return findingsOfReach(policy.policy, '', reach);
  if (policy instanceof SoundReturns) return findingsOfReturns(policy.policy, '', reach);
  return { faults: [], warnings: [] };
}

/** The check that a fault of the reach is of stands behind its words. */
function checkIn(message: string) {
  const [, words = message, check = 'S9'] = /^(.*) \[(S1|S9)\]$/s.exec(message) ?? [];
  return { check: check as 'S1' | 'S9', message: words };
}

/** @throws Error where a stored version is none for this program */
function sound(texts: PolicyTexts): SoundPolicy {
  const loaded = loadSoundPolicy(texts);
  if ('policy' in loaded) return loaded.policy;
  const faults = [...loaded.faults, ...loaded.warehouseFaults].map(({ path, message }) => `${path} ${message}`);
  throw new Error(`this version of the policy ${texts.policy} cannot be read by this program: ${faults.join('; ')}`);
}
