// Seconds or milliseconds since 1970.
import { z } from 'zod';
import { type Lossless, NumberText } from '../../model/json.ts';
import { isoText } from '../calendar.ts';
import { defineCodec, Unreadable } from '../codec.ts';
import { parseDecimal, toSafeInteger } from '../decimal.ts';
import { isCanonical, latestInstant, msOf } from '../instant.ts';

const params = z.strictObject({
  unit: z.enum(['s', 'ms']),
  as: z.enum(['number', 'text']).optional().describe('How it is written; default number.'),
});
type Params = z.infer<typeof params>;

function wholeNumber(value: Lossless): number | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const decimal = parseDecimal(value);
  return decimal && toSafeInteger(decimal);
}

export const epoch = defineCodec<Params>({
  name: 'epoch',
  params,
  kinds: ['instant'],
  class: ({ unit }) => (unit === 's' ? 'lossy' : 'quotient'),
  make: ({ unit, as }) => {
    const factor = unit === 's' ? 1000 : 1;
    return {
      decode: (value) => {
        const number = wholeNumber(value);
        if (number === undefined || Math.abs(number) * factor > latestInstant)
          return new Unreadable(`is not a time in ${unit} since 1970`);
        return isoText(number * factor);
      },
      comesBack: (value) => typeof value === 'string' && isCanonical(value) && msOf(value) % factor === 0,
      encode: (value) => {
        const ms = msOf(String(value));
        if (Number.isNaN(ms)) return new Unreadable('is not an instant');
        const number = Math.floor(ms / factor);
        return as === 'text' ? String(number) : number;
      },
    };
  },
  arbitrary:
    ({ unit }) =>
    (fc) => {
      const at = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 });
      const canonical = fc
        .tuple(at, fc.integer({ min: 0, max: 999 }))
        .map(([s, ms]) => new Date(s * 1000 + ms).toISOString());
      const edges = ['1970-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '2038-01-19T03:14:08.001Z'];
      const external = unit === 's' ? at : at.map((s) => s * 1000 + 7);
      return {
        canonical,
        external,
        canonicalEdges: edges,
        externalEdges: [0, -1, '1764000000', new NumberText('1764000000.0')],
      };
    },
});
