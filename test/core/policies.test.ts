// The life of a policy's versions over a real database: made, checked, backtested, approved, in force, rolled back.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyVersionView } from '../../src/core/core.ts';
import { read } from '../architecture/sources.ts';
import { milkPowder } from '../intake/routing/words.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import { type Scene, scene } from './scene.ts';

const warehouses = read('policies/warehouses.yaml');
let hub: Scene;
beforeEach(async () => {
  hub = await scene();
});
afterEach(() => hub.close());

const make = async (document: unknown, actor = 'mei'): Promise<number> =>
  (await hub.core.makePolicyVersion('routing', { document, warehouses }, actor)).version;
const check = async (version: number): Promise<PolicyVersionView> => {
  await hub.core.checkPolicy('routing', version, 'mei');
  return hub.core.policyWorked('routing', version);
};
const backtest = async (version: number, request = {}): Promise<PolicyVersionView> => {
  await hub.core.backtestPolicy('routing', version, request, 'mei');
  return hub.core.policyWorked('routing', version);
};
/** Up to the approval by somebody else. */
const ready = async (document: string): Promise<number> => {
  const version = await make(document);
  await check(version);
  await backtest(version, { maxChangedShareBp: 10_000 });
  await hub.core.approvePolicy('routing', version, {}, 'lei');
  return version;
};
const inForce = async (document: string): Promise<number> => {
  const version = await ready(document);
  await hub.core.activatePolicy('routing', version, {}, 'mei');
  return version;
};
const states = async () =>
  (await hub.core.policy('routing')).versions.map(({ version, state }) => `${version} ${state}`);
const order = (no: number, more: object = {}) =>
  hub.say('shop', milkPowder({ id: `${no}`, order_number: `SO-${no}`, ...more }));
const decisions = async (id: string) => (await hub.core.decisions(id, 10, null)).items;
const refused = (detail: string, status = 409) => ({ problem: { status, detail: expect.stringContaining(detail) } });

/** VIP from 600 CNY on. */
const dearer = shippedText
  .replace('payableMinor >= 50000', 'payableMinor >= 60000')
  .replaceAll('payableMinor: 50000', 'payableMinor: 60000')
  .replaceAll('payableMinor: 52000', 'payableMinor: 62000')
  .replace('payableMinor: 49999', 'payableMinor: 59999');
const during = (text: string, effective: string) => text.replace(/^effective:.*$/m, `effective: ${effective}`);

