// Versions of policies at the start: a file that differs becomes the next one; and the version in force, ready to decide.

import { type Force, intervalOf } from '../policy/effective.ts';
import type { ActiveReturns } from '../policy/returns/active.ts';
import { loadReturnsPolicy } from '../policy/returns/load.ts';
import { type ActiveRouting, activeRouting, type RoutingInForce, routingInForce } from '../policy/routing/active.ts';
import { loadRoutingPolicy } from '../policy/routing/load.ts';
import { loadWarehouses } from '../policy/warehouses.ts';
import type { PolicyRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { lastInForce, takeFile } from './policies/life.ts';
import type { ReturnsDocument, RoutingDocuments } from './policy-documents.ts';
import { ProblemError } from './problem.ts';

/** Who makes versions of files. */
export const byStart = 'start';

export interface StartOptions {
  /** `manual`: a file that differs is kept as a draft, and what was in force stays so */
  activate: 'on_start' | 'manual';
  now: number;
}

/**
 * @returns the versions in force, or the one that was last: what it decided lives on; undefined where there was none
 * @throws Error where the file may not be in force beside the other versions
 */
export async function versionsInForce(
  store: Store,
  { policy, document, warehousesDocument: warehouses, digest }: RoutingDocuments,
  options: StartOptions,
): Promise<RoutingInForce | undefined> {
  const made = { digest, document, warehouses, effective: intervalOf(policy) };
  const last = await takeIn(store, 'routing', made, options);
  const active = (await store.policies('routing')).filter(({ state }) => state === 'active');
  const versions = active.length > 0 || !last ? active : [last];
  return versions.length > 0 ? routingInForce(versions.map(compileVersion)) : undefined;
}

/** As for the routing policy. Without a file what was activated by other ways counts; with the file goes what it said. */
export async function returnsInForce(
  store: Store,
  found: ReturnsDocument | undefined,
  options: StartOptions,
): Promise<PolicyRow | undefined> {
  if (!found) {
    const versions = await store.policies('returns');
    const last = versions.find(({ state }) => state === 'active') ?? lastInForce(versions);
    return last?.createdBy === byStart ? undefined : last;
  }
  const { policy, document, digest } = found;
  return takeIn(store, 'returns', { digest, document, warehouses: '', effective: intervalOf(policy) }, options);
}

async function takeIn(
  store: Store,
  policy: string,
  made: Parameters<typeof takeFile>[1],
  { activate, now }: StartOptions,
): Promise<PolicyRow | undefined> {
  const doing = { policy, at: now, by: byStart, approval: 'none' as const };
  try {
    const active = await store.changePolicy(policy, (versions) => takeFile(versions, made, activate, doing));
    return active ?? lastInForce(await store.policies(policy));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new Error(`${policy}.yaml cannot be taken in: ${error.problem.detail}`);
  }
}

/** @throws Error where its text is none for this program */
export function compileVersion(row: PolicyRow): ActiveRouting {
  const { version, document, warehouses: stock } = row;
  const warehouses = loadWarehouses(stock);
  if ('faults' in warehouses) throw unreadable(version, warehouses.faults);
  const loaded = loadRoutingPolicy(document, { warehouses: warehouses.warehouses.map(({ id }) => id) });
  if ('faults' in loaded) throw unreadable(version, loaded.faults);
  return { ...activeRouting(loaded.policy, version, warehouses.warehouses), ...forceOf(row) };
}

/** @throws Error where its text is none for this program */
export function compileReturns(row: PolicyRow): ActiveReturns {
  const { version, document } = row;
  const loaded = loadReturnsPolicy(document);
  if ('faults' in loaded) throw unreadable(version, loaded.faults, 'returns');
  return { policy: loaded.policy, version, ...forceOf(row) };
}

/** As it is stored: a rollback takes over a document, and not the dates in it. */
const forceOf = ({ effectiveUntil: until }: PolicyRow): Force => (until === null ? {} : { until });

const unreadable = (version: number, faults: readonly { path: string; message: string }[], name = 'routing'): Error =>
  new Error(
    `version ${version} of the policy ${name} cannot be read by this program: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
  );
