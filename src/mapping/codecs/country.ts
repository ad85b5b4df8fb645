// Countries: ISO 3166-1 alpha-2 on our side; alpha-2, alpha-3 or a name in English or Chinese on theirs.
import { z } from 'zod';
import { type Coder, defineCodec, Unreadable } from '../codec.ts';
import { alpha3Of, countryCodes, countryOf, nameOf } from '../countries.ts';

const params = z.strictObject({
  as: z
    .enum(['alpha2', 'alpha3', 'en', 'zh'])
    .optional()
    .describe('How it is written; default alpha2. All forms are read.'),
});
type Params = z.infer<typeof params>;

const isCode = (value: unknown): value is string => typeof value === 'string' && alpha3Of(value) !== undefined;

export function countryCoder({ as = 'alpha2' }: Params): Coder {
  return {
    decode: (value) =>
      (typeof value === 'string' ? countryOf(value) : undefined) ??
      new Unreadable('is no country known by code or name'),
    comesBack: (value, written) => written === value && isCode(value),
    encode: (value) => {
      if (!isCode(value)) return new Unreadable('is no ISO 3166-1 alpha-2 code');
      if (as === 'alpha2') return value;
      return as === 'alpha3' ? (alpha3Of(value) ?? value) : nameOf(value, as);
    },
  };
}

export const country = defineCodec<Params>({
  name: 'country',
  params,
  kinds: ['text'],
  class: () => 'quotient',
  make: countryCoder,
  arbitrary: () => (fc) => {
    const codes = fc.constantFrom(...countryCodes);
    const words = fc.oneof(
      codes,
      codes.map((code) => alpha3Of(code) ?? code),
      codes.map((code) => nameOf(code, 'zh')),
    );
    return {
      canonical: codes,
      external: words,
      canonicalEdges: ['CN', 'DE', 'GB'],
      externalEdges: ['de', 'DEU', 'Germany', '德国', ' China '],
    };
  },
});
