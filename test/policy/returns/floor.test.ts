// What the laws give: until when the money must be back, in days of the calendar of the policy's zone.
import { describe, expect, it } from 'vitest';
import { floors, protecting, refundByOf } from '../../../src/policy/returns/floor.ts';
import {
  daysBetween,
  endOfDayAfter,
  isPeriod,
  isSpan,
  periodBefore,
  startOfMonth,
} from '../../../src/policy/returns/period.ts';

const zone = 'Asia/Shanghai';
const at = (text: string): number => Date.parse(text);
const text = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe('the money must be back', () => {
  const requestedAt = at('2026-11-01T09:00:00+08:00');

  it('in China seven days after the goods, counted from the day after them', () => {
    const cn = floors['cn-7day-no-reason'];
    expect(refundByOf(cn, { requestedAt, scannedAt: requestedAt }, zone)).toBeUndefined();
    const receivedAt = at('2026-11-05T23:30:00+08:00');
    expect(text(refundByOf(cn, { requestedAt, receivedAt }, zone))).toBe('2026-11-12T15:59:59.999Z');
  });

  it('in the Union fourteen days after the notice, but not before goods or proof of dispatch are there', () => {
    const eu = floors['eu-14day-withdrawal'];
    const by = (scannedAt?: string, receivedAt?: string) =>
      text(
        refundByOf(
          eu,
          {
            requestedAt,
            scannedAt: scannedAt ? at(scannedAt) : undefined,
            receivedAt: receivedAt ? at(receivedAt) : undefined,
          },
          'Europe/Berlin',
        ),
      );
    expect(by()).toBeUndefined();
    expect(by('2026-11-03T12:00:00Z')).toBe('2026-11-15T22:59:59.999Z');
    expect(by('2026-11-20T12:00:00Z', '2026-11-24T12:00:00Z')).toBe('2026-11-20T12:00:00.000Z');
  });
});

it('a law protects by country, time and goods', () => {
  const both = Object.values(floors);
  const claim = { deliveredDaysAgo: 8, returnable: ['yes' as const] };
  expect(protecting(both, { ...claim, shipCountry: 'CN' })).toBeUndefined();
  expect(protecting(both, { ...claim, shipCountry: 'DE' })?.id).toBe('eu-14day-withdrawal');
  expect(protecting(both, { ...claim, shipCountry: 'DE', returnable: ['confirmed_excluded'] })).toBeUndefined();
});

describe('calendar time', () => {
  it('ends with the month where a month is shorter, and keeps the time of day over a change of clocks', () => {
    expect(text(periodBefore(at('2026-08-31T12:00:00+08:00'), 'P6M', zone))).toBe('2026-02-28T04:00:00.000Z');
    expect(text(periodBefore(at('2026-03-30T12:00:00+02:00'), 'P2D', 'Europe/Berlin'))).toBe(
      '2026-03-28T11:00:00.000Z',
    );
    expect(text(startOfMonth(at('2026-11-01T00:30:00+08:00'), zone))).toBe('2026-10-31T16:00:00.000Z');
    expect(text(endOfDayAfter(at('2026-11-01T00:30:00+08:00'), 0, zone))).toBe('2026-11-01T15:59:59.999Z');
    expect(daysBetween(at('2026-10-31T23:59:00+08:00'), at('2026-11-01T00:01:00+08:00'), zone)).toBe(1);
  });

  it.each([
    ['P6M', true, false],
    ['P1Y2M', true, false],
    ['P30D', true, true],
    ['PT10M', false, true],
    ['PT0S', false, true],
    ['P', false, false],
    ['half a year', false, false],
  ])('%s is a window: %s, a length by the clock: %s', (written, isWindow, isLength) => {
    expect([isPeriod(written), isSpan(written)]).toEqual([isWindow, isLength]);
  });
});
