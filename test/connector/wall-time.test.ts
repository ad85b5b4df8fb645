import { describe, expect, it } from 'vitest';
import { isoOf, isZone, repeatedFace, wallTimeOf } from '../../src/connector/wall-time.ts';

describe('times without a zone', () => {
  it.each([
    ['2026-11-24 15:30:00.123456', 'Asia/Kolkata', '2026-11-24T10:00:00.123Z'],
    ['2026-11-24 15:30:00', 'Asia/Kolkata', '2026-11-24T10:00:00.000Z'],
    ['2026-07-01 12:00:00.000001', 'Europe/Berlin', '2026-07-01T10:00:00.000Z'],
    // Shown twice: the earlier one. Never shown: an hour on.
    ['2026-10-25 02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25 03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
  ])('%s in %s', (text, zone, iso) => {
    expect(isoOf(text, zone)).toBe(iso);
    expect(wallTimeOf(iso, zone)).toBe(`${text.slice(0, 19)}${text.slice(19, 23) || '.000'}`);
  });

  it('are shown twice for an hour in autumn, and a round that begins there begins an hour earlier', () => {
    expect(repeatedFace('2026-10-25T00:30:00.000Z', 'Europe/Berlin')).toBe(3_600_000);
    expect(repeatedFace('2026-10-25T02:30:00.000Z', 'Europe/Berlin')).toBe(0);
    expect(repeatedFace(undefined, 'Europe/Berlin')).toBe(0);
  });

  it('need a zone that there is', () => {
    expect(['Asia/Kolkata', 'UTC', 'Europe/Nowhere', ''].map(isZone)).toEqual([true, true, false, false]);
  });
});
