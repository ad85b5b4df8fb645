// Several members of the payload, or a list, as one text: `theirs: [firstName, lastName]`.
import { z } from 'zod';
import type { Lossless } from '../../model/json.ts';
import { defineCodec, describe, Unreadable } from '../codec.ts';
import { each } from './set.ts';
import { asText } from './text.ts';

const params = z.strictObject({ sep: z.string().optional().describe('Stands between the parts; default one blank.') });
type Params = z.infer<typeof params>;

function joined(values: readonly Lossless[], sep: string): string | Unreadable {
  const texts = each(
    values.filter((value) => value !== null),
    asText,
  );
  return texts instanceof Unreadable ? texts : (texts as string[]).filter((text) => text !== '').join(sep);
}

/** The last part takes what is left over. */
function parts(text: string, sep: string, count: number): string[] {
  const all = sep === '' ? [text] : text.split(sep);
  const head = all.slice(0, count - 1);
  return [...head, all.slice(count - 1).join(sep), ...Array<string>(count).fill('')].slice(0, count);
}

export const join = defineCodec<Params>({
  name: 'join',
  params,
  kinds: ['text'],
  class: () => 'lossy',
  make: ({ sep = ' ' }, site) => {
    if (site.shape === 'parts')
      return { join: (values) => joined(values, sep), part: (value, count) => parts(String(value), sep, count) };
    return {
      decode: (value) =>
        Array.isArray(value) ? joined(value, sep) : new Unreadable(`is ${describe(value)} where a list is expected`),
      encode: (value) => (sep === '' ? [String(value)] : String(value).split(sep)),
    };
  },
  arbitrary:
    ({ sep = ' ' }) =>
    (fc) => {
      const word = fc.stringMatching(/^[A-Za-z]{1,8}$/);
      const canonical = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(sep));
      return {
        canonical,
        external: fc.array(word, { minLength: 1, maxLength: 3 }),
        canonicalEdges: ['Anna', `Anna${sep}Maria${sep}Schmidt`],
        externalEdges: [['Anna', '']],
      };
    },
});
