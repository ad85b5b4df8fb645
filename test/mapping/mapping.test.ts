// What a compiled mapping does with single payloads and records.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileMapping } from '../../src/mapping/compile.ts';
import { faultText } from '../../src/mapping/fault.ts';
import { type Lookup, type Mapping, withRemovedEntries } from '../../src/mapping/mapping.ts';
import { type JsonObject, type LosslessObject, parseJson, stringifyJson } from '../../src/model/json.ts';
import { overlay } from '../../src/model/merge-tree.ts';

function mapping(yaml: string): Mapping {
  const { mapping: made, faults } = compileMapping(parse(yaml), { file: 'order.yaml' });
  if (!made) throw new Error(faults.map(faultText).join('\n'));
  return made;
}
const fields = (pairs: string, head = ''): Mapping => mapping(`record: order\n${head}\nfields:\n${pairs}`);
const payload = (text: string): LosslessObject => parseJson(text) as LosslessObject;
const same: Lookup = (_, id) => id;
const none: Lookup = () => undefined;
const read = (made: Mapping, text: string) => made.read(payload(text), same);
const update = (made: Mapping, data: JsonObject, image: JsonObject, base?: string) =>
  made.write({ op: 'update', data, image, base: base === undefined ? undefined : payload(base), lookup: same });
const create = (made: Mapping, data: JsonObject, lookup = same) =>
  made.write({ op: 'create', data, image: undefined, base: undefined, lookup });

describe('three values', () => {
  const made = fields(
    '  - { ours: channel, theirs: a.src }\n  - { ours: sellerNote, theirs: note, empty: null }\n  - { ours: buyerNote, theirs: memo, null: ignore }\n  - { ours: storeId, theirs: store, null: reject }',
  );

  it('absent says nothing, null clears, a value sets', () => {
    expect(read(made, '{}').patch).toEqual({});
    expect(read(made, '{"a":{"src":null},"note":"","memo":null}').patch).toEqual({ channel: null, sellerNote: null });
    expect(read(made, '{"a":{"src":"web"},"note":" ","memo":"","store":"S"}').patch).toEqual({
      channel: 'web',
      sellerNote: ' ',
      buyerNote: '',
      storeId: 'S',
    });
  });

  it('a path through null is null, through something else unreadable', () => {
    expect(read(made, '{"a":null}').patch).toEqual({ channel: null });
    expect(read(made, '{"a":7}')).toMatchObject({
      patch: {},
      faults: [{ path: 'a.src', ours: 'channel', message: 'stands below something that is not an object' }],
    });
  });

  it('null can be refused', () => {
    expect(read(made, '{"store":null,"note":"x"}')).toMatchObject({
      patch: { sellerNote: 'x' },
      faults: [{ path: 'store', message: 'must not be null' }],
    });
  });

  it('a field that the record lost is cleared where the system holds it, in the words of its pair', () => {
    const held = { channel: 'web', sellerNote: 'x' };
    const written = update(made, {}, held, '{"a":{"src":"web","z":1},"note":"x"}');
    expect(written.body).toEqual({ a: { src: null, z: 1 }, note: '' });
    expect(written.changes).toEqual({ a: { src: null }, note: '' });
    expect(written.image).toEqual({});
    expect(update(made, {}, {}, '{"a":{"src":"web"}}')).toMatchObject({ changed: false, body: { a: { src: 'web' } } });
  });

  it('inherited members are not there', () => {
    const odd = fields('  - { ours: channel, theirs: toString }\n  - { ours: storeId, theirs: a.valueOf }');
    expect(read(odd, '{"a":{}}').patch).toEqual({});
    expect(read(odd, '{"__proto__":{"toString":"x"}}').patch).toEqual({});
    expect(
      Object.getPrototypeOf(read(fields('  - { ours: x.a.b, theirs: v }'), '{"v":{"__proto__":{"bad":1}}}').patch),
    ).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).bad).toBeUndefined();
  });
});

