// The policy documents of an installation: read, checked, all faults at once.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Fault } from '../mapping/fault.ts';
import { checkPolicy } from '../policy/analysis/check-policy.ts';
import type { Fault as PolicyFault } from '../policy/fault.ts';
import { checkReturnsPolicy } from '../policy/returns/analysis/check-policy.ts';
import { loadReturnsPolicy } from '../policy/returns/load.ts';
import type { ReturnsPolicy } from '../policy/returns/policy.ts';
import { loadRoutingPolicy } from '../policy/routing/load.ts';
import type { RoutingPolicy } from '../policy/routing/policy.ts';
import { loadWarehouses, type Warehouse } from '../policy/warehouses.ts';
import { findingsOfReach, findingsOfReturns, type Reach } from './policy-reach.ts';

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

export interface ReturnsDocument {
  file: string;
  policy: ReturnsPolicy;
  document: string;
  digest: string;
}

export interface PolicyDocuments {
  /** Absent with faults. */
  routing?: RoutingDocuments;
  /** Absent with faults, and where there is no such file. */
  returns?: ReturnsDocument;
  faults: Fault[];
  warnings: Fault[];
}

/**
 * Never rejects for what stands in a document.
 * @param reach without it nothing is proved, and nobody looks whether what it makes happen arrives anywhere: for documents
 * that were checked before
 */
export async function loadPolicyDocuments(folder: string, reach?: Reach): Promise<PolicyDocuments> {
  const [routing, returns] = await Promise.all([loadRouting(folder, reach), loadReturns(folder, reach)]);
  return {
    ...routing,
    ...returns,
    faults: [...routing.faults, ...returns.faults],
    warnings: [...routing.warnings, ...returns.warnings],
  };
}

async function loadReturns(folder: string, reach?: Reach): Promise<PolicyDocuments> {
  const file = join(folder, 'returns.yaml');
  const document = await readText(file);
  if (document === undefined) return { faults: [], warnings: [] };
  const loaded = loadReturnsPolicy(document);
  if ('faults' in loaded) return { faults: inFile(file, loaded.faults), warnings: [] };
  const findings = reach ? checkReturnsPolicy(loaded.policy) : [];
  const joined = reach ? findingsOfReturns(loaded.policy, file, reach) : { faults: [], warnings: [] };
  const of = (wanted: string) =>
    inFile(
      file,
      findings.filter(({ severity }) => severity === wanted),
    );
  const returns = { file, policy: loaded.policy, document, digest: digestOf(document, '') };
  return {
    returns,
    faults: [...of('error'), ...joined.faults],
    warnings: [...of('warning'), ...joined.warnings],
  };
}

async function loadRouting(folder: string, reach?: Reach): Promise<PolicyDocuments> {
  const [file, stock] = [join(folder, 'routing.yaml'), join(folder, 'warehouses.yaml')];
  const [document, warehousesDocument] = await Promise.all([readText(file), readText(stock)]);
  const read = warehousesDocument === undefined ? missing(stock) : loadWarehouses(warehousesDocument);
  const warehouses = 'warehouses' in read ? read.warehouses : undefined;
  const ids = warehouses?.map(({ id }) => id);
  const loaded = document === undefined ? missing(file) : loadRoutingPolicy(document, { warehouses: ids });
  const faults = [
    ...('faults' in loaded ? inFile(file, loaded.faults) : []),
    ...('faults' in read ? inFile(stock, read.faults) : []),
  ];
  if ('faults' in loaded || !warehouses || document === undefined || warehousesDocument === undefined)
    return { faults, warnings: [] };
  const digest = digestOf(document, warehousesDocument);
  const routing = { file, policy: loaded.policy, warehouses, document, warehousesDocument, digest };
  return { routing, ...(reach ? checked(routing, reach) : { faults: [], warnings: [] }) };
}

function checked({ policy, file }: RoutingDocuments, reach: Reach): Pick<PolicyDocuments, 'faults' | 'warnings'> {
  const findings = checkPolicy(policy);
  const of = (wanted: string) => findings.filter(({ severity }) => severity === wanted);
  const joined = findingsOfReach(policy, file, reach);
  return {
    faults: [...inFile(file, of('error')), ...joined.faults],
    warnings: [...inFile(file, of('warning')), ...joined.warnings],
  };
}

/** The same documents are the same version. */
export const digestOf = (text: string, stockText: string): string =>
  createHash('sha256')
    .update(JSON.stringify([text, stockText]))
    .digest('hex');

const missing = (file: string): { faults: PolicyFault[] } => ({
  faults: [
    {
      path: '',
      message: `there is no such file; \`policies:\` in syncline.yaml names the folder of ${basename(file)}`,
    },
  ],
});

/** The check and the rule that a fault is about stand before its words. */
const inFile = (file: string, faults: readonly PolicyFault[]): Fault[] =>
  faults.map(({ path, message, suggestion, check }) => ({
    file,
    path,
    message: check === undefined ? message : `${message} [${check}]`,
    ...(suggestion !== undefined && { suggestion }),
  }));

/** @returns undefined where there is no such file */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
