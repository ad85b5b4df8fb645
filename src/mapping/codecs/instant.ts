// RFC 3339 text with an offset, kept as UTC with milliseconds.
import { z } from 'zod';
import { defineCodec, Unreadable } from '../codec.ts';
import { parseInstant } from '../instant.ts';

const params = z.strictObject({});
type Params = z.infer<typeof params>;

export const instant = defineCodec<Params>({
  name: 'instant',
  params,
  kinds: ['instant'],
  class: () => 'quotient',
  make: () => ({
    decode: (value) =>
      (typeof value === 'string' ? parseInstant(value) : undefined) ??
      new Unreadable('is not a time with an offset (RFC 3339)'),
    comesBack: (value, written) => written === value,
    encode: (value) => parseInstant(String(value)) ?? new Unreadable('is not an instant'),
  }),
  arbitrary: () => (fc) => {
    const canonical = fc
      .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
      .map((at) => at.toISOString());
    const edges = ['1970-01-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z', '0001-01-01T00:00:00.000Z'];
    const offsets = [
      '2025-06-30T12:00:00Z',
      '2025-06-30T12:00:00+08:00',
      '2025-06-30t12:00:00.123456-03:30',
      '2025-12-31 23:59:59.5z',
      '2016-12-31T23:59:60Z',
    ];
    return { canonical, external: canonical, canonicalEdges: edges, externalEdges: [...edges, ...offsets] };
  },
});
