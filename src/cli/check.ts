// syncline check: what maps where, what is worth a look, and everything that is wrong, in one go.
import { ConfigFaults, type SystemConfig } from '../config.ts';
import { type ConnectorPackage, packageDoubts } from '../config-connectors.ts';
import type { NamedDocuments } from '../config-fault.ts';
import { operationWarnings } from '../connector/operations.ts';
import { abilities, isMapped } from '../connector/registry.ts';
import { type Documents, loadDocuments } from '../core/documents.ts';
import { loadPolicyDocuments, type PolicyDocuments, type RoutingDocuments } from '../core/policy-documents.ts';
import { reportOf, reportText } from '../mapping/report.ts';
import { exitCodes, faultLine, shortPath, type ToldFault } from './failure.ts';
import { answer, type Common, type Io } from './io.ts';
import { readConfig } from './reach.ts';

export interface CheckOptions extends Common {
  /** Faults only. */
  quiet?: boolean;
}

interface Checked {
  faults: ToldFault[];
  /** Beside those of the documents. */
  warnings?: ToldFault[];
  documents?: Documents;
  policy?: PolicyDocuments;
  packages?: PackageView[];
}

/** A connector that came with an npm package. */
interface PackageView {
  package: string;
  version: string;
  connector: string;
  /** Cases of the contract suite that its reports say were kept. */
  kept: number;
}

/** Faults are what was asked for: they stand in the answer, and in the exit code. */
export async function check(options: CheckOptions, io: Io): Promise<number> {
  const { faults, documents, policy, warnings: more = [], packages = [] } = await findFaults(options, io);
  const warnings = distinct([...(documents?.warnings ?? []), ...(policy?.warnings ?? []), ...more], io.folder);
  const policies = policy?.routing ? [policyView(policy.routing, io.folder)] : [];
  const reports = (documents?.documents ?? []).map((one) => reportOf({ ...one, file: shortPath(one.file, io.folder) }));
  const told = {
    ...(!options.quiet && {
      ...(packages.length > 0 && { connectors: packages }),
      mappings: reports,
      ...(policy && { policies }),
      warnings,
    }),
    faults,
  };
  answer(io, options, told, [
    ...(options.quiet ? [] : packages.flatMap((one) => [packageLine(one), ''])),
    ...(options.quiet ? [] : reports.flatMap((report) => [...reportText(report), ''])),
    ...(options.quiet ? [] : policies.flatMap((one) => [policyLine(one), ''])),
    ...(options.quiet ? [] : warnings.map((one) => `warning: ${faultLine(one, io.folder)}`)),
    ...faults.map((one) => `fault: ${faultLine(one, io.folder)}`),
    ...(options.quiet
      ? []
      : [
          summary({
            mappings: reports.length,
            policies: policy && policies.length,
            warnings: warnings.length,
            faults: faults.length,
          }),
        ]),
  ]);
  return faults.length > 0 ? exitCodes.failed : exitCodes.ok;
}

async function findFaults(options: CheckOptions, io: Io): Promise<Checked> {
  try {
    const { file, mappings, systems, policies, packages = [] } = await readConfig(options, io);
    const documents = await loadDocuments({
      mappings,
      systems: systems
        .filter(isMapped)
        .map(({ id, connector, overlays }) => ({ id, connector: connector.name, overlays })),
      configFile: file,
    });
    const reach = {
      systems: systems.map(({ id, connector, settings }) => ({ id, ...abilities(connector, settings) })),
      mappings: documents.mappings,
    };
    const policy = policies && (await loadPolicyDocuments(policies.folder, reach));
    return {
      faults: [...documents.faults, ...(policy?.faults ?? [])],
      warnings: [...systems.flatMap((one) => doubtsOf(one, file)), ...packages.flatMap((one) => unproved(one, file))],
      documents,
      ...(policy && { policy }),
      packages: packages.map(({ connector, proof, ...one }) => ({
        ...one,
        connector: connector.name,
        kept: proof.kept,
      })),
    };
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return withDocuments(error);
  }
}

const doubtsOf = ({ id, connector }: SystemConfig, file: string): ToldFault[] =>
  operationWarnings(connector).map((message) => ({ file, path: `systems.${id}`, message }));

const unproved = (one: ConnectorPackage, file: string): ToldFault[] =>
  packageDoubts(one).map((message) => ({ file, path: 'connectors', message }));

/** The documents that a faulty configuration names are looked at all the same. */
async function withDocuments({ file, faults, documents: named }: ConfigFaults): Promise<Checked> {
  const ofConfig = faults.map((fault) => ({ file, ...fault }));
  const documents = named && (await loadNamed(named, file));
  return { faults: [...ofConfig, ...(documents?.faults ?? [])], ...(documents && { documents }) };
}

const loadNamed = (named: NamedDocuments, configFile: string): Promise<Documents> =>
  loadDocuments({ ...named, configFile });

/** Systems may share a document. */
function distinct(faults: readonly ToldFault[], folder: string): ToldFault[] {
  return [...new Map(faults.map((fault) => [faultLine(fault, folder), fault])).values()];
}

const counted = (count: number, what: string): string =>
  `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;

interface Counts {
  mappings: number;
  /** Absent where the configuration names none. */
  policies: number | undefined;
  warnings: number;
  faults: number;
}

function summary({ mappings, policies, warnings, faults }: Counts): string {
  const ofPolicies = policies === undefined ? [] : [policies === 1 ? '1 policy' : 'no policy'];
  return [counted(mappings, 'mapping'), ...ofPolicies, counted(warnings, 'warning'), counted(faults, 'fault')].join(
    ', ',
  );
}

const packageLine = ({ package: name, version, connector, kept }: PackageView): string =>
  `connector ${connector} (npm package ${name} ${version}${kept > 0 ? `; ${kept} cases of the contract kept` : ''})`;

const policyView = ({ file, policy, warehouses }: RoutingDocuments, folder: string) => ({
  policy: 'routing',
  file: shortPath(file, folder),
  rules: policy.rules.map(({ id }) => id),
  reads: policy.reads.map(({ path }) => path),
  warehouses: warehouses.map(({ id }) => id),
});

const policyLine = ({ file, rules, reads, warehouses }: ReturnType<typeof policyView>): string =>
  `routing policy (${file})\n  rules       ${rules.join(', ')}\n  reads       ${reads.join(', ')}\n  warehouses  ${warehouses.join(', ')}`;
