// Versions of the routing policy in the store: a file that differs from the version in force becomes the next one.
import { type ActiveRouting, activeRouting } from '../policy/routing/active.ts';
import { loadRoutingPolicy } from '../policy/routing/load.ts';
import { loadWarehouses } from '../policy/warehouses.ts';
import type { PolicyRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { RoutingDocuments } from './policy-documents.ts';

const name = 'routing';
/** Who makes versions of files. */
const byStart = 'start';

/**
 * @param activate `manual`: a file that differs is kept as a draft, and what was in force stays so
 * @returns the version in force; undefined where none ever was
 */
export async function versionInForce(
  store: Store,
  { policy, warehouses, document, warehousesDocument, digest }: RoutingDocuments,
  { activate, now }: { activate: 'on_start' | 'manual'; now: number },
): Promise<ActiveRouting | undefined> {
  const versions = await store.policies(name);
  const active = versions.find(({ state }) => state === 'active');
  if (active?.digest === digest) return activeRouting(policy, active.version, warehouses);
  const version = (versions.at(-1)?.version ?? 0) + 1;
  const made: PolicyRow = {
    ...{ policy: name, version, digest, document, warehouses: warehousesDocument, createdAt: now, createdBy: byStart },
    state: activate === 'on_start' ? 'active' : 'draft',
  };
  const audit = (action: string) => ({
    at: now,
    actor: byStart,
    action,
    target: `${name}@${version}`,
    recordId: null,
    detail: {},
  });
  if (activate === 'manual') {
    if (versions.at(-1)?.digest !== digest) await store.savePolicies([made], audit('policy.create'));
    return active && compileVersion(active);
  }
  const retired = active ? [{ ...active, state: 'retired' as const }] : [];
  await store.savePolicies([...retired, made], audit('policy.activate'));
  return activeRouting(policy, version, warehouses);
}

/** @throws Error where its text is none for this program */
export function compileVersion({ version, document, warehouses: stock }: PolicyRow): ActiveRouting {
  const warehouses = loadWarehouses(stock);
  if ('faults' in warehouses) throw unreadable(version, warehouses.faults);
  const loaded = loadRoutingPolicy(document, { warehouses: warehouses.warehouses.map(({ id }) => id) });
  if ('faults' in loaded) throw unreadable(version, loaded.faults);
  return activeRouting(loaded.policy, version, warehouses.warehouses);
}

const unreadable = (version: number, faults: readonly { path: string; message: string }[]): Error =>
  new Error(
    `version ${version} of the policy ${name} cannot be read by this program: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
  );
