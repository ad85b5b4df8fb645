// Reads what a change says before the store is asked: its external id, match values, references, and the keys to load.
import { type Catalog, covers, type SystemSetup } from '../core/catalog.ts';
import type { Fault } from '../core/core.ts';
import type { Lookup, Mapping, Reading, Reference } from '../mapping/mapping.ts';
import { nearest } from '../model/nearest.ts';
import { extKey, matchKey } from '../store/draft.ts';
import type { Key } from '../store/store.ts';
import type { ChangeItem } from './envelope.ts';

export interface Arrival {
  system: SystemSetup;
  change: ChangeItem;
  /** The caller's key and what it stands for. */
  once: { key: string; fingerprint: string } | undefined;
  via: 'api' | 'webhook' | 'poll';
  since: number | undefined;
  traceparent: string | undefined;
  backfill: boolean;
  /** A change that waited and is now taken. */
  waited: { id: string; createsUpTo: number } | undefined;
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
  /** By which the record is found: its external id, then the match values that were read. */
  named: Key;
  matches: Key[];
  /** All that the decision asks for at first. */
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

const noReference: Lookup = () => undefined;

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
  const reading = change.data ? mapping.read(change.data, noReference) : silent;
  const externalId = change.id ?? reading.externalId;
  if (externalId === undefined) {
    return {
      faults: [{ path: '/id', message: 'is missing, and the payload holds no id where the mapping looks for one' }],
    };
  }
  const references = change.data ? mapping.incoming(change.data) : [];
  return withKeys({ arrival, mapping, externalId, reading, references });
}

function withKeys(read: Omit<Prepared, 'named' | 'matches' | 'keys'>): Prepared {
  const { arrival, mapping, externalId, reading, references } = read;
  const { system, change, once } = arrival;
  const named = extKey(system.id, change.record, externalId);
  const matches: Key[] = [];
  const keys: Key[] = [named];
  for (const { field, value } of reading.match) {
    const key = matchKey(change.record, field, value);
    matches.push(key);
    keys.push(key);
  }
  if (once) keys.push(`key:${system.id}:${once.key}`);
  for (const { record, id } of references) keys.push(extKey(system.id, record, id));
  return { arrival, mapping, externalId, reading, references, named, matches, keys };
}

/** Says which system was probably meant. */
export function unknownSystem(id: string, known: readonly string[]): string {
  const close = nearest(id, known);
  return `system "${id}"${close ? `; did you mean "${close}"?` : ''}`;
}
