// Keeps the keys by which a record is found, across systems and by the hub itself, in step with its data.
import type { Catalog } from '../core/catalog.ts';
import type { JsonObject } from '../model/json.ts';
import { valueAt } from '../model/paths.ts';
import { type Draft, matchKey } from '../store/draft.ts';
import type { RecordRow } from '../store/rows.ts';
import type { Key, State } from '../store/store.ts';

interface KeyChange {
  field: string;
  from: string | undefined;
  to: string | undefined;
}

/** As a mapping writes it in `Reading.match`. */
function textAt(data: JsonObject, field: string): string | undefined {
  const value = valueAt(data, field);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

const stockField = 'sku+warehouseId';
const stockValue = (sku: string, warehouseId: string): string => JSON.stringify([sku, warehouseId]);

/** What an inventory record counts, and where: returns find it by both. */
export const stockKey = (sku: string, warehouseId: string): Key =>
  matchKey('inventory', stockField, stockValue(sku, warehouseId));

function stockOf({ sku, warehouseId }: JsonObject): string | undefined {
  return typeof sku === 'string' && typeof warehouseId === 'string' ? stockValue(sku, warehouseId) : undefined;
}

/** @param again records from a time when it was not kept get it with their next change */
export function stockChange(before: RecordRow, after: RecordRow, again: boolean): KeyChange[] {
  if (after.type !== 'inventory' || before.data === after.data) return [];
  const from = stockOf(before.data);
  const to = stockOf(after.data);
  if (from !== to) return [{ field: stockField, from, to }];
  return again && to !== undefined ? [{ field: stockField, from: undefined, to }] : [];
}

export function keyChanges(catalog: Catalog, before: RecordRow, after: RecordRow): KeyChange[] {
  const changes: KeyChange[] = [];
  if (before.data === after.data) return changes;
  for (const field of catalog.matchFields(after.type)) {
    const from = textAt(before.data, field);
    const to = textAt(after.data, field);
    if (from !== to) changes.push({ field, from, to });
  }
  return changes;
}

/** Keys that must be loaded before {@link writeKeys} may look who has them. */
export function keysOf(changes: readonly KeyChange[], record: RecordRow): Key[] {
  const keys: Key[] = [];
  for (const { field, from, to } of changes) {
    if (from !== undefined) keys.push(matchKey(record.type, field, from));
    if (to !== undefined) keys.push(matchKey(record.type, field, to));
  }
  return keys;
}

/** A value that another record has already stays with it: the first owner is found by it. */
export function writeKeys(changes: readonly KeyChange[], record: RecordRow, state: State, out: Draft): void {
  const { type, id } = record;
  for (const { field, from, to } of changes) {
    if (from !== undefined && state.resolve(matchKey(type, field, from)) === id)
      out.matchKeys.push({ type, field, value: from, recordId: null });
    if (to !== undefined && state.resolve(matchKey(type, field, to)) === undefined)
      out.matchKeys.push({ type, field, value: to, recordId: id });
  }
}
