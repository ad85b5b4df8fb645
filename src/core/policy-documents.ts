// The policy documents of an installation: read, checked, all faults at once.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../mapping/fault.ts';
import { checkPolicy } from '../policy/analysis/check-policy.ts';
import type { Fault as PolicyFault } from '../policy/fault.ts';
import { loadRoutingPolicy } from '../policy/routing/load.ts';
import type { RoutingPolicy } from '../policy/routing/policy.ts';
import { loadWarehouses, type Warehouse } from '../policy/warehouses.ts';
import { findingsOfReach, type Reach } from './policy-reach.ts';

export interface RoutingDocuments {
  /** Where the policy stands. */
  file: string;
  policy: RoutingPolicy;
  warehouses: readonly Warehouse[];
  /** As they stand in the files. */
  document: string;
  warehousesDocument: string;
  /** Of both texts: the same digest is the same version. */
  digest: string;
}

export interface PolicyDocuments {
  /** Absent with faults. */
  routing?: RoutingDocuments;
  faults: Fault[];
  warnings: Fault[];
}

/**
 * Never rejects for what stands in a document.
 * @param reach without it nobody looks whether its effects arrive anywhere
 */
export async function loadPolicyDocuments(folder: string, reach?: Reach): Promise<PolicyDocuments> {
  const [file, stock] = [join(folder, 'routing.yaml'), join(folder, 'warehouses.yaml')];
  const [text, stockText] = await Promise.all([readText(file), readText(stock)]);
  const faults: Fault[] = [];
  if (text === undefined) faults.push(missing(file));
  if (stockText === undefined) faults.push(missing(stock));
  const stockRead = stockText === undefined ? undefined : loadWarehouses(stockText);
  const known = stockRead && 'warehouses' in stockRead ? stockRead.warehouses : undefined;
  if (stockRead && 'faults' in stockRead) faults.push(...inFile(stock, stockRead.faults));
  const loaded = text === undefined ? undefined : loadRoutingPolicy(text, { warehouses: known?.map(({ id }) => id) });
  if (loaded && 'faults' in loaded) faults.push(...inFile(file, loaded.faults));
  if (!loaded || 'faults' in loaded || !known || text === undefined || stockText === undefined)
    return { faults, warnings: [] };
  const findings = checkPolicy(loaded.policy);
  const of = (wanted: string) =>
    inFile(
      file,
      findings.filter(({ severity }) => severity === wanted),
    );
  const digest = digestOf(text, stockText);
  const joined = reach ? findingsOfReach(loaded.policy, file, reach) : { faults: [], warnings: [] };
  const routing = {
    file,
    policy: loaded.policy,
    warehouses: known,
    document: text,
    warehousesDocument: stockText,
    digest,
  };
  return {
    routing,
    faults: [...of('error'), ...joined.faults],
    warnings: [...of('warning'), ...joined.warnings],
  };
}

const digestOf = (text: string, stockText: string): string =>
  createHash('sha256')
    .update(JSON.stringify([text, stockText]))
    .digest('hex');

const missing = (file: string): Fault => ({
  file,
  path: '',
  message: 'there is no such file; `policies:` in syncline.yaml names its folder',
});

/** The check and the rule that a fault is about stand before its words. */
const inFile = (file: string, faults: readonly PolicyFault[]): Fault[] =>
  faults.map(({ path, message, suggestion, check }) => ({
    file,
    path,
    message: check === undefined ? message : `${message} [${check}]`,
    ...(suggestion !== undefined && { suggestion }),
  }));

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
