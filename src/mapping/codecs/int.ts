// Integers, also when the system sends them as text; identifiers on our side keep their digits as text.
import { z } from 'zod';
import { NumberText } from '../../model/json.ts';
import { type Coder, defineCodec, type Site, Unreadable } from '../codec.ts';
import { numberOf, parseDecimal, toSafeInteger } from '../decimal.ts';

const params = z.strictObject({
  as: z.enum(['number', 'text']).optional().describe('How it is written; default number.'),
});
type Params = z.infer<typeof params>;

const digits = /^-?(?:0|[1-9]\d*)$/;

const integer = (as: 'number' | 'text'): Coder => ({
  decode: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0;
    const decimal = parseDecimal(value);
    return (decimal && toSafeInteger(decimal)) ?? new Unreadable('is not an integer that can be held exactly');
  },
  comesBack: () => true,
  encode: (value) => {
    if (!Number.isSafeInteger(value)) return new Unreadable('is not an integer');
    return as === 'text' ? String(value) : (value as number);
  },
});

const digitText = (as: 'number' | 'text'): Coder => ({
  decode: (value) => {
    const text = typeof value === 'string' ? value : value instanceof NumberText ? value.text : String(value);
    return typeof value !== 'boolean' && digits.test(text) ? text : new Unreadable('is not an integer');
  },
  comesBack: () => true,
  encode: (value) => {
    if (typeof value !== 'string' || !digits.test(value)) return new Unreadable('is not an integer');
    return as === 'text' ? value : numberOf(value);
  },
});

const keepsText = (site: Site): boolean => site.kind !== 'int' && site.kind !== 'any';

export const int = defineCodec<Params>({
  name: 'int',
  params,
  kinds: ['int', 'text', 'reference'],
  class: () => 'quotient',
  make: ({ as = 'number' }, site) => (keepsText(site) ? digitText(as) : integer(as)),
  arbitrary: (_, site) => (fc) => {
    const edges = [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const numbers = fc.oneof(fc.integer(), fc.maxSafeInteger());
    const externalEdges = [...edges, '7', '0', new NumberText('2.0')];
    if (!keepsText(site)) return { canonical: numbers, external: numbers, canonicalEdges: edges, externalEdges };
    const long = ['12345678901234567890'];
    return {
      canonical: numbers.map((one) => String(one + 0)),
      external: fc.oneof(numbers, numbers.map(String)),
      canonicalEdges: [...edges.map(String), ...long],
      externalEdges: [...edges, '7', new NumberText('12345678901234567890')],
    };
  },
});
