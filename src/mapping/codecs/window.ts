// Time windows: start, end and note, each a value of its own in the payload.
import { z } from 'zod';
import type { Json, Lossless } from '../../model/json.ts';
import { type Coder, defineCodec, type Site } from '../codec.ts';
import { asText } from './text.ts';

const params = z.strictObject({
  time: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .optional()
    .describe('Codec of start and end; default instant.'),
});
type Params = z.infer<typeof params>;

export const windowMembers = ['startAt', 'endAt', 'note'] as const;
const note: Coder = {
  decode: asText,
  encode: (value) => value as Lossless,
  comesBack: (value) => typeof value === 'string',
};
const timeOf = ({ time }: Params, site: Site) => site.inner(time ?? 'instant', 'instant', 'time');

export const window = defineCodec<Params>({
  name: 'window',
  params,
  kinds: ['window'],
  class: (one, site) => timeOf(one, site)?.class ?? 'quotient',
  make: (one, site) => {
    const time = timeOf(one, site)?.coder;
    return time && { members: { startAt: time, endAt: time, note } };
  },
  arbitrary: (one, site) => (fc) => {
    const time = timeOf(one, site)?.arbitrary(fc).canonical ?? fc.constant('2025-06-30T12:00:00.000Z');
    const canonical = fc
      .record({ startAt: time, endAt: time, note: fc.string({ maxLength: 8 }) }, { requiredKeys: ['startAt'] })
      .map((value): Json => value as Json);
    return {
      canonical,
      external: canonical as ReturnType<typeof fc.constant<Lossless>>,
      canonicalEdges: [],
      externalEdges: [],
    };
  },
});
