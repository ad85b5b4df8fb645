import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/model/duration.ts';
import { idPrefix, isRecordId, newId, typeOfId } from '../../src/model/ids.ts';
import { recordTypes } from '../../src/model/records.ts';

describe('newId', () => {
  it('is a UUIDv7 with the prefix of its type, and sorts by time', () => {
    const zeros = (bytes: number): Uint8Array => new Uint8Array(bytes);
    expect(newId('ord_', 0x018f_0000_0001, zeros)).toBe('ord_018f0000000170008000000000000000');
    const ids = [5, 4, 3].map((at) => newId('ord_', 1_800_000_000_000 + at, randomBytes));
    expect([...ids].sort()).toEqual([...ids].reverse());
    for (const id of ids) expect(id).toMatch(/^ord_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  });

  it('has one prefix per type', () => {
    const prefixes = recordTypes.map(idPrefix);
    expect(new Set(prefixes).size).toBe(recordTypes.length);
    for (const type of recordTypes) expect(isRecordId(type, newId(idPrefix(type), 1, randomBytes))).toBe(true);
  });

  it('says the type, where an id does', () => {
    for (const type of recordTypes) expect(typeOfId(newId(idPrefix(type), 1, randomBytes))).toBe(type);
    expect(typeOfId('logistics/ord_1/0')).toBeUndefined();
  });

  it('tells ids from other text', () => {
    expect(isRecordId('order', newId('shp_', 1, randomBytes))).toBe(false);
    expect(isRecordId('order', 'ord_1')).toBe(false);
    expect(isRecordId('shipment', 'logistics/ord_1/0')).toBe(true);
    expect(isRecordId('order', 'logistics/ord_1/0')).toBe(false);
    expect(isRecordId('shipment', 'logistics/ord 1/0')).toBe(false);
  });
});

describe('durations', () => {
  it.each([
    ['50ms', 50],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['PT10M', 600_000],
    ['PT0S', 0],
    ['P3D', 259_200_000],
    ['P1DT12H', 129_600_000],
    ['P1W', 604_800_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  });

  it.each(['', '10', 'P', 'PT', 'P1M', '-5s', '5 m', 'ten minutes'])('%j is refused by name', (text) => {
    expect(() => parseDuration(text)).toThrow(`"${text}"`);
  });
});
