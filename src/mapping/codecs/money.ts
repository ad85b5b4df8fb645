// Money: whole minor units on our side; decimal text or minor units on theirs, digit by digit, never through a float.
import { z } from 'zod';
import type { Json, JsonObject, Lossless, LosslessObject } from '../../model/json.ts';
import { parsePath } from '../../model/paths.ts';
import { type Around, type Coder, defineCodec, type Made, type Site, Unreadable } from '../codec.ts';
import { isCurrency, minorDigits } from '../currency.ts';
import { atScale, formatDecimal, numberOf, parseDecimal, plainMinor, plainText, toSafeInteger } from '../decimal.ts';
import { getter } from '../external.ts';

const currencyParams = {
  currency: z
    .string()
    .refine(isCurrency, 'is no ISO 4217 currency code')
    .optional()
    .describe('Every amount of this pair is in this currency.'),
  currencyPath: z.string().optional().describe('Where the payload says the currency.'),
};
const oneCurrency = (one: { currency?: string | undefined; currencyPath?: string | undefined }): boolean =>
  one.currency === undefined || one.currencyPath === undefined;
const both = 'give currency or currencyPath, not both';
const as = z.enum(['text', 'number']).optional();

const decimalParams = z
  .strictObject({
    ...currencyParams,
    scale: z.int().min(0).max(6).optional().describe('Digits after the point; default by ISO 4217.'),
    rounding: z
      .enum(['error', 'halfEven'])
      .optional()
      .describe('What happens to further digits on the way in; default error.'),
    as: as.describe('How it is written; default text.'),
  })
  .refine(oneCurrency, both);
const minorParams = z
  .strictObject({ ...currencyParams, as: as.describe('How it is written; default number.') })
  .refine(oneCurrency, both);
type DecimalParams = z.infer<typeof decimalParams>;
type MinorParams = z.infer<typeof minorParams>;

/** How an amount is spelled, once the currency is known. */
interface Spelling {
  read(value: Lossless, currency: string): number | Unreadable;
  write(minor: number, currency: string): Lossless | Unreadable;
  /** Every amount that can be written is read again as it was. */
  exact(currency: string): boolean;
}

const isMoney = (value: Json): value is { amount: number; currency: string } =>
  value !== null &&
  typeof value === 'object' &&
  !Array.isArray(value) &&
  Number.isSafeInteger(value.amount) &&
  typeof value.currency === 'string';
/** An amount and its currency, and nothing that would be lost. */
function isPure(value: JsonObject): boolean {
  let count = 0;
  for (const _ in value) count++;
  return count === 2;
}
const noMoney = new Unreadable('is no amount of money');

function decimalSpelling({ scale, rounding = 'error', as = 'text' }: DecimalParams): Spelling {
  return {
    read: (value, currency) => {
      const digits = minorDigits(currency);
      const plain = typeof value === 'string' ? plainMinor(value, digits) : undefined;
      if (plain !== undefined) return plain;
      const decimal = parseDecimal(value);
      if (!decimal) return new Unreadable('is no decimal amount');
      const minor = atScale(decimal, digits, rounding);
      if (minor === undefined) return new Unreadable(`has more digits after the point than ${currency} has`);
      return toSafeInteger({ digits: minor, scale: 0 }) ?? new Unreadable('is too large to be held exactly');
    },
    write: (minor, currency) => {
      const digits = minorDigits(currency);
      const places = scale ?? digits;
      if (places === digits && as === 'text') return plainText(minor, places);
      const written = atScale({ digits: BigInt(minor), scale: digits }, places, rounding);
      if (written === undefined) return new Unreadable(`has more digits after the point than the ${places} that fit`);
      const text = formatDecimal({ digits: written, scale: places }, places);
      return as === 'text' ? text : numberOf(formatDecimal(parseDecimal(text) ?? { digits: 0n, scale: 0 }));
    },
    exact: (currency) => rounding === 'error' || (scale ?? minorDigits(currency)) >= minorDigits(currency),
  };
}

const minorSpelling = ({ as = 'number' }: MinorParams): Spelling => ({
  read: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0;
    const decimal = parseDecimal(value);
    return (
      (decimal && toSafeInteger(decimal)) ??
      new Unreadable('is no whole number of minor units that can be held exactly')
    );
  },
  write: (minor) => (as === 'text' ? String(minor) : minor),
  exact: () => true,
});

/** An amount is only written where the currency is the one it will be read in. */
const comesBack =
  (spelling: Spelling): NonNullable<Coder['comesBack']> =>
  (value) =>
    isMoney(value) && spelling.exact(value.currency) && isPure(value);

function readMoney(spelling: Spelling, value: Lossless, currency: string): JsonObject | Unreadable {
  const amount = spelling.read(value, currency);
  return amount instanceof Unreadable ? amount : { amount, currency };
}

