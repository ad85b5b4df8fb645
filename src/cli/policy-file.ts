// The policy documents that a command names, or those of the configuration, read with the warehouses that they may lock.
import { dirname, join, resolve } from 'node:path';
import { readText } from '../core/policy-documents.ts';
import { isTree } from '../model/own.ts';
import type { Fault } from '../policy/fault.ts';
import { loadReturnsPolicy } from '../policy/returns/load.ts';
import { loadRoutingPolicy } from '../policy/routing/load.ts';
import { type SoundPolicy, SoundReturns, SoundRouting } from '../policy/sound-policy.ts';
import { loadWarehouses } from '../policy/warehouses.ts';
import { readYaml } from '../policy/yaml-source.ts';
import { Failure, shortPath, type ToldFault } from './failure.ts';
import type { Common, Io } from './io.ts';
import { readConfig } from './reach.ts';

export interface PolicyOptions extends Common {
  /** Where it is not beside the policy. */
  warehouses?: string;
}

/** The fault of a policy, with the check that found it and the rule that it is about. */
export type PolicyFault = ToldFault & Pick<Fault, 'check' | 'rule'>;

/** @returns the place of routing.yaml in the folder that the configuration names, unless a file is named */
export async function policyPlace(named: string | undefined, options: PolicyOptions, io: Io): Promise<string> {
  if (named !== undefined) return resolve(io.folder, named);
  const { policies, folder } = await readConfig(options, io);
  return join(policies?.folder ?? join(folder, 'policies'), 'routing.yaml');
}

/** @param beside the routing policy whose folder holds warehouses.yaml */
export async function loadPolicyFile(
  file: string,
  options: PolicyOptions,
  io: Io,
  beside = file,
): Promise<{ policy: SoundPolicy } | { faults: PolicyFault[] }> {
  const text = await readText(file);
  return text !== undefined && isReturnsPolicy(text)
    ? loadReturns(text, file)
    : loadRouting(text, { file, beside }, options, io);
}

/** By its first word; of a text that does not say, routing tells what is wrong. */
function isReturnsPolicy(text: string): boolean {
  const source = readYaml(text);
  const tree: unknown = 'tree' in source ? source.tree : undefined;
  return isTree(tree) && (tree.policy as unknown) === 'returns';
}

function loadReturns(text: string, file: string): { policy: SoundPolicy } | { faults: PolicyFault[] } {
  const loaded = loadReturnsPolicy(text);
  return 'policy' in loaded ? { policy: new SoundReturns(loaded.policy) } : { faults: inFile(loaded.faults, file) };
}

async function loadRouting(
  text: string | undefined,
  { file, beside }: { file: string; beside: string },
  { warehouses: named }: PolicyOptions,
  io: Io,
): Promise<{ policy: SoundPolicy } | { faults: PolicyFault[] }> {
  const stock = named === undefined ? join(dirname(beside), 'warehouses.yaml') : resolve(io.folder, named);
  const stockText = await readText(stock);
  const read =
    stockText === undefined
      ? noFile('write it, or name another with --warehouses <file>: it lists what rules may lock')
      : loadWarehouses(stockText);
  if (text === undefined) return { faults: inFile(noFile('name another').faults, file) };
  // Without warehouses every lock would be a fault that is only a consequence; the others are told all the same.
  const warehouses = 'warehouses' in read ? read.warehouses.map(({ id }) => id) : undefined;
  const loaded = loadRoutingPolicy(text, { warehouses });
  const faults = [
    ...('faults' in read ? inFile(read.faults, stock) : []),
    ...('faults' in loaded ? inFile(loaded.faults, file) : []),
  ];
  return 'policy' in loaded && faults.length === 0 ? { policy: new SoundRouting(loaded.policy) } : { faults };
}

/** @throws Failure with every fault of the document */
export async function soundPolicy(file: string, options: PolicyOptions, io: Io, beside = file): Promise<SoundPolicy> {
  const loaded = await loadPolicyFile(file, options, io, beside);
  if ('policy' in loaded) return loaded.policy;
  const { faults } = loaded;
  throw new Failure(
    `${shortPath(file, io.folder)} has ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}`,
    faults,
  );
}

const noFile = (hint: string): { faults: Fault[] } => ({
  faults: [{ path: '', message: `there is no such file; ${hint}` }],
});

const inFile = (faults: readonly Fault[], file: string): PolicyFault[] => faults.map((fault) => ({ file, ...fault }));
