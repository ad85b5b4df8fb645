// True and false in a system's own tokens.
import { z } from 'zod';
import { type Lossless, NumberText } from '../../model/json.ts';
import { defineCodec, Unreadable } from '../codec.ts';

const token = z.union([z.string(), z.number(), z.boolean()]);
const tokens = z.union([token, z.array(token).min(1)]);
const params = z
  .strictObject({ true: tokens.describe('Read as true; the first is written.'), false: tokens })
  .refine(
    (one) => list(one.true).every((yes) => !list(one.false).some((no) => keyOf(no) === keyOf(yes))),
    'a token stands for both true and false',
  );
type Params = z.infer<typeof params>;

const list = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);
const keyOf = (value: Lossless): string | undefined => {
  if (value instanceof NumberText) return value.text;
  return value === null || typeof value === 'object' ? undefined : String(value);
};

export const bool = defineCodec<Params>({
  name: 'bool',
  params,
  kinds: ['bool'],
  class: (one) => (list(one.true).length === 1 && list(one.false).length === 1 ? 'iso' : 'quotient'),
  make: (one) => {
    const meaning = new Map([
      ...list(one.true).map((yes) => [keyOf(yes), true] as const),
      ...list(one.false).map((no) => [keyOf(no), false] as const),
    ]);
    const [yes, no] = [list(one.true)[0] as Lossless, list(one.false)[0] as Lossless];
    return {
      decode: (value) => meaning.get(keyOf(value)) ?? new Unreadable('is none of the tokens for true or false'),
      encode: (value) => (value === true ? yes : value === false ? no : new Unreadable('is neither true nor false')),
    };
  },
  arbitrary: (one) => (fc) => {
    const all = [...list(one.true), ...list(one.false)];
    return {
      canonical: fc.boolean(),
      external: fc.constantFrom(...all),
      canonicalEdges: [true, false],
      externalEdges: all,
    };
  },
});
