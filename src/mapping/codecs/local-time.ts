// Local clock time in a named zone, with a rule for the hour that does not exist and the one that exists twice.
import { z } from 'zod';
import { asIfUtc, isoText, validDate, validTime } from '../calendar.ts';
import { type Coder, defineCodec, Unreadable } from '../codec.ts';
import { isCanonical, msOf } from '../instant.ts';
import { compileFormat, formatFaults } from '../time-format.ts';
import { toInstant, toLocal, zoneOf } from '../zone.ts';

const isZone = (name: string): boolean => {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
};

const rule = z.enum(['reject', 'earlier', 'later']).optional();
const params = z.strictObject({
  zone: z.string().refine(isZone, 'is no time zone of the IANA list, such as Asia/Shanghai'),
  format: z
    .string()
    .refine((one) => formatFaults(one, 'dateTime') === undefined, {
      error: (issue) => formatFaults(String(issue.input), 'dateTime') ?? '',
    })
    .optional()
    .describe('Default yyyy-MM-dd HH:mm:ss.'),
  gap: rule.describe('A local time that a forward change of the clocks skips; default reject.'),
  fold: rule.describe('A local time that exists twice; default earlier.'),
});
type Params = z.infer<typeof params>;
const usual = 'yyyy-MM-dd HH:mm:ss';

function make({ zone: name, format: pattern = usual, gap = 'reject', fold = 'earlier' }: Params): Coder {
  const zone = zoneOf(name);
  const format = compileFormat(pattern);
  const rules = { gap, fold };
  const unit = pattern.includes('SSS') ? 1 : pattern.includes('ss') ? 1000 : 60_000;
  const wrong = new Unreadable(`is not a time in the form ${pattern} that exists in ${name}`);
  return {
    decode: (value) => {
      const parts = typeof value === 'string' ? format.parse(value) : undefined;
      if (
        !parts ||
        !validDate(parts.year, parts.month, parts.day) ||
        !validTime(parts.hour, parts.minute, parts.second)
      )
        return wrong;
      const at = toInstant(zone, parts, rules);
      return at === undefined ? wrong : isoText(at);
    },
    comesBack: (value) => {
      if (typeof value !== 'string' || !isCanonical(value)) return false;
      const at = msOf(value);
      const offset = zone.steadyOffsetAt(at);
      return offset !== undefined && (at + offset) % unit === 0;
    },
    encode: (value) => {
      const at = msOf(String(value));
      if (Number.isNaN(at)) return new Unreadable('is not an instant');
      const local = toLocal(zone, at);
      if (fold === 'reject' && toInstant(zone, local, rules) === undefined)
        return new Unreadable(`exists twice in ${name}`);
      return format.format(local);
    },
  };
}

export const localTime = defineCodec<Params>({
  name: 'localTime',
  params,
  kinds: ['instant'],
  class: () => 'lossy',
  make,
  arbitrary:
    ({ zone: name, format: pattern = usual, fold = 'earlier' }) =>
    (fc) => {
      const zone = zoneOf(name);
      const format = compileFormat(pattern);
      const instants = fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }).map((second) => second * 1000 + 250);
      const unique = (at: number): boolean =>
        toInstant(zone, toLocal(zone, at), { gap: 'reject', fold: 'reject' }) !== undefined;
      // The last Sundays of March and October, and the US dates: folds and gaps of many zones, in quarter hours.
      const changes = ['2025-03-30', '2025-10-26', '2025-03-09', '2025-11-02', '2025-04-06', '2025-10-05'].flatMap(
        (one) => Array.from({ length: 120 }, (_, step) => Date.parse(`${one}T00:00:00.000Z`) + (step - 48) * 900_000),
      );
      const usable = fold === 'reject' ? changes.filter(unique) : changes;
      const text = (at: number): string => format.format(toLocal(zone, at));
      return {
        canonical: instants.map((at) =>
          new Date(fold === 'reject' && !unique(at) ? at + 86_400_000 : at).toISOString(),
        ),
        external: instants.filter(unique).map(text),
        canonicalEdges: [
          0,
          asIfUtc({ year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 59, milli: 999 }),
          ...usable,
        ].map((at) => new Date(at).toISOString()),
        externalEdges: changes.filter(unique).map(text),
      };
    },
});
