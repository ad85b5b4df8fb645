// Every fault of a document at once, each with its place and the word that was probably meant.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CompileOptions, compileMapping } from '../../src/mapping/compile.ts';
import { faultText } from '../../src/mapping/fault.ts';

function faults(yaml: string, options: Partial<CompileOptions> = {}): string[] {
  return compileMapping(parse(yaml), { file: 'order.yaml', ...options }).faults.map((fault) =>
    faultText(fault).replace('order.yaml: ', ''),
  );
}
function warnings(yaml: string, options: Partial<CompileOptions> = {}): string[] {
  return compileMapping(parse(yaml), { file: 'order.yaml', ...options }).warnings.map((fault) =>
    faultText(fault).replace('order.yaml: ', ''),
  );
}
const order = (fields: string, more = ''): string => `record: order\n${more}\nfields:\n${fields}`;

describe('a document with ten faults', () => {
  const ten = `
record: order
payload: delta
wehn: "true"
when: "record.stauts == 'open'"
fields:
  - { ours: numbr, theirs: code }
  - { ours: channel, theirs: src, codec: txt }
  - { ours: buyerNote, theirs: memo, codec: { text: { max: 40, overflow: truncate } } }
  - { ours: status, theirs: state, codec: { enum: { in: { A: open, B: opne }, out: { open: A } } } }
  - { ours: payable, theirs: total, codec: int }
  - { ours: storeId, theirs: a.__proto__.b }
  - { ours: sellerNote, theirs: memo }
  - { ours: x.a.b, theirs: y, acceptLosy: because }
  - { ours: placedAt, theirs: at, codec: { localTime: { zone: Asia/Shangai } }, dir: in, once: true }
each:
  - { ours: lines, theirs: rows, key: { ours: lineNumber, theirs: no }, fields: [{ ours: skuu, theirs: code }] }
`;

  it('lists every one of them', () => {
    expect(faults(ten)).toEqual([
      'wehn: is not a member that is known here (did you mean "when"?)',
      'fields[7].acceptLosy: is not a member that is known here (did you mean "acceptLossy"?)',
      'fields[0].ours: "numbr" is no field of order (did you mean "number"?)',
      'fields[1].codec: there is no codec "txt" (did you mean "text"?)',
      'fields[3].codec.enum.in.B: "opne" is not one of open, on_hold, cancelled, closed (did you mean "open"?)',
      'fields[3].codec.enum.out: does not say how on_hold, cancelled, closed are written; add them to out, or give an outDefault',
      'fields[4].codec: the codec int makes int, text, reference; the field is money',
      'fields[5].theirs: the path "a.__proto__.b" names __proto__, which no path may',
      'fields[8].once: is about writing, and this pair only comes in',
      'fields[8].codec.localTime.zone: is no time zone of the IANA list, such as Asia/Shanghai',
      'each[0].key.ours: lines is keyed by lineNo (did you mean "lineNo"?)',
      'each[0].fields[0].ours: "lines.skuu" is no field of order (did you mean "sku"?)',
      'when: record.stauts is no field of order (did you mean "status"?)',
      'fields[6].theirs: "memo" is already written by fields[2]',
      'fields[2].codec: text loses something on the way out, and the pair also comes in: its copy could overwrite the original (set dir: in or dir: out, or say acceptLossy: <reason>)',
    ]);
  });

  it('gives no mapping', () => {
    expect(compileMapping(parse(ten), { file: 'order.yaml' }).mapping).toBeUndefined();
  });
});

