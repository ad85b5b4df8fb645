// Decimal numbers as text: `12.50` and `12.5` are one value.
import { z } from 'zod';
import type { Json, Lossless } from '../../model/json.ts';
import { defineCodec, Unreadable } from '../codec.ts';
import { formatDecimal, numberOf, parseDecimal } from '../decimal.ts';

const params = z.strictObject({
  as: z.enum(['text', 'number']).optional().describe('How it is written; default text.'),
  places: z.int().min(0).max(20).optional().describe('Digits after the point that are written at least.'),
});
type Params = z.infer<typeof params>;

const read = (value: Lossless): Json | Unreadable => {
  const decimal = parseDecimal(value);
  return decimal ? formatDecimal(decimal) : new Unreadable('is not a decimal number');
};

export const decimal = defineCodec<Params>({
  name: 'decimal',
  params,
  kinds: ['decimal', 'text'],
  class: () => 'quotient',
  make: ({ as = 'text', places = 0 }) => ({
    decode: read,
    encode: (value) => {
      const parsed = parseDecimal(value as Lossless);
      if (!parsed) return new Unreadable('is not a decimal number');
      return as === 'text' ? formatDecimal(parsed, places) : numberOf(formatDecimal(parsed));
    },
  }),
  arbitrary: () => (fc) => {
    const some = fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 8 }))
      .map(([digits, scale]) => formatDecimal({ digits, scale }));
    const edges = ['0', '0.1', '-0.5', '1.005', '12345678901234567890.123456789', '1e3', '-0', '.5', '5.'];
    const canonicalEdges = edges.map((one) => read(one) as Json);
    return {
      canonical: some.map((one) => read(one) as Json),
      external: some,
      canonicalEdges,
      externalEdges: [...edges, '12.50', 12.5, 0.1],
    };
  },
});
