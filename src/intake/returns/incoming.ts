// Goods that are expected back, counted in the inventory of the warehouse that they came from, and taken off again.
import type { MergePolicy } from '../../merge/types.ts';
import { expectedLines, type ReturnLine } from '../../policy/returns/life/state.ts';
import type { RecordRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { stockKey } from '../match-keys.ts';
import { drafted } from '../routing/draft-state.ts';
import { editByPolicy } from '../routing/policy-edit.ts';
import type { ReturnAbout, ReturnLife } from './life.ts';

type Counted = NonNullable<ReturnAbout['incoming']>[number];

/** What {@link countIncoming} looks at. */
export function incomingKeys(life: ReturnLife): Key[] {
  const { begun, ended } = moved(life);
  const places = [...begun, ...ended].flatMap(({ orderLine }) => placeOf(orderLine, life) ?? []);
  return [...new Set([...places, ...ended.map(({ inventoryId }) => inventoryId)])];
}

/**
 * What became expected is added once, what no longer is taken off: the life of the return says which lines are counted.
 * Where there is no inventory record of that SKU and warehouse, none is made, and the line is not counted.
 */
export function countIncoming(life: ReturnLife, work: Work): { need: Key[] } | undefined {
  const { begun, ended, kept } = moved(life);
  if (begun.length === 0 && ended.length === 0) return undefined;
  const added = begun.flatMap((line) => countedAt(line, life, work) ?? []);
  for (const [id, by] of totals(added, ended)) {
    const record = countable(id, work);
    if (!record || by === 0) continue;
    const edited = editByPolicy(record, { incomingReturn: Math.max(0, standing(record.row) + by) }, work);
    if (edited && 'need' in edited) return edited;
  }
  life.about = { ...life.about, incoming: [...kept, ...added] };
  return undefined;
}

function moved(life: ReturnLife): { begun: readonly ReturnLine[]; ended: Counted[]; kept: Counted[] } {
  const expected = expectedLines(life.state);
  const counted = life.about.incoming ?? [];
  const isExpected = ({ orderLine }: Counted): boolean => expected.some((line) => line.orderLine === orderLine);
  return {
    begun: expected.filter(({ orderLine }) => !counted.some((one) => one.orderLine === orderLine)),
    ended: counted.filter((one) => !isExpected(one)),
    kept: counted.filter(isExpected),
  };
}

function placeOf(orderLine: string, { about: { from } }: ReturnLife): Key | undefined {
  const sku = from?.skus[orderLine];
  return from && sku && from.warehouseId !== '' ? stockKey(sku, from.warehouseId) : undefined;
}

function countedAt({ orderLine, quantity }: ReturnLine, life: ReturnLife, work: Work): Counted | undefined {
  const place = placeOf(orderLine, life);
  const inventoryId = place && work.state.resolve(place);
  if (inventoryId === undefined || !countable(inventoryId, work)) return undefined;
  return { orderLine, inventoryId, quantity };
}

function totals(added: readonly Counted[], ended: readonly Counted[]): Map<string, number> {
  const by = new Map<string, number>();
  for (const { inventoryId, quantity } of added) by.set(inventoryId, (by.get(inventoryId) ?? 0) + quantity);
  for (const { inventoryId, quantity } of ended) by.set(inventoryId, (by.get(inventoryId) ?? 0) - quantity);
  return by;
}

const standing = ({ data: { incomingReturn } }: RecordRow): number =>
  typeof incomingReturn === 'number' ? incomingReturn : 0;

/** The record, where it is there and the number is the hub's to keep. */
function countable(id: string, work: Work): RecordState | undefined {
  const record = drafted(work, id);
  if (!record || record.row.deleted || record.row.mergedInto !== null) return undefined;
  const unit = work.world.catalog.policy('inventory').unitOf('incomingReturn');
  return isKeptHere(unit, record.row.stamps[unit.name]) ? record : undefined;
}

/** Where a system says the number itself it has counted the return too: its word stands, unless the document puts the policy first. */
function isKeptHere(
  { writers, resolve, order }: ReturnType<MergePolicy['unitOf']>,
  last: RecordRow['stamps'][string] | undefined,
): boolean {
  if (last?.held !== undefined || (writers && !writers.has('policy'))) return false;
  if (last === undefined || last.source === 'policy' || last.source === 'console') return true;
  return resolve === 'owner' && order.includes('policy') && rank(order, 'policy') < rank(order, last.source);
}

const rank = (order: readonly string[], source: string): number =>
  order.includes(source) ? order.indexOf(source) : order.length;
