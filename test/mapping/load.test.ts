import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultText } from '../../src/mapping/fault.ts';
import { type LoadOptions, loadMappings, type MappedSystem } from '../../src/mapping/load.ts';
import { reportOf, reportText } from '../../src/mapping/report.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mappings-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
async function load(systems: MappedSystem[], options?: LoadOptions) {
  const loaded = await loadMappings(folder, systems, options);
  const text = (fault: Parameters<typeof faultText>[0]) => faultText(fault).replace(`${folder}/`, '');
  return { ...loaded, faults: loaded.faults.map(text), warnings: loaded.warnings.map(text) };
}
const order =
  'record: order\nfields: [{ ours: number, theirs: code }, { ours: customerId, theirs: buyer, codec: { lookup: { record: customer } } }]\neach: [{ ours: lines, theirs: l, key: { ours: lineNo, theirs: n }, fields: [{ ours: sku, theirs: s }, { ours: quantity, theirs: q }] }]\n';
const customer = 'record: customer\nfields: [{ ours: name, theirs: label }]\n';

describe('where mappings are found', () => {
  it("in the system's own folder, else in its connector's", async () => {
    await write({
      'http/order.yaml': order,
      'http/customer.yaml': customer,
      'shop/customer.yaml': customer,
      'http/README.md': 'x',
    });
    const { mappings, faults } = await load([
      { id: 'shop', connector: 'http' },
      { id: 'crm', connector: 'http' },
    ]);
    expect(faults).toEqual([]);
    expect([...(mappings.get('shop')?.keys() ?? [])]).toEqual(['customer']);
    expect([...(mappings.get('crm')?.keys() ?? [])]).toEqual(['customer', 'order']);
  });

  it('and every fault of every file is told at once', async () => {
    await write({
      'a/ordr.yaml': order,
      'a/customer.yaml': 'record: order\nfields: [{ ours: number, theirs: x }]',
      'a/product.yaml': 'record: product\nfields:\n  - { ours: sku, theirs: a\n',
      'a/inventory.yaml': 'record: inventory\nfields: [{ ours: skuu, theirs: a }]',
    });
    const { faults, mappings } = await load([
      { id: 'a', connector: 'http' },
      { id: 'b', connector: 'htp' },
    ]);
    expect(faults).toEqual([
      'a/customer.yaml: record: is order, and the file is named customer.yaml',
      'a/inventory.yaml: fields[0].ours: "skuu" is no field of inventory (did you mean "sku"?)',
      'a/ordr.yaml: is not named after a record type (did you mean "order"?)',
      expect.stringMatching(/^a\/product\.yaml: line \d+: /),
      `${folder}: there is no folder b or htp with mappings for the system b`,
    ]);
    expect(mappings.get('b')?.size).toBe(0);
  });

  it('faults of a shared document are told once', async () => {
    await write({ 'http/order.yaml': 'record: order\nfields: [{ ours: numbr, theirs: a }]' });
    expect(
      (
        await load([
          { id: 'a', connector: 'http' },
          { id: 'b', connector: 'http' },
        ])
      ).faults,
    ).toHaveLength(1);
  });
});

describe('overlays', () => {
  it('lay pairs over one system only, and must lie over something', async () => {
    await write({ 'http/order.yaml': order, 'http/customer.yaml': customer });
    const { mappings, faults } = await load([
      { id: 'a', connector: 'http', overlays: { customer: [{ ours: 'tier', theirs: 'level' }], custmer: [] } },
      { id: 'b', connector: 'http' },
    ]);
    expect(mappings.get('a')?.get('customer')?.inward).toEqual(['name', 'tier']);
    expect(mappings.get('b')?.get('customer')?.inward).toEqual(['name']);
    expect(faults).toEqual([
      'syncline.yaml: systems.a.mappings.custmer: lies over no mapping file of this system (did you mean "customer"?)',
    ]);
  });
});