describe('what cannot be read', () => {
  const made = fields(
    '  - { ours: number, theirs: code }\n  - { ours: holdSeq, theirs: n, codec: int }\n  - { ours: payable, theirs: amount, codec: { moneyDecimal: { currency: CNY } } }\n  - { ours: status, theirs: s }\n  - { ours: x.a.big, theirs: big }',
  );

  it('says nothing, is named, and spoils nothing else', () => {
    const { patch, faults } = read(made, '{"code":"A","n":12345678901234567890,"amount":"1.005","s":"opne"}');
    expect(patch).toEqual({ number: 'A' });
    expect(faults.map(({ path }) => path)).toEqual(['n', 'amount', 's']);
  });

  it('numbers that a double cannot hold keep their digits as text', () => {
    expect(read(made, '{"code":12345678901234567890,"big":0.10000000000000000001}').patch).toEqual({
      number: '12345678901234567890',
      x: { a: { big: '0.10000000000000000001' } },
    });
    const text = '{"code":12345678901234567890,"big":0.10000000000000000001}';
    const image = read(made, text).patch;
    expect(stringifyJson(update(made, image, image, text).body)).toBe(text);
    expect(read(made, '{"amount":1e400}').faults).toHaveLength(1);
  });

  it('a payload that is no object', () => {
    expect(made.read([], same)).toMatchObject({ patch: {}, faults: [{ path: '', message: 'is not an object' }] });
  });
});

describe('identity, clock, origin, conditions', () => {
  const made = fields(
    '  - { ours: number, theirs: code, codec: { text: { trim: true } } }',
    'identity: { id: id, match: [{ ours: number, theirs: code }] }\nclock: { at: changed, codec: { epoch: { unit: s } }, trust: ntp }\norigin: { actor: by, self: hub, tag: tag }\naccept: "theirs.active == false"\nwhen: "record.paymentStatus == \'paid\'"',
  );

  it('reads the id as text, the match values in canonical words, the time', () => {
    expect(read(made, '{"id":9007199254740993,"code":" A ","changed":1764000000,"active":false}')).toMatchObject({
      externalId: '9007199254740993',
      match: [{ field: 'number', value: 'A' }],
      at: 1_764_000_000_000,
      accepted: true,
      ours: false,
    });
    expect(read(made, '{"changed":"soon"}')).toMatchObject({ externalId: undefined, match: [], at: undefined });
  });

  it('accepts what satisfies accept; a member that is not there is null', () => {
    expect(read(made, '{"active":true}').accepted).toBe(false);
    expect(read(made, '{}').accepted).toBe(false);
  });

  it('proves an echo by the actor or by the key of a request of ours', () => {
    expect(read(made, '{"by":"hub"}').ours).toBe(true);
    expect(read(made, '{"by":"anna"}').ours).toBe(false);
    expect(read(made, '{"tag":"crm:order:ord_1:7"}').ours).toBe(true);
    expect(read(made, '{"tag":"blue"}').ours).toBe(false);
  });

  it('wants records that satisfy when', () => {
    expect([{ paymentStatus: 'paid' }, { paymentStatus: 'unpaid' }, {}].map((data) => made.wants(data))).toEqual([
      true,
      false,
      false,
    ]);
    expect(fields('  - { ours: number, theirs: a }').wants({})).toBe(true);
  });
});

describe('pairs that are written once', () => {
  const made = fields('  - { ours: number, theirs: code, once: true }\n  - { ours: channel, theirs: src }');

  it('go out with the create and never change after', () => {
    expect(create(made, { number: 'A', channel: 'web' }).body).toEqual({ code: 'A', src: 'web' });
    const later = update(made, { number: 'B', channel: 'app' }, { number: 'A', channel: 'web' });
    expect(later.changes).toEqual({ src: 'app' });
    expect(later.body).toEqual({ code: 'A', src: 'app' });
    expect(later.image).toEqual({ number: 'A', channel: 'app' });
    expect(update(made, { number: 'B', channel: 'web' }, { number: 'A', channel: 'web' }).changed).toBe(false);
  });

  it('required ones are missed on create and never cleared', () => {
    const strict = fields('  - { ours: number, theirs: code, required: true }');
    expect(create(strict, {}).faults).toEqual([
      { path: 'number', ours: 'number', message: 'is missing, and nothing can be created without it' },
    ]);
    const cleared = update(strict, {}, { number: 'A' });
    expect(cleared).toMatchObject({
      changed: false,
      image: { number: 'A' },
      faults: [{ message: 'must not be empty' }],
    });
  });
});

