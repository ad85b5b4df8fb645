// What a merge document says is looked up: fields, resolvers, frozen tables. Every fault is found, not only the first.
import { type Field, fieldAt, fieldsOf } from '../model/fields.ts';
import { nearest } from '../model/nearest.ts';
import type { RecordType } from '../model/records.ts';
import { at, type DocumentFault, unknownWord } from './document-faults.ts';
import type { Document, UnitEntry } from './document-shape.ts';

/** Deliveries of these are never coalesced if their document says so. */
const mayKeepEvery: ReadonlySet<RecordType> = new Set(['notification', 'coupon', 'refund']);

export const pathsOf = (name: string, entry: UnitEntry): string[] =>
  (entry.fields ?? [name]).map((path) => path.replaceAll('.*.', '.'));

export function checkUnits(source: Document): DocumentFault[] {
  const units = Object.entries(source.units);
  const faults = units.flatMap(([name, entry]) => [
    ...checkFields(source, name, entry),
    ...checkResolver(source, name, entry),
    ...checkWriters(name, entry),
  ]);
  if (source.history === 'every' && !mayKeepEvery.has(source.record)) {
    faults.push({
      path: '/history',
      message: `a ${source.record} is always coalesced; only ${[...mayKeepEvery].join(', ')} may keep every change`,
    });
  }
  return [...faults, ...checkOverlaps(source)];
}

function checkFields(source: Document, name: string, entry: UnitEntry): DocumentFault[] {
  const faults = pathsOf(name, entry).flatMap((path, index) => {
    const where = entry.fields ? at('units', name, 'fields', index) : at('units', name);
    const prefix = entry.fields ? '' : `unit "${name}" names no fields, and `;
    return fieldAt(source.record, path) ? [] : [unknownField(where, source.record, path, prefix)];
  });
  if (
    entry.fields &&
    fieldAt(source.record, name) &&
    !pathsOf(name, entry).some((path) => path === name || path.startsWith(`${name}.`))
  ) {
    faults.push({
      path: at('units', name),
      message: `the unit is named like the field "${name}", which it does not hold`,
    });
  }
  if (entry.frozen !== undefined && !Object.hasOwn(source.frozen, entry.frozen)) {
    const message = `there is no frozen table "${entry.frozen}"`;
    faults.push(unknownWord(at('units', name, 'frozen'), message, entry.frozen, Object.keys(source.frozen)));
  }
  return faults;
}

/** Suggests within the deepest part of the path that is known. */
export function unknownField(where: string, record: RecordType, path: string, prefix = ''): DocumentFault {
  const segments = path.split('.');
  const parent = segments.slice(0, -1).join('.');
  const within = parent === '' ? fieldsOf(record) : fieldAt(record, parent)?.fields;
  const known = Object.values(within ?? fieldsOf(record)).map((field) => field.path);
  const message = `${prefix}${record} has no field "${path}"`;
  const close = nearest(path, known);
  return close === undefined ? { path: where, message } : unknownWord(where, message, path, known);
}

const comparable: ReadonlySet<Field['kind']> = new Set(['int', 'decimal', 'money', 'instant', 'date']);

function checkResolver(source: Document, name: string, entry: UnitEntry): DocumentFault[] {
  const where = at('units', name);
  const fields = pathsOf(name, entry).flatMap((path) => fieldAt(source.record, path) ?? []);
  const faults: DocumentFault[] = [];
  const fault = (member: string, message: string): void => void faults.push({ path: `${where}/${member}`, message });
  if (entry.resolve === 'rank' && fields.length > 1) fault('resolve', 'rank takes a unit of one field');
  if (entry.resolve === 'rank' && !entry.ranks && fields.some((field) => field.kind !== 'enum')) {
    fault('resolve', `rank needs an enum, or the values in "ranks"; ${fields[0]?.path} is ${fields[0]?.kind}`);
  }
  const unlike = (fits: (field: Field) => boolean): Field | undefined => fields.find((field) => !fits(field));
  const noSet = entry.resolve === 'union' ? unlike((field) => field.kind === 'set') : undefined;
  if (noSet) fault('resolve', `union needs sets; ${noSet.path} is ${noSet.kind}`);
  const noOrder = entry.resolve === 'max' ? unlike((field) => comparable.has(field.kind)) : undefined;
  if (noOrder) fault('resolve', `max needs numbers, amounts or times; ${noOrder.path} is ${noOrder.kind}`);
  if (entry.resolve === 'owner' && !entry.order) fault('order', 'owner needs the order of its owners');
  if (entry.order && entry.resolve !== 'owner') fault('order', `only owner has an order; ${entry.resolve} does not`);
  if (entry.tie && entry.resolve !== 'latest') fault('tie', `only latest has a tie order; ${entry.resolve} does not`);
  if (entry.ranks && entry.resolve !== 'rank') fault('ranks', `only rank has ranks; ${entry.resolve} does not`);
  return faults;
}

function checkWriters(name: string, entry: UnitEntry): DocumentFault[] {
  if (entry.notConsole && !entry.writers)
    return [{ path: at('units', name, 'notConsole'), message: 'needs the writers to be named' }];
  const writers = entry.writers ?? [];
  const known = (system: string): boolean => !entry.writers || writers.includes(system) || system === 'console';
  return (['tie', 'order'] as const).flatMap((member) =>
    (entry[member] ?? []).flatMap((system, index) => {
      if (known(system)) return [];
      return [unknownWord(at('units', name, member, index), `"${system}" is no writer of ${name}`, system, writers)];
    }),
  );
}

/** A path in two units, or within another unit's path, would belong to both. */
function checkOverlaps(source: Document): DocumentFault[] {
  const named = Object.entries(source.units).flatMap(([unit, entry]) =>
    pathsOf(unit, entry).map((path, index) => ({
      unit,
      path,
      where: entry.fields ? at('units', unit, 'fields', index) : at('units', unit),
    })),
  );
  return named.flatMap((one, index) => {
    const other = named
      .slice(0, index)
      .find(({ path }) => one.path === path || one.path.startsWith(`${path}.`) || path.startsWith(`${one.path}.`));
    if (!other) return [];
    const shared = one.path === other.path ? `"${one.path}" is` : `"${one.path}" overlaps "${other.path}", which is`;
    return [{ path: one.where, message: `${shared} in the unit "${other.unit}" already` }];
  });
}
