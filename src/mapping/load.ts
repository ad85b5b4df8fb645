// Finds and loads the mappings of every system, and checks each system's mappings against each other.
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { RecordType } from '../model/records.ts';
import { allPairs, type Planned, type WritersOf } from './check.ts';
import type { Codecs } from './codecs.ts';
import { compileMapping } from './compile.ts';
import { loadCodecs } from './custom-codecs.ts';
import { readDocumentFile } from './document-file.ts';
import { didYouMean, type Fault, faultText } from './fault.ts';
import type { Mapping } from './mapping.ts';
import { goesOut, type PlannedPair } from './plan.ts';

export interface MappedSystem {
  id: string;
  connector: string;
  /** `systems.<id>.mappings` of the configuration: record → pairs (or a partial document) laid over the file's. */
  overlays?: Readonly<Record<string, unknown>>;
}

export interface LoadOptions {
  writersOf?: WritersOf;
  /** Name of the configuration file, for faults in overlays. */
  configFile?: string;
}

/** One mapping as it was loaded, for the report. */
export interface LoadedMapping {
  system: string;
  file: string;
  planned: Planned;
  unmapped: string[];
  mapping?: Mapping;
}

export interface Loaded {
  mappings: Map<string, Map<RecordType, Mapping>>;
  /** Every document that could be planned, faulty ones too. */
  documents: LoadedMapping[];
  /** Compiles a document that was in force, with the codecs of today; undefined where they do not know it any more. */
  recompile(document: string): Mapping | undefined;
  faults: Fault[];
  warnings: Fault[];
}

export async function loadMappings(
  folder: string,
  systems: readonly MappedSystem[],
  options: LoadOptions = {},
): Promise<Loaded> {
  const faults: Fault[] = [];
  const codecs = await loadCodecs(folder, faults);
  const recompile = (document: string) =>
    compileMapping(JSON.parse(document), { file: 'the mapping in force', codecs }).mapping;
  const loaded: Loaded = { mappings: new Map(), documents: [], recompile, faults, warnings: [] };
  for (const system of systems) {
    const own = await loadSystem(folder, system, { codecs, options, loaded });
    checkParking(own, loaded.faults);
    loaded.documents.push(...own);
    loaded.mappings.set(
      system.id,
      new Map(own.flatMap(({ mapping }) => (mapping ? [[mapping.record, mapping] as const] : []))),
    );
  }
  return loaded;
}

interface Context {
  codecs: Codecs;
  options: LoadOptions;
  loaded: Loaded;
}

/** `mappings/<system>/` if that folder exists, else `mappings/<connector>/`. */
async function folderOf(folder: string, { id, connector }: MappedSystem): Promise<string | undefined> {
  for (const name of [id, connector]) {
    const found = join(folder, name);
    if (
      await stat(found).then(
        (one) => one.isDirectory(),
        () => false,
      )
    )
      return found;
  }
  return undefined;
}

async function loadSystem(folder: string, system: MappedSystem, context: Context): Promise<LoadedMapping[]> {
  const found = await folderOf(folder, system);
  if (found === undefined) {
    context.loaded.faults.push({
      file: folder,
      path: '',
      message: `there is no folder ${system.id} or ${system.connector} with mappings for the system ${system.id}`,
    });
    return [];
  }
  const files = (await readdir(found)).filter((name) => extname(name) === '.yaml' || extname(name) === '.yml').sort();
  const documents: LoadedMapping[] = [];
  for (const name of files) documents.push(...(await loadFile(join(found, name), system, context)));
  strayOverlays(system, files, context);
  return documents;
}

