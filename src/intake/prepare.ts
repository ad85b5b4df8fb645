// Reads what a change says before the store is asked: its external id, match values, references, and the keys to load.
import { type Catalog, covers, type SystemSetup } from '../core/catalog.ts';
import type { Fault } from '../core/core.ts';
import type { Mapping, Reading, Reference } from '../mapping/mapping.ts';
import { nearest } from '../model/nearest.ts';
import { extKey, matchKey } from '../store/draft.ts';
import type { Key } from '../store/store.ts';
import type { ChangeItem } from './envelope.ts';

export interface Arrival {
  system: SystemSetup;
  change: ChangeItem;
  /** The caller's key and what it stands for. */
  once?: { key: string; fingerprint: string };
  via: 'api' | 'webhook' | 'poll';
  since?: number;
  traceparent?: string;
  backfill?: boolean;
  /** A change that waited and is now taken. */
  waited?: { id: string; createsUpTo: number };
  /** Kept as it came, for a change that has to wait. */
  text: () => string;
}

export interface Prepared {
  arrival: Arrival;
  mapping: Mapping;
  externalId: string;
  /** Read without its references. */
  reading: Reading;
  references: Reference[];
  keys: Key[];
}

const silent: Reading = {
  externalId: undefined,
  match: [],
  at: undefined,
  patch: {},
  faults: [],
  accepted: true,
  ours: false,
};

export function prepare(arrival: Arrival, catalog: Catalog): Prepared | { faults: Fault[] } {
  const { system, change } = arrival;
  const mapping = catalog.mapping(system.id, change.record);
  if (!mapping)
    return { faults: [{ path: '/record', message: `system "${system.id}" has no mapping for ${change.record}` }] };
  const isNamedOnly = change.op === 'upsert' && change.data === undefined;
  if (isNamedOnly && !covers(system.fetches, change.record)) {
    const message = `is missing, and single ${change.record} records of ${system.id} cannot be fetched; send it`;
    return { faults: [{ path: '/data', message }] };
  }
  const reading = change.data ? mapping.read(change.data, () => undefined) : silent;
  const externalId = change.id ?? reading.externalId;
  if (externalId === undefined) {
    return {
      faults: [{ path: '/id', message: 'is missing, and the payload holds no id where the mapping looks for one' }],
    };
  }
  const references = change.data ? mapping.incoming(change.data) : [];
  return { arrival, mapping, externalId, reading, references, keys: keysOf(arrival, externalId, reading, references) };
}

function keysOf(arrival: Arrival, externalId: string, reading: Reading, references: Reference[]): Key[] {
  const { system, change, once } = arrival;
  const keys = [extKey(system.id, change.record, externalId)];
  if (once) keys.push(`key:${system.id}:${once.key}`);
  for (const { field, value } of reading.match) keys.push(matchKey(change.record, field, value));
  for (const { record, id } of references) keys.push(extKey(system.id, record, id));
  return keys;
}

/** Says which system was probably meant. */
export function unknownSystem(id: string, known: readonly string[]): string {
  const close = nearest(id, known);
  return `system "${id}"${close ? `; did you mean "${close}"?` : ''}`;
}
