// A feed as CSV and XML: what a reader of those formats gets back, and what they cannot say.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { feed } from '../../connectors/feed/index.ts';
import type { SystemSetup } from '../../src/core/catalog.ts';
import type { FeedItem, FeedPage } from '../../src/core/core.ts';
import { csvWriter } from '../../src/feed/csv.ts';
import { xmlWriter } from '../../src/feed/xml.ts';
import { compileMapping } from '../../src/mapping/compile.ts';
import { fourSystems, type Scene, scene } from './scene.ts';
import { shopOrder } from './words.ts';

const { mapping } = compileMapping(
  {
    record: 'order',
    fields: [
      { ours: 'number', theirs: 'no', required: true },
      { ours: 'payable', theirs: 'total', codec: { moneyDecimal: { currencyPath: 'cur' } } },
      { ours: 'currency', theirs: 'cur' },
      { ours: 'buyerNote', theirs: 'text.note' },
    ],
    each: [
      {
        ours: 'lines',
        theirs: 'rows',
        key: { ours: 'lineNo', theirs: 'row' },
        fields: [{ ours: 'quantity', theirs: 'qty' }],
      },
    ],
  },
  { file: 'order.yaml' },
);

const profilesOf = (settings: object) => {
  const profiles = feed.profiles?.(feed.settings.parse(settings));
  if (!profiles) throw new Error('the feed connector has no profiles');
  return profiles;
};
const csvOf = (csv: object = {}) => csvWriter(mapping, profilesOf({ csv }).csv);
const item = (data: object, more: Partial<FeedItem> = {}): FeedItem => ({
  ...{ record: 'order', id: 'ord_1', externalId: null, op: 'create', seq: '7', changedAt: '2026-11-23T05:00:00.000Z' },
  data: JSON.stringify(data),
  ...more,
});
const page = (...items: FeedItem[]): FeedPage => ({ items, next: 'e1.7', more: false });
const textOf = (bytes: Uint8Array, charset = 'utf-8') => iconv.decode(Buffer.from(bytes), charset, { stripBOM: false });

const order = {
  no: 'SO-1',
  total: '12.50',
  cur: 'EUR',
  text: { note: 'a,"b"' },
  rows: [
    { row: '1', qty: 2 },
    { row: '2', qty: 0.5 },
  ],
};

