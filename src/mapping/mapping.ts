// The face of a compiled mapping: what the rest of the hub may ask of it. Pure and synchronous.
import type { Json, JsonObject, Lossless, LosslessObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';

/** A reference found in a payload or a record: the other record's type and its id in the words of the side it came from. */
export interface Reference {
  record: RecordType;
  /** Canonical path that holds the reference, e.g. `customerId`. */
  ours: string;
  /** The system's id on the way in, the canonical id on the way out. */
  id: string;
}

export interface MappingFault {
  /** External path on the way in, canonical path on the way out. */
  path: string;
  /** Canonical path of the pair. */
  ours: string;
  message: string;
}

/** What one payload says, in canonical words. */
export interface Reading {
  /** Value at `identity.id`, as text. */
  externalId: string | undefined;
  /** Readable `identity.match` values: canonical field → canonical value as text. */
  match: { field: string; value: string }[];
  /** Source time (ms since 1970) read at `clock.at`; undefined when absent or unreadable. */
  at: number | undefined;
  /** Three-valued tree: absent says nothing, null clears, a value sets. Keyed collections: entry null = removed. */
  patch: JsonObject;
  /** Pairs that could not be decoded; they say nothing in `patch`. */
  faults: MappingFault[];
  /** Collections that the payload names completely (`missing: tombstone`): an entry of the system's image that `patch`
   * does not name was removed there, see {@link withRemovedEntries}. */
  complete?: readonly string[];
  /** False when the mapping's `accept:` is not satisfied. */
  accepted: boolean;
  /** True when the payload carries our own actor or tag (`origin:`), which proves an echo. */
  ours: boolean;
}

/** The patch with a null for every entry that was in the image and is not in a completely named collection. */
export function withRemovedEntries(
  reading: Pick<Reading, 'patch' | 'complete'>,
  image: JsonObject | undefined,
): JsonObject {
  let patch = reading.patch;
  for (const collection of reading.complete ?? []) {
    const held = image?.[collection];
    const said = patch[collection];
    if (!isTree(held) || !isTree(said)) continue;
    const gone = Object.keys(held).filter((key) => !Object.hasOwn(said, key));
    if (gone.length > 0)
      patch = { ...patch, [collection]: { ...said, ...Object.fromEntries(gone.map((key) => [key, null])) } };
  }
  return patch;
}

const isTree = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Turns ids across a reference. Undefined: not known (yet). */
export type Lookup = (record: RecordType, id: string) => string | undefined;

export interface WriteRequest {
  op: 'create' | 'update';
  /** The canonical record's data. */
  data: JsonObject;
  /** Canonical tree of what the system is known to hold (see {@link Written.image}); undefined when nothing is known. */
  image: JsonObject | undefined;
  /** The payload the system is known to hold; unnamed members survive, members already reading as wanted stay as they are. */
  base: LosslessObject | undefined;
  /** Canonical id → id in the system written to. */
  lookup: Lookup;
}

export interface Written {
  /** The whole payload (create, PUT). */
  body: LosslessObject;
  /** Merge patch (RFC 7396) of the members that differ from `image`; arrays whole. Equal to `body` on create. */
  changes: LosslessObject;
  /** False: the system already holds everything that is wanted; nothing needs to be sent. */
  changed: boolean;
  /** Canonical tree of what the system will hold afterwards: the normal form read(written(value)) of every pair that
   * goes out, and what `request.image` said of the pairs that only come in. Shares objects with `data` and
   * `request.image` wherever they are equal, and is `data` itself when all of it is; neither may be changed in place. */
  image: JsonObject;
  /** References that have no id in the system written to and whose lookup says `unknown: park`. */
  unknown: Reference[];
  faults: MappingFault[];
}

export interface Mapping {
  readonly record: RecordType;
  /** SHA-256 (hex, first 16) of the effective document, overlay included. */
  readonly digest: string;
  /** The effective document as JSON text: what the digest is of, and what can be compiled again. */
  readonly document: string;
  readonly payload: 'delta' | 'snapshot';
  readonly trust: 'ntp' | 'skewed' | 'none';
  /** Canonical fields that identify a record of this type across systems, in order. */
  readonly matchFields: readonly string[];
  /** Canonical paths with a pair that comes in (dir in or both); a collection counts by its own path (`lines`). */
  readonly inward: readonly string[];
  /** Canonical paths with a pair that goes out (dir out or both). */
  readonly outward: readonly string[];
  /** Record types whose existence in the system is needed before this one may be sent (`needs:` and parking lookups). */
  readonly needs: readonly { ours: string; record: RecordType }[];
  /** The whole payload must be kept with the image (keyed arrays are written, or the document asks for it). */
  readonly keepsPayload: boolean;
  /** `when:` over the canonical record; true when there is none. */
  wants(data: JsonObject): boolean;
  /** References that a payload mentions, to be resolved before {@link read}. */
  incoming(payload: LosslessObject): Reference[];
  /** References that a record mentions and this mapping writes, to be resolved before {@link write}. */
  outgoing(data: JsonObject): Reference[];
  /** @param lookup that system's id → canonical id */
  read(payload: Lossless, lookup: Lookup): Reading;
  write(request: WriteRequest): Written;
  /** Outgoing paths in document order, for tabular feeds; members of rows as `orderLines[].itemCode`. */
  readonly externalPaths: readonly string[];
  /** The same with the canonical path that each is written from (empty: a constant). */
  readonly written: readonly { theirs: string; ours: string }[];
}