describe('a version', () => {
  it('goes from draft to in force by steps that each need the one before', async () => {
    const version = await make(shippedText);
    const view = () => hub.core.policyVersion('routing', version);
    expect(await view()).toMatchObject({
      version: 1,
      state: 'draft',
      createdBy: 'mei',
      check: null,
      document: shippedText,
    });
    await expect(hub.core.backtestPolicy('routing', 1, {}, 'mei')).rejects.toMatchObject(refused('check it first'));
    await expect(hub.core.approvePolicy('routing', 1, {}, 'lei')).rejects.toMatchObject(refused('check it first'));
    expect(await check(1)).toMatchObject({ state: 'checked', check: { state: 'done', outcome: 'passed', faults: [] } });
    await expect(hub.core.approvePolicy('routing', 1, {}, 'lei')).rejects.toMatchObject(refused('backtest it first'));
    expect(await backtest(1)).toMatchObject({
      state: 'backtested',
      backtest: { decisions: 0, gate: { passed: true } },
    });
    await expect(hub.core.activatePolicy('routing', 1, {}, 'lei')).rejects.toMatchObject(refused('approves it first'));
    await expect(hub.core.approvePolicy('routing', 1, {}, 'mei')).rejects.toMatchObject(refused('somebody else'));
    expect(await hub.core.approvePolicy('routing', 1, {}, 'lei')).toMatchObject({ approved: { by: 'lei' } });
    expect(await hub.core.activatePolicy('routing', 1, {}, 'mei')).toMatchObject({ state: 'active' });
    expect(await hub.core.policy('routing')).toMatchObject({ active: 1 });
    const { items } = await hub.core.audit({}, 10, null);
    expect(items.map(({ actor, action, target }) => `${actor} ${action} ${target}`)).toEqual([
      'mei policy.activate routing@1',
      'lei policy.approve routing@1',
      'mei policy.backtest routing@1',
      'mei policy.check routing@1',
      'mei policy.create routing@1',
    ]);
  });

  it('in force decides at once, and decides nothing again', async () => {
    const before = await order(1);
    expect(await decisions(before.id)).toEqual([]);
    await inForce(shippedText);
    expect(await decisions(before.id)).toEqual([]);
    const after = await order(2);
    expect(await decisions(after.id)).toMatchObject([{ version: 1 }]);
  });

  it('survives a restart, with what became of it', async () => {
    await inForce(shippedText);
    await hub.restart();
    expect(await states()).toEqual(['1 active']);
    expect(await decisions((await order(1)).id)).toMatchObject([{ version: 1 }]);
  });

  it('with faults is refused with every one of them, by its place', async () => {
    const bad = shippedText
      .replace('kind: set }', 'kind: st }')
      .replace('order.onHold', 'order.onHodl')
      .replace('WH-COLD-01', 'WH-COLD-1')
      .replace('hit: first', 'hit: last');
    await expect(make(bad)).rejects.toMatchObject({
      problem: {
        status: 400,
        faults: expect.arrayContaining([
          expect.objectContaining({ path: '/document/tiers/1/hit' }),
          {
            path: '/document/tiers/0/rules/0/when',
            message: 'risk-hold: is no fact: order.onHodl (did you mean "order.onHold"?) [S2]',
          },
        ]),
      },
    });
    expect(await states()).toEqual([]);
  });

  it('whose check finds something stays a draft', async () => {
    const version = await make(shippedText.replace('hit: first #', 'hit: all #'));
    const view = await check(version);
    expect(view).toMatchObject({ state: 'draft', check: { outcome: 'failed' } });
    expect((view.check as unknown as { faults: unknown[] }).faults).toMatchObject([
      {
        ...{ check: 'S6', rule: 'fragile' },
        witness: { verdict: 'confirmed', facts: { 'order.handling': ['cold_chain', 'fragile'] } },
      },
    ]);
    await expect(hub.core.approvePolicy('routing', version, {}, 'lei')).rejects.toMatchObject(
      refused('its check failed'),
    );
  });

  it('may be handed in as a tree', async () => {
    const tree = { policy: 'routing', slots: { t: { kind: 'set' } }, tiers: [] };
    await expect(make(tree)).rejects.toMatchObject({ problem: { faults: [{ path: '/document/tiers' }] } });
  });
});

