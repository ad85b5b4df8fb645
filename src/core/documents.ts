// Loads every document of an installation: the mappings of its systems and who may change what, all faults at once.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean, type Fault } from '../mapping/fault.ts';
import { type LoadedMapping, loadMappings, type MappedSystem } from '../mapping/load.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { type DocumentFault, defaultPolicy, parseMergeDocument } from '../merge/document.ts';
import type { MergePolicy } from '../merge/types.ts';
import { joinPath } from '../model/document-places.ts';
import { isRecordType, type RecordType, recordTypes } from '../model/records.ts';

export interface DocumentsOptions {
  /** Folder of the mapping and merge documents. */
  mappings: string;
  systems: readonly MappedSystem[];
  /** Named in faults of what the configuration lays over mappings. */
  configFile: string;
}

export interface Documents {
  mappings: Map<string, Map<RecordType, Mapping>>;
  policies: Map<RecordType, MergePolicy>;
  recompile(document: string): Mapping | undefined;
  faults: Fault[];
  warnings: Fault[];
  /** Every mapping that could be planned, faulty ones too: what a report is made of. */
  documents: LoadedMapping[];
}

/** Never rejects for what stands in a document. */
export async function loadDocuments({ mappings, systems, configFile }: DocumentsOptions): Promise<Documents> {
  const names = await readdir(mappings).catch(() => undefined);
  if (!names) return nothing({ file: mappings, path: '', message: 'there is no such folder; `mappings:` names it' });
  const merge = await loadMergeDocuments(mappings, names);
  const writersOf = (record: RecordType, path: string) =>
    merge.unread.has(record) ? undefined : (merge.policies.get(record) ?? defaultPolicy(record)).unitOf(path).writers;
  const loaded = await loadMappings(mappings, systems, { writersOf, configFile });
  return { ...loaded, policies: merge.policies, faults: [...loaded.faults, ...merge.faults] };
}

const nothing = (fault: Fault): Documents => ({
  mappings: new Map(),
  policies: new Map(),
  recompile: () => undefined,
  faults: [fault],
  warnings: [],
  documents: [],
});

interface MergeDocuments {
  policies: Map<RecordType, MergePolicy>;
  /** Types whose document has faults: who may write them is not known. */
  unread: Set<RecordType>;
  faults: Fault[];
}

const fileName = /^(.*)\.merge\.ya?ml$/;

async function loadMergeDocuments(folder: string, names: readonly string[]): Promise<MergeDocuments> {
  const loaded: MergeDocuments = { policies: new Map(), unread: new Set(), faults: [] };
  const files = new Map<RecordType, string>();
  for (const name of [...names].sort()) {
    const stem = fileName.exec(name)?.[1];
    if (stem === undefined) continue;
    const file = join(folder, name);
    const tell = (path: string, message: string, suggestion?: string): void => {
      loaded.faults.push({ file, path, message, ...(suggestion !== undefined && { suggestion }) });
    };
    const other = isRecordType(stem) && files.get(stem);
    if (!isRecordType(stem)) tell('', 'is not named after a record type', didYouMean(stem, recordTypes));
    else if (other) tell('', `is a second document of ${stem}; ${other} is there already`);
    else {
      files.set(stem, name);
      readMergeDocument(stem, await readFile(file, 'utf8'), { loaded, tell });
    }
  }
  return loaded;
}

function readMergeDocument(
  record: RecordType,
  text: string,
  { loaded, tell }: { loaded: MergeDocuments; tell: (path: string, message: string) => void },
): void {
  const read = parseMergeDocument(text, syntaxMark);
  if ('faults' in read) {
    loaded.unread.add(record);
    for (const fault of read.faults) tell(...placed(fault));
  } else if (read.policy.record !== record) {
    loaded.unread.add(record);
    tell('record', `is ${read.policy.record}, and the file is named after ${record}`);
  } else loaded.policies.set(record, read.policy);
}

/** Stands where the parser would name the file, before the line of a fault in the YAML itself. */
const syntaxMark = 'line';
const syntaxFault = /^line:(\d+): (.*)$/s;

/** As the faults of mappings are told: `units.shipTo.writers[1]`, or the line where there is no document yet. */
function placed({ path, message }: DocumentFault): [path: string, message: string] {
  const [, line, rest = ''] = (path === '' && syntaxFault.exec(message)) || [];
  if (line !== undefined) return [`line ${line}`, rest.replace(/ at line \d+, column \d+:$/, '')];
  const segments = path.split('/').slice(1);
  const named = segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  return [named.reduce((place, name) => joinPath(place, /^\d+$/.test(name) ? `[${name}]` : name), ''), message];
}

/** Every fault of the mapping, merge and policy documents. */
export class DocumentFaults extends Error {
  /** Plain data: they are told in the other thread. */
  readonly faults: Fault[];
  constructor(faults: Fault[]) {
    super(`the documents have ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`);
    this.name = 'DocumentFaults';
    this.faults = faults;
  }
}