describe('a system that cuts', () => {
  const made = fields(
    '  - { ours: sellerNote, theirs: note, codec: { text: { max: 5, overflow: truncate } }, acceptLossy: it cuts }',
  );

  it('is remembered by what it will say', () => {
    const written = create(made, { sellerNote: 'abcdefgh' });
    expect(written).toMatchObject({ body: { note: 'abcde' }, image: { sellerNote: 'abcde' } });
    expect(update(made, { sellerNote: 'abcdefgh' }, { sellerNote: 'abcde' }, '{"note":"abcde"}').changed).toBe(false);
    expect(update(made, { sellerNote: 'abcdeXYZ' }, { sellerNote: 'abcde' }, '{"note":"abcde"}').changed).toBe(false);
    expect(update(made, { sellerNote: 'abXde' }, { sellerNote: 'abcde' }, '{"note":"abcde"}').changes).toEqual({
      note: 'abXde',
    });
  });
});

describe('addresses', () => {
  const made = fields(
    '  - { ours: shipTo, theirs: { name: to.name, phone: to.tel, province: to.prov, city: to.city, street: to.detail }, codec: addressCn }',
  );
  const text = '{"to":{"name":"李雷","tel":"13800138000","prov":"广东","city":"深圳市","detail":"一号","door":7}}';
  const image = overlay('order', {}, read(made, text).patch);

  it('are read member by member', () => {
    expect(image.shipTo).toEqual({
      name: '李雷',
      phone: '+8613800138000',
      province: '广东省',
      city: '深圳市',
      street: '一号',
      country: 'CN',
    });
    expect(read(made, '{"to":{"detail":"二号","tel":null}}').patch).toEqual({
      shipTo: { street: '二号', phone: null, country: 'CN' },
    });
    expect(read(made, '{"to":null}').patch).toEqual({ shipTo: null });
    expect(read(made, '{"to":{}}').patch).toEqual({});
  });

  it('are written as one value, in the spelling that stands there', () => {
    const moved = { shipTo: { ...(image.shipTo as JsonObject), street: '二号' } };
    const written = update(made, moved, image, text);
    expect(written.body).toEqual({
      to: { name: '李雷', tel: '13800138000', prov: '广东', city: '深圳市', detail: '二号', door: 7 },
    });
    expect(written.changes).toEqual({
      to: { name: '李雷', tel: '13800138000', prov: '广东', city: '深圳市', detail: '二号' },
    });
  });

  it('lose the members that the new one does not have', () => {
    const written = update(made, { shipTo: { name: '韩梅梅', street: '三号' } }, image, text);
    expect(written.changes).toEqual({ to: { name: '韩梅梅', tel: null, prov: null, city: null, detail: '三号' } });
  });

  it('of another country are refused as a whole', () => {
    const written = update(made, { shipTo: { name: 'Anna', country: 'DE' } }, image, text);
    expect(written).toMatchObject({
      changed: false,
      image,
      faults: [{ path: 'shipTo', message: 'has country DE, and this pair writes CN only' }],
    });
  });

  it('one bad member spoils the whole', () => {
    expect(read(made, '{"to":{"name":{},"detail":"x"}}')).toMatchObject({
      patch: {},
      faults: [{ path: 'to.name', ours: 'shipTo.name', message: 'is an object where text is expected' }],
    });
  });

  it('without a codec are our own members below one path', () => {
    const plain = fields('  - { ours: shipTo, theirs: address }');
    expect(create(plain, { shipTo: { name: 'A', country: 'DE' } }).body).toEqual({
      address: { name: 'A', country: 'DE' },
    });
    expect(read(plain, '{"address":{"phone":"+49 30 1234567","country":"Germany"}}').patch).toEqual({
      shipTo: { phone: '+49301234567', country: 'DE' },
    });
  });
});

