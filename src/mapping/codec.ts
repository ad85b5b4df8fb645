// What a codec is: a named pair of pure functions between a payload's value and a canonical one.
import type fastCheck from 'fast-check';
import type { z } from 'zod';
import type { Tell } from '../model/document-places.ts';
import type { FieldKind } from '../model/fields.ts';
import type { Json, Lossless, LosslessObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import type { Lookup } from './mapping.ts';

/** A value that cannot be read or written; returned, never thrown, so that one bad member costs no exception. */
export class Unreadable {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** A reference that the other side does not know. */
export class Unresolved extends Unreadable {
  readonly record: RecordType;
  readonly id: string;
  readonly policy: 'park' | 'omit';
  constructor(record: RecordType, id: string, policy: 'park' | 'omit') {
    super(`${record} "${id}" is not known on the other side`);
    this.record = record;
    this.id = id;
    this.policy = policy;
  }
}

/** What surrounds a value while it is turned. */
export interface Around {
  /** The payload that is read or written. */
  payload: LosslessObject;
  /** The row of a keyed collection, when inside one. */
  row: LosslessObject | undefined;
  lookup: Lookup;
}

/** `iso`: exact both ways · `quotient`: several spellings of one value · `lossy`: writing loses something · `oneway`. */
export type CodecClass = 'iso' | 'quotient' | 'lossy' | 'oneway';

/** One value. Neither side is ever null or absent here: those belong to the pair. */
export interface Coder {
  decode?(value: Lossless, around: Around): Json | Unreadable;
  encode?(value: Json, around: Around): Lossless | Unreadable;
  /** True only where `decode(written)` gives `value` again or cannot read it; a cheap answer that saves the decoding. */
  comesBack?(value: Json, written: Lossless): boolean;
  /** The reference a payload's value holds, as text. */
  reference?(value: Lossless): string | undefined;
  /** Must be written after the others, because it looks at what they wrote. */
  late?: boolean;
  /** Path that another pair must write for this one to be writable. */
  companion?: readonly string[];
}

/** An object whose members are values of their own in the payload, e.g. an address. */
export interface StructureCoder {
  members: Readonly<Record<string, Coder>>;
  /** Members that the payload does not name but every value of this pair has. */
  constant?: Readonly<Record<string, Json>>;
}

/** One canonical value made of several of the payload's. */
export interface PartsCoder {
  /** `values` holds null where a part says nothing. */
  join(values: readonly Lossless[]): Json | Unreadable;
  part(value: Json, count: number): (Lossless | Unreadable)[];
}

export type Made = Coder | StructureCoder | PartsCoder;
export const isStructure = (made: Made): made is StructureCoder => 'members' in made;
export const isParts = (made: Made): made is PartsCoder => 'join' in made;

export type Direction = 'in' | 'out' | 'both';

/** The place a codec is made for. */
export interface Site {
  kind: FieldKind;
  /** Values of a canonical enum. */
  values: readonly string[] | undefined;
  dir: Direction;
  /** How many paths the pair names in the payload. */
  shape: 'value' | 'members' | 'parts';
  /** Resolves a codec named inside another one's parameters. */
  inner(
    spec: CodecSpec,
    kind: FieldKind,
    path: string,
  ): { coder: Coder; class: CodecClass; arbitrary: CodecArbitrary } | undefined;
  tell: Tell;
}

export type CodecSpec = string | Record<string, unknown>;

/** Values to prove the laws with. Edges are the ones that plain random data misses. */
interface Samples {
  canonical: fastCheck.Arbitrary<Json>;
  external: fastCheck.Arbitrary<Lossless>;
  canonicalEdges: readonly Json[];
  externalEdges: readonly Lossless[];
}
export type CodecArbitrary = (fc: typeof fastCheck) => Samples;

export interface CodecDefinition<P = unknown> {
  name: string;
  params: z.ZodType<P>;
  /** Canonical kinds it can make; every codec may stand at a path below `x`. */
  kinds: readonly FieldKind[];
  class(params: P, site: Site): CodecClass;
  make(params: P, site: Site): Made | undefined;
  arbitrary(params: P, site: Site): CodecArbitrary;
}

/** Names a codec and checks that it is complete; the parameters' type is kept inside. */
export function defineCodec<P>(definition: CodecDefinition<P>): CodecDefinition {
  return definition as CodecDefinition;
}

/** Short description of a payload's value for a message, without its content (it may be personal). */
export function describe(value: Lossless): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'number':
      return 'a number';
    default:
      return value.constructor?.name === 'NumberText' ? 'a number' : 'an object';
  }
}