describe('what is refused', () => {
  it.each([
    ['a document that is no object', '[]', 'must be a mapping document: an object with record and fields'],
    ['no record', 'fields: []', 'record: must be one of order'],
    ['an unknown record', 'record: ordr\nfields: []', 'record: must be one of order, customer'],
    [
      'a value of the wrong type',
      order('  - { ours: number, theirs: 5 }'),
      'fields[0].theirs: must be text or an object or a list',
    ],
    ['a pair without theirs', order('  - { ours: number }'), 'fields[0].theirs: is missing'],
    ['a pair without ours', order('  - { theirs: code }'), 'fields[0].ours: is missing'],
    [
      'two externals for one canonical path',
      order('  - { ours: number, theirs: a, dir: in }\n  - { ours: number, theirs: b, dir: in }'),
      'fields[1].ours: "number" is already read by fields[0]',
    ],
    [
      'a path inside another',
      order('  - { ours: number, theirs: a }\n  - { ours: channel, theirs: a.b }'),
      'fields[1].theirs: "a.b" is already written by fields[0] ("a")',
    ],
    [
      'a structure whose member is written twice',
      order('  - { ours: shipTo, theirs: { name: to.name }, codec: address }\n  - { ours: channel, theirs: to.name }'),
      '"to.name" is already written by fields[0]',
    ],
    [
      'a strange member of an address',
      order('  - { ours: shipTo, theirs: { nam: to.name }, codec: address }'),
      'fields[0].theirs.nam: is no member of it',
    ],
    [
      'an address with one path and a codec',
      order('  - { ours: shipTo, theirs: to, codec: address }'),
      'fields[0].theirs: the codec address needs an object: { member: path }',
    ],
    [
      'an object as a whole',
      order('  - { ours: invoice, theirs: inv }'),
      'fields[0].codec: is an object; map its members one by one',
    ],
    [
      'a collection as a field',
      order('  - { ours: lines, theirs: rows }'),
      'fields[0].codec: is a collection; it belongs under each',
    ],
    [
      'a member of a collection as a field',
      order('  - { ours: lines.sku, theirs: sku }'),
      'fields[0].ours: belongs under each: { ours: lines, … }',
    ],
    [
      'half of an amount',
      order('  - { ours: payable.amount, theirs: a }'),
      'fields[0].ours: an amount changes hands with its currency',
    ],
    [
      'money without a currency',
      order('  - { ours: payable, theirs: a, codec: moneyMinor }'),
      'fields[0].codec: needs a currency, a currencyPath, or theirs: { amount, currency }',
    ],
    [
      'a currency that nobody writes',
      order('  - { ours: payable, theirs: a, codec: { moneyMinor: { currencyPath: cur } } }'),
      'fields[0].codec: no pair writes "cur"',
    ],
    [
      'a currency that does not exist',
      order('  - { ours: payable, theirs: a, codec: { moneyMinor: { currency: CNX } } }'),
      'codec.moneyMinor.currency: is no ISO 4217 currency code',
    ],
    [
      'an unknown parameter',
      order('  - { ours: number, theirs: a, codec: { text: { mx: 4 } } }'),
      'fields[0].codec.text.mx: is not a member that is known here (did you mean "max"?)',
    ],
    [
      'two codecs at once',
      order('  - { ours: number, theirs: a, codec: { text: {}, int: {} } }'),
      'fields[0].codec: names one codec',
    ],
    [
      'an enum that cannot be turned round',
      order('  - { ours: status, theirs: s, codec: { enum: { in: { A: open, B: open, C: closed } } } }'),
      'several words mean the same; say which is written',
    ],
    [
      'an enum that loses states and comes back',
      order(
        '  - { ours: status, theirs: s, codec: { enum: { in: { A: open, C: closed }, out: { open: A, on_hold: A, cancelled: C, closed: C } } } }',
      ),
      'fields[0].codec: enum loses something',
    ],
    [
      'clearing by absence in a delta',
      order('  - { ours: number, theirs: a, whenAbsent: clear }'),
      'fields[0].whenAbsent: clear needs payload: snapshot',
    ],
    [
      'absentMeans in a delta',
      order('  - { ours: number, theirs: a }', 'absentMeans: clear'),
      'absentMeans: clear needs payload: snapshot',
    ],
    [
      'const that comes in',
      order('  - { theirs: a, codec: { const: { value: 1 } }, dir: in }'),
      'fields[0].dir: const only goes out',
    ],
    [
      'const with a field',
      order('  - { ours: number, theirs: a, codec: { const: { value: 1 } }, dir: out }'),
      'fields[0].ours: has nothing to do here',
    ],
    [
      'a row that goes where its list does not',
      'record: order\neach: [{ ours: lines, theirs: l, dir: in, key: { ours: lineNo, theirs: n }, fields: [{ ours: sku, theirs: s, dir: out }] }]',
      'each[0].fields[0].dir: goes out, and the collection around it goes in only',
    ],
    [
      'needs that is no reference',
      order('  - { ours: number, theirs: a }', 'needs: [{ ours: number, record: customer }]'),
      'needs[0].ours: number is no reference; those are customerId',
    ],
    [
      'needs of the wrong type',
      order('  - { ours: number, theirs: a }', 'needs: [{ ours: customerId, record: product }]'),
      'needs[0].record: customerId refers to a customer',
    ],
    [
      'CEL that does not parse',
      order('  - { ours: number, theirs: a }', 'when: "record.status =="'),
      'when: Unexpected token: EOF',
    ],
    [
      'CEL that is not true or false',
      order('  - { ours: number, theirs: a }', 'accept: "1 + 2"'),
      'accept: must be true or false, and is int',
    ],
    [
      'CEL over another word',
      order('  - { ours: number, theirs: a }', 'accept: "record.status == \'open\'"'),
      'accept: Unknown variable: record',
    ],
    [
      'an origin that proves nothing',
      order('  - { ours: number, theirs: a }', 'origin: { actor: by }'),
      'origin: proves nothing: give actor and self, or tag',
    ],
    [
      'a match key that is no single value',
      order('  - { ours: number, theirs: a }', 'identity: { id: id, match: [{ ours: tags, theirs: t }] }'),
      'identity.match[0].ours: tags holds set',
    ],
    [
      'a lookup of an unknown type',
      order('  - { ours: customerId, theirs: c, codec: { lookup: { record: custmer } } }'),
      'fields[0].codec.lookup.record: is no record type',
    ],
    [
      'a lookup of the wrong type',
      order('  - { ours: customerId, theirs: c, codec: { lookup: { record: order } } }'),
      'fields[0].codec.lookup.record: customerId refers to a customer',
    ],
    [
      'a time format with a strange letter',
      order('  - { ours: placedAt, theirs: c, dir: in, codec: { localTime: { zone: UTC, format: "yyyy-QQ-dd" } } }'),
      'fields[0].codec.localTime.format: "Q" is no part of a time format',
    ],
  ])('%s', (_, yaml, message) => {
    expect(faults(yaml).join('\n')).toContain(message);
  });

  it('a lossy pair goes out, comes in, or says why it may do both', () => {
    const pair = 'ours: buyerNote, theirs: memo, codec: { text: { max: 40, overflow: truncate } }';
    expect(faults(order(`  - { ${pair}, dir: out }`))).toEqual([]);
    expect(faults(order(`  - { ${pair}, dir: in }`))).toEqual([]);
    expect(faults(order(`  - { ${pair}, acceptLossy: the ERP never edits it }`))).toEqual([]);
  });
});

