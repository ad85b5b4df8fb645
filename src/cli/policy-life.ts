// syncline policy list, show, add, backtest, approve, activate, rollback, shadow; check and diff of versions that a hub keeps.
import { dirname, join, resolve } from 'node:path';
import type { BacktestRequest, PolicyVersionView } from '../core/core.ts';
import type { BacktestResult, CheckResult, DiffView } from '../core/policies/results.ts';
import { readText } from '../core/policy-documents.ts';
import { isTree } from '../model/own.ts';
import { readYaml } from '../policy/yaml-source.ts';
import { exitCodes, Failure, shortPath, WrongUsage } from './failure.ts';
import { answer, type Io } from './io.ts';
import { type Activation, finished, pause, type VersionName, versionName, withPolicies } from './policy-desk.ts';
import { backtestLines, checkLines, listLines, versionLines } from './policy-life-report.ts';
import { partLines } from './policy-report.ts';
import { showProgress } from './progress.ts';
import type { Reaching } from './reach.ts';

export async function listPolicies(name: string | undefined, options: Reaching, io: Io): Promise<number> {
  const policies = await withPolicies(options, io, (desk) => desk.list());
  const wanted = policies.filter(({ policy }) => name === undefined || policy === name);
  if (wanted.length === 0)
    throw new Failure(`there is no policy ${name}; there are ${policies.map(({ policy }) => policy).join(', ')}`);
  answer(io, options, { policies: wanted }, listLines(wanted));
  return exitCodes.ok;
}

export async function showVersion(text: string, options: Reaching, io: Io): Promise<number> {
  const of = versionName(text);
  const view = await withPolicies(options, io, (desk) => desk.show(of));
  answer(io, options, view, versionLines(view));
  return exitCodes.ok;
}

export interface AddOptions extends Reaching {
  /** Where it is not beside the policy. */
  warehouses?: string;
}

export async function addVersion(file: string, options: AddOptions, io: Io): Promise<number> {
  const path = resolve(io.folder, file);
  const document = await readText(path);
  if (document === undefined) throw new Failure(`there is no file ${shortPath(path, io.folder)}`);
  const policy = policyOf(document);
  const beside = options.warehouses ? resolve(io.folder, options.warehouses) : join(dirname(path), 'warehouses.yaml');
  const warehouses = policy === 'routing' ? await readText(beside) : undefined;
  if (options.warehouses && warehouses === undefined) throw new Failure(`there is no file ${options.warehouses}`);
  const view = await withPolicies(options, io, (desk) => desk.make(policy, document, warehouses));
  const next = `check it: syncline policy check ${nameOf(view)}`;
  answer(io, options, view, [`${nameOf(view)} is a draft, made of ${shortPath(path, io.folder)}; ${next}`]);
  return exitCodes.ok;
}

/** By its first word; what is wrong otherwise the hub tells. */
function policyOf(document: string): string {
  const source = readYaml(document);
  const tree: unknown = 'tree' in source ? source.tree : undefined;
  return isTree(tree) && (tree.policy as unknown) === 'returns' ? 'returns' : 'routing';
}

export async function checkVersion(text: string, options: Reaching, io: Io): Promise<number> {
  const of = versionName(text);
  const progress = showProgress(io, options, `checking ${text}`);
  const view = await withPolicies(options, io, async (desk) =>
    finished(await desk.check(of), 'check', { desk, io, at: progress.at }),
  ).finally(progress.end);
  const check = view.check as unknown as CheckResult;
  answer(io, options, view, [...checkLines(check, io.folder), stateLine(view)]);
  return check.outcome === 'passed' ? exitCodes.ok : exitCodes.failed;
}

export interface BacktestOptions extends Reaching {
  since?: string;
  limit?: number;
  maxChanged?: number;
}

