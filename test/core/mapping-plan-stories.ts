// What a changed mapping would do, told before it is in force, and done once it is.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changedMappings, changesAnything, type MappingPlan, planMapping } from '../../src/core/mapping-plan.ts';
import { openReading } from '../../src/core/open-store.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { recordTypes } from '../../src/model/records.ts';
import { type Engine, fourSystems, type Result, type Scene, scene } from './scene.ts';
import { shopOrder } from './words.ts';

export function mappingPlanStories(engine?: Engine): void {
  let hub: Scene;
  let folder: string;
  let made: Result;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'syncline-plan-'));
    await cp('mappings', folder, { recursive: true });
    hub = await scene({ engine });
    made = await hub.say('shop', { record: 'order', data: shopOrder() });
    await hub.say('shop', { record: 'order', data: shopOrder({ id: '2', order_number: 'SO-2', state: 'hold' }) });
    let id = 0;
    for (const send of await hub.due('wms')) await hub.deliver(send, `W-${++id}`);
    await hub.core.fill();
  });
  afterEach(async () => {
    await hub.close();
    await rm(folder, { recursive: true });
  });

  const change = async (from: string | RegExp, to: string): Promise<void> => {
    const file = join(folder, 'wms', 'order.yaml');
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(from);
    await writeFile(file, text.replace(from, to));
  };
  /** While the hub works with the database. */
  const plan = async (): Promise<MappingPlan[]> => {
    const systems = fourSystems().map(({ id, connector }) => ({ id, connector }));
    const { mappings, recompile, faults } = await loadMappings(folder, systems);
    expect(faults).toEqual([]);
    const all = systems.flatMap(({ id: system }) =>
      recordTypes.map((record) => {
        const mapping = mappings.get(system)?.get(record);
        return { system, record, mapping: mapping?.outward.length ? mapping : undefined };
      }),
    );
    const store = await openReading(hub.database, { now: hub.now, random: (bytes) => new Uint8Array(bytes) });
    try {
      const changed = await changedMappings(store, all, recompile);
      const plans: MappingPlan[] = [];
      for (const one of changed) plans.push(await planMapping(store, one, () => undefined));
      return plans;
    } finally {
      await store.close();
    }
  };

  it('is nothing for what says the same, with other words around it', async () => {
    await change('# The warehouse gets', '# Another comment. The warehouse gets');
    const plans = await plan();
    expect(plans).toEqual([]);
    expect(changesAnything(plans)).toBe(false);
  });

  it('is told by member, with counts and samples that show no person, and then done', async () => {
    await change('open: ACTIVE', 'open: LIVE');
    await change('theirs: note,', 'theirs: remark,');
    await change('street: consignee.address', 'street: consignee.street');
    const plans = await plan();
    expect(plans).toMatchObject([
      { system: 'wms', record: 'order', kind: 'changed', records: 2, changed: 2, refused: 0 },
    ]);
    expect(plans[0]?.fields).toEqual([
      { theirs: 'consignee.address', ours: 'shipTo', copies: 2 },
      { theirs: 'consignee.street', ours: 'shipTo', copies: 2 },
      { theirs: 'note', ours: 'buyerNote', copies: 2 },
      { theirs: 'remark', ours: 'buyerNote', copies: 2 },
      { theirs: 'order_status', ours: 'status', copies: 1 },
    ]);
    const sample = plans[0]?.samples.find(({ record }) => record === made.id);
    expect(sample).toMatchObject({ externalId: expect.stringMatching(/^W-/) });
    expect(sample?.members).toContainEqual({ theirs: 'order_status', before: '"ACTIVE"', after: '"LIVE"' });
    expect(sample?.members).toContainEqual({ theirs: 'consignee.street', before: '(absent)', after: '•••' });
    expect(JSON.stringify(plans)).not.toContain('老街');
    await hub.restart({ folder });
    await hub.core.fill();
    const sends = await hub.due('wms');
    expect(sends).toHaveLength(2);
    const send = sends.find(({ recordId }) => recordId === made.id);
    expect(JSON.parse(send?.body ?? '')).toMatchObject({ order_status: 'LIVE', remark: expect.any(String) });
    for (const one of sends) await hub.deliver(one);
    expect(await plan()).toEqual([]);
    await hub.restart({ folder });
    expect(await hub.due('wms')).toEqual([]);
  });

  it('tells what would start, stop, or could not be written any more', async () => {
    await change('payload: delta\n', 'payload: delta\nwhen: "record.number == \'SO-2\'"\n');
    expect(await plan()).toMatchObject([{ changed: 0, stops: 1, starts: 0 }]);
    await change(/when: .*\n/, '');
    await change('{ text: { max: 40, overflow: truncate } }', '{ text: { max: 4, overflow: error } }');
    const [refused] = await plan();
    expect(refused).toMatchObject({ refused: 2, refusals: [{ ours: 'buyerNote', copies: 2 }] });
    expect(changesAnything(await plan())).toBe(true);
  });

  it('tells what a removed mapping would leave behind, and what one that is back would make good', async () => {
    // What waits for orders there goes with them.
    const files = ['order.yaml', 'return.yaml', 'restock.yaml'].map((name) => join(folder, 'wms', name));
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    const ofOrders = async () => (await plan()).filter(({ record }) => record === 'order');
    const more = (note: string) => ({ record: 'order', data: shopOrder({ note }) });
    await hub.say('shop', more('Ring twice'));
    await Promise.all(files.map((file) => rm(file)));
    const plans = await ofOrders();
    expect(plans).toMatchObject([
      { system: 'wms', record: 'order', kind: 'removed', records: 2, changed: 0, stops: 2, refused: 1 },
    ]);
    expect(changesAnything(plans)).toBe(true);
    for (const send of await hub.due('wms')) await hub.deliver(send);
    expect(await ofOrders()).toMatchObject([{ stops: 2, refused: 0 }]);
    await hub.restart({ folder });
    await hub.core.fill();
    expect(await plan()).toEqual([]);
    // Nobody tells the warehouse, and nobody has forgotten it.
    await hub.say('shop', more('Ring three times'));
    expect(await hub.due('wms')).toEqual([]);
    for (const [at, file] of files.entries()) await writeFile(file, texts[at] ?? '');
    expect(await ofOrders()).toMatchObject([{ kind: 'back', records: 2, compared: 2, stops: 0 }]);
    await hub.restart({ folder });
    await hub.core.fill();
    const sends = await hub.due('wms');
    expect(sends.map(({ body }) => (JSON.parse(body) as { note: string }).note)).toEqual(['Ring three times']);
    expect(await plan()).toEqual([]);
  });

  it('says so where what is in force is not known', async () => {
    await hub.core.saveCursor('mapping:wms:order', '{"record":"order","fields":[{"ours":"gone","theirs":"x"}]}');
    await change('open: ACTIVE', 'open: LIVE');
    const plans = await plan();
    expect(plans).toMatchObject([{ kind: 'unknown', records: 2, changed: 0 }]);
    expect(changesAnything(plans)).toBe(true);
  });
}
