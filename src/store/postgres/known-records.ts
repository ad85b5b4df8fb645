// What this process last read or wrote of records, from one group to the next. Other nodes write too, so nothing of it is
// used before the record is locked and the versions of its rows turn out to be the same.
import { extKey } from '../draft.ts';
import { kindOf, threeParts } from '../engine/keys.ts';
import { RecordCache } from '../engine/record-cache.ts';
import type { Key } from '../store.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';

/** Characters per generation, of records and what their systems hold of them: some 1,600 orders of 1 KB with four systems. */
const usualLimit = 8_000_000;
const mostNames = 16_000;

export class KnownRecords {
  readonly #cache: RecordCache<RecordEntry>;
  /** Numbers of the records that external ids were last seen at; a hint. */
  readonly #names = new Map<Key, number>();

  constructor(limit = usualLimit) {
    this.#cache = new RecordCache(limit, ({ dataLength, replicas }) => dataLength * (1 + replicas.size));
  }

  /** Gives out what the keys name, as far as it is known: it belongs to the group from then on, and comes back by {@link keep}. */
  take(keys: readonly Key[]): Map<Key, RecordEntry> {
    const taken = new Map<Key, RecordEntry>();
    for (const key of keys) {
      const entry = this.#named(key);
      if (entry) taken.set(key, entry);
    }
    for (const entry of taken.values()) this.#cache.remove(entry);
    return taken;
  }

  /**
   * After the commit.
   * @param version that the rows have which the transaction has written
   */
  keep(entries: Iterable<RecordEntry>, version: string): void {
    for (const entry of entries) {
      committed(entry, version);
      this.#cache.add(entry);
      this.#noteNames(entry);
    }
    this.#cache.shrink();
  }

  /** The server may have lost commits, and give their versions to other rows. */
  clear(): void {
    this.#cache.clear();
    this.#names.clear();
  }

  #named(key: Key): RecordEntry | undefined {
    const kind = kindOf(key);
    if (kind === 'record') return this.#cache.byId(key);
    const no = kind === 'ext' ? this.#names.get(key) : undefined;
    const entry = no === undefined ? undefined : this.#cache.byNo(no);
    return entry && replicaNamed(entry, key) && entry;
  }

  #noteNames({ no, replicas }: RecordEntry): void {
    if (this.#names.size >= mostNames) this.#names.clear();
    for (const { row } of replicas.values())
      if (row.externalId !== null) this.#names.set(extKey(row.system, row.type, row.externalId), no);
  }
}

/** The replica that has that external id in the database. */
export function replicaNamed({ replicas }: RecordEntry, key: Key): ReplicaEntry | undefined {
  const [system, type, externalId] = threeParts(key);
  const replica = replicas.get(system);
  const row = replica?.stored?.row;
  return row?.type === type && row.externalId === externalId ? replica : undefined;
}

/** Of a record, its replicas, their images and sends; the same text as the server makes of them. */
export function versionOf({ rowVersion, replicas }: RecordEntry): string {
  let version = rowVersion;
  for (const { no, rowVersion: row, imageVersion, flightVersion } of [...replicas.values()].sort(byNo))
    version += `;${no} ${row} ${imageVersion} ${flightVersion}`;
  return version;
}

const byNo = (a: ReplicaEntry, b: ReplicaEntry): number => a.no - b.no;

export const isChanged = ({ row, claimed, stored }: ReplicaEntry): boolean =>
  stored?.row !== row || stored.claimed !== claimed;

function committed(entry: RecordEntry, version: string): void {
  entry.view = undefined;
  for (const replica of entry.replicas.values()) if (replica.dirty) replicaCommitted(replica, version);
  if (!entry.dirty) return;
  entry.dirty = false;
  entry.stored = entry.row;
  entry.rowVersion = version;
}

function replicaCommitted(replica: ReplicaEntry, version: string): void {
  const { row, claimed, image, flight } = replica;
  if (isChanged(replica)) replica.rowVersion = version;
  if (replica.imageDirty && image) replica.imageVersion = version;
  if (replica.flightDirty) replica.flightVersion = flight ? version : '';
  if (image !== undefined && flight !== undefined) replica.bulk = undefined;
  replica.stored = { row, claimed };
  replica.dirty = false;
  replica.imageDirty = false;
  replica.flightDirty = false;
}