describe('waiting for other records', () => {
  it('is refused for a type that the system does not receive', async () => {
    await write({
      'a/order.yaml': order,
      'b/order.yaml': order,
      'b/customer.yaml': 'record: customer\nfields: [{ ours: name, theirs: n, dir: in }]',
    });
    expect((await load([{ id: 'a', connector: 'http' }])).faults).toEqual([
      'a/order.yaml: fields[1].codec: waits for a customer, and this system receives none (say unknown: omit, or map the type outwards)',
    ]);
    expect((await load([{ id: 'b', connector: 'http' }])).faults).toHaveLength(1);
  });

  it('is allowed where nothing waits', async () => {
    await write({
      'a/order.yaml': order.replace('record: customer }', 'record: customer, unknown: omit }'),
      'b/order.yaml': order.replace('codec: {', 'dir: in, codec: {'),
    });
    expect(
      (
        await load([
          { id: 'a', connector: 'http' },
          { id: 'b', connector: 'http' },
        ])
      ).faults,
    ).toEqual([]);
  });

  it('is refused in a circle', async () => {
    const merged =
      'record: customer\nfields: [{ ours: name, theirs: n }, { ours: x.a.order, theirs: o, codec: { lookup: { record: order } } }]';
    await write({ 'a/order.yaml': order, 'a/customer.yaml': merged });
    expect((await load([{ id: 'a', connector: 'http' }])).faults).toEqual([
      'a/customer.yaml: fields[1].codec: waits in a circle: customer → order → customer (say unknown: omit in one of them)',
    ]);
  });

  it('through needs counts too', async () => {
    await write({
      'a/shipment.yaml':
        'record: shipment\nneeds: [{ ours: orderId, record: order }]\nfields: [{ ours: number, theirs: n }]',
    });
    expect((await load([{ id: 'a', connector: 'http' }])).faults).toEqual([
      'a/shipment.yaml: needs: waits for a order, and this system receives none (say unknown: omit, or map the type outwards)',
    ]);
  });
});

describe('codecs of an installation', () => {
  const codec = `export default ({ defineCodec, Unreadable, z }) => defineCodec({
    name: 'shout', params: z.strictObject({ mark: z.string().optional() }), kinds: ['text'], class: () => 'quotient',
    make: ({ mark = '!' }) => ({
      decode: (value) => (typeof value === 'string' ? value.replaceAll(mark, '').toLowerCase() : new Unreadable('is not text')),
      encode: (value) => String(value).toUpperCase() + mark,
    }),
    arbitrary: () => (fc) => ({ canonical: fc.constant('a'), external: fc.constant('A!'), canonicalEdges: [], externalEdges: [] }),
  });`;

  it('are used by name', async () => {
    await write({
      'codecs/shout.js': codec,
      'a/customer.yaml': 'record: customer\nfields: [{ ours: name, theirs: n, codec: shout }]',
    });
    const { mappings, faults } = await load([{ id: 'a', connector: 'http' }]);
    expect(faults).toEqual([]);
    const made = mappings.get('a')?.get('customer');
    expect(made?.read({ n: 'ANNA!' }, () => undefined).patch).toEqual({ name: 'anna' });
    expect(
      made?.write({ op: 'create', data: { name: 'anna' }, image: undefined, base: undefined, lookup: () => undefined })
        .body,
    ).toEqual({ n: 'ANNA!' });
  });

  it('that are none, or take a name that is taken, are told', async () => {
    await write({
      'codecs/loud.js': codec,
      'codecs/nothing.js': 'export default 5;',
      'codecs/broken.js': 'throw new Error("no");',
      'codecs/text.js': codec.replace("'shout'", "'text'"),
      'a/customer.yaml': customer,
    });
    expect((await load([{ id: 'a', connector: 'http' }])).faults).toEqual([
      'codecs/broken.js: cannot be loaded: no',
      'codecs/loud.js: name: is "shout"; a codec is called like its file, loud',
      expect.stringContaining('codecs/nothing.js: its default export is no codec'),
      'codecs/text.js: name: there is already a codec text',
    ]);
  });
});

describe('the report', () => {
  it('says what maps where, what is lost, and what is mapped nowhere', async () => {
    const yaml =
      'record: customer\nfields:\n  - { ours: name, theirs: [first, last], codec: join, acceptLossy: two boxes }\n  - { ours: tier, theirs: level, dir: in }\n  - { ours: defaultAddress, theirs: { street: addr.street, city: addr.city }, codec: address, dir: out }\n  - { ours: number, theirs: no, once: true }\n  - { theirs: by, codec: { const: { value: hub } }, dir: out }\n';
    await write({ 'a/customer.yaml': yaml });
    const { documents, faults } = await load([{ id: 'a', connector: 'http' }]);
    expect(faults).toEqual([]);
    const [report] = documents.map(reportOf);
    expect(report?.lossy).toEqual(['name']);
    expect(reportText({ ...(report as NonNullable<typeof report>), file: 'customer.yaml' })).toEqual([
      'a customer (customer.yaml)',
      '  name           ↔ first, last                           join · lossy, accepted: two boxes',
      '  tier           ← level                                 same',
      '  defaultAddress → street: addr.street, city: addr.city  address',
      '  number         ↔ no                                    same · once',
      '  (const)        → by                                    const(value hub)',
      '  loses something on the way out: name',
      '  mapped nowhere: phones, emails, identityVerifiedUntil, mergedInto',
    ]);
  });
});
