// Facts that break a constraint, wherever they are decided about: nothing is decided, the order or return says why, and an alert is raised.
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { read } from '../architecture/sources.ts';
import { askFor, delivered, goodCustomer, returnsScene } from '../intake/returns/words.ts';
import { inForce, milkPowder } from '../intake/routing/words.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import { type Scene, scene } from './scene.ts';

let hub: Scene;
afterEach(() => hub.close());

const constrained =
  (list: string) =>
  (text: string): string =>
    text.replace(/^(slots|timezone):/m, (word) => `constraints:\n${list}\n${word}`);
/** The order of milk powder breaks it as long as it is paid with less than 600 CNY. */
const dear = constrained('  - { id: dear, when: order.number == "SO-1001", must: order.payableMinor >= 60000 }');
const broken =
  'the facts break the constraint dear: order.number == "SO-1001" demands order.payableMinor >= 60000, and order.number is "SO-1001", order.payableMinor is 52000; correct them, or the constraint';
const dataOf = async (id: string): Promise<JsonObject> => (await hub.record('order', id)).data;
const alerts = () => hub.events.flatMap((event) => event.alerts.map(({ kind, message }) => `${kind} ${message}`));

describe('an order that breaks a constraint', () => {
  it('is marked, alerted and not decided about; a change that mends it is decided at once', async () => {
    hub = await scene({ routing: inForce(dear) });
    const { id, status } = await hub.say('shop', milkPowder());
    expect(status).toBe('accepted');
    const data = await dataOf(id);
    expect([data.warehouseId, data.tags]).toEqual([undefined, undefined]);
    const [decision] = (await hub.core.decisions(id, 10, null)).items;
    expect(decision).toMatchObject({ error: broken, slots: {}, effects: [] });
    expect(data.routingError).toMatchObject({ decisionId: decision?.id, message: broken });
    expect(alerts()).toContain(`routing_error order SO-1001 cannot be routed: ${broken}`);
    await hub.say('shop', milkPowder({ updated_at: '2026-11-23T04:05:00Z', total: '620.00' }));
    expect(await dataOf(id)).toMatchObject({ warehouseId: 'WH-COLD-01', tags: ['vip'] });
    expect((await dataOf(id)).routingError).toBeUndefined();
  });

  it('is decided neither on request nor dry, by its id or by facts', async () => {
    hub = await scene({ routing: inForce(dear) });
    const { id } = await hub.say('shop', milkPowder());
    for (const mode of ['dry_run', 'live'] as const)
      expect(await hub.core.decide({ mode, order: id }, 'ops')).toMatchObject({
        error: broken,
        slots: {},
        effects: [],
      });
    const order = {
      ...{ id: 'ord_1', number: 'SO-1001', channel: '', storeId: '', status: 'open', paymentStatus: 'paid' },
      ...{ fulfillmentStatus: 'unfulfilled', riskStatus: 'none', onHold: false, payableMinor: 52000, currency: 'CNY' },
      ...{ handling: ['cold_chain'], shipCountry: 'CN', shipDivision: '', lineCount: 1, totalQuantity: 1 },
      ...{ customerTier: '', fulfillmentGeneration: 0, holdSeq: 0, hoursSincePaid: 0, addressChangedAfterPaid: false },
    };
    await expect(hub.core.decide({ mode: 'dry_run', facts: { order } }, 'ops')).rejects.toMatchObject({
      problem: { status: 400, faults: [{ path: '/facts', message: broken }] },
    });
    const right = { order: { ...order, payableMinor: 60000 } };
    expect(await hub.core.decide({ mode: 'dry_run', facts: right }, 'ops')).toMatchObject({ haltedBy: null });
  });
});

describe('a version with a constraint', () => {
  const warehouses = read('policies/warehouses.yaml');
  const make = async (document: string): Promise<number> => {
    const { version } = await hub.core.makePolicyVersion('routing', { document, warehouses }, 'mei');
    await hub.core.checkPolicy('routing', version, 'mei');
    expect(await hub.core.policyWorked('routing', version)).toMatchObject({ state: 'checked' });
    return version;
  };
  const backtested = async (version: number) => {
    await hub.core.backtestPolicy('routing', version, {}, 'mei');
    return hub.core.policyWorked('routing', version);
  };

  it('that an order breaks is told by its backtest and its difference', async () => {
    hub = await scene();
    const first = await make(shippedText);
    await backtested(first);
    await hub.core.approvePolicy('routing', first, {}, 'lei');
    await hub.core.activatePolicy('routing', first, {}, 'mei');
    await hub.say('shop', milkPowder());
    const version = await make(dear(shippedText));
    expect(await backtested(version)).toMatchObject({
      state: 'checked',
      backtest: {
        ...{ compared: 1, changed: 1, gate: { passed: false } },
        parts: expect.arrayContaining([
          expect.objectContaining({
            part: 'aborted',
            matrix: [expect.objectContaining({ before: [], after: ['by the constraint dear'] })],
          }),
        ]),
      },
    });
    expect(await hub.core.policyDiff('routing', first, version, true)).toMatchObject({
      verdict: 'different',
      parts: expect.arrayContaining([
        expect.objectContaining({
          part: 'constraints',
          changes: [
            expect.objectContaining({
              ...{ before: ['decided'], after: ['aborted by dear'] },
              facts: { 'order.number': 'SO-1001' },
            }),
          ],
        }),
      ]),
    });
  });

  it('that decides beside another leaves its failure, and the order goes on', async () => {
    hub = await scene();
    const first = await make(shippedText);
    await backtested(first);
    await hub.core.approvePolicy('routing', first, {}, 'lei');
    await hub.core.activatePolicy('routing', first, {}, 'mei');
    const version = await make(dear(shippedText));
    await hub.core.shadowPolicy('routing', version, true, 'mei');
    const { id } = await hub.say('shop', milkPowder());
    expect(await dataOf(id)).toMatchObject({ warehouseId: 'WH-COLD-01' });
    expect((await hub.core.shadowDifferences('routing', version, 10, null)).items).toMatchObject([
      { subject: id, failure: broken },
    ]);
  });

  it('that no order keeps stays a draft', async () => {
    hub = await scene();
    const document = constrained('  - { id: none, must: order.lineCount < 0 }')(shippedText.split('\ntests:')[0] ?? '');
    const { version } = await hub.core.makePolicyVersion('routing', { document, warehouses }, 'mei');
    await hub.core.checkPolicy('routing', version, 'mei');
    expect(await hub.core.policyWorked('routing', version)).toMatchObject({
      state: 'draft',
      check: { outcome: 'failed', faults: [{ path: 'constraints[0]', check: 'S3' }] },
    });
  });
});

describe('a return that breaks a constraint', () => {
  it('is not decided about, says why, and waits for a person', async () => {
    hub = await returnsScene(
      constrained('  - { id: size, when: request.reason == "size", must: request.amountMinor >= 50000 }'),
    );
    const good = await goodCustomer(hub, 1);
    const order = await delivered(hub, good);
    const asked = await askFor(hub, good, order.id);
    expect(asked.data).toMatchObject({ status: 'requested' });
    expect(asked.decision).toMatchObject({ error: expect.stringContaining('the facts break the constraint size: ') });
    expect(alerts().some((one) => one.includes('the facts break the constraint size'))).toBe(true);
    const { decision } = await askFor(hub, good, order.id, { reason: 'taste' });
    expect(decision).toMatchObject({ approval: expect.any(String) });
  });
});