describe('CSV', () => {
  it('has what names the change, then the paths that the mapping writes, in their order', () => {
    expect(textOf(csvOf().write(page(item(order))))).toBe(
      [
        'record,id,externalId,op,seq,changedAt,no,total,cur,text.note,rows',
        'order,ord_1,,create,7,2026-11-23T05:00:00.000Z,SO-1,12.50,EUR,"a,""b""","[{""row"":""1"",""qty"":2},{""row"":""2"",""qty"":0.5}]"',
        '',
      ].join('\r\n'),
    );
  });

  it('has a row for each line where its reader wants that, and one for a record without any', () => {
    const rows = textOf(
      csvOf({ rows: 'line', lineEnd: 'lf', header: false }).write(page(item(order), item({ no: 'SO-2' }))),
    );
    expect(rows.split('\n').map((row) => row.split(',').slice(6).join())).toEqual([
      'SO-1,12.50,EUR,"a,""b""",1,2',
      'SO-1,12.50,EUR,"a,""b""",2,0.5',
      'SO-2,,,,,',
      '',
    ]);
    const [head] = parse(Buffer.from(csvOf({ rows: 'line' }).write(page())));
    expect(head?.slice(-2)).toEqual(['lines.row', 'lines.qty']);
  });

  it('writes numbers with the decimal sign of its reader, those that are texts too, and leaves other texts alone', () => {
    const data = { ...order, no: '1.5', text: { note: '2.5' } };
    const [row] = parse(
      Buffer.from(csvOf({ decimal: ',', delimiter: ';', rows: 'line', header: false }).write(page(item(data)))),
      {
        delimiter: ';',
      },
    );
    expect(row?.slice(6)).toEqual(['1.5', '12,50', 'EUR', '2.5', '1', '2']);
    expect(
      textOf(
        csvOf({ decimal: ',', header: false, rows: 'line' }).write(
          page(item({ ...order, rows: [{ row: '2', qty: 0.5 }] })),
        ),
      ),
    ).toContain('"0,5"');
  });

  it('keeps numbers digit for digit', () => {
    const big = item({}, { data: '{"no":"SO-1","rows":[{"row":"1","qty":12345678901234567890.10}]}' });
    expect(textOf(csvOf({ rows: 'line' }).write(page(big)))).toContain(',12345678901234567890.10\r\n');
    expect(textOf(csvOf().write(page(big)))).toContain('12345678901234567890.10');
  });

  it('disarms for a spreadsheet the texts that it would run, and no number', () => {
    const hostile = { ...order, no: '=1+1', total: '-12.50', text: { note: '@SUM(A1)' } };
    const [row] = parse(
      Buffer.from(csvOf({ spreadsheetSafe: true, header: false }).write(page(item(hostile, { externalId: '+49' })))),
    );
    expect([row?.[2], ...(row?.slice(6, 10) ?? [])]).toEqual(["'+49", "'=1+1", '-12.50', 'EUR', "'@SUM(A1)"]);
    const [faithful] = parse(Buffer.from(csvOf({ header: false }).write(page(item(hostile)))));
    expect(faithful?.[6]).toBe('=1+1');
  });

  it('is in the bytes of its encoding, with a mark in front where that is wanted', () => {
    const german = item({ ...order, text: { note: 'Grüße' } });
    const windows = csvOf({ encoding: 'windows-1252' });
    expect(windows.type).toBe('text/csv; charset=windows-1252; header=present');
    expect(textOf(windows.write(page(german)), 'windows-1252')).toContain('Grüße');
    expect([...csvOf({ encoding: 'utf-8-bom' }).write(page())].slice(0, 3)).toEqual([0xef, 0xbb, 0xbf]);
    const chinese = item({ ...order, text: { note: '上海市浦东新区老街𠮷' } });
    expect(textOf(csvOf({ encoding: 'gb18030' }).write(page(chinese)), 'gb18030')).toContain('上海市浦东新区老街𠮷');
    expect(() => feed.settings.parse({ csv: { bom: true, encoding: 'gb18030' } })).toThrow('is for utf-8 only');
  });

  it('says where there is a character that its encoding has no bytes for', () => {
    const windows = csvOf({ encoding: 'windows-1252' });
    expect(windows.faultOf(item({ ...order, text: { note: '12 €' } }))).toBeUndefined();
    expect(windows.faultOf(item({ ...order, text: { note: '街' } }))).toBe(
      'text.note: "街" (U+8857) cannot be written in windows-1252, the encoding of the CSV',
    );
    expect(windows.faultOf(item(order, { externalId: '街-1' }))).toContain('externalId: "街"');
  });

  it('comes back from a reader as it went in, whatever the text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '"', '\n', '\r', '=', '\t', '街', '😀', '') });
    fc.assert(
      fc.property(
        text,
        text,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('lf', 'crlf'),
        (no, note, delimiter, lineEnd) => {
          const bytes = csvOf({ delimiter, lineEnd }).write(page(item({ no, text: { note } })));
          const [head, row] = parse(Buffer.from(bytes), {
            delimiter,
            record_delimiter: lineEnd === 'lf' ? '\n' : '\r\n',
          });
          expect(row?.[head?.indexOf('no') ?? -1]).toBe(no);
          expect(row?.[head?.indexOf('text.note') ?? -1]).toBe(note);
        },
      ),
    );
  });
});

describe('XML', () => {
  const writer = xmlWriter({ charset: 'utf-8' });
  const parser = new XMLParser({
    ...{ ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false, trimValues: false },
    htmlEntities: true,
  });

  it('has an element for each item, members by their names, rows as repeated elements', () => {
    expect(writer.type).toBe('application/xml; charset=utf-8');
    expect(textOf(writer.write({ ...page(item({ ...order, cur: null }, { externalId: 'E-1' })), more: true }))).toBe(
      '<?xml version="1.0" encoding="utf-8"?>\n<feed next="e1.7" more="true">' +
        '<item record="order" id="ord_1" externalId="E-1" op="create" seq="7" changedAt="2026-11-23T05:00:00.000Z">' +
        '<no>SO-1</no><total>12.50</total><cur/><text><note>a,&quot;b&quot;</note></text>' +
        '<rows><row>1</row><qty>2</qty></rows><rows><row>2</row><qty>0.5</qty></rows></item></feed>\n',
    );
    expect(textOf(writer.write(page()))).toBe(
      '<?xml version="1.0" encoding="utf-8"?>\n<feed next="e1.7" more="false"/>\n',
    );
    expect(textOf(writer.write(page(item({}))))).not.toContain('externalId');
  });

  it('comes back from a reader as it went in, whatever the text', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ' ', '<', '>', '&', "'", '"', '\n', '\r', '\t', ']', '街', '😀'),
      minLength: 1,
    });
    fc.assert(
      fc.property(text, text, (note, externalId) => {
        const bytes = writer.write(page(item({ note }, { externalId })));
        const read = parser.parse(textOf(bytes)) as { feed: { item: Record<string, unknown> } };
        expect(read.feed.item).toMatchObject({ note, '@externalId': externalId });
      }),
    );
  });

  it.each([
    [{ note: 'a\u0001b' }, 'note: U+0001 cannot be written in XML'],
    [{ rows: [{ 'a b': 1 }] }, 'rows.0.a b: "a b" cannot be the name of an XML element'],
    [{ '1st': 1 }, '1st: "1st" cannot be the name'],
    [{ '@x': 1 }, '@x: "@x" cannot be the name'],
    [{ a: [[1]] }, 'a: XML cannot say a list within a list'],
  ])('says what it cannot hold: %j', (data, fault) => {
    expect(writer.faultOf(item(data))).toContain(fault);
  });

  it('says which character its encoding has no bytes for, in a name too', () => {
    const windows = xmlWriter({ charset: 'windows-1252' });
    expect(windows.faultOf(item({ note: '街' }))).toBe(
      'note: "街" (U+8857) cannot be written in windows-1252, the encoding of the XML',
    );
    expect(windows.faultOf(item({ 街: 1 }))).toContain('cannot be the name');
    expect(writer.faultOf(item({ 街: '街' }))).toBeUndefined();
  });
});

