// A version that is handed in: a document as text or as a tree, with the warehouses that it may lock; every fault by its place.
import type { Fault as PolicyFault } from '../../policy/fault.ts';
import type { PolicyTexts } from '../../policy/sound-policy.ts';
import type { PolicyRow } from '../../store/rows.ts';
import type { Fault } from '../core.ts';
import { digestOf } from '../policy-documents.ts';
import { invalid } from '../problem.ts';
import type { NewVersion } from './life.ts';
import type { Work } from './work.ts';

export interface Given {
  document: unknown;
  /** Else those of the newest version. */
  warehouses?: unknown;
}

/** @throws ProblemError 400 with every fault */
export async function readNewVersion(
  policy: string,
  { document, warehouses }: Given,
  versions: readonly PolicyRow[],
  work: Work,
): Promise<NewVersion> {
  const texts: PolicyTexts = {
    policy,
    document: textOf(document),
    warehouses: warehouses === undefined ? (versions.at(-1)?.warehouses ?? '') : textOf(warehouses),
  };
  const loaded = await work.load(texts);
  if ('faults' in loaded) throw invalid(faultsOf(loaded));
  return {
    ...{ document: texts.document, warehouses: texts.warehouses },
    ...{ digest: digestOf(texts.document, texts.warehouses), effective: loaded.effective },
  };
}

/** JSON is YAML. */
const textOf = (given: unknown): string => (typeof given === 'string' ? given : JSON.stringify(given, null, 2));

const faultsOf = ({ faults, warehouseFaults }: { faults: PolicyFault[]; warehouseFaults: PolicyFault[] }): Fault[] => [
  ...faults.map((fault) => faultView('/document', fault)),
  ...warehouseFaults.map((fault) => faultView('/warehouses', fault)),
];

/** The rule and the next step stand in the words, the check behind them. */
function faultView(base: string, { path, message, suggestion, check, rule }: PolicyFault): Fault {
  const line = /^line (\d+|\?)$/.exec(path)?.[0];
  const said = [
    ...[line && `${line}: `, rule !== undefined && `${rule}: `, message],
    ...[suggestion !== undefined && ` (${suggestion})`, check !== undefined && ` [${check}]`],
  ];
  return { path: line === undefined ? pointer(base, path) : base, message: said.filter(Boolean).join('') };
}

/** `tiers[1].rules[0].when` → `/tiers/1/rules/0/when` */
const pointer = (base: string, path: string): string =>
  path === '' ? base : `${base}/${path.replaceAll(/\[(\d+)\]/g, '.$1').replaceAll('.', '/')}`;
