// A table of words: theirs to ours on the way in, ours to theirs on the way out.
import { z } from 'zod';
import { type Json, type Lossless, NumberText } from '../../model/json.ts';
import { type CodecClass, type Coder, defineCodec, describe, type Site, Unreadable } from '../codec.ts';
import { didYouMean } from '../fault.ts';

const theirs = z.union([z.string(), z.number(), z.boolean()]);
const params = z
  .strictObject({
    in: z.record(z.string(), z.string()).optional().describe('Theirs: ours.'),
    out: z.record(z.string(), theirs).optional().describe('Ours: theirs.'),
    inDefault: z.string().optional().describe('What any other word of theirs means.'),
    outDefault: theirs.optional().describe('What any other word of ours is written as.'),
    as: z.enum(['text', 'int']).optional().describe('How a table made by turning `in` round is written; default text.'),
  })
  .refine((one) => one.in !== undefined || one.out !== undefined, 'needs a table: in, out, or both');
type Params = z.infer<typeof params>;

interface Tables {
  in: ReadonlyMap<string, string> | undefined;
  out: ReadonlyMap<string, Lossless> | undefined;
}

const word = (value: Lossless): string | undefined => {
  if (typeof value === 'string') return value;
  if (value instanceof NumberText) return value.text;
  return value === null || typeof value === 'object' ? undefined : String(value);
};

/** A table given for one direction serves the other when no two words mean the same. */
function tables(options: Params): Tables {
  const given = {
    in: options.in && new Map(Object.entries(options.in)),
    out: options.out && new Map<string, Lossless>(Object.entries(options.out)),
  };
  const spell = (text: string): Lossless => (options.as === 'int' && /^-?\d{1,15}$/.test(text) ? Number(text) : text);
  if (given.in && !given.out) {
    const turned = new Map([...given.in].map(([from, to]) => [to, spell(from)]));
    return { in: given.in, out: turned.size === given.in.size ? turned : undefined };
  }
  if (given.out && !given.in) {
    const turned = new Map([...given.out].map(([from, to]) => [String(to), from]));
    return { in: turned.size === given.out.size ? turned : undefined, out: given.out };
  }
  return given;
}

function check(options: Params, { in: inward, out }: Tables, site: Site): void {
  const known = site.values;
  if (site.dir !== 'out' && !inward)
    site.tell('out', 'several of ours are written as one word; say what each word means: in: { theirs: ours }');
  if (site.dir !== 'in' && !out)
    site.tell('in', 'several words mean the same; say which is written: out: { ours: theirs }');
  if (!known) return;
  const strange = (path: string, value: string): void => {
    if (!known.includes(value))
      site.tell(path, `"${value}" is not one of ${known.join(', ')}`, didYouMean(value, known));
  };
  for (const [from, to] of Object.entries(options.in ?? {})) strange(`in.${from}`, to);
  for (const from of Object.keys(options.out ?? {})) strange(`out.${from}`, from);
  if (options.inDefault !== undefined) strange('inDefault', options.inDefault);
  const missing = known.filter((value) => !out?.has(value));
  if (site.dir !== 'in' && out && options.outDefault === undefined && missing.length > 0) {
    site.tell(
      options.out ? 'out' : 'in',
      `does not say how ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} written; add ${missing.length === 1 ? 'it' : 'them'} to out, or give an outDefault`,
    );
  }
}

const longestWord = 40;
const shortened = (said: string): string => (said.length > longestWord ? `${said.slice(0, longestWord)}…` : said);

function coder(options: Params, { in: inward, out }: Tables): Coder {
  const unknownWord = (said: string): Unreadable => {
    const close = inward && didYouMean(said, [...inward.keys()]);
    return new Unreadable(`"${shortened(said)}" is not in the table${close === undefined ? '' : `; ${close}`}`);
  };
  const comeBack =
    inward && out && new Set([...out.keys()].filter((ours) => inward.get(word(out.get(ours) ?? null) ?? '') === ours));
  return {
    ...(comeBack && { comesBack: (value: Json) => comeBack.has(value as string) }),
    ...(inward && {
      decode: (value: Lossless) => {
        const said = word(value);
        if (said === undefined) return new Unreadable(`is ${describe(value)} where a word is expected`);
        return inward.get(said) ?? options.inDefault ?? unknownWord(said);
      },
    }),
    ...(out && {
      encode: (value: Json) =>
        out.get(String(value)) ?? options.outDefault ?? new Unreadable(`"${String(value)}" has no word in the table`),
    }),
  };
}

function classOf(options: Params, values: readonly string[] | undefined): CodecClass {
  const both = tables(options);
  if (!both.in || !both.out) return 'oneway';
  const { in: inward, out } = both;
  const back = (value: string): string | undefined => {
    const said = out.get(value) ?? options.outDefault;
    return said === undefined ? undefined : (inward.get(String(said)) ?? options.inDefault);
  };
  const all = new Set([...(values ?? []), ...out.keys(), ...inward.values()]);
  if ([...all].some((value) => back(value) !== undefined && back(value) !== value)) return 'lossy';
  if (options.inDefault !== undefined) return 'lossy';
  return new Set(inward.values()).size === inward.size ? 'iso' : 'quotient';
}

export const enumeration = defineCodec<Params>({
  name: 'enum',
  params,
  kinds: ['enum', 'text'],
  class: (options, site) => (site.dir === 'both' ? classOf(options, site.values) : 'oneway'),
  make: (options, site) => {
    const both = tables(options);
    check(options, both, site);
    return coder(options, both);
  },
  arbitrary: (options, site) => (fc) => {
    const both = tables(options);
    const ours = [
      ...new Set([
        ...(options.outDefault === undefined ? [] : (site.values ?? [])),
        ...(both.out?.keys() ?? []),
        ...(both.in?.values() ?? []),
      ]),
    ];
    const writable = ours.filter(
      (value) => both.out === undefined || options.outDefault !== undefined || both.out.has(value),
    );
    const words: Lossless[] = [...(both.in?.keys() ?? both.out?.values() ?? [])];
    return {
      canonical: fc.constantFrom(...writable),
      external: fc.constantFrom(...words),
      canonicalEdges: writable,
      externalEdges: words,
    };
  },
});
