// A reference: the other system's id on their side, the canonical id on ours.
import { z } from 'zod';
import { type Lossless, NumberText } from '../../model/json.ts';
import { isRecordType, type RecordType, recordTypes } from '../../model/records.ts';
import { defineCodec, Unreadable, Unresolved } from '../codec.ts';
import { numberOf } from '../decimal.ts';

const params = z.strictObject({
  record: z.string().refine(isRecordType, { error: () => `is no record type; known are ${recordTypes.join(', ')}` }),
  unknown: z
    .enum(['park', 'omit'])
    .optional()
    .describe('What happens while the system written to does not have it; default park.'),
  as: z.enum(['text', 'int']).optional().describe('How the id is written; default text.'),
});
type Params = z.infer<typeof params>;

const idText = (value: Lossless): string | undefined => {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (value instanceof NumberText) return value.text;
  return typeof value === 'number' ? String(value) : undefined;
};

export const lookup = defineCodec<Params>({
  name: 'lookup',
  params,
  kinds: ['reference', 'text'],
  class: () => 'quotient',
  make: ({ record: name, unknown = 'park', as = 'text' }) => {
    const record = name as RecordType;
    return {
      reference: idText,
      decode: (value, around) => {
        const id = idText(value);
        if (id === undefined) return new Unreadable('is no id');
        return around.lookup(record, id) ?? new Unresolved(record, id, unknown);
      },
      encode: (value, around) => {
        const id = around.lookup(record, String(value));
        if (id === undefined) return new Unresolved(record, String(value), unknown);
        return as === 'int' && /^(?:0|[1-9]\d*)$/.test(id) ? numberOf(id) : id;
      },
    };
  },
  arbitrary: () => (fc) => {
    const ids = fc.stringMatching(/^[1-9]\d{0,19}$/);
    return {
      canonical: ids,
      external: ids,
      canonicalEdges: ['1'],
      externalEdges: [7, new NumberText('12345678901234567890')],
    };
  },
});