async function loadFile(file: string, system: MappedSystem, context: Context): Promise<LoadedMapping[]> {
  const { codecs, options, loaded } = context;
  const found: Fault[] = [];
  const read = await readDocumentFile(file, found);
  const overlay = read && system.overlays?.[read.record];
  const compiled = read && {
    ...compileMapping(read.document, {
      file,
      codecs,
      system: system.id,
      ...(options.writersOf && { writersOf: options.writersOf }),
      ...(overlay !== undefined && { overlay: overlayOf(overlay, system.id, read.record, options) }),
    }),
  };
  const isTold = (one: Fault): boolean => loaded.faults.some((other) => faultText(other) === faultText(one));
  // Systems may share a document: its faults are told once.
  loaded.faults.push(...[...found, ...(compiled?.faults ?? [])].filter((one) => !isTold(one)));
  loaded.warnings.push(...(compiled?.warnings ?? []));
  if (!compiled?.planned) return [];
  const { planned, unmapped, mapping } = compiled;
  return [{ system: system.id, file, planned, unmapped, ...(mapping && { mapping }) }];
}

const overlayOf = (
  document: unknown,
  system: string,
  record: string,
  { configFile = 'syncline.yaml' }: LoadOptions,
) => ({
  document,
  file: configFile,
  path: `systems.${system}.mappings.${record}`,
});

function strayOverlays(
  { id, overlays = {} }: MappedSystem,
  files: readonly string[],
  { loaded, options }: Context,
): void {
  const stems = files.map((name) => basename(name, extname(name)));
  for (const record of Object.keys(overlays)) {
    if (stems.includes(record)) continue;
    const suggestion = didYouMean(record, stems);
    loaded.faults.push({
      file: options.configFile ?? 'syncline.yaml',
      path: `systems.${id}.mappings.${record}`,
      message: 'lies over no mapping file of this system',
      ...(suggestion !== undefined && { suggestion }),
    });
  }
}

interface Need {
  from: RecordType;
  to: RecordType;
  file: string;
  path: string;
}

const parks = ({ dir, codec }: PlannedPair): boolean =>
  goesOut(dir) && codec.name === 'lookup' && (codec.params as { unknown?: string }).unknown !== 'omit';

/** A record that waits for one that can never come would wait for ever. */
function checkParking(documents: readonly LoadedMapping[], faults: Fault[]): void {
  const received = new Set(
    documents
      .filter(({ planned }) => allPairs(planned).some((pair) => goesOut(pair.dir)))
      .map(({ planned }) => planned.type),
  );
  const needs = documents.flatMap(needsOf);
  for (const { to, file, path } of needs) {
    if (!received.has(to))
      faults.push({
        file,
        path,
        message: `waits for a ${to}, and this system receives none`,
        suggestion: 'say unknown: omit, or map the type outwards',
      });
  }
  for (const need of needs) {
    const way = cycleFrom(need, needs);
    if (way?.every((other) => other >= need.from))
      faults.push({
        file: need.file,
        path: need.path,
        message: `waits in a circle: ${[...way, need.from].join(' → ')}`,
        suggestion: 'say unknown: omit in one of them',
      });
  }
}

function needsOf({ planned, file, mapping }: LoadedMapping): Need[] {
  const pairs = allPairs(planned)
    .filter(parks)
    .map((pair) => ({
      from: planned.type,
      to: (pair.codec.params as { record: RecordType }).record,
      file,
      path: `${pair.place}.codec`,
    }));
  const parked = new Set(pairs.map(({ to }) => to));
  const declared = (mapping?.needs ?? [])
    .filter(({ record }) => !parked.has(record))
    .map(({ record }) => ({ from: planned.type, to: record, file, path: 'needs' }));
  return [...pairs, ...declared];
}

/** @returns the types on a way back to where it began */
function cycleFrom(start: Need, needs: readonly Need[]): RecordType[] | undefined {
  const walk = (at: RecordType, way: RecordType[]): RecordType[] | undefined => {
    if (at === start.from) return way;
    if (way.includes(at)) return undefined;
    for (const need of needs) {
      const found = need.from === at ? walk(need.to, [...way, at]) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return walk(start.to, [start.from]);
}
