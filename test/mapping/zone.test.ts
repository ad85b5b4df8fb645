// Local times against an independent implementation.
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { asIfUtc } from '../../src/mapping/calendar.ts';
import { type Disambiguation, toInstant, toLocal, zoneOf } from '../../src/mapping/zone.ts';

const names = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
];
// 1986 to 2035: Shanghai had summer time until 1991, Apia skipped a day in 2011.
const instants = fc.integer({ min: 504_921_600, max: 2_051_222_400 }).map((second) => second * 1000);

describe.each(names)('%s', (name) => {
  const zone = zoneOf(name);

  it('shows the same clock as Temporal', () => {
    fc.assert(
      fc.property(instants, (at) => {
        const there = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name);
        expect(toLocal(zone, at)).toMatchObject({
          year: there.year,
          month: there.month,
          day: there.day,
          hour: there.hour,
          minute: there.minute,
          second: there.second,
        });
      }),
    );
  });

  it.each(['earlier', 'later', 'reject'] as const)('reads clocks as Temporal does: %s', (rule) => {
    fc.assert(
      fc.property(nearChanges(name), (at) => {
        const local = toLocal(zoneOf('UTC'), at);
        expect(toInstant(zone, local, { gap: rule, fold: rule })).toBe(oracle(local, name, rule));
      }),
      { numRuns: 300 },
    );
  });
});

/** Clock faces, half of them within a few hours of a change of the clocks. */
function nearChanges(name: string): fc.Arbitrary<number> {
  const changes: number[] = [];
  let at = Temporal.Instant.from('2011-01-01T00:00:00Z').toZonedDateTimeISO(name);
  for (let count = 0; count < 12; count++) {
    const next = at.getTimeZoneTransition('next');
    if (!next) break;
    changes.push(asIfUtc({ ...partsOf(next), milli: 0 }));
    at = next;
  }
  const faces = fc.integer({ min: 1_300_000_000, max: 1_900_000_000 }).map((second) => second * 1000);
  if (changes.length === 0) return faces;
  return fc.oneof(
    faces,
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -200, max: 200 }))
      .map(([change, minutes]) => change + minutes * 60_000),
  );
}

const partsOf = ({ year, month, day, hour, minute, second }: Temporal.ZonedDateTime) => ({
  year,
  month,
  day,
  hour,
  minute,
  second,
});

function oracle(local: ReturnType<typeof toLocal>, name: string, disambiguation: Disambiguation): number | undefined {
  const { milli, ...fields } = local;
  try {
    return Temporal.PlainDateTime.from({ ...fields, millisecond: milli }).toZonedDateTime(name, { disambiguation })
      .epochMilliseconds;
  } catch {
    return undefined;
  }
}
