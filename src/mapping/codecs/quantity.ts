// Quantities counted in another unit: exact, or refused; nothing is rounded.
import { z } from 'zod';
import { type Json, type Lossless, NumberText } from '../../model/json.ts';
import { type Coder, defineCodec, type Site, Unreadable } from '../codec.ts';
import { type Decimal, divide, formatDecimal, multiply, numberOf, parseDecimal, toSafeInteger } from '../decimal.ts';

const params = z.strictObject({
  factor: z
    .union([z.number(), z.string()])
    .refine((one) => (parseDecimal(one)?.digits ?? 0n) > 0n, 'must be a decimal number above 0')
    .optional()
    .describe('How many of ours are one of theirs; default 1.'),
  unit: z
    .string()
    .optional()
    .describe('UN/ECE Recommendation 20 code of the unit that theirs is counted in; for the reader.'),
  as: z.enum(['number', 'text']).optional().describe('How it is written; default number.'),
});
type Params = z.infer<typeof params>;

const one: Decimal = { digits: 1n, scale: 0 };
const factorOf = ({ factor = 1 }: Params): Decimal => parseDecimal(factor) ?? one;

function make(options: Params, site: Site): Coder {
  const factor = factorOf(options);
  const plain = factor.digits === 1n && factor.scale === 0;
  const integer = site.kind === 'int' || site.kind === 'any';
  const canonical = (value: Decimal): Json | Unreadable => {
    if (!integer) return formatDecimal(value);
    return toSafeInteger(value) ?? new Unreadable('is not a whole quantity');
  };
  return {
    decode: (value) => {
      if (plain && integer && typeof value === 'number' && Number.isSafeInteger(value)) return value + 0;
      const theirs = parseDecimal(value);
      return theirs ? canonical(multiply(theirs, factor)) : new Unreadable('is not a quantity');
    },
    comesBack: (value) =>
      plain && integer && typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0),
    encode: (value) => {
      if (plain && options.as !== 'text' && typeof value === 'number') return value;
      const ours = parseDecimal(value as Lossless);
      const theirs = ours && divide(ours, factor, 9);
      if (!theirs) return new Unreadable(`cannot be counted in units of ${options.factor}`);
      const text = formatDecimal(theirs);
      return options.as === 'text' ? text : numberOf(text);
    },
  };
}

export const quantity = defineCodec<Params>({
  name: 'quantity',
  params,
  kinds: ['int', 'decimal'],
  class: () => 'quotient',
  make,
  arbitrary: (options, site) => (fc) => {
    const { digits, scale } = factorOf(options);
    const integer = site.kind === 'int' || site.kind === 'any';
    const canonical = (theirs: number): Json => {
      const ours = formatDecimal(
        multiply({ digits: BigInt(theirs) * 10n ** BigInt(scale), scale: 0 }, { digits, scale }),
      );
      return integer ? Number(ours) : ours;
    };
    const some = fc.integer({ min: 0, max: 100_000 });
    const external = some.map((count) => count * 10 ** scale);
    return {
      canonical: some.map(canonical),
      external,
      canonicalEdges: [canonical(0), canonical(1)],
      externalEdges: [0, '0', `${10 ** scale}.00`, new NumberText(`${10 ** scale}.0`)],
    };
  },
});
