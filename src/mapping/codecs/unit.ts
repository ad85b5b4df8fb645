// Units of measure: UN/ECE Recommendation 20 codes on our side, a system's words on theirs.
import { z } from 'zod';
import { type Coder, defineCodec, Unreadable } from '../codec.ts';

const params = z.strictObject({
  words: z
    .record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
    .optional()
    .describe('Code: words of theirs; the first is written. Codes without words are written as they are.'),
});
type Params = z.infer<typeof params>;

const usual: Readonly<Record<string, readonly string[]>> = {
  C62: ['pc', 'pcs', 'piece', 'pieces', 'ea', 'each', 'unit', 'units', '件', '个', '只'],
  KGM: ['kg', 'kilogram', '千克', '公斤'],
  GRM: ['g', 'gram', '克'],
  MTR: ['m', 'metre', 'meter', '米'],
  LTR: ['l', 'litre', 'liter', '升'],
  XBX: ['box', 'bx', '箱'],
  XPK: ['pack', 'pk', '包'],
  PR: ['pair', 'pairs', '双'],
  SET: ['set', 'sets', '套'],
};
const code = /^[A-Z0-9]{2,3}$/;
const fold = (word: string): string => word.trim().toLowerCase();

function make({ words = {} }: Params): Coder {
  const own = Object.entries(words).map(([to, from]) => [to, typeof from === 'string' ? [from] : from] as const);
  const meaning = new Map(
    [...Object.entries(usual), ...own].flatMap(([to, from]) => from.map((word) => [fold(word), to] as const)),
  );
  const written = new Map(own.map(([to, from]) => [to, from[0] as string]));
  return {
    decode: (value) => {
      if (typeof value !== 'string') return new Unreadable('is no unit');
      const known = meaning.get(fold(value));
      return known ?? (code.test(value) ? value : new Unreadable('is no unit of the table and no Rec 20 code'));
    },
    encode: (value) =>
      written.get(String(value)) ?? (code.test(String(value)) ? String(value) : new Unreadable('is no Rec 20 code')),
  };
}

export const unit = defineCodec<Params>({
  name: 'unit',
  params,
  kinds: ['text'],
  class: () => 'quotient',
  make,
  arbitrary:
    ({ words = {} }) =>
    (fc) => {
      const codes = [...new Set([...Object.keys(words).filter((one) => code.test(one)), 'C62', 'KGM'])];
      const theirs = [...Object.values(words).flat(), 'KGM', 'pcs'];
      return {
        canonical: fc.constantFrom(...codes),
        external: fc.constantFrom(...theirs),
        canonicalEdges: codes,
        externalEdges: theirs,
      };
    },
});
