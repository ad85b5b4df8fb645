import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerIn } from '../../src/connector/raw-headers.ts';

const lines = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'));

describe('a header of an answer', () => {
  const headers = lines('Retry-After', '5', 'X-Note', 'naïve', 'via', 'a', 'VIA', 'b');

  it.each([
    ['retry-after', '5'],
    ['x-note', 'naïve'],
    ['via', 'a, b'],
    ['retry', undefined],
    ['5', undefined],
    ['constructor', undefined],
  ])('%s is %s', (name, value) => expect(headerIn(headers, name)).toBe(value));

  it('is what the web platform reads there, however it is spelled and repeated', () => {
    const name = fc.constantFrom('etag', 'ETag', 'via', 'Via', 'x-1', 'X-1', 'x-2');
    const value = fc.stringMatching(/^[!-~]{0,12}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), (pairs) => {
        const expected = new Headers(pairs);
        const raw = lines(...pairs.flat());
        for (const asked of ['etag', 'via', 'x-1', 'x-2', 'x-3']) {
          expect(headerIn(raw, asked) ?? null).toBe(expected.get(asked));
        }
      }),
    );
  });
});
