// syncline check: what maps where, what is worth a look, and everything that is wrong, in one go.
import { ConfigFaults } from '../config.ts';
import type { NamedDocuments } from '../config-fault.ts';
import { type Documents, loadDocuments } from '../core/documents.ts';
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
  documents?: Documents;
}

/** Faults are what was asked for: they stand in the answer, and in the exit code. */
export async function check(options: CheckOptions, io: Io): Promise<number> {
  const { faults, documents } = await findFaults(options, io);
  const warnings = distinct(documents?.warnings ?? [], io.folder);
  const reports = (documents?.documents ?? []).map((one) => reportOf({ ...one, file: shortPath(one.file, io.folder) }));
  const told = {
    ...(!options.quiet && { mappings: reports, warnings }),
    faults,
  };
  answer(io, options, told, [
    ...(options.quiet ? [] : reports.flatMap((report) => [...reportText(report), ''])),
    ...(options.quiet ? [] : warnings.map((one) => `warning: ${faultLine(one, io.folder)}`)),
    ...faults.map((one) => `fault: ${faultLine(one, io.folder)}`),
    ...(options.quiet ? [] : [summary({ mappings: reports.length, warnings: warnings.length, faults: faults.length })]),
  ]);
  return faults.length > 0 ? exitCodes.failed : exitCodes.ok;
}

async function findFaults(options: CheckOptions, io: Io): Promise<Checked> {
  try {
    const { file, mappings, systems } = await readConfig(options, io);
    const documents = await loadDocuments({
      mappings,
      systems: systems.map(({ id, connector, overlays }) => ({ id, connector: connector.name, overlays })),
      configFile: file,
    });
    return { faults: documents.faults, documents };
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return withDocuments(error);
  }
}

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

const summary = ({ mappings, warnings, faults }: { mappings: number; warnings: number; faults: number }): string =>
  `${counted(mappings, 'mapping')}, ${counted(warnings, 'warning')}, ${counted(faults, 'fault')}`;