describe('parts', () => {
  const made = fields(
    '  - { ours: sellerNote, theirs: [first, last], codec: join, acceptLossy: two lines }\n  - { ours: payable, theirs: { amount: sum, currency: cur }, codec: moneyDecimal }',
  );

  it('are read together', () => {
    expect(
      read(made, '{"first":"Anna","last":"Schmidt","sum":"12.5","cur":"JPY"}').faults.map(({ message }) => message),
    ).toEqual(['has more digits after the point than JPY has']);
    expect(read(made, '{"first":"Anna","last":"Schmidt","sum":"12.5","cur":"EUR"}').patch).toEqual({
      sellerNote: 'Anna Schmidt',
      payable: { amount: 1250, currency: 'EUR' },
    });
    expect(read(made, '{"last":"Schmidt"}').faults[0]?.message).toBe(
      'says only a part: first is missing, and the parts are read together',
    );
    expect(read(made, '{"first":null,"last":null,"sum":null,"cur":"EUR"}').patch).toEqual({
      sellerNote: null,
      payable: null,
    });
  });

  it('stay as they were divided while they say the same', () => {
    const text = '{"first":"Anna Maria","last":"Schmidt"}';
    const image = read(made, text).patch;
    expect(update(made, image, image, text).body).toEqual({ first: 'Anna Maria', last: 'Schmidt' });
    expect(update(made, { sellerNote: 'Anna Meyer' }, image, text).changes).toEqual({ first: 'Anna', last: 'Meyer' });
    expect(update(made, {}, image, text).changes).toEqual({ first: null, last: null });
  });
});

describe('amounts beside a currency', () => {
  const made = fields(
    '  - { ours: payable, theirs: total, codec: { moneyDecimal: { currencyPath: cur } } }\n  - { ours: currency, theirs: cur }',
  );

  it('take it from the payload, and are not written in another', () => {
    expect(read(made, '{"total":"1.234","cur":"KWD"}').patch).toEqual({
      payable: { amount: 1234, currency: 'KWD' },
      currency: 'KWD',
    });
    expect(read(made, '{"total":"1"}').faults[0]?.message).toBe('has no currency: "cur" holds no ISO 4217 code');
    expect(create(made, { currency: 'JPY', payable: { amount: 500, currency: 'JPY' } }).body).toEqual({
      cur: 'JPY',
      total: '500',
    });
    expect(create(made, { currency: 'JPY', payable: { amount: 500, currency: 'CNY' } }).faults[0]?.message).toBe(
      'is in CNY, the payload in JPY',
    );
  });
});

describe('references', () => {
  const made = fields(
    '  - { ours: customerId, theirs: buyer.id, codec: { lookup: { record: customer } } }\n  - { ours: number, theirs: code }',
    'identity: { id: id }',
  );
  const optional = fields(
    '  - { ours: customerId, theirs: buyer, codec: { lookup: { record: customer, unknown: omit } } }',
  );

  it('are named before they are read', () => {
    expect(made.incoming(payload('{"buyer":{"id":8812}}'))).toEqual([
      { record: 'customer', ours: 'customerId', id: '8812' },
    ]);
    expect(made.outgoing({ customerId: 'cus_1' })).toEqual([{ record: 'customer', ours: 'customerId', id: 'cus_1' }]);
    expect([made.needs, optional.needs]).toEqual([[{ ours: 'customerId', record: 'customer' }], []]);
  });

  it('that are not known say nothing on the way in', () => {
    expect(made.read(payload('{"buyer":{"id":1},"code":"A"}'), none)).toMatchObject({
      patch: { number: 'A' },
      faults: [{ path: 'buyer.id', message: 'customer "1" is not known on the other side' }],
    });
  });

  it('that are not known park, or are left out', () => {
    expect(create(made, { customerId: 'cus_1', number: 'A' }, none)).toMatchObject({
      body: { code: 'A' },
      unknown: [{ record: 'customer', ours: 'customerId', id: 'cus_1' }],
      faults: [],
    });
    expect(create(optional, { customerId: 'cus_1' }, none)).toMatchObject({ body: {}, unknown: [], faults: [] });
  });

  it('stay as number or text, as they stand', () => {
    const text = '{"buyer":{"id":8812}}';
    const into: Lookup = () => 'cus_1';
    const out: Lookup = () => '8812';
    const image = made.read(payload(text), into).patch;
    const written = made.write({ op: 'update', data: image, image, base: payload(text), lookup: out });
    expect([stringifyJson(written.body), written.changed]).toEqual([text, false]);
    expect(
      made.write({ op: 'update', data: { customerId: 'cus_2' }, image, base: payload(text), lookup: () => '9' })
        .changes,
    ).toEqual({ buyer: { id: '9' } });
  });
});

