// The laws of every codec, over generated values and over each codec's own edges.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Around, type CodecSpec, type Coder, isParts, isStructure, Unreadable } from '../../src/mapping/codec.ts';
import { builtInCodecs, type Place, type Resolved, resolveCodec } from '../../src/mapping/codecs.ts';
import type { FieldKind } from '../../src/model/fields.ts';
import { equalJson, type Json, type Lossless } from '../../src/model/json.ts';

const around: Around = { payload: { currency: 'CNY' }, row: undefined, lookup: (_, id) => id };

interface Case {
  spec: CodecSpec;
  kind: FieldKind;
  values?: readonly string[];
}

const statuses = ['open', 'on_hold', 'cancelled', 'closed'];
const cases: Case[] = [
  ...(['text', 'int', 'decimal', 'bool', 'money', 'instant', 'date', 'set', 'reference', 'any'] as const).map(
    (kind) => ({ spec: 'same', kind }),
  ),
  { spec: 'same', kind: 'enum', values: statuses },
  { spec: 'text', kind: 'text' },
  { spec: { text: { max: 40 } }, kind: 'text' },
  { spec: { text: { max: 40, overflow: 'truncate' } }, kind: 'text' },
  { spec: { text: { max: 5, overflow: 'truncate', trim: true, nfc: true } }, kind: 'text' },
  { spec: 'int', kind: 'int' },
  { spec: { int: { as: 'text' } }, kind: 'int' },
  { spec: 'int', kind: 'text' },
  { spec: 'decimal', kind: 'decimal' },
  { spec: { decimal: { as: 'number' } }, kind: 'decimal' },
  { spec: { decimal: { places: 2 } }, kind: 'decimal' },
  { spec: { quantity: {} }, kind: 'int' },
  { spec: { quantity: { factor: 12, as: 'text' } }, kind: 'int' },
  { spec: { quantity: { factor: '0.5' } }, kind: 'decimal' },
  ...['CNY', 'JPY', 'KWD'].flatMap((currency) => [
    { spec: { moneyDecimal: { currency } }, kind: 'money' as const },
    { spec: { moneyDecimal: { currency, as: 'number' } }, kind: 'money' as const },
    { spec: { moneyMinor: { currency } }, kind: 'money' as const },
  ]),
  { spec: { moneyDecimal: { currency: 'CNY', scale: 4, rounding: 'halfEven' } }, kind: 'money' },
  {
    spec: { enum: { in: { 1: 'open', 2: 'on_hold', 9: 'cancelled', 8: 'closed' }, as: 'int' } },
    kind: 'enum',
    values: statuses,
  },
  {
    spec: { enum: { in: { A: 'open', B: 'open', C: 'closed' }, out: { open: 'A', closed: 'C' }, outDefault: 'A' } },
    kind: 'enum',
    values: statuses,
  },
  { spec: { bool: { true: ['Y', 1], false: ['N', 0] } }, kind: 'bool' },
  { spec: { epoch: { unit: 's' } }, kind: 'instant' },
  { spec: { epoch: { unit: 'ms', as: 'text' } }, kind: 'instant' },
  ...['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].flatMap((zone) => [
    { spec: { localTime: { zone } }, kind: 'instant' as const },
    {
      spec: { localTime: { zone, format: "yyyy-MM-dd'T'HH:mm:ss.SSS", gap: 'later', fold: 'later' } },
      kind: 'instant' as const,
    },
    { spec: { localTime: { zone, format: 'yyyyMMddHHmm', fold: 'reject' } }, kind: 'instant' as const },
  ]),
  { spec: 'instant', kind: 'instant' },
  { spec: { date: { format: 'dd.MM.yyyy' } }, kind: 'date' },
  { spec: { phone: { region: 'CN' } }, kind: 'text' },
  { spec: { phone: { region: 'CN', as: 'national' } }, kind: 'text' },
  { spec: { phone: { region: 'DE', as: 'national', other: 'keep' } }, kind: 'text' },
  ...['alpha2', 'alpha3', 'en', 'zh'].map((as) => ({ spec: { country: { as } }, kind: 'text' as const })),
  { spec: { unit: { words: { C62: ['件', 'pcs'], KGM: '公斤' } } }, kind: 'text' },
  { spec: 'set', kind: 'set' },
  { spec: { set: { codec: { phone: { region: 'CN' } } } }, kind: 'set' },
  {
    spec: { set: { codec: { enum: { in: { COLD: 'cold_chain', FRAG: 'fragile' } } } } },
    kind: 'set',
    values: ['cold_chain', 'fragile'],
  },
  { spec: { split: { sep: ',' } }, kind: 'set' },
  { spec: { join: { sep: ' ' } }, kind: 'text' },
  { spec: 'first', kind: 'text' },
  { spec: { first: { codec: { phone: { region: 'CN' } } } }, kind: 'set' },
  { spec: { lookup: { record: 'customer', as: 'int' } }, kind: 'reference' },
];

