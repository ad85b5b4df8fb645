// Files both ways: whole or not at all, in the partner's dialect, put away only once what they said is stored.
import iconv from 'iconv-lite';
import { utils } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sftp } from '../../../connectors/sftp/index.ts';
import { readSettings } from '../../../src/connector/settings.ts';
import type { WireServer } from '../../contract/connector/subject.ts';
import { aSend, connectTo, testNow } from '../connect.ts';
import { type Partner, partner } from './partner.ts';
import { hostKey, password, username } from './sftp-server.ts';

const clientKeys = utils.generateKeyPairSync('ed25519');
let box: Partner;
let server: WireServer;
beforeEach(async () => {
  box = partner(() => testNow);
  server = await box.serve(clientKeys.public);
});
afterEach(() => server.close());

const inbound = { folder: '/orders', id: 'number' };
const outbound = { folder: '/shipments', columns: ['@op', '@seq', 'number', 'note'] };

const context = (more: object = {}) => {
  const records = { order: { in: inbound }, shipment: { out: outbound } };
  const login = { host: '127.0.0.1', port: server.port, hostKey, username, password };
  return connectTo(sftp, { ...login, records, ...more }).context();
};

const drop = (payload: object, more: object = {}, send: object = {}) => {
  const sent = aSend({ key: 'edi:shipment:shp_1:1093', body: JSON.stringify(payload), ...send });
  return sftp.push?.(sent, context(more));
};

const poll = (cursor?: string, more: object = {}) =>
  sftp.poll?.({ record: 'order', cursor, now: testNow }, context(more)) as Promise<{
    items: { id?: string; key?: string; data?: string }[];
    cursor: string | undefined;
    more: boolean;
  }>;

const ids = ({ items }: { items: { id?: string }[] }) => items.map(({ id }) => id);

describe('a file for the partner', () => {
  it('is named after its change and moves to its place whole', async () => {
    expect(await drop({ number: 'S-1', note: 'a,"b"' })).toEqual({ externalId: 'shp_1', status: 200 });
    const place = '/shipments/shipment-000000001093-shp_1.csv';
    expect(box.disk.log).toEqual([
      'write /shipments/.shipment-000000001093-shp_1.csv.part',
      `rename /shipments/.shipment-000000001093-shp_1.csv.part ${place}`,
    ]);
    expect(String(box.disk.files.get(place)?.bytes)).toBe('@op,@seq,number,note\r\ncreate,1093,S-1,"a,""b"""\r\n');
  });

  it('is written over what an attempt left unfinished', async () => {
    box.disk.put('/shipments/.shipment-000000001093-shp_1.csv.part', 'cut in the mid', 0);
    await drop({ number: 'S-1' });
    expect(box.disk.names('/shipments')).toEqual(['shipment-000000001093-shp_1.csv']);
  });

  it('is in the dialect of the partner, one row a line', async () => {
    const csv = { delimiter: ';', encoding: 'gb18030', lineEnd: 'lf', header: false };
    const out = { folder: '/shipments', rows: 'line', columns: ['number', 'lines.sku', 'lines.quantity'] };
    const lines = [
      { sku: '茶', quantity: 2 },
      { sku: 'B;1', quantity: 12345678901234567890n.toString() },
    ];
    await drop({ number: '00017', lines }, { csv, records: { shipment: { out } } });
    const [{ bytes } = { bytes: Buffer.alloc(0) }] = box.disk.files.values();
    expect(iconv.decode(bytes, 'gb18030')).toBe('00017;茶;2\n00017;"B;1";12345678901234567890\n');
  });

  it('is not made where a character or a member would be lost', async () => {
    await expect(drop({ number: '茶' }, { csv: { encoding: 'windows-1252' } })).rejects.toMatchObject({
      kind: 'invalid',
      message: 'windows-1252 has no "茶"',
    });
    await expect(drop({ number: '1', weight: 3 })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('no column takes weight'),
    });
    expect(box.disk.log).toEqual([]);
  });

  it('stays in its folder whatever the id is', async () => {
    await drop({ number: '1' }, {}, { recordId: '../../notify/évil' });
    expect(box.disk.names('/shipments')).toEqual(['shipment-000000001093-..%2F..%2Fnotify%2F%C3%A9vil.csv']);
  });

  it('waits, in the words of the server, where there is no folder', async () => {
    box.disk.folders.delete('/shipments');
    await expect(drop({ number: '1' })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/No such file/i),
    });
  });
});