export async function backtestVersion(text: string, options: BacktestOptions, io: Io): Promise<number> {
  const of = versionName(text);
  const { since, limit, maxChanged } = options;
  const request: BacktestRequest = {
    ...(since !== undefined && { since }),
    ...(limit !== undefined && { limit }),
    ...(maxChanged !== undefined && { maxChangedShareBp: maxChanged }),
  };
  const progress = showProgress(io, options, `replaying stored decisions with ${text}`);
  const view = await withPolicies(options, io, async (desk) =>
    finished(await desk.backtest(of, request), 'backtest', { desk, io, at: progress.at }),
  ).finally(progress.end);
  const backtest = view.backtest as unknown as BacktestResult;
  answer(io, options, view, [...backtestLines(backtest), stateLine(view)]);
  return backtest.gate.passed ? exitCodes.ok : exitCodes.failed;
}

export interface ApproveOptions extends Reaching {
  override?: string;
}

export async function approveVersion(text: string, options: ApproveOptions, io: Io): Promise<number> {
  const of = versionName(text);
  const view = await withPolicies(options, io, (desk) => desk.approve(of, options.override));
  answer(io, options, view, [stateLine(view)]);
  return exitCodes.ok;
}

export interface ActivateOptions extends ApproveOptions {
  from?: string;
}

export async function activateVersion(text: string, options: ActivateOptions, io: Io): Promise<number> {
  const of = versionName(text);
  const { from, override } = options;
  const given: Activation = {
    ...(from !== undefined && { effectiveFrom: from }),
    ...(override !== undefined && { override }),
  };
  const view = await withPolicies(options, io, (desk) => desk.activate(of, given));
  answer(io, options, view, [stateLine(view)]);
  return exitCodes.ok;
}

export interface RollbackOptions extends Reaching {
  reason?: string;
}

export async function rollBack(text: string, options: RollbackOptions, io: Io): Promise<number> {
  const to = versionName(text);
  const view = await withPolicies(options, io, (desk) => desk.rollback(to, options.reason));
  answer(io, options, view, [`${nameOf(view)} has taken over what ${text} was`, stateLine(view)]);
  return exitCodes.ok;
}

export interface ShadowOptions extends Reaching {
  off?: boolean;
}

export async function shadowVersion(text: string, options: ShadowOptions, io: Io): Promise<number> {
  const of = versionName(text);
  const view = await withPolicies(options, io, (desk) => desk.shadow(of, options.off !== true));
  const running = view.shadow?.running === true;
  const where = `/v1/policies/${view.policy}/versions/${view.version}/shadow`;
  answer(io, options, view, [
    running
      ? `${nameOf(view)} decides beside the version in force from now on; what it decides otherwise stands at ${where}`
      : `${nameOf(view)} does not decide beside the version in force`,
  ]);
  return exitCodes.ok;
}

export async function diffVersions(before: string, after: string, options: Reaching, io: Io): Promise<number> {
  const [from, to] = [versionName(before), versionName(after)];
  if (from.policy !== to.policy) throw new WrongUsage(`${before} and ${after} are versions of different policies`);
  const progress = showProgress(io, options, 'comparing');
  const diff = await withPolicies(options, io, async (desk) => {
    for (;;) {
      const found = await desk.diff(from, to.version);
      if (found.state === 'done') return found as unknown as DiffView;
      progress.at(found.progress);
      await pause(io);
    }
  }).finally(progress.end);
  answer(io, options, { before, after, ...diff }, diffLines(diff, from));
  return exitCodes.ok;
}

function diffLines({ verdict, parts }: DiffView, { policy }: VersionName): string[] {
  const a = policy === 'returns' ? 'a return' : 'an order';
  const shown = parts.map(({ changes, ...part }) => ({
    ...part,
    changes: changes.map(({ facts, ...change }) => ({ ...change, facts: {}, unusual: Object.entries(facts) })),
  }));
  return [
    ...shown.flatMap((part) => partLines(part as unknown as Parameters<typeof partLines>[0], a)),
    verdict === 'equivalent' ? 'both versions decide everything alike (proved)' : `the versions are ${verdict}`,
  ];
}

const nameOf = ({ policy, version }: VersionName): string => `${policy}@${version}`;

function stateLine(view: PolicyVersionView): string {
  const from = view.state === 'scheduled' ? ` for ${view.effectiveFrom}` : '';
  return `${nameOf(view)} is ${view.state}${from}`;
}