function resolved({ spec, kind, values }: Case): Resolved {
  const faults: string[] = [];
  const place: Place = { kind, values, dir: 'both', shape: 'value' };
  const codec = resolveCodec(spec, place, builtInCodecs, (path, message) => faults.push(`${path} ${message}`));
  if (!codec) throw new Error(faults.join('; '));
  return codec;
}

const coderOf = ({ made, name }: Resolved): Coder => {
  if (isStructure(made) || isParts(made)) throw new Error(`${name} is no single value`);
  return made;
};
const normal = (coder: Coder, value: Json): Json | Unreadable | undefined => {
  const written = coder.encode?.(value, around);
  if (written === undefined || written === null || written instanceof Unreadable) return undefined;
  return coder.decode?.(written, around);
};

/** Whether the codec says that the value comes back, so that nobody looks. */
function claims(coder: Coder, value: Json): boolean {
  const written = coder.encode?.(value, around) ?? null;
  return !(written instanceof Unreadable) && coder.comesBack?.(value, written) === true;
}

describe.each(cases.map((one) => [JSON.stringify(one.spec), one.kind, one] as const))(
  '%s at a field of kind %s',
  (_, __, one) => {
    const codec = resolved(one);
    const coder = coderOf(codec);
    const samples = codec.arbitrary(fc);

    const checkCanonical = (value: Json): void => {
      const once = normal(coder, value);
      if (once === undefined) return;
      expect(once).not.toBeInstanceOf(Unreadable);
      if (codec.class === 'iso') expect(once).toEqual(value);
      expect(normal(coder, once as Json)).toEqual(once);
      for (const one of [value, once as Json]) if (claims(coder, one)) expect(normal(coder, one)).toEqual(one);
    };

    const checkExternal = (value: Lossless): boolean => {
      const read = coder.decode?.(value, around);
      if (read === undefined || read instanceof Unreadable) return false;
      const again = normal(coder, read);
      if (again === undefined) return true;
      if (codec.class !== 'lossy') expect(again).toEqual(read);
      expect(normal(coder, again as Json)).toEqual(again);
      return true;
    };

    it('what was written is read back in its normal form, and the normal form stays', () => {
      expect(samples.canonicalEdges.filter((edge) => normal(coder, edge) !== undefined).length).toBeGreaterThanOrEqual(
        Math.min(1, samples.canonicalEdges.length - 1),
      );
      samples.canonicalEdges.forEach(checkCanonical);
      fc.assert(fc.property(samples.canonical, checkCanonical));
    });

    it('what was read is written so that it reads the same', () => {
      samples.externalEdges.forEach(checkExternal);
      let readable = 0;
      fc.assert(fc.property(samples.external, (value) => void (checkExternal(value) && readable++)));
      expect(readable).toBeGreaterThan(0);
    });
  },
);

describe('structures', () => {
  const structures: Case[] = [
    { spec: 'address', kind: 'address' },
    { spec: { address: { country: 'DE', phone: { region: 'DE' } } }, kind: 'address' },
    { spec: 'addressCn', kind: 'address' },
    { spec: { addressCn: { names: 'short' } }, kind: 'address' },
    { spec: { window: { time: { epoch: { unit: 'ms' } } } }, kind: 'window' },
  ];
  it.each(structures.map((one) => [JSON.stringify(one.spec), one] as const))(
    '%s: every member comes back',
    (_, one) => {
      const codec = resolveCodec(
        one.spec,
        { kind: one.kind, values: undefined, dir: 'both', shape: 'members' },
        builtInCodecs,
        () => {},
      );
      if (!codec || !isStructure(codec.made)) throw new Error('no structure');
      const { members } = codec.made;
      fc.assert(
        fc.property(codec.arbitrary(fc).canonical, (value) => {
          for (const [name, member] of Object.entries(value as Record<string, Json>)) {
            const coder = members[name] as Coder;
            expect(normal(coder, member)).toEqual(member);
            for (const one of [member, `${String(member)} `, ` ${String(member)}`])
              if (claims(coder, one)) expect(normal(coder, one)).toEqual(one);
          }
        }),
      );
    },
  );
});

it('every built-in codec is tried here', () => {
  const tried = new Set(cases.map(({ spec }) => (typeof spec === 'string' ? spec : Object.keys(spec)[0])));
  const elsewhere = new Set(['address', 'addressCn', 'window', 'const']);
  expect([...builtInCodecs.keys()].filter((name) => !tried.has(name) && !elsewhere.has(name))).toEqual([]);
});

it('equalJson is not blind', () => {
  expect(equalJson({ amount: 1, currency: 'CNY' }, { amount: 2, currency: 'CNY' })).toBe(false);
});
