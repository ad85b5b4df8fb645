// The calendar against Date, which is slower and knows the same.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asIfUtc, faceAt, isoText } from '../../src/mapping/calendar.ts';
import { isCanonical, msOf, parseInstant } from '../../src/mapping/instant.ts';

const first = Date.parse('0000-01-01T00:00:00.000Z');
const last = Date.parse('9999-12-31T23:59:59.999Z');
const days = fc.integer({ min: Math.floor(first / 86_400_000), max: Math.floor(last / 86_400_000) });
const instants = fc.oneof(
  fc.integer({ min: first, max: last }),
  days.map((day) => day * 86_400_000),
  fc
    .constantFrom('1900-02-28', '2000-02-29', '2100-03-01', '1969-12-31')
    .map((day) => Date.parse(`${day}T23:59:59.999Z`)),
);

it('shows every instant as Date does, and finds it again', () => {
  fc.assert(
    fc.property(instants, (ms) => {
      expect(isoText(ms)).toBe(new Date(ms).toISOString());
      expect(asIfUtc(faceAt(ms))).toBe(ms);
      expect(msOf(isoText(ms))).toBe(ms);
    }),
    { numRuns: 2_000 },
  );
  expect(isoText(last + 1)).toBe(new Date(last + 1).toISOString());
});

it('takes as canonical what Date writes in that way and nothing else', () => {
  const part = fc.integer({ min: 0, max: 99 }).map((value) => String(value).padStart(2, '0'));
  const texts = fc
    .tuple(fc.constantFrom('2024', '2023', '1900', '0000'), part, part, part, part, part)
    .map(([year, month, day, hour, minute, second]) => `${year}-${month}-${day}T${hour}:${minute}:${second}.120Z`);
  const near = fc.constantFrom('2024-02-29T23:59:59.999Z', '2023-02-29T00:00:00.000Z', '2024-01-01T24:00:00.000Z');
  fc.assert(
    fc.property(fc.oneof(texts, near), (text) => {
      const ms = Date.parse(text);
      const isDate = !Number.isNaN(ms) && new Date(ms).toISOString() === text && !text.startsWith('0000');
      expect(isCanonical(text)).toBe(isDate);
      if (isDate) expect(parseInstant(text)).toBe(text);
    }),
    { numRuns: 2_000 },
  );
  for (const text of [
    '',
    '2024-01-01',
    '2024-01-01T00:00:00.00Z ',
    '2024-01-01t00:00:00.000Z',
    '2024-01-01T00:00:00.0x0Z',
  ])
    expect(isCanonical(text)).toBe(false);
});