describe('time', () => {
  const at = (hours: number) => new Date(hub.now() + hours * 3_600_000).toISOString();

  it('puts a scheduled version in force, and takes it out of force', async () => {
    await inForce(shippedText);
    const version = await ready(during(dearer, `{ from: "${at(2)}", until: "${at(4)}" }`));
    expect(await hub.core.activatePolicy('routing', version, {}, 'mei')).toMatchObject({ state: 'scheduled' });
    await hub.core.runTimers();
    expect(await states()).toEqual(['1 active', '2 scheduled']);
    hub.pass(2 * 3_600_000);
    await hub.core.runTimers();
    expect(await states()).toEqual(['1 retired', '2 active']);
    expect(await decisions((await order(1)).id)).toMatchObject([{ version: 2 }]);
    hub.pass(2 * 3_600_000);
    await hub.core.runTimers();
    expect(await states()).toEqual(['1 retired', '2 retired']);
    expect(await decisions((await order(2)).id)).toEqual([]);
    expect(hub.events.flatMap(({ alerts }) => alerts.map(({ kind }) => kind))).toContain('policy_ended');
  });

  it('that ends a version ends what it decides, at that instant, and not what it has pushed', async () => {
    await inForce(during(shippedText, `{ until: "${at(2)}" }`));
    const { id } = await order(1);
    const shipment = `logistics/${id}/0`;
    expect(await hub.core.record({ type: 'shipment', id: shipment })).toBeDefined();
    const picked = { delivery_code: 'SO-1-0', stage: 'PICKING' };
    const over = refused('ended with its version 1');
    // Before anybody has looked at the clock, and after.
    hub.pass(2 * 3_600_000);
    expect(await decisions((await order(2)).id)).toEqual([]);
    await hub.core.runTimers();
    const { id: third } = await order(3);
    expect(await decisions(third)).toEqual([]);
    await expect(hub.core.decide({ mode: 'live', order: third }, 'ops')).rejects.toMatchObject(over);
    await expect(hub.core.decide({ mode: 'dry_run', order: third }, 'ops')).rejects.toMatchObject(over);
    expect(await hub.core.decide({ mode: 'dry_run', order: third, policy: 'routing@1' }, 'ops')).toMatchObject({
      slots: { logistics: {} },
    });
    await hub.say('wms', { record: 'shipment', id: 'D-1', data: picked });
    expect((await hub.record('order', id)).data.fulfillmentStatus).toBe('picking');
    const after = await inForce(dearer);
    expect(await decisions((await order(3, { updated_at: '2026-11-23T06:00:00Z', risk: 'review' })).id)).toMatchObject([
      { version: after },
    ]);
  });

  it('that came while no hub ran counts from its start', async () => {
    await inForce(shippedText);
    const version = await ready(dearer);
    await hub.core.activatePolicy('routing', version, { effectiveFrom: at(1) }, 'mei');
    hub.pass(3_600_000);
    await hub.restart();
    expect(await states()).toEqual(['1 retired', '2 active']);
  });

  it('is no time of two versions (S11)', async () => {
    await inForce(during(shippedText, `{ until: "${at(48)}" }`));
    const version = await make(during(dearer, `{ from: "${at(24)}" }`));
    const message = `version 1, which is active, is in force until ${at(48)}`;
    expect(await check(version)).toMatchObject({
      ...{ state: 'draft' },
      check: { outcome: 'failed', faults: [{ check: 'S11', path: 'effective.from', message }] },
    });
    const replacing = await make(dearer);
    expect(await check(replacing)).toMatchObject({ state: 'checked', check: { warnings: [{ check: 'S11' }] } });
    await backtest(replacing);
    await hub.core.approvePolicy('routing', replacing, {}, 'lei');
    const refusal = hub.core.activatePolicy('routing', replacing, { effectiveFrom: at(24) }, 'lei');
    await expect(refusal).rejects.toMatchObject(refused('is in force until'));
  });
});

describe('a rollback', () => {
  it('brings back what was in force before, as a version of its own, at once', async () => {
    await inForce(shippedText);
    await inForce(dearer);
    await expect(hub.core.rollbackPolicy('routing', { to: 2 }, 'mei')).rejects.toMatchObject(refused('it is in force'));
    await make(dearer);
    await expect(hub.core.rollbackPolicy('routing', { to: 3 }, 'mei')).rejects.toMatchObject(refused('never in force'));
    const view = await hub.core.rollbackPolicy('routing', { to: 1, reason: 'too few coupons' }, 'mei');
    expect(view).toMatchObject({ version: 4, state: 'active', rollbackOf: 1, document: shippedText });
    expect(await states()).toEqual(['1 retired', '2 retired', '3 draft', '4 active']);
    expect(await decisions((await order(1)).id)).toMatchObject([{ version: 4 }]);
  });
});

