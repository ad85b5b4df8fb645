// Decimal numbers as digits: exact, because nothing here ever becomes a float.
import { type Lossless, NumberText } from '../model/json.ts';

/** `sign · digits · 10^-scale`; no leading zeros, no trailing zeros after the point. */
export interface Decimal {
  digits: bigint;
  scale: number;
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const limit = 60;

/** @returns undefined for anything that is not a decimal number of at most 60 digits */
export function parseDecimal(value: Lossless): Decimal | undefined {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { digits: BigInt(value), scale: 0 } : parseText(String(value));
  }
  if (typeof value === 'string') return parseText(value.trim());
  return value instanceof NumberText ? parseText(value.text) : undefined;
}

function parseText(text: string): Decimal | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const scale = fraction.length - Number(exponent ?? 0);
  if (whole.length + fraction.length > limit || Math.abs(scale) > limit) return undefined;
  const digits = BigInt(whole + fraction);
  return normal({ digits: sign === '-' ? -digits : digits, scale });
}

function normal({ digits, scale }: Decimal): Decimal {
  if (digits === 0n) return { digits: 0n, scale: 0 };
  if (scale < 0) return { digits: digits * 10n ** BigInt(-scale), scale: 0 };
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale--;
  }
  return { digits, scale };
}

/** @param places at least this many digits after the point */
export function formatDecimal(value: Decimal, places = 0): string {
  const scale = Math.max(value.scale, places);
  const digits = value.digits * 10n ** BigInt(scale - value.scale);
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const sign = digits < 0n ? '-' : '';
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** The value in units of 10^-scale. @returns undefined when digits would be lost and no rounding is allowed */
export function atScale(value: Decimal, scale: number, rounding: 'error' | 'halfEven'): bigint | undefined {
  if (value.scale <= scale) return value.digits * 10n ** BigInt(scale - value.scale);
  if (rounding === 'error') return undefined;
  const unit = 10n ** BigInt(value.scale - scale);
  const whole = value.digits / unit;
  const rest = value.digits % unit;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const up = twice > unit || (twice === unit && whole % 2n !== 0n);
  return up ? whole + (value.digits < 0n ? -1n : 1n) : whole;
}

export const multiply = (a: Decimal, b: Decimal): Decimal =>
  normal({ digits: a.digits * b.digits, scale: a.scale + b.scale });

/** Exact quotient with at most `places` digits after the point. @returns undefined when it does not come out */
export function divide(a: Decimal, b: Decimal, places: number): Decimal | undefined {
  if (b.digits === 0n) return undefined;
  const scaled = a.digits * 10n ** BigInt(places + b.scale);
  const by = b.digits * 10n ** BigInt(a.scale);
  return scaled % by === 0n ? normal({ digits: scaled / by, scale: places }) : undefined;
}

/** @returns undefined unless it is an integer that a double holds exactly */
export function toSafeInteger(value: Decimal): number | undefined {
  if (value.scale !== 0) return undefined;
  const number = Number(value.digits);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A JSON number with exactly these digits. */
export function numberOf(text: string): number | NumberText {
  const number = Number(text);
  return String(number) === text ? number : new NumberText(text);
}

/** The same as {@link formatDecimal} of whole units at a scale, without big integers. */
export function plainText(units: number, scale: number): string {
  const text = String(Math.abs(units)).padStart(scale + 1, '0');
  const sign = units < 0 ? '-' : '';
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** Minor units of plain text such as `12.5`, the common case without big integers. @returns undefined when it is not that plain */
export function plainMinor(text: string, scale: number): number | undefined {
  if (text.length === 0 || text.length > 14) return undefined;
  let minor = 0;
  let places = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) - 48;
    if (code >= 0 && code <= 9) {
      minor = minor * 10 + code;
      if (places >= 0) places++;
    } else if (code === -2 && places < 0 && at > 0 && at < text.length - 1) {
      places = 0;
    } else {
      return undefined;
    }
  }
  places = Math.max(places, 0);
  return places > scale ? undefined : minor * 10 ** (scale - places);
}
