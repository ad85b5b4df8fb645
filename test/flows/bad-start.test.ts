// What an operator gets wrong: the hub refuses to start and says everything that is wrong, and a disk that gives out loses nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { problemIn } from './client.ts';
import { anOrder, orderChange, plainMappings, plainOrder, source } from './documents.ts';
import { endAll, type Hub, layOut, type Plan, type Ran, startAt, startHub, syncline } from './hub.ts';
import { limitedFiles, smallDisk } from './small-disk.ts';
import { until } from './until.ts';

afterEach(endAll);

const plain: Plan = {
  systems: { shop: source(), erp: { role: 'erp', connector: 'feed' } },
  mappings: plainMappings,
};

/** A start that is refused: no stack, nothing but the words. */
async function refusedStart(plan: Plan | ReturnType<typeof layOut>): Promise<string[]> {
  const place = 'config' in plan ? plan : layOut(plan);
  const { code, err }: Ran = await syncline(place, 'serve');
  expect(code).toBe(1);
  expect(err).not.toMatch(/\n\s+at |node_modules/);
  return err.trimEnd().split('\n');
}

describe('a configuration with ten faults', () => {
  it('is refused with all ten, each by its place', async () => {
    const lines = await refusedStart({
      systems: {
        shop: { role: 'order', connector: 'htp', settings: {} },
        crm: { role: 'crm', connector: 'http', settings: { url: 'not an address', repeatSafe: 'maybe' } },
        wms: {
          role: 'wms',
          connector: 'http',
          settings: { url: 'http://127.0.0.1:9', auth: { bearer: ['$', '{NO_SUCH_TOKEN}'].join('') } },
          delivery: { rate: 'fast', concurrency: 0 },
          breaker: { failures: '150%' },
        },
        Erp: { role: 'erp', connector: 'feed' },
      },
      mappings: plainMappings,
      more: { listen: 'everywhere', limit: { body: '1MB' } },
    });
    expect(lines[0]).toMatch(/^syncline: .*syncline\.yaml has 10 faults$/);
    const places = lines.slice(1).map((line) => line.trim().split(': ')[0]);
    expect(places.sort()).toEqual(
      [
        'systems.wms.settings.auth.bearer',
        'listen',
        'limit',
        'systems.wms.delivery.rate',
        'systems.wms.delivery.concurrency',
        'systems.wms.breaker.failures',
        'systems.shop.connector',
        'systems.crm.settings.url',
        'systems.crm.settings.repeatSafe',
        'systems.Erp',
      ].sort(),
    );
    expect(lines.join('\n')).toContain('unknown connector "htp"; did you mean "http"?');
    expect(lines.join('\n')).toContain('the environment has no NO_SUCH_TOKEN; set it');
  });
});

describe('a mapping folder with ten faults', () => {
  it('is refused with all ten, each by its file and place', async () => {
    const lines = await refusedStart({
      ...plain,
      mappings: {
        'http/order.yaml': {
          ...plainOrder,
          fields: [
            ...plainOrder.fields,
            { ours: 'buyerNot', theirs: 'note2' },
            { ours: 'sellerNote', theirs: 'note' },
            { ours: 'warehouseId', theirs: 'a.__proto__.b' },
            { ours: 'placedAt', theirs: 'placed', codec: 'intsant' },
            { ours: 'paymentStatus', theirs: 'paid', dir: 'in', codec: { enum: { in: { y: 'payd' } } } },
          ],
        },
        'http/customer.yaml': 'record: custmer\nfields: []\n',
        'http/shipment.yaml': 'record: shipment\nconnector: "http\n',
        'feed/order.yaml': { ...plainOrder, payload: 'dleta' },
        'order.merge.yaml': { record: 'order', units: { shipTo: { writers: ['shop'], resolve: 'newest' } } },
        'custmer.merge.yaml': { record: 'customer' },
      },
    });
    expect(lines[0]).toBe('syncline: the documents have 10 faults');
    expect(lines).toHaveLength(11);
    const told = lines.slice(1).join('\n');
    for (const [file, words] of [
      ['http/order.yaml', 'buyerNot'],
      ['http/order.yaml', 'note'],
      ['http/order.yaml', '__proto__'],
      ['http/order.yaml', 'intsant'],
      ['http/order.yaml', 'payd'],
      ['http/customer.yaml', 'record'],
      ['http/shipment.yaml', 'line '],
      ['feed/order.yaml', 'payload'],
      ['order.merge.yaml', 'units.shipTo.resolve'],
      ['custmer.merge.yaml', 'is not named after a record type'],
    ])
      expect(told).toMatch(new RegExp(`mappings/${file}: .*${words}`));
    expect(told).toContain('buyerNote');
    expect(told).toContain('instant');
  });
});

