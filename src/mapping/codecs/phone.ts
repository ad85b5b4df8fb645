// Telephone numbers as E.164 on our side, whatever way they are spelled on theirs.
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { z } from 'zod';
import { type Coder, defineCodec, Unreadable } from '../codec.ts';
import { asText } from './text.ts';

const region = z.string().refine(isSupportedCountry, 'is no country code, such as CN').optional();
export const phoneParams = z.strictObject({
  region: region.describe('Country of numbers that do not name one.'),
  as: z
    .enum(['e164', 'national'])
    .optional()
    .describe('How numbers of the region are written; default e164. Others are always E.164.'),
  other: z.enum(['error', 'keep']).optional().describe('What happens to text that is no number; default error.'),
});
export type PhoneParams = z.infer<typeof phoneParams>;

const e164 = /^\+[1-9]\d{6,14}$/;
const remembered = 5_000;
const known = new Map<string, string | undefined>();

/** @returns E.164, or undefined for text that is no number; answers are remembered, since parsing costs microseconds */
function toE164(text: string, country: string | undefined): string | undefined {
  if (e164.test(text)) return text;
  const key = `${country ?? ''} ${text}`;
  if (known.has(key)) return known.get(key);
  if (known.size >= remembered) known.clear();
  const found = parsePhoneNumberFromString(text, country as CountryCode | undefined);
  const number = found?.isPossible() && found.ext === undefined ? found.number : undefined;
  known.set(key, number);
  return number;
}

/** Canonical number → the number as its region writes it, by region. */
const nationals = new Map<string, Map<string, string>>();

function nationalsOf(country: string): Map<string, string> {
  const found = nationals.get(country) ?? new Map<string, string>();
  nationals.set(country, found);
  return found;
}

/** The number without its country, if it belongs to the region and is read back as the same number. */
function national(number: string, country: string): string {
  const found = parsePhoneNumberFromString(number);
  const own = parsePhoneNumberFromString('0', country as CountryCode)?.countryCallingCode ?? callingCode(country);
  const digits = found?.formatNational().replace(/\D/g, '');
  const isOwn = digits !== undefined && found?.countryCallingCode === own && toE164(digits, country) === number;
  return isOwn ? digits : number;
}

const callingCode = (country: string): string | undefined =>
  parsePhoneNumberFromString('2345678', country as CountryCode)?.countryCallingCode;

export function phoneCoder({ region: country, as = 'e164', other = 'error' }: PhoneParams): Coder {
  const wrong = new Unreadable(
    country ? `is no telephone number of ${country}` : 'is no telephone number; without a region it must start with +',
  );
  const spelled = as === 'national' && country !== undefined ? nationalsOf(country) : undefined;
  const spell = (number: string): string => {
    if (spelled === undefined || country === undefined) return number;
    const known = spelled.get(number);
    if (known !== undefined) return known;
    if (spelled.size >= remembered) spelled.clear();
    const text = national(number, country);
    spelled.set(number, text);
    return text;
  };
  return {
    decode: (value) => {
      const text = asText(value);
      return text instanceof Unreadable ? text : (toE164(text, country) ?? (other === 'keep' ? text : wrong));
    },
    // A number is only spelled as it is read again; what is none stays as it is.
    comesBack: (value) =>
      typeof value === 'string' && (spelled?.has(value) || (toE164(value, country) ?? value) === value),
    encode: (value) => {
      const known = spelled?.get(value as string);
      if (known !== undefined) return known;
      const number = toE164(String(value), country);
      if (number !== undefined) return spell(number);
      return other === 'keep' ? String(value) : wrong;
    },
  };
}

export const phone = defineCodec<PhoneParams>({
  name: 'phone',
  params: phoneParams,
  kinds: ['text'],
  class: () => 'quotient',
  make: phoneCoder,
  arbitrary: () => (fc) => {
    const mobiles = fc.integer({ min: 100_000_000, max: 199_999_999 }).map((n) => `+8613${n}`);
    const edges = ['+8613800138000', '+493012345678', '+12025550123', '+85291234567'];
    return {
      canonical: mobiles,
      external: mobiles,
      canonicalEdges: edges,
      externalEdges: [...edges, '+86 138 0013 8000', '+49 30 1234567', '+49 (30) 12345-678'],
    };
  },
});
