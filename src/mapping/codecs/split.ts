// Text with separators on their side, a set on ours.
import { z } from 'zod';
import type { Lossless } from '../../model/json.ts';
import { defineCodec, describe, Unreadable } from '../codec.ts';
import { innerMember, memberCoder, readMembers, sortedSet, writeMembers } from './set.ts';

const params = z.strictObject({
  sep: z.string().min(1),
  codec: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .optional()
    .describe('Codec of each member; default text.'),
});
type Params = z.infer<typeof params>;

const cut = (text: string, sep: string): string[] =>
  text
    .split(sep)
    .map((part) => part.trim())
    .filter((part) => part !== '');

export const split = defineCodec<Params>({
  name: 'split',
  params,
  kinds: ['set'],
  class: (one, site) => (innerMember(one, site)?.class === 'lossy' ? 'lossy' : 'quotient'),
  make: (one, site) => {
    const member = memberCoder(one, site);
    if (!member) return undefined;
    return {
      decode: (value, around) =>
        typeof value === 'string'
          ? readMembers(cut(value, one.sep), member, around)
          : new Unreadable(`is ${describe(value)} where text is expected`),
      encode: (value, around) => {
        const members = writeMembers(value, member, around);
        if (members instanceof Unreadable) return members;
        if (members.some((text: Lossless) => typeof text !== 'string' || text.includes(one.sep)))
          return new Unreadable(`has a member that holds the separator "${one.sep}"`);
        return members.join(one.sep);
      },
    };
  },
  arbitrary: (one, site) => (fc) => {
    const inner = innerMember(one, site)?.arbitrary(fc).canonical as ReturnType<typeof fc.string> | undefined;
    const usable = (text: string): boolean => text.trim() === text && text !== '' && !text.includes(one.sep);
    const canonical = fc.array(inner ?? fc.string(), { maxLength: 4 }).map((list) => sortedSet(list.filter(usable)));
    return {
      canonical,
      external: canonical.map((list) => list.join(one.sep)),
      canonicalEdges: [[]],
      externalEdges: ['', one.sep],
    };
  },
});
