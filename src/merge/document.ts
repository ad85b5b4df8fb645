// Reads a merge document: who may change what, checked whole, every fault with its path.
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { fieldAt } from '../model/fields.ts';
import { isTree } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { checkUnits, pathsOf, unknownField } from './document-checks.ts';
import { at, type DocumentFault, shapeFaults, unknownWord } from './document-faults.ts';
import { type Document, document, freedom, type UnitEntry, unit } from './document-shape.ts';
import { createPolicy } from './policy.ts';
import type { Freedom, MergePolicy, Unit } from './types.ts';

export type { DocumentFault } from './document-faults.ts';
export { defaultPolicy } from './policy.ts';

/** A frozen table is read by this field unless it names another. */
const stageField = 'fulfillmentStatus';

type Frozen = NonNullable<Unit['frozen']>;

/** @param file named in faults of the YAML itself */
export function parseMergeDocument(text: string, file: string): { policy: MergePolicy } | { faults: DocumentFault[] } {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines });
  if (yaml.errors.length > 0) {
    return {
      faults: yaml.errors.map((error) => ({
        path: '',
        message: `${file}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`,
      })),
    };
  }
  const source: unknown = yaml.toJS();
  const shape = document.safeParse(source);
  const faults = [...inertNames(source), ...(shape.success ? [] : shapeFaults(shape.error, source))];
  const readable = shape.data ?? document.safeParse(wellShaped(source)).data;
  if (!readable) return { faults };
  faults.push(...checkUnits(readable));
  const tables = new Map(
    Object.entries(readable.frozen).map(([name, table]) => [name, readTable(readable.record, name, table, faults)]),
  );
  if (faults.length > 0) return { faults };
  const units = Object.entries(readable.units).map(([name, entry]) => readUnit(readable.record, name, entry, tables));
  return { policy: createPolicy(readable.record, readable.history, units) };
}

/** A unit or table of that name would be passed over in silence. */
function inertNames(source: unknown): DocumentFault[] {
  if (!isTree(source)) return [];
  return Object.entries(source).flatMap(([member, entries]) => {
    const inert = isTree(entries) && Object.hasOwn(entries, '__proto__');
    return inert ? [{ path: at(member, '__proto__'), message: 'is a name that nothing may have' }] : [];
  });
}

/** The parts that have the right shape, so that one slip does not hide the faults of the rest. */
function wellShaped(source: unknown): unknown {
  if (!isTree(source)) return source;
  const { record, units, frozen } = source as Record<string, unknown>;
  const sound = (entries: unknown, schema: z.ZodType): object =>
    isTree(entries)
      ? Object.fromEntries(Object.entries(entries).filter(([, entry]) => schema.safeParse(entry).success))
      : {};
  return { record, units: sound(units, unit), frozen: sound(frozen, z.record(z.string(), z.unknown())) };
}

function readTable(
  record: RecordType,
  name: string,
  table: Document['frozen'][string],
  faults: DocumentFault[],
): Frozen {
  const { by = stageField, ...stages } = table;
  const field = typeof by === 'string' ? fieldAt(record, by) : undefined;
  if (!field) faults.push(unknownField(at('frozen', name, 'by'), record, String(by)));
  else if (!field.values)
    faults.push({
      path: at('frozen', name, 'by'),
      message: `${field.path} is ${field.kind}; a frozen table is read by an enum`,
    });
  const known = field?.values;
  const read: Record<string, Freedom> = {};
  for (const [stage, entry] of Object.entries(stages)) {
    const where = at('frozen', name, stage);
    if (known && !known.includes(stage))
      faults.push(unknownWord(where, `${String(by)} is never "${stage}"`, stage, known));
    const outcome = freedom.safeParse(entry);
    if (outcome.success) read[stage] = outcome.data;
    else faults.push(...freedomFaults(where, entry));
  }
  return { by: String(by), table: read };
}

function freedomFaults(where: string, entry: unknown): DocumentFault[] {
  const message = 'must be allow, deny, ask, or { ask: <system>, timeout: <duration such as PT10M> }';
  return [
    typeof entry === 'string' ? unknownWord(where, message, entry, ['allow', 'deny', 'ask']) : { path: where, message },
  ];
}

function readUnit(record: RecordType, name: string, entry: UnitEntry, tables: ReadonlyMap<string, Frozen>): Unit {
  const paths = pathsOf(name, entry);
  return {
    name,
    paths,
    writers: entry.writers && writersOf(record, paths, entry.writers, entry.notConsole === true),
    resolve: entry.resolve,
    order: entry.order ?? entry.tie ?? [],
    ranks: entry.ranks ?? fieldAt(record, paths[0] ?? '')?.values ?? [],
    frozen: entry.frozen === undefined ? undefined : tables.get(entry.frozen),
    onRefusal: entry.onRefusal,
  };
}

/** A person may change everything unless told otherwise; the hub itself moves an order's fulfillment along. */
function writersOf(
  record: RecordType,
  paths: readonly string[],
  named: readonly string[],
  notConsole: boolean,
): ReadonlySet<string> {
  const writers = new Set(named);
  if (record === 'order' && paths.includes(stageField)) writers.add('policy');
  if (notConsole) writers.delete('console');
  else writers.add('console');
  return writers;
}