const latin = { country: 'DE', province: 'Berlin', city: 'Berlin', district: 'Mitte', street: 'Alte Straße 1' };

describe('a feed of the hub', () => {
  const withErp = (csv: object): SystemSetup[] =>
    fourSystems().map((system) => (system.id === 'erp' ? { ...system, profiles: profilesOf({ csv }) } : system));
  const over = async (csv: object, story: (hub: Scene) => Promise<void>) => {
    const hub = await scene({ systems: withErp(csv) });
    try {
      await story(hub);
    } finally {
      await hub.close();
    }
  };
  const pageOf = async (hub: Scene, request: Partial<Parameters<Scene['core']['feed']>[0]> = {}) => {
    const answer = await hub.core.feed({
      system: 'erp',
      after: null,
      limit: 10,
      record: 'order',
      as: 'csv',
      ...request,
    });
    if ('gone' in answer) throw new Error('gone');
    return answer;
  };

  it('asks for the record type where CSV would have columns of several', () =>
    over({}, async (hub) => {
      await expect(hub.core.feed({ system: 'erp', after: null, limit: 10, as: 'csv' })).rejects.toMatchObject({
        problem: { status: 400, faults: [{ path: '?record', message: expect.stringContaining('order') }] },
      });
      const { written } = await pageOf(hub, { record: 'return' });
      expect(textOf(written?.bytes ?? new Uint8Array())).toBe('record,id,externalId,op,seq,changedAt\r\n');
    }));

  it('is refused where the connector has no way to write it', async () => {
    const hub = await scene();
    await expect(hub.core.feed({ system: 'erp', after: null, limit: 10, as: 'xml' })).rejects.toMatchObject({
      problem: { status: 406, detail: expect.stringContaining('erp') },
    });
    await hub.close();
  });

  it('gives up what cannot be written instead of writing a question mark, and takes it up again with the next change', () =>
    over({ encoding: 'windows-1252' }, async (hub) => {
      const plain = { ...latin, name: 'Li Lei', phone: '+8613800000000', zip: '10115' };
      const made = await hub.say('shop', { record: 'order', id: '1001', data: shopOrder() });
      const fine = await hub.say('shop', {
        ...{ record: 'order', id: '1002' },
        data: shopOrder({ id: '1002', order_number: 'SO-1002', ship_to: plain }),
      });
      const { items, written } = await pageOf(hub);
      expect(items.map(({ id }) => id)).toEqual([fine.id]);
      expect(textOf(written?.bytes ?? new Uint8Array(), 'windows-1252')).toContain('SO-1002');
      expect(await hub.replica(made.id, 'erp')).toMatchObject({ state: 'dead' });
      const letters = await hub.core.deadLetters({}, 10, null);
      expect(letters.items).toMatchObject([
        {
          system: 'erp',
          recordId: made.id,
          kind: 'invalid',
          message: expect.stringMatching(/^\w+: "." \(U\+\w+\) cannot be written/),
        },
      ]);
      await hub.say('shop', {
        record: 'order',
        id: '1001',
        data: shopOrder({ ship_to: plain, updated_at: '2026-11-23T04:30:00Z' }),
      });
      expect((await pageOf(hub)).items.map(({ id }) => id)).toContain(made.id);
    }));

  it('gives up what it served as JSON before, too', () =>
    over({ encoding: 'windows-1252' }, async (hub) => {
      const made = await hub.say('shop', { record: 'order', id: '1001', data: shopOrder() });
      const answer = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      expect(answer).toMatchObject({ items: [{ id: made.id }] });
      expect((await pageOf(hub)).items).toEqual([]);
      expect(await hub.replica(made.id, 'erp')).toMatchObject({ state: 'dead' });
    }));
});
