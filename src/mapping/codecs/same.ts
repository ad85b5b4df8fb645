// The codec of pairs that name none: values as they are, checked against the kind of the canonical field.
import { z } from 'zod';
import type { FieldKind } from '../../model/fields.ts';
import { type Json, type Lossless, toJson } from '../../model/json.ts';
import { type Coder, defineCodec, describe, type Made, type Site, Unreadable } from '../codec.ts';
import { address } from './address.ts';
import { date } from './date.ts';
import { decimal } from './decimal.ts';
import { instant } from './instant.ts';
import { int } from './int.ts';
import { moneyMinor } from './money.ts';
import { set } from './set.ts';
import { text } from './text.ts';
import { window } from './window.ts';

const params = z.strictObject({});
type Params = z.infer<typeof params>;

const passes = (value: Json): Lossless => value as Lossless;
const any: Coder = { decode: (value) => toJson(value), encode: passes, comesBack: () => true };
const bool: Coder = {
  decode: (value) =>
    typeof value === 'boolean'
      ? value
      : new Unreadable(
          `is ${describe(value)} where true or false is expected; bool: { true, false } reads other tokens`,
        ),
  encode: passes,
  comesBack: () => true,
};

function words(values: readonly string[] = []): Coder {
  const wrong = new Unreadable(`is none of ${values.join(', ')}; a table of words needs the codec enum`);
  return {
    decode: (value) => (typeof value === 'string' && values.includes(value) ? value : wrong),
    encode: passes,
    comesBack: () => true,
  };
}

/** Money in our own shape, `{ amount, currency }`. */
const money: Coder = {
  decode: (value) => {
    const { amount, currency } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, Lossless>;
    const ours = Number.isSafeInteger(amount) && typeof currency === 'string' && /^[A-Z]{3}$/.test(currency);
    return ours
      ? { amount: amount as number, currency: currency as string }
      : new Unreadable('is not { amount: whole minor units, currency }; use moneyMinor or moneyDecimal');
  },
  encode: passes,
};

const delegates: Partial<
  Record<
    FieldKind,
    {
      make(params: object, site: Site): Made | undefined;
      arbitrary(params: object, site: Site): ReturnType<typeof text.arbitrary>;
    }
  >
> = {
  text,
  reference: text,
  instant,
  date,
  set,
  decimal,
  address,
  window,
};

/** Whole numbers only as numbers: text would be a spelling that the codec int must allow. */
function strictInt(site: Site): Coder {
  const inner = int.make({}, site) as Coder;
  return {
    ...inner,
    decode: (value, around) =>
      typeof value === 'string'
        ? new Unreadable('is text where a number is expected; the codec int reads both')
        : (inner.decode?.(value, around) ?? null),
  };
}

function make(_: Params, site: Site): Made | undefined {
  switch (site.kind) {
    case 'any':
      return any;
    case 'bool':
      return bool;
    case 'enum':
      return words(site.values);
    case 'int':
      return strictInt(site);
    case 'money':
      return site.shape === 'parts' ? moneyMinor.make({}, site) : money;
    case 'object':
    case 'collection':
      return void site.tell(
        '',
        site.kind === 'object' ? 'is an object; map its members one by one' : 'is a collection; it belongs under each',
      );
    default:
      return delegates[site.kind]?.make({}, site);
  }
}

export const same = defineCodec<Params>({
  name: 'same',
  params,
  kinds: [
    'text',
    'int',
    'decimal',
    'bool',
    'money',
    'instant',
    'date',
    'enum',
    'set',
    'address',
    'window',
    'reference',
    'object',
    'collection',
  ],
  class: (_, site) => (['text', 'bool', 'enum', 'any', 'money'].includes(site.kind) ? 'iso' : 'quotient'),
  make,
  arbitrary: (_, site) => (fc) => {
    const plain = (one: ReturnType<typeof fc.constant<Json>>, edges: readonly Json[]) => ({
      canonical: one,
      external: one as ReturnType<typeof fc.constant<Lossless>>,
      canonicalEdges: edges,
      externalEdges: edges as readonly Lossless[],
    });
    switch (site.kind) {
      case 'any':
        return plain(fc.oneof(fc.string(), fc.boolean(), fc.integer()) as ReturnType<typeof fc.constant<Json>>, [
          '',
          0,
        ]);
      case 'bool':
        return plain(fc.boolean() as ReturnType<typeof fc.constant<Json>>, [true, false]);
      case 'int':
        return plain(fc.integer() as ReturnType<typeof fc.constant<Json>>, [0, Number.MAX_SAFE_INTEGER]);
      case 'enum':
        return plain(fc.constantFrom<Json>(...(site.values ?? [''])), site.values ?? []);
      case 'money':
        return plain(
          fc.record({ amount: fc.integer(), currency: fc.constantFrom('CNY', 'JPY') }) as ReturnType<
            typeof fc.constant<Json>
          >,
          [],
        );
      default:
        return (delegates[site.kind] ?? text).arbitrary({}, site)(fc);
    }
  },
});
