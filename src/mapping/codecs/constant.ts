// A value that is always written and says nothing.
import { z } from 'zod';
import type { Lossless } from '../../model/json.ts';
import { defineCodec } from '../codec.ts';

const params = z.strictObject({ value: z.union([z.string(), z.number(), z.boolean(), z.null()]) });
type Params = z.infer<typeof params>;

export const constant = defineCodec<Params>({
  name: 'const',
  params,
  kinds: [],
  class: () => 'oneway',
  make: ({ value }) => ({ encode: () => value as Lossless }),
  arbitrary:
    ({ value }) =>
    (fc) => ({ canonical: fc.constant(value), external: fc.constant(value), canonicalEdges: [], externalEdges: [] }),
});
