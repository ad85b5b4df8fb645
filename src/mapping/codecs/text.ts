// Text as it is, optionally trimmed, composed (NFC) and limited in length.
import { z } from 'zod';
import { type Lossless, NumberText } from '../../model/json.ts';
import { type Coder, defineCodec, describe, Unreadable } from '../codec.ts';

const params = z.strictObject({
  max: z.int().min(1).optional().describe('Most code points that the system holds.'),
  overflow: z
    .enum(['error', 'truncate'])
    .optional()
    .describe('What happens to longer text on the way out; default error.'),
  trim: z.boolean().optional(),
  nfc: z.boolean().optional(),
});
type Params = z.infer<typeof params>;

/** Text, or a number in its own digits: identifiers are text on our side whatever they are on theirs. */
export function asText(value: Lossless): string | Unreadable {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return value instanceof NumberText ? value.text : new Unreadable(`is ${describe(value)} where text is expected`);
}

/** Cuts after `max` code points, never inside one. */
function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  let at = 0;
  for (let count = 0; count < max && at < text.length; count++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return text.slice(0, at);
}

function make({ max, overflow, trim, nfc }: Params): Coder {
  const clean = (text: string): string => {
    const composed = nfc ? text.normalize('NFC') : text;
    return trim ? composed.trim() : composed;
  };
  return {
    decode: (value) => {
      if (typeof value === 'string' && !(trim || nfc)) return value;
      const text = asText(value);
      return text instanceof Unreadable ? text : clean(text);
    },
    // Cleaning what is clean leaves it; only cutting does not say whether the rest would be cut again.
    comesBack: (value, written) =>
      typeof value === 'string' && written === value && (max === undefined || value.length <= max),
    encode: (value) => {
      const text = clean(String(value));
      if (max === undefined || text.length <= max) return text;
      const short = truncate(text, max);
      if (short === text) return text;
      return overflow === 'truncate' ? clean(short) : new Unreadable(`is longer than the ${max} characters that fit`);
    },
  };
}

export const text = defineCodec<Params>({
  name: 'text',
  params,
  kinds: ['text', 'reference', 'enum'],
  class: ({ overflow, max, trim, nfc }) => {
    if (overflow === 'truncate' && max !== undefined) return 'lossy';
    return trim || nfc ? 'quotient' : 'iso';
  },
  make,
  arbitrary:
    ({ max = 40 }) =>
    (fc) => {
      const some = fc.string({ unit: 'grapheme', maxLength: max + 3 });
      const edges = [
        '',
        ' ',
        ' a ',
        'e\u0301',
        'x'.repeat(max - 1),
        'x'.repeat(max),
        'x'.repeat(max + 1),
        '😀'.repeat(max),
        '😀'.repeat(max + 1),
        `${'a'.repeat(max - 1)} b`,
      ];
      return {
        canonical: some,
        external: some,
        canonicalEdges: edges,
        externalEdges: [...edges, 12, new NumberText('12345678901234567890')],
      };
    },
});
