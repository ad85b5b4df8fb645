// Addresses: an object of members, each a value of its own in the payload.
import { z } from 'zod';
import type { Json, Lossless } from '../../model/json.ts';
import { addressMembers } from '../../model/kinds.ts';
import { type Coder, defineCodec, type StructureCoder } from '../codec.ts';
import { countryOf } from '../countries.ts';
import { fullCity, fullProvince, shortCity, shortProvince } from '../provinces.ts';
import { countryCoder } from './country.ts';
import { phoneCoder, phoneParams } from './phone.ts';
import { asText } from './text.ts';

const shared = {
  country: z
    .string()
    .refine((code) => countryOf(code) === code, 'is no ISO 3166-1 alpha-2 code')
    .optional()
    .describe('Country of every address, for payloads that name none.'),
  phone: phoneParams
    .omit({ other: true })
    .optional()
    .describe('How telephone numbers are read and written; text that is no number is kept.'),
};
const addressParams = z.strictObject({
  ...shared,
  countryAs: z
    .enum(['alpha2', 'alpha3', 'en', 'zh'])
    .optional()
    .describe('How the country is written; default alpha2.'),
});
const addressCnParams = z.strictObject({
  ...shared,
  names: z
    .enum(['full', 'short'])
    .optional()
    .describe('How province and city are written: 广东省 or 广东; default full.'),
});
type Address = z.infer<typeof addressParams>;
type AddressCn = z.infer<typeof addressCnParams>;

const plain: Coder = {
  decode: asText,
  encode: (value) => value as Lossless,
  comesBack: (value) => typeof value === 'string',
};
const turned = (read: (text: string) => string, write: (text: string) => string): Coder => ({
  comesBack: (value, written) => read === write && written === value,
  decode: (value) => {
    const text = asText(value);
    return typeof text === 'string' ? read(text) : text;
  },
  encode: (value) => write(String(value)),
});

function structure(own: Readonly<Record<string, Coder>>, country: string | undefined): StructureCoder {
  const members: Record<string, Coder> = {};
  for (const member of addressMembers) members[member] = own[member] ?? plain;
  return { members, ...(country !== undefined && { constant: { country } }) };
}

const makeAddress = ({ country, phone = {}, countryAs = 'alpha2' }: Address): StructureCoder =>
  structure({ phone: phoneCoder({ ...phone, other: 'keep' }), country: countryCoder({ as: countryAs }) }, country);

/** Canonical names are the full ones, so that 广东 and 广东省 are one value; addresses of other countries pass as they are. */
function makeAddressCn({ country = 'CN', phone, names = 'full' }: AddressCn): StructureCoder {
  const own = {
    phone: phoneCoder({ region: 'CN', as: 'national', ...phone, other: 'keep' }),
    country: countryCoder({}),
    province: turned(fullProvince, names === 'full' ? fullProvince : shortProvince),
    city: turned(fullCity, names === 'full' ? fullCity : shortCity),
  };
  return structure(own, country);
}

const arbitrary =
  (
    members: readonly (readonly [string, string])[],
  ): (() => ReturnType<Parameters<typeof defineCodec>[0]['arbitrary']>) =>
  () =>
  (fc) => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => text.trim() === text && text !== '');
    const canonical = fc
      .record({ name: word, street: word, postalCode: fc.stringMatching(/^\d{5,6}$/) }, { requiredKeys: ['name'] })
      .map((one): Json => ({ ...one, ...Object.fromEntries(members) }) as Json);
    return {
      canonical,
      external: canonical as ReturnType<typeof fc.constant<Lossless>>,
      canonicalEdges: [Object.fromEntries(members)],
      externalEdges: [],
    };
  };

export const address = defineCodec<Address>({
  name: 'address',
  params: addressParams,
  kinds: ['address'],
  class: () => 'quotient',
  make: makeAddress,
  arbitrary: ({ country = 'DE' }) =>
    arbitrary([
      ['country', country],
      ['phone', '+493012345678'],
      ['city', 'Berlin'],
    ])(),
});

export const addressCn = defineCodec<AddressCn>({
  name: 'addressCn',
  params: addressCnParams,
  kinds: ['address'],
  class: () => 'quotient',
  make: makeAddressCn,
  arbitrary: ({ country = 'CN' }) =>
    arbitrary([
      ['country', country],
      ['phone', '+8613800138000'],
      ['province', '广东省'],
      ['city', '深圳市'],
      ['district', '南山区'],
    ])(),
});
