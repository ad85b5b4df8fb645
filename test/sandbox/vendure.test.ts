// The recorded Vendure shop, read and merged: each webhook becomes what the demo says it becomes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expected } from '../../sandbox/demo/vendure-story.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { withRemovedEntries } from '../../src/mapping/mapping.ts';
import { parseMergeDocument } from '../../src/merge/document.ts';
import type { JsonObject, LosslessObject } from '../../src/model/json.ts';
import { type Scene, say, sceneOf } from '../merge/scene.ts';

const recorded = JSON.parse(readFileSync('sandbox/vendure/recorded.json', 'utf8')) as {
  webhooks: { arrival: number; body: { timestamp: string; data: { order?: JsonObject; customer?: JsonObject } } }[];
  order: JsonObject;
};
const { mappings } = await loadMappings('mappings', [{ id: 'vendure', connector: 'http' }]);

function scene(record: 'order' | 'customer'): Scene {
  const file = `${record}.merge.yaml`;
  const result = parseMergeDocument(readFileSync(`mappings/${file}`, 'utf8'), file);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return sceneOf(result.policy);
}

function take(into: Scene, payload: JsonObject, at: number | undefined) {
  const reading = mappings
    .get('vendure')
    ?.get(into.policy.record)
    ?.read(payload as LosslessObject, (record, id) => `${record}:${id}`);
  if (!reading) throw new Error(`no mapping of ${into.policy.record}`);
  if (!reading.accepted) return { status: 'unchanged', units: [] };
  const patch = withRemovedEntries(reading, into.memories.get('vendure')?.image);
  const { applied, refused } = say(into, 'vendure', patch, { at, trust: 'ntp' });
  const status =
    applied.length > 0 ? (refused.length > 0 ? 'partial' : 'accepted') : refused.length > 0 ? 'refused' : 'unchanged';
  return { status, units: [...applied, ...refused].map(({ unit }) => unit) };
}

// Whether the machine that replays it lives before or after the recording, the outcome is the same.
describe.each([
  ['after', Date.parse('2027-06-01T00:00:00.000Z')],
  ['before', Date.parse('2025-06-01T00:00:00.000Z')],
])('replayed %s it was recorded', (_, now) => {
  const scenes = { order: scene('order'), customer: scene('customer') };
  scenes.order.now = now;
  scenes.customer.now = now;
  const became = recorded.webhooks.map(({ arrival, body: { timestamp, data } }) => {
    const outcome = take(
      data.order ? scenes.order : scenes.customer,
      data.order ?? data.customer ?? {},
      Date.parse(timestamp),
    );
    return { arrival, ...outcome };
  });
  const units = (arrival: number): string[] => became.find((one) => one.arrival === arrival)?.units ?? [];

  it('becomes what the story says', () => {
    const told = Object.entries(expected).map(([arrival, [status]]) => ({ arrival: Number(arrival), status }));
    expect(became.map(({ arrival, status }) => ({ arrival, status }))).toEqual(told);
  });

  it('changes just what the shop changed', () => {
    expect(units(9).every((unit) => unit.startsWith('x.') || unit === 'x')).toBe(true);
    expect(units(10)).toContain('contact');
    expect(units(13)).toEqual(['shipTo']);
    expect([17, 18, 20].map(units)).toEqual([['fulfillment'], ['fulfillment'], ['fulfillment']]);
    expect(units(21).sort()).toEqual(['fulfillment', 'status']);
  });

  it('gets the names of its lines from the whole order, and nothing of it is refused', () => {
    expect(take(scenes.order, recorded.order, undefined)).toEqual({ status: 'accepted', units: ['lines'] });
    expect(scenes.order.record?.data).toMatchObject({
      ...{ status: 'closed', fulfillmentStatus: 'delivered', paymentStatus: 'paid' },
      shipTo: { street: 'Friedrichstraße 200' },
      lines: { 1: { name: 'Desk lamp, black' } },
    });
  });
});
