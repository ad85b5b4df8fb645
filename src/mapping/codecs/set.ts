// A set of text: order and repeats do not count.
import { z } from 'zod';
import type { Json, Lossless } from '../../model/json.ts';
import { type Around, type Coder, defineCodec, describe, type Site, Unreadable } from '../codec.ts';

const spec = z.union([z.string(), z.record(z.string(), z.unknown())]);
const params = z.strictObject({ codec: spec.optional().describe('Codec of each member; default text.') });
type Params = z.infer<typeof params>;

/** Members of a set of enum values are enum values. */
export const innerMember = (one: Params, site: Site) =>
  site.inner(one.codec ?? 'same', site.values ? 'enum' : 'text', 'codec');
export const memberCoder = (one: Params, site: Site): Coder | undefined => innerMember(one, site)?.coder;

export const sortedSet = (members: readonly string[]): string[] => [...new Set(members)].sort();

/** Turns every member; the first that cannot be turned speaks for all. */
export function each<T>(
  values: readonly T[],
  turn: (value: T) => Json | Lossless | Unreadable,
): Lossless[] | Unreadable {
  const turned: Lossless[] = [];
  for (const value of values) {
    const one = turn(value);
    if (one instanceof Unreadable) return one;
    turned.push(one as Lossless);
  }
  return turned;
}

export function readMembers(values: readonly Lossless[], member: Coder, around: Around): Json | Unreadable {
  const texts = each(values, (value) =>
    value === null ? new Unreadable('holds null') : (member.decode?.(value, around) ?? null),
  );
  return texts instanceof Unreadable ? texts : sortedSet(texts as string[]);
}

const toList = (value: Json): string[] | undefined => (Array.isArray(value) ? sortedSet(value as string[]) : undefined);
export const writeMembers = (value: Json, member: Coder, around: Around): Lossless[] | Unreadable => {
  const members = toList(value);
  return members ? each(members, (one) => member.encode?.(one, around) ?? null) : new Unreadable('is no set of text');
};

export const set = defineCodec<Params>({
  name: 'set',
  params,
  kinds: ['set'],
  class: (one, site) => (innerMember(one, site)?.class === 'lossy' ? 'lossy' : 'quotient'),
  make: (one, site) => {
    const member = memberCoder(one, site);
    if (!member) return undefined;
    return {
      decode: (value, around) =>
        Array.isArray(value)
          ? readMembers(value, member, around)
          : new Unreadable(`is ${describe(value)} where a list is expected`),
      encode: (value, around) => writeMembers(value, member, around),
    };
  },
  arbitrary: (one, site) => (fc) => {
    const inner = innerMember(one, site)?.arbitrary(fc);
    const canonicalOne = (inner?.canonical ?? fc.string()) as ReturnType<typeof fc.string>;
    const externalOne = inner?.external ?? fc.string();
    const some = sortedSet((inner?.canonicalEdges.slice(0, 3) ?? []) as string[]);
    return {
      canonical: fc.array(canonicalOne, { maxLength: 5 }).map(sortedSet),
      external: fc.array(externalOne as ReturnType<typeof fc.string>, { maxLength: 5 }),
      canonicalEdges: [[], some],
      externalEdges: [[], [...some, ...some].reverse().filter((text) => text === '')],
    };
  },
});
