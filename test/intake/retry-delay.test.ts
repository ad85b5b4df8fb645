// How long it takes until a system is asked again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connector/contract.ts';
import { retryDelay } from '../../src/intake/retry-delay.ts';

const failures = fc.integer({ min: 1, max: 10_000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const asking = (retryAfterMs: number): ConnectorError => new ConnectorError('throttled', '429', { retryAfterMs });

describe('the delay', () => {
  it('is a whole number of milliseconds between a second and ten minutes', () => {
    fc.assert(
      fc.property(failures, chance, (count, luck) => {
        const ms = retryDelay(count, luck, new Error('no answer'));
        expect(Number.isInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(1_000);
        expect(ms).toBeLessThanOrEqual(600_000);
      }),
    );
  });

  it('never shrinks with one more failure and the same luck', () => {
    fc.assert(
      fc.property(failures, chance, (count, luck) => {
        expect(retryDelay(count + 1, luck, undefined)).toBeGreaterThanOrEqual(retryDelay(count, luck, undefined));
      }),
    );
  });

  it('uses the whole range below its ceiling', () => {
    expect(retryDelay(6, 0, undefined)).toBe(1_000);
    expect(retryDelay(6, 0.5, undefined)).toBe(32_000);
    expect(retryDelay(6, 0.999_999, undefined)).toBe(64_000);
  });

  it('is at least what the system asked for, up to a day', () => {
    fc.assert(
      fc.property(failures, chance, fc.integer({ min: 0, max: 10 * 86_400_000 }), (count, luck, asked) => {
        const expected = Math.max(retryDelay(count, luck, undefined), Math.min(asked, 86_400_000));
        expect(retryDelay(count, luck, asking(asked))).toBe(expected);
      }),
    );
  });
});
