// Calendar dates without a time.
import { z } from 'zod';
import { pad, validDate } from '../calendar.ts';
import { defineCodec, Unreadable } from '../codec.ts';
import { compileFormat, formatFaults } from '../time-format.ts';

const params = z.strictObject({
  format: z
    .string()
    .refine((one) => formatFaults(one, 'date') === undefined, {
      error: (issue) => formatFaults(String(issue.input), 'date') ?? '',
    })
    .optional()
    .describe('Default yyyy-MM-dd.'),
});
type Params = z.infer<typeof params>;
const iso = 'yyyy-MM-dd';

export const date = defineCodec<Params>({
  name: 'date',
  params,
  kinds: ['date'],
  class: () => 'iso',
  make: ({ format = iso }) => {
    const [theirs, ours] = [compileFormat(format), compileFormat(iso)];
    const wrong = new Unreadable(`is not a date in the form ${format}`);
    return {
      decode: (value) => {
        const parts = typeof value === 'string' ? theirs.parse(value) : undefined;
        return parts && validDate(parts.year, parts.month, parts.day)
          ? `${pad(parts.year, 4)}-${pad(parts.month, 2)}-${pad(parts.day, 2)}`
          : wrong;
      },
      encode: (value) => {
        const parts = ours.parse(String(value));
        return parts && validDate(parts.year, parts.month, parts.day)
          ? theirs.format(parts)
          : new Unreadable('is not a date');
      },
    };
  },
  arbitrary:
    ({ format = iso }) =>
    (fc) => {
      const [theirs, ours] = [compileFormat(format), compileFormat(iso)];
      const canonical = fc
        .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
        .map((at) => at.toISOString().slice(0, 10));
      const turn = (text: string): string =>
        theirs.format(ours.parse(text) ?? { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, milli: 0 });
      const edges = ['2024-02-29', '1999-12-31', '0001-01-01'];
      return { canonical, external: canonical.map(turn), canonicalEdges: edges, externalEdges: edges.map(turn) };
    },
});
