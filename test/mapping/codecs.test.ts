// Single values through each codec, both ways.
import { describe, expect, it } from 'vitest';
import { type CodecSpec, isParts, isStructure, Unreadable } from '../../src/mapping/codec.ts';
import { builtInCodecs, resolveCodec } from '../../src/mapping/codecs.ts';
import { alpha3Of, countryCodes, countryOf, nameOf } from '../../src/mapping/countries.ts';
import { fullCity, fullProvince, shortCity, shortProvince } from '../../src/mapping/provinces.ts';
import type { FieldKind } from '../../src/model/fields.ts';
import { type Json, type Lossless, NumberText } from '../../src/model/json.ts';

function coder(spec: CodecSpec, kind: FieldKind, values?: readonly string[]) {
  const codec = resolveCodec(spec, { kind, values, dir: 'both', shape: 'value' }, builtInCodecs, (path, message) => {
    throw new Error(`${path}: ${message}`);
  });
  if (!codec || isStructure(codec.made) || isParts(codec.made)) throw new Error('no single value');
  return codec.made;
}
const around = { payload: {}, row: undefined, lookup: () => undefined };
const big = new NumberText('12345678901234567890');

type Row = [spec: CodecSpec, kind: FieldKind, theirs: Lossless, ours: Json | 'refused', back?: Lossless];
const local = (zone: string, more = {}): CodecSpec => ({ localTime: { zone, ...more } });