describe('a backtest', () => {
  it('counts what a candidate decides otherwise, with money and samples, and holds it to the gate', async () => {
    await inForce(shippedText);
    const ids = [];
    for (const no of [1, 2, 3, 4]) ids.push((await order(no, no === 4 ? { total: '30.00' } : {})).id);
    const version = await make(dearer);
    await check(version);
    const view = await backtest(version);
    expect(view).toMatchObject({
      state: 'checked',
      backtest: {
        ...{ state: 'done', against: 1, decisions: 4, subjects: 4, compared: 4, changed: 3, changedShareBp: 7500 },
        gate: { maxChangedShareBp: 500, passed: false },
        parts: [
          { part: 'tags', changed: 3, matrix: [{ before: ['tag.add vip'], after: [], decisions: 3, subjects: 3 }] },
          { part: 'benefits', changed: 3, matrix: [{ money: [{ currency: 'CNY', amount: 156_000 }] }] },
        ],
        samples: expect.arrayContaining([expect.objectContaining({ subject: ids[0] })]),
      },
    });
    await expect(hub.core.approvePolicy('routing', version, {}, 'lei')).rejects.toMatchObject(refused('75.00 %'));
    const approved = await hub.core.approvePolicy('routing', version, { override: 'fewer coupons, on purpose' }, 'lei');
    expect(approved).toMatchObject({ state: 'approved', approved: { override: 'fewer coupons, on purpose' } });
    expect(await backtest(version, { limit: 2 })).toMatchObject({ backtest: { decisions: 2 } });
  });

  it('of an equivalent version shows no change', async () => {
    await inForce(shippedText);
    for (const no of [1, 2, 3]) await order(no);
    const version = await make(shippedText.replace('id: vip', 'id: very-important'));
    await check(version);
    expect(await backtest(version)).toMatchObject({ state: 'backtested', backtest: { compared: 3, changed: 0 } });
    expect(await hub.core.policyDiff('routing', 1, version, true)).toMatchObject({
      state: 'done',
      verdict: 'equivalent',
    });
  });
});

describe('a candidate beside the version in force', () => {
  it('leaves what it would decide otherwise, and nothing else', async () => {
    await inForce(shippedText);
    const version = await make(dearer);
    await expect(hub.core.shadowPolicy('routing', version, true, 'mei')).rejects.toMatchObject(
      refused('check it first'),
    );
    await check(version);
    await hub.core.shadowPolicy('routing', version, true, 'mei');
    const { id } = await order(1);
    await order(2, { total: '30.00' });
    await hub.core.runTimers();
    expect(await hub.core.policyVersion('routing', version)).toMatchObject({
      shadow: { running: true, by: 'mei', seen: 2, different: 1 },
    });
    const [decision] = await decisions(id);
    const page = await hub.core.shadowDifferences('routing', version, 10, null);
    expect(page).toMatchObject({
      items: [
        {
          ...{ decision: decision?.id, subject: id },
          changes: [
            { part: 'tags', before: ['tag.add vip'], after: [] },
            { part: 'benefits', after: [] },
          ],
        },
      ],
      next: null,
    });
    expect(decision).toMatchObject({ version: 1, slots: { tags: [{ key: 'vip' }] } });
    await hub.core.shadowPolicy('routing', version, false, 'mei');
    await order(3);
    expect((await hub.core.shadowDifferences('routing', version, 10, null)).items).toHaveLength(1);
  });
});

describe('the returns policy', () => {
  it('has the same life, without deciding anything yet', async () => {
    const { version } = await hub.core.makePolicyVersion('returns', { document: read('policies/returns.yaml') }, 'mei');
    await hub.core.checkPolicy('returns', version, 'mei');
    expect(await hub.core.policyWorked('returns', version)).toMatchObject({ state: 'checked' });
    await hub.core.backtestPolicy('returns', version, {}, 'mei');
    await hub.core.policyWorked('returns', version);
    await hub.core.approvePolicy('returns', version, {}, 'lei');
    expect(await hub.core.activatePolicy('returns', version, {}, 'lei')).toMatchObject({ state: 'active' });
    expect(await hub.core.policies()).toMatchObject([
      { policy: 'routing', active: null },
      { policy: 'returns', active: 1 },
    ]);
    await expect(hub.core.policy('pricing')).rejects.toMatchObject(refused('there is no policy pricing', 404));
  });
});