describe('a file of the partner', () => {
  it('stays until the place behind it is known, then goes to the archive', async () => {
    box.add('order', testNow);
    const first = await poll();
    expect({ ids: ids(first), more: first.more }).toEqual({ ids: ['1'], more: true });
    expect(box.disk.names('/orders')).toEqual(['O-0001.csv']);
    // Killed before the page was stored: the same records with the same keys.
    expect((await poll()).items).toEqual(first.items);
    expect(await poll(first.cursor)).toEqual({ items: [], cursor: undefined, more: false });
    expect(box.disk.names('/orders')).toEqual([]);
    expect(box.disk.names('/orders/archive')).toEqual(['O-0001.csv']);
    // The same page asked for once more finds nothing to put away.
    expect((await poll(first.cursor)).items).toEqual([]);
  });

  it('is another file when its name comes again, put away or not', async () => {
    box.disk.put('/orders/day.csv', 'number\n1\n', testNow - 60_000);
    const first = await poll();
    box.disk.put('/orders/day.csv', 'number\n22\n', testNow);
    const second = await poll(first.cursor);
    expect(ids(second)).toEqual(['22']);
    await poll(second.cursor);
    box.disk.put('/orders/day.csv', 'number\n333\n', testNow);
    const third = await poll();
    await poll(third.cursor);
    expect(box.disk.names('/orders/archive')).toEqual([`${testNow}-day.csv`, 'day.csv']);
  });

  it('is read page by page', async () => {
    box.disk.put('/orders/a.csv', `number\n${[1, 2, 3, 4, 5].join('\n')}\n`, testNow);
    const found: string[] = [];
    let cursor: string | undefined;
    for (
      let page = await poll(undefined, { pageSize: 2 });
      page.items.length > 0;
      page = await poll(cursor, { pageSize: 2 })
    ) {
      found.push(ids(page).join());
      ({ cursor } = page);
    }
    expect(found).toEqual(['1,2', '3,4', '5']);
    expect(box.disk.names('/orders/archive')).toEqual(['a.csv']);
  });

  it.each([
    ['utf-8', Buffer.from('number;to.name;lines.sku\n1;Zoë;A\n1;Zoë;B\n2;李雷;C\n')],
    ['utf-8-bom', Buffer.from('\ufeffnumber;to.name;lines.sku\r\n1;Zoë;A\r\n1;Zoë;B\r\n2;李雷;C')],
    ['gb18030', iconv.encode('number;to.name;lines.sku\n1;Zoë;A\n1;Zoë;B\n2;李雷;C\n', 'gb18030')],
    ['utf-16le', iconv.encode('number;to.name;lines.sku\n1;Zoë;A\n1;Zoë;B\n2;李雷;C\n', 'utf-16le')],
  ])('is read in %s, with its lines', async (encoding, bytes) => {
    box.disk.put('/orders/a.csv', bytes, testNow);
    const records = { order: { in: { ...inbound, rows: 'line' } } };
    const { items } = await poll(undefined, { csv: { delimiter: ';', encoding }, records });
    expect(items.map(({ data }) => JSON.parse(data ?? ''))).toEqual([
      { number: '1', to: { name: 'Zoë' }, lines: [{ sku: 'A' }, { sku: 'B' }] },
      { number: '2', to: { name: '李雷' }, lines: [{ sku: 'C' }] },
    ]);
  });

  it.each([
    ['a quote that never ends', 'number\n"1\n'],
    ['a row that was cut', 'number,total\n1,2\n3'],
    ['no id', 'total\n1\n'],
    ['bytes of another encoding', Buffer.from([0x6e, 0x0a, 0xff, 0xfe])],
    ['a column that no path may name', '__proto__,number\n1,2\n'],
  ])('with %s is put aside, and the next one is read', async (_, bytes) => {
    box.disk.put('/orders/a.csv', bytes, testNow - 60_000);
    box.disk.put('/orders/b.csv', 'number\n7\n', testNow);
    await expect(poll()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/a\.csv cannot be read: .*moved to \/orders\/refused\/a\.csv/s),
    });
    expect(box.disk.names('/orders/refused')).toEqual(['a.csv']);
    expect(ids(await poll())).toEqual(['7']);
  });

  it('is put aside when it is too long', async () => {
    box.disk.put('/orders/a.csv', `number\n${'1'.repeat(100)}\n`, testNow);
    await expect(poll(undefined, { maxFile: 100 })).rejects.toMatchObject({
      message: expect.stringContaining('100 bytes'),
    });
  });

  it('is left alone while it is hidden, unfinished, of another name or still warm', async () => {
    for (const name of ['.a.csv', 'a.csv.part', 'b.txt', 'c.csv.filepart'])
      box.disk.put(`/orders/${name}`, 'number\n1\n', 0);
    box.disk.put('/orders/warm.csv', 'number\n2\n', testNow - 1000);
    const quiet = { records: { order: { in: { ...inbound, files: '*', quiet: '5s' } } } };
    expect(ids(await poll(undefined, quiet))).toEqual(['1']);
    expect(box.disk.names('/orders')).toContain('b.txt');
    expect(ids(await poll())).toEqual(['2']);
  });
});

describe('the server', () => {
  it('is not spoken to under another key', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;
    await expect(sftp.check?.(context({ hostKey: other }))).rejects.toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining(`shows the key ${hostKey}`),
    });
  });

  it('takes a private key', async () => {
    await sftp.check?.(context({ password: undefined, privateKey: clientKeys.private }));
    const stranger = utils.generateKeyPairSync('ed25519').private;
    await expect(sftp.check?.(context({ password: undefined, privateKey: stranger }))).rejects.toMatchObject({
      kind: 'unauthorized',
    });
  });

  it('is checked folder by folder', async () => {
    box.disk.folders.delete('/orders');
    await expect(sftp.check?.(context())).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/orders/),
    });
  });
});

it('names every fault of its settings', () => {
  const reading = readSettings(sftp.settings, {
    ...{ host: 'h', username: 'u', hostKey: 'MD5:1', csv: { encoding: 'klingon' } },
    records: {
      order: { in: { folder: '/a/', id: 'n' } },
      shipment: { out: { folder: '/b', columns: ['@what'] } },
      task: {},
    },
  });
  expect('faults' in reading && reading.faults.map(({ path }) => path).sort()).toEqual([
    '/csv/encoding',
    '/hostKey',
    '/records/order/in/folder',
    '/records/shipment/out/columns/0',
    '/records/task',
  ]);
});