const rows: Row[] = [
  ['same', 'text', 12, '12', '12'],
  ['same', 'text', big, '12345678901234567890'],
  ['same', 'text', true, 'refused'],
  ['same', 'int', 2, 2, 2],
  ['same', 'int', '2', 'refused'],
  ['same', 'int', new NumberText('2.0'), 2, 2],
  ['same', 'int', 1.5, 'refused'],
  ['same', 'int', big, 'refused'],
  ['same', 'bool', 'true', 'refused'],
  ['same', 'money', { amount: 5, currency: 'CNY' }, { amount: 5, currency: 'CNY' }],
  ['same', 'money', { amount: 5.5, currency: 'CNY' }, 'refused'],
  ['same', 'instant', '2026-11-23T04:58:58+08:00', '2026-11-22T20:58:58.000Z'],
  ['same', 'instant', '2026-11-23 04:58:58', 'refused'],
  ['same', 'set', ['b', 'a', 'b'], ['a', 'b'], ['a', 'b']],
  ['same', 'set', ['a', null], 'refused'],
  ['same', 'any', { a: [big] }, { a: ['12345678901234567890'] }],
  [{ text: { trim: true, nfc: true } }, 'text', ' e\u0301 ', '\u00e9'],
  ['int', 'int', '007', 7, 7],
  ['int', 'int', 'x', 'refused'],
  ['int', 'text', 8812, '8812', 8812],
  ['int', 'text', big, '12345678901234567890', big],
  ['int', 'text', '1.5', 'refused'],
  ['decimal', 'decimal', '12.50', '12.5', '12.5'],
  [{ decimal: { places: 2 } }, 'decimal', '12.5', '12.5', '12.50'],
  [{ decimal: { as: 'number' } }, 'decimal', 0.1, '0.1', 0.1],
  ['decimal', 'decimal', '1e-3', '0.001'],
  ['decimal', 'decimal', '1,5', 'refused'],
  [{ quantity: { factor: 12 } }, 'int', 2, 24, 2],
  [{ quantity: { factor: '0.5' } }, 'int', 3, 'refused'],
  [{ quantity: {} }, 'int', '2.000', 2, 2],
  [{ moneyDecimal: { currency: 'CNY' } }, 'money', '12.5', { amount: 1250, currency: 'CNY' }, '12.50'],
  [{ moneyDecimal: { currency: 'CNY' } }, 'money', '1.005', 'refused'],
  [
    { moneyDecimal: { currency: 'CNY', rounding: 'halfEven' } },
    'money',
    '1.005',
    { amount: 100, currency: 'CNY' },
    '1.00',
  ],
  [
    { moneyDecimal: { currency: 'CNY', rounding: 'halfEven' } },
    'money',
    '-1.015',
    { amount: -102, currency: 'CNY' },
    '-1.02',
  ],
  [{ moneyDecimal: { currency: 'JPY' } }, 'money', '500', { amount: 500, currency: 'JPY' }, '500'],
  [{ moneyDecimal: { currency: 'JPY' } }, 'money', '500.00', { amount: 500, currency: 'JPY' }, '500'],
  [{ moneyDecimal: { currency: 'JPY' } }, 'money', '500.5', 'refused'],
  [{ moneyDecimal: { currency: 'KWD' } }, 'money', '1.005', { amount: 1005, currency: 'KWD' }, '1.005'],
  [{ moneyDecimal: { currency: 'CNY', scale: 4 } }, 'money', 19.99, { amount: 1999, currency: 'CNY' }, '19.9900'],
  [{ moneyDecimal: { currency: 'CNY', as: 'number' } }, 'money', 0.07, { amount: 7, currency: 'CNY' }, 0.07],
  [{ moneyDecimal: { currency: 'CNY' } }, 'money', '90071992547409.93', 'refused'],
  [{ moneyMinor: { currency: 'CNY' } }, 'money', 1250, { amount: 1250, currency: 'CNY' }, 1250],
  [{ moneyMinor: { currency: 'CNY', as: 'text' } }, 'money', '1250', { amount: 1250, currency: 'CNY' }, '1250'],
  [{ moneyMinor: { currency: 'CNY' } }, 'money', 12.5, 'refused'],
  [{ bool: { true: ['Y', 1], false: ['N', 0] } }, 'bool', 1, true, 'Y'],
  [{ bool: { true: ['Y', 1], false: ['N', 0] } }, 'bool', 'maybe', 'refused'],
  [{ epoch: { unit: 's' } }, 'instant', 1_764_000_000, '2025-11-24T16:00:00.000Z', 1_764_000_000],
  [{ epoch: { unit: 'ms' } }, 'instant', '1764000000123', '2025-11-24T16:00:00.123Z', 1_764_000_000_123],
  [{ epoch: { unit: 's' } }, 'instant', 1e15, 'refused'],
  [local('Asia/Shanghai'), 'instant', '2026-11-23 12:00:00', '2026-11-23T04:00:00.000Z', '2026-11-23 12:00:00'],
  [local('Europe/Berlin'), 'instant', '2025-03-30 02:30:00', 'refused'],
  [
    local('Europe/Berlin', { gap: 'later' }),
    'instant',
    '2025-03-30 02:30:00',
    '2025-03-30T01:30:00.000Z',
    '2025-03-30 03:30:00',
  ],
  [local('Europe/Berlin'), 'instant', '2025-10-26 02:30:00', '2025-10-26T00:30:00.000Z', '2025-10-26 02:30:00'],
  [
    local('Europe/Berlin', { fold: 'later' }),
    'instant',
    '2025-10-26 02:30:00',
    '2025-10-26T01:30:00.000Z',
    '2025-10-26 02:30:00',
  ],
  [local('Europe/Berlin', { fold: 'reject' }), 'instant', '2025-10-26 02:30:00', 'refused'],
  [
    local('UTC', { format: "dd.MM.yyyy 'um' HH:mm" }),
    'instant',
    '01.02.2026 um 03:04',
    '2026-02-01T03:04:00.000Z',
    '01.02.2026 um 03:04',
  ],
  [local('UTC'), 'instant', '2026-02-30 00:00:00', 'refused'],
  ['instant', 'instant', '2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['instant', 'instant', '2025-06-30t12:00:00.1239-03:30', '2025-06-30T15:30:00.123Z'],
  ['instant', 'instant', '2025-02-29T00:00:00Z', 'refused'],
  [{ date: { format: 'yyyyMMdd' } }, 'date', '20240229', '2024-02-29', '20240229'],
  [{ date: { format: 'yyyyMMdd' } }, 'date', '20230229', 'refused'],
  [{ phone: { region: 'CN', as: 'national' } }, 'text', '138 0013 8000', '+8613800138000', '13800138000'],
  [{ phone: { region: 'CN', as: 'national' } }, 'text', '+49 30 1234567', '+49301234567', '+49301234567'],
  [{ phone: { region: 'DE', as: 'national' } }, 'text', '030 1234567', '+49301234567', '0301234567'],
  ['phone', 'text', '030 1234567', 'refused'],
  [{ phone: { region: 'DE', other: 'keep' } }, 'text', 'call me', 'call me', 'call me'],
  ['country', 'text', 'Germany', 'DE', 'DE'],
  [{ country: { as: 'alpha3' } }, 'text', '中国', 'CN', 'CHN'],
  [{ country: { as: 'zh' } }, 'text', 'deu', 'DE', '德国'],
  ['country', 'text', 'Atlantis', 'refused'],
  ['unit', 'text', 'pcs', 'C62', 'C62'],
  [{ unit: { words: { C62: ['件', 'pcs'] } } }, 'text', 'PCS', 'C62', '件'],
  ['unit', 'text', 'smidgen', 'refused'],
  [{ split: { sep: ';' } }, 'set', 'b; a;b;', ['a', 'b'], 'a;b'],
  [{ join: { sep: '-' } }, 'text', ['a', 'b'], 'a-b', ['a', 'b']],
  ['first', 'text', ['a', 'b'], 'a', ['a']],
  ['first', 'set', 'a', ['a'], 'a'],
  [{ set: { codec: { phone: { region: 'CN' } } } }, 'set', ['13800138000'], ['+8613800138000'], ['+8613800138000']],
];

describe('codecs', () => {
  it.each(rows)('%j at %s: %j is %j', (spec, kind, theirs, ours, back) => {
    const made = coder(spec, kind);
    const read = made.decode?.(theirs, around);
    if (ours === 'refused') {
      expect(read).toBeInstanceOf(Unreadable);
      return;
    }
    expect(read).toEqual(ours);
    if (back !== undefined) expect(made.encode?.(ours, around)).toEqual(back);
  });

  it('text is cut after whole code points', () => {
    const cut = coder({ text: { max: 3, overflow: 'truncate' } }, 'text');
    expect(cut.encode?.('a😀b😀', around)).toBe('a😀b');
    expect(coder({ text: { max: 4 } }, 'text').encode?.('😀😀😀😀', around)).toBe('😀😀😀😀');
    expect(coder({ text: { max: 3 } }, 'text').encode?.('abcd', around)).toMatchObject({
      message: 'is longer than the 3 characters that fit',
    });
  });

  it('quantities that do not come out are refused, not rounded', () => {
    expect(coder({ quantity: { factor: 12 } }, 'int').encode?.(30, around)).toBe(2.5);
    expect(coder({ quantity: { factor: 7 } }, 'int').encode?.(30, around)).toBeInstanceOf(Unreadable);
  });

  it('amounts of another currency are refused', () => {
    expect(
      coder({ moneyMinor: { currency: 'CNY' } }, 'money').encode?.({ amount: 1, currency: 'USD' }, around),
    ).toMatchObject({ message: 'is in USD; this pair writes CNY only' });
    expect(
      coder({ moneyDecimal: { currency: 'KWD', scale: 2 } }, 'money').encode?.(
        { amount: 1001, currency: 'KWD' },
        around,
      ),
    ).toBeInstanceOf(Unreadable);
  });

  it('enum tables with defaults', () => {
    const made = coder(
      { enum: { in: { A: 'open' }, out: { open: 'A' }, inDefault: 'closed', outDefault: 'Z' } },
      'enum',
      ['open', 'closed'],
    );
    expect([made.decode?.('A', around), made.decode?.('Q', around), made.encode?.('closed', around)]).toEqual([
      'open',
      'closed',
      'Z',
    ]);
    const numbers = coder({ enum: { out: { open: 1, closed: 2 } } }, 'enum', ['open', 'closed']);
    expect([
      numbers.decode?.(1, around),
      numbers.decode?.('2', around),
      numbers.encode?.('closed', around),
      numbers.decode?.(3, around),
    ]).toEqual(['open', 'closed', 2, expect.any(Unreadable)]);
  });

  it('a message never repeats a value that may be personal', () => {
    const secret = 'Anna Schmidt';
    for (const [spec, kind] of [
      ['int', 'int'],
      ['instant', 'instant'],
      ['phone', 'text'],
      ['country', 'text'],
      [{ moneyMinor: { currency: 'CNY' } }, 'money'],
    ] as const) {
      const read = coder(spec, kind).decode?.(secret, around);
      expect((read as Unreadable).message).not.toContain(secret);
    }
  });
});

describe('tables', () => {
  it('of countries hold every ISO 3166-1 code once, each with a name', () => {
    expect(new Set(countryCodes).size).toBe(249);
    expect(new Set(countryCodes.map(alpha3Of)).size).toBe(249);
    for (const code of countryCodes) expect(countryOf(nameOf(code, 'en'))).toBe(code);
  });

  it('of provinces turn both ways', () => {
    expect(['广东', '北京市', '内蒙古', '新疆', '香港', 'Bavaria'].map(fullProvince)).toEqual([
      '广东省',
      '北京市',
      '内蒙古自治区',
      '新疆维吾尔自治区',
      '香港特别行政区',
      'Bavaria',
    ]);
    expect(
      ['广东省', '北京', '广西壮族自治区', '宁夏回族自治区', '澳门特别行政区', '江宁市'].map(shortProvince),
    ).toEqual(['广东', '北京', '广西', '宁夏', '澳门', '江宁市']);
    expect([fullCity('上海'), fullCity('吉林'), shortCity('重庆市'), shortCity('深圳市')]).toEqual([
      '上海市',
      '吉林',
      '重庆',
      '深圳市',
    ]);
  });
});