describe('a database', () => {
  it('of a newer version is refused by name and left as it is', async () => {
    const hub = await startHub(plain);
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await hub.stop();
    const raise = (version: number) => {
      const db = new Database(hub.place.database.file);
      if (version > 0) db.prepare("INSERT INTO migrations VALUES (?, 'of-tomorrow', 'x', 0)").run(version);
      else db.prepare("DELETE FROM migrations WHERE name = 'of-tomorrow'").run();
      db.close();
    };
    raise(999);
    const [line = ''] = await refusedStart(hub.place);
    expect(line).toContain(`${hub.place.database.file} has schema version 999, this program knows versions up to`);
    expect(line).toContain('Start the program that wrote it, or a newer one');
    raise(0);
    const again = await startAt(hub.place);
    expect((await again.record('order', id)).version).toBe(1);
    await again.stop();
  });

  it('that another hub has is refused by name, and the other goes on', async () => {
    const hub = await startHub(plain);
    const [line = ''] = await refusedStart(hub.place);
    expect(line).toContain(`${hub.place.database.file} is in use by another process; only one hub may have it`);
    expect(line).toContain('Stop the other one, or give this one a database of its own');
    expect(await hub.say('shop', orderChange('SO-1'))).toMatchObject({ status: 'accepted' });
    expect(await hub.stop()).toBe(0);
  });
});

describe('a database file that is none', () => {
  it('is named when the hub will not start', async () => {
    const place = layOut(plain);
    mkdirSync(dirname(place.database.file), { recursive: true });
    writeFileSync(place.database.file, 'minutes of the meeting\n'.repeat(400));
    const told = (await refusedStart(place)).join('\n');
    expect(told).toContain(place.database.file);
    expect(told).not.toContain('[object');
  });
});

describe('an address', () => {
  it('in use is refused by name', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const told = await refusedStart({ ...plain, more: { listen: `127.0.0.1:${port}` } });
    expect(told.at(-1)).toBe(`syncline: cannot listen on 127.0.0.1:${port}: the port is in use by another process`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('open to other machines is refused while there is no key', async () => {
    const told = await refusedStart({ ...plain, keys: '', more: { listen: '0.0.0.0:0' } });
    expect(told.at(-1)).toContain('0.0.0.0:0 can be reached from other machines and no key exists; set SYNCLINE_KEYS');
  });
});

/** Orders with long notes, until one is not accepted. @returns those that were, and the answer to the one that was not */
async function fill(hub: Hub): Promise<{ numbers: string[]; answer: Awaited<ReturnType<Hub['ask']>> | undefined }> {
  const numbers: string[] = [];
  for (let place = 0; place < 500; place++) {
    const data = anOrder(`SO-${place}`, { note: 'x'.repeat(60_000) });
    const asked = hub.ask('POST', '/v1/systems/shop/changes', { body: { record: 'order', data } });
    const answer = await asked.catch(() => undefined);
    if (answer?.status !== 202) return { numbers, answer };
    numbers.push(`SO-${place}`);
  }
  throw new Error(`the disk holds more than ${numbers.length} orders of 60 KB`);
}

async function expectAll(hub: Hub, numbers: readonly string[]): Promise<void> {
  for (const number of numbers)
    expect((await hub.ask('GET', `/v1/records/order?match=number:${number}`)).status).toBe(200);
}

describe('a disk', () => {
  it('that is full refuses what does not fit, keeps what was acknowledged, and goes on once there is room', async () => {
    const place = layOut(plain);
    const disk = smallDisk(place);
    const hub = await startAt(place, disk.under);
    const { numbers, answer } = await fill(hub);
    if (!answer) throw new Error('no answer');
    const problem = problemIn(answer, 507, 'storage-full');
    expect(problem.detail).toContain("the hub's disk is full: nothing was written");
    await expectAll(hub, numbers);
    const refused = `/v1/records/order?match=number:SO-${numbers.length}`;
    problemIn(await hub.ask('GET', refused), 404, 'not-found');
    disk.makeRoom(hub.pid);
    await until('there is room', () => hub.say('shop', orderChange('SO-AFTER')));
    await expectAll(hub, [...numbers, 'SO-AFTER']);
    expect(await hub.stop()).toBe(0);
  });

  it('that fails ends the hub, and what was acknowledged is there when it is back', async () => {
    const place = layOut(plain);
    const hub = await startAt(place, limitedFiles(4_000));
    const { numbers, answer } = await fill(hub);
    if (answer) problemIn(answer, 503, 'unavailable');
    expect(await hub.ended).toBe(1);
    const again = await startAt(place);
    await expectAll(again, numbers);
    expect(await again.say('shop', orderChange('SO-AFTER'))).toMatchObject({ status: 'accepted' });
    expect(await again.stop()).toBe(0);
  });
});