describe('rows', () => {
  const made = mapping(
    'record: order\nfields: []\neach: [{ ours: lines, theirs: items, missing: tombstone, key: { ours: lineNo, theirs: no, codec: int }, fields: [{ ours: sku, theirs: code, once: true }, { ours: quantity, theirs: qty }, { ours: shippedQuantity, theirs: sent, dir: in }] }]',
  );
  const text = '{"items":[{"no":2,"code":"B","qty":1,"own":true,"sent":1},{"no":1,"code":"A","qty":5}]}';
  const image = overlay('order', {}, read(made, text).patch);

  it('are matched by key, and what they do not share stays with them', () => {
    expect(image).toEqual({
      lines: {
        1: { lineNo: '1', sku: 'A', quantity: 5 },
        2: { lineNo: '2', sku: 'B', quantity: 1, shippedQuantity: 1 },
      },
    });
    const data = { lines: { 2: { lineNo: '2', sku: 'X', quantity: 3 }, 3: { lineNo: '3', sku: 'C', quantity: 1 } } };
    const written = update(made, data, image, text);
    expect(written.body).toEqual({
      items: [
        { no: 2, code: 'B', qty: 3, own: true, sent: 1 },
        { no: 3, code: 'C', qty: 1 },
      ],
    });
    expect(written.changes).toEqual(written.body);
    expect(written.image).toEqual({
      lines: {
        2: { lineNo: '2', sku: 'B', quantity: 3, shippedQuantity: 1 },
        3: { lineNo: '3', sku: 'C', quantity: 1 },
      },
    });
    expect(made.keepsPayload).toBe(true);
  });

  it('that a whole list does not name were removed', () => {
    const reading = read(made, '{"items":[{"no":1,"qty":6}]}');
    expect(reading.complete).toEqual(['lines']);
    expect(withRemovedEntries(reading, image)).toEqual({ lines: { 1: { lineNo: '1', quantity: 6 }, 2: null } });
    expect(withRemovedEntries(reading, undefined)).toEqual(reading.patch);
    expect(withRemovedEntries(read(made, '{}'), image)).toEqual({});
  });

  it('that cannot be told apart are named, and then nothing counts as removed', () => {
    const reading = read(made, '{"items":[{"no":1,"qty":1.5},{"qty":1},{"no":"1","qty":9},7]}');
    expect(reading.patch).toEqual({ lines: { 1: { lineNo: '1' } } });
    expect(reading.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'items.0.qty: is not an integer that can be held exactly',
      'items.1: has no no, which tells the rows apart',
      'items.2: has the same no as a row before it',
      'items.3: is not an object',
    ]);
    expect(reading.complete).toEqual([]);
  });

  it('that the hub never knew stay', () => {
    const written = update(made, { lines: {} }, {}, '{"items":[{"no":9,"code":"Z"}]}');
    expect(written).toMatchObject({ changed: false, body: { items: [{ no: 9, code: 'Z' }] } });
  });

  it('hold references of their own, and amounts in the currency of the whole', () => {
    const rich = mapping(
      'record: order\nfields: [{ ours: currency, theirs: cur }]\neach: [{ ours: lines, theirs: items, key: { ours: lineNo, theirs: no }, fields: [{ ours: unitPrice, theirs: price, codec: { moneyDecimal: { currencyPath: cur } } }] }]',
    );
    const body = create(rich, {
      currency: 'JPY',
      lines: { a: { lineNo: 'a', unitPrice: { amount: 120, currency: 'JPY' } } },
    }).body;
    expect(body).toEqual({ cur: 'JPY', items: [{ no: 'a', price: '120' }] });
    expect(read(rich, stringifyJson(body)).patch).toEqual({
      currency: 'JPY',
      lines: { a: { lineNo: 'a', unitPrice: { amount: 120, currency: 'JPY' } } },
    });
  });
});

