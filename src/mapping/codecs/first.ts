// One where the other side has several: the first of a list, or a set of which one is written.
import { z } from 'zod';
import type { Json, Lossless } from '../../model/json.ts';
import { type Coder, defineCodec, type Site, Unreadable } from '../codec.ts';

const params = z.strictObject({
  codec: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .optional()
    .describe('Codec of the one; default as it is.'),
});
type Params = z.infer<typeof params>;

const innerKind = (site: Site): Site['kind'] => (site.kind === 'set' ? 'text' : site.kind);
const innerOf = (one: Params, site: Site) => site.inner(one.codec ?? 'same', innerKind(site), 'codec');
const empty = new Unreadable('is an empty list');

/** Our set, their single value. */
const ofOurs = (one: Coder): Coder => ({
  decode: (value, around) => {
    const theirs = Array.isArray(value) ? value[0] : value;
    if (theirs === undefined) return [];
    const decoded = theirs === null ? null : (one.decode?.(theirs, around) ?? null);
    return decoded instanceof Unreadable ? decoded : decoded === null ? [] : [decoded];
  },
  encode: (value, around) => {
    const ours = Array.isArray(value) ? value[0] : undefined;
    return ours === undefined || ours === null ? null : (one.encode?.(ours, around) ?? null);
  },
});

/** Our single value, their list. */
const ofTheirs = (one: Coder): Coder => ({
  decode: (value, around) => {
    const theirs = Array.isArray(value) ? value[0] : value;
    return theirs === undefined || theirs === null ? empty : (one.decode?.(theirs, around) ?? empty);
  },
  encode: (value, around) => {
    const written = one.encode?.(value, around) ?? null;
    return written instanceof Unreadable ? written : [written];
  },
});

export const first = defineCodec<Params>({
  name: 'first',
  params,
  kinds: ['set', 'text', 'int', 'decimal', 'money', 'instant', 'date', 'enum', 'bool', 'reference'],
  class: () => 'lossy',
  make: (one, site) => {
    const inner = innerOf(one, site);
    if (!inner) return undefined;
    return site.kind === 'set' ? ofOurs(inner.coder) : ofTheirs(inner.coder);
  },
  arbitrary: (one, site) => (fc) => {
    const inner = innerOf(one, site)?.arbitrary(fc);
    const canonical = inner?.canonical ?? fc.string();
    const external = inner?.external ?? fc.string();
    const list = fc.array(external as ReturnType<typeof fc.string>, { minLength: 1, maxLength: 3 });
    if (site.kind !== 'set')
      return { canonical, external: list, canonicalEdges: inner?.canonicalEdges ?? [], externalEdges: [] };
    const single = canonical.map((value): Json => [value]);
    return {
      canonical: single,
      external: fc.oneof(external, list as typeof external),
      canonicalEdges: [[]],
      externalEdges: [[] as Lossless],
    };
  },
});