function fixed(spelling: Spelling, currency: string): Coder {
  return {
    decode: (value) => readMoney(spelling, value, currency),
    comesBack: comesBack(spelling),
    encode: (value) => {
      if (!isMoney(value)) return noMoney;
      return value.currency === currency
        ? spelling.write(value.amount, currency)
        : new Unreadable(`is in ${value.currency}; this pair writes ${currency} only`);
    },
  };
}

function beside(spelling: Spelling, pathText: string): Coder {
  const path = parsePath(pathText);
  const of = getter(path);
  const at = (tree: LosslessObject): Lossless | undefined => {
    const value = of(tree);
    return value instanceof Unreadable ? undefined : value;
  };
  const none = new Unreadable(`has no currency: "${pathText}" holds no ISO 4217 code`);
  const said = ({ row, payload }: Around): string | Unreadable => {
    const value = (row && at(row)) ?? at(payload);
    return typeof value === 'string' && isCurrency(value) ? value : none;
  };
  return {
    late: true,
    companion: path,
    comesBack: comesBack(spelling),
    decode: (value, around) => {
      const currency = said(around);
      return currency instanceof Unreadable ? currency : readMoney(spelling, value, currency);
    },
    encode: (value, around) => {
      if (!isMoney(value)) return noMoney;
      const currency = said(around);
      if (currency instanceof Unreadable) return currency;
      return currency === value.currency
        ? spelling.write(value.amount, currency)
        : new Unreadable(`is in ${value.currency}, the payload in ${currency}`);
    },
  };
}

function make(spelling: Spelling, params: DecimalParams | MinorParams, site: Site): Made | undefined {
  if (site.shape === 'parts') {
    return {
      join: ([amount, currency]) => {
        if (typeof currency !== 'string' || !isCurrency(currency))
          return new Unreadable('has no ISO 4217 currency beside it');
        return readMoney(spelling, amount ?? null, currency);
      },
      part: (value) => (isMoney(value) ? [spelling.write(value.amount, value.currency), value.currency] : [noMoney]),
    };
  }
  if (params.currency !== undefined) return fixed(spelling, params.currency);
  if (params.currencyPath === undefined)
    return void site.tell('', 'needs a currency, a currencyPath, or theirs: { amount, currency }');
  try {
    return beside(spelling, params.currencyPath);
  } catch (error) {
    return void site.tell('currencyPath', (error as Error).message);
  }
}

const codesFor = ({ currency }: { currency?: string | undefined }): string[] =>
  currency ? [currency] : ['CNY', 'JPY', 'KWD', 'EUR'];

export const moneyDecimal = defineCodec<DecimalParams>({
  name: 'moneyDecimal',
  params: decimalParams,
  kinds: ['money'],
  class: ({ rounding }) => (rounding === 'halfEven' ? 'lossy' : 'quotient'),
  make: (params, site) => make(decimalSpelling(params), params, site),
  arbitrary: (params) => (fc) => {
    const digits = (code: string): number => Math.min(params.scale ?? minorDigits(code), minorDigits(code));
    const codes = codesFor(params);
    const amounts = fc.oneof(fc.integer({ min: -1_000_000, max: 1_000_000_000 }), fc.maxSafeInteger());
    const step = (code: string): number => 10 ** Math.max(0, minorDigits(code) - (params.scale ?? minorDigits(code)));
    const canonical = fc
      .tuple(fc.integer({ min: -1_000_000, max: 100_000_000 }), fc.constantFrom(...codes))
      .map(([n, currency]) => ({ amount: n * step(currency), currency }));
    const external = fc
      .tuple(amounts, fc.constantFrom(codes[0] as string))
      .map(([n, code]) => formatDecimal({ digits: BigInt(Math.trunc(n / 1000)), scale: digits(code) }));
    const canonicalEdges = codes.flatMap((currency) =>
      [0, 1, -1, 99, 100, 123_456_789].map((n) => ({ amount: n * step(currency), currency })),
    );
    return { canonical, external, canonicalEdges, externalEdges: ['0', '12', '-3', '007', '1e2', 5] };
  },
});

export const moneyMinor = defineCodec<MinorParams>({
  name: 'moneyMinor',
  params: minorParams,
  kinds: ['money'],
  class: () => 'quotient',
  make: (params, site) => make(minorSpelling(params), params, site),
  arbitrary: (params) => (fc) => {
    const amounts = fc.maxSafeInteger();
    const codes = codesFor(params);
    const canonical = fc
      .tuple(amounts, fc.constantFrom(...codes))
      .map(([n, currency]) => ({ amount: n + 0, currency }));
    const edges = [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const canonicalEdges = codes.flatMap((currency) => edges.map((amount) => ({ amount, currency })));
    return { canonical, external: amounts, canonicalEdges, externalEdges: [...edges, '12', '12.00'] };
  },
});