describe('what a mapping says of itself', () => {
  it('names where it reads and writes', () => {
    const made = mapping(
      'record: order\npayload: snapshot\nfields: [{ ours: number, theirs: code }, { ours: status, theirs: s, dir: in }, { ours: shipTo, theirs: { name: n, phone: t }, codec: address, dir: out }, { theirs: src, codec: { const: { value: hub } }, dir: out }]\neach: [{ ours: lines, theirs: items, key: { ours: lineNo, theirs: no }, fields: [{ ours: sku, theirs: code, dir: out }] }]',
    );
    expect(made).toMatchObject({
      record: 'order',
      payload: 'snapshot',
      trust: 'none',
      matchFields: [],
      keepsPayload: true,
    });
    expect([made.inward, made.outward]).toEqual([
      ['number', 'status'],
      ['number', 'shipTo', 'lines'],
    ]);
    expect(made.externalPaths).toEqual(['code', 'n', 't', 'src', 'items[].no', 'items[].code']);
  });

  it('what only comes in is still held', () => {
    const made = fields('  - { ours: number, theirs: code }\n  - { ours: status, theirs: s, dir: in }');
    expect(update(made, { number: 'B' }, { number: 'A', status: 'open', channel: 'old' }).image).toEqual({
      number: 'B',
      status: 'open',
    });
  });

  it('a snapshot can clear by leaving out', () => {
    const made = fields(
      '  - { ours: number, theirs: code, whenAbsent: noChange }\n  - { ours: channel, theirs: src }\n  - { ours: shipTo, theirs: { name: n, street: s }, codec: address }',
      'payload: snapshot\nabsentMeans: clear',
    );
    expect(read(made, '{"s":"x"}').patch).toEqual({ channel: null, shipTo: { name: null, street: 'x' } });
    expect(read(made, '{"src":"a"}').patch).toEqual({ channel: 'a', shipTo: null });
  });
});