describe('warnings', () => {
  it('name the required fields that nothing fills', () => {
    const yaml =
      'record: order\nfields: [{ ours: channel, theirs: c }]\neach: [{ ours: lines, theirs: l, key: { ours: lineNo, theirs: n }, fields: [{ ours: sku, theirs: s }] }]';
    expect(warnings(yaml)).toEqual([
      'fields: nothing comes in for number: this system cannot make a new order',
      'each[0].fields: nothing comes in for lines.quantity',
    ]);
    expect(warnings('record: order\nfields: [{ ours: channel, theirs: c, dir: out }]')).toEqual([]);
  });

  it('name pairs that come in from a system that may not write', () => {
    const writersOf = (_: string, path: string) => (path === 'payable' ? new Set(['shop']) : undefined);
    const yaml = order(
      '  - { ours: number, theirs: a }\n  - { ours: payable, theirs: b, codec: { moneyMinor: { currency: CNY } } }',
    );
    expect(warnings(yaml, { system: 'crm', writersOf })).toEqual([
      'fields[1].dir: crm is no writer of payable (those are shop); what it says will be refused',
    ]);
    expect(warnings(yaml, { system: 'shop', writersOf })).toEqual([]);
  });

  it('name a reference that is read without a lookup', () => {
    expect(warnings(order('  - { ours: number, theirs: a }\n  - { ours: customerId, theirs: c }'))).toEqual([
      "fields[1].codec: customerId is a reference to a customer; without lookup the system's own id would stand in its place",
    ]);
  });
});

describe('an overlay', () => {
  const base = order('  - { ours: number, theirs: code }\n  - { ours: channel, theirs: src }');
  const overlay = (document: unknown) => ({
    overlay: { document, file: 'syncline.yaml', path: 'systems.crm.mappings.order' },
  });

  it('adds pairs and replaces those of the same field', () => {
    const { mapping, planned } = compileMapping(parse(base), {
      file: 'order.yaml',
      ...overlay([
        { ours: 'channel', theirs: 'origin' },
        { ours: 'x.crm.score', theirs: 'custom.score' },
      ]),
    });
    expect(mapping?.inward).toEqual(['number', 'channel', 'x.crm.score']);
    expect(planned?.pairs.map(({ targets }) => targets[0]?.text)).toEqual(['code', 'origin', 'custom.score']);
    expect(mapping?.digest).not.toBe(compileMapping(parse(base), { file: 'order.yaml' }).mapping?.digest);
  });

  it('has its faults where it was written', () => {
    const { faults: found } = compileMapping(parse(base), {
      file: 'order.yaml',
      ...overlay({ fields: [{ ours: 'chanel', theirs: 'origin' }] }),
    });
    expect(found).toEqual([
      {
        file: 'syncline.yaml',
        path: 'systems.crm.mappings.order.fields[0].ours',
        message: '"chanel" is no field of order',
        suggestion: 'did you mean "channel"?',
      },
    ]);
  });
});

describe('the digest', () => {
  it('is that of what the document says, not of how it is written', () => {
    const digest = (yaml: string) => compileMapping(parse(yaml), { file: 'order.yaml' }).mapping?.digest;
    expect(digest('record: order\nfields: [{ ours: number, theirs: a }]')).toBe(
      digest('# a comment\nfields:\n  - theirs: a\n    ours: number\nrecord: order'),
    );
    expect(digest('record: order\nfields: [{ ours: number, theirs: a }]')).not.toBe(
      digest('record: order\nfields: [{ ours: number, theirs: b }]'),
    );
    expect(digest('record: order\nfields: []')).toMatch(/^[0-9a-f]{16}$/);
  });
});