describe('the image', () => {
  const whole = mapping(`
record: order
fields:
  - { ours: number, theirs: no, dir: out }
  - { ours: placedAt, theirs: at, dir: out, codec: { localTime: { zone: Asia/Shanghai } } }
  - { ours: currency, theirs: cur, dir: out }
  - { ours: payable, theirs: sum, dir: out, codec: { moneyDecimal: { currencyPath: cur } } }
  - { ours: totals.items, theirs: items, dir: out, codec: { moneyMinor: { currencyPath: cur } } }
  - { ours: shipTo, theirs: { name: to.name, province: to.province, phone: to.phone }, dir: out, codec: addressCn }
  - { ours: buyerNote, theirs: note, dir: out, codec: { text: { max: 3, overflow: truncate } } }
each:
  - ours: lines
    theirs: rows
    key: { ours: lineNo, theirs: no }
    dir: out
    fields:
      - { ours: sku, theirs: sku, dir: out, codec: { text: { max: 3, overflow: truncate } } }
`);
  const data: JsonObject = {
    number: 'A1',
    placedAt: '2026-11-23T05:00:00.000Z',
    currency: 'CNY',
    payable: { amount: 1250, currency: 'CNY' },
    totals: { items: { amount: 1200, currency: 'CNY' } },
    shipTo: { name: '李雷', province: '广东省', phone: '+8613800138000', country: 'CN' },
    buyerNote: 'abc',
    lines: { 1: { lineNo: '1', sku: 'TEA' }, 2: { lineNo: '2', sku: 'CUP' } },
  };

  it('is the record itself, when all of it goes out and comes back as it was', () => {
    expect(create(whole, data).image).toBe(data);
    expect(update(whole, data, structuredClone(data)).image).toBe(data);
  });

  it('shares with the record what comes back as it was', () => {
    const lines: JsonObject = { ...(data.lines as JsonObject), 3: { lineNo: '3', sku: 'LONG' } };
    const other: JsonObject = {
      ...data,
      placedAt: '2026-11-23T05:00:00.500Z',
      buyerNote: 'abcdef',
      sellerNote: 'x',
      lines,
    };
    const before = structuredClone(other);
    const { image } = create(whole, other);
    expect(image).toEqual({
      ...data,
      placedAt: '2026-11-23T05:00:00.000Z',
      lines: { ...lines, 3: { lineNo: '3', sku: 'LON' } },
    });
    for (const shared of ['payable', 'totals', 'shipTo']) expect(image[shared]).toBe(other[shared]);
    expect((image.lines as JsonObject)['1']).toBe(lines['1']);
    expect(other).toEqual(before);
  });

  it('shares with what was held before what is the same in it', () => {
    const other: JsonObject = {
      ...data,
      totals: { items: { amount: 1, currency: 'CNY' }, tax: { amount: 1, currency: 'CNY' } },
    };
    const held = create(whole, other).image;
    const later = update(whole, { ...other, number: 'A2' }, held).image;
    expect(later.totals).toEqual({ items: { amount: 1, currency: 'CNY' } });
    expect(later.totals).toBe(held.totals);
    expect(update(whole, { ...other }, held).image).toBe(held);
  });

  it('says what the last of several pairs for one value leaves, and keeps what only comes in', () => {
    const twice = fields(
      '  - { ours: number, theirs: a, dir: out }\n  - { ours: number, theirs: b, dir: out, codec: { text: { max: 2, overflow: truncate } } }\n  - { ours: status, theirs: s, dir: in }',
    );
    expect(create(twice, { number: 'ABC' }).image).toEqual({ number: 'AB' });
    expect(update(twice, { number: 'ABC', status: 'closed' }, { status: 'open' }).image).toEqual({
      number: 'AB',
      status: 'open',
    });
  });
});

describe('the merge patch', () => {
  it('names removed members of an object that is replaced', () => {
    const made = fields('  - { ours: x.a.any, theirs: any }');
    const written = update(
      made,
      { x: { a: { any: { b: 2 } } } },
      { x: { a: { any: { a: 1, c: { d: 1 } } } } },
      '{"any":{"a":1,"c":{"d":1}}}',
    );
    expect(written.changes).toEqual({ any: { a: null, b: 2, c: null } });
  });

  it('holds a list as a whole', () => {
    const made = fields('  - { ours: channel, theirs: packages.0.code }');
    expect(
      update(made, { channel: 'b' }, { channel: 'a' }, '{"packages":[{"code":"a","w":1},{"code":"z"}]}').changes,
    ).toEqual({ packages: [{ code: 'b', w: 1 }, { code: 'z' }] });
    expect(create(made, { channel: 'b' }).body).toEqual({ packages: [{ code: 'b' }] });
  });

  it('is all of it when nothing is known', () => {
    const made = fields(
      '  - { ours: channel, theirs: src }\n  - { theirs: by, codec: { const: { value: hub } }, dir: out }',
    );
    const written = made.write({
      op: 'update',
      data: { channel: 'a' },
      image: undefined,
      base: undefined,
      lookup: same,
    });
    expect(written).toMatchObject({ changed: true, changes: { src: 'a', by: 'hub' } });
  });

  it('the request is left as it was', () => {
    const made = fields('  - { ours: channel, theirs: a.b.src }');
    const base = payload('{"a":{"b":{"src":"x"},"keep":[1]}}');
    const before = stringifyJson(base);
    expect(
      made.write({ op: 'update', data: { channel: 'y' }, image: { channel: 'x' }, base, lookup: same }).body,
    ).toEqual({ a: { b: { src: 'y' }, keep: [1] } });
    expect(stringifyJson(base)).toBe(before);
  });
});
