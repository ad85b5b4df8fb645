// A version that takes force while orders come in: each is decided by exactly one, over both engines.

import { afterEach, describe, expect, it } from 'vitest';
import type { DecisionView } from '../../src/core/core.ts';
import { read } from '../architecture/sources.ts';
import { milkPowder } from '../intake/routing/words.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import { type Engine, type Scene, scene } from './scene.ts';

let hub: Scene;
afterEach(() => hub.close());

/** Approved by somebody else. */
async function ready(): Promise<number> {
  const warehouses = read('policies/warehouses.yaml');
  const { version } = await hub.core.makePolicyVersion('routing', { document: shippedText, warehouses }, 'mei');
  await hub.core.checkPolicy('routing', version, 'mei');
  await hub.core.policyWorked('routing', version);
  await hub.core.backtestPolicy('routing', version, {}, 'mei');
  await hub.core.policyWorked('routing', version);
  await hub.core.approvePolicy('routing', version, {}, 'lei');
  return version;
}

const activate = (version: number) => hub.core.activatePolicy('routing', version, {}, 'mei');
const order = (no: number, more: object = {}) =>
  hub.say('shop', milkPowder({ id: `${no}`, order_number: `SO-${no}`, ...more }));
const decisionsOf = async (id: string) => (await hub.core.decisions(id, 1000, null)).items;

describe.each(['sqlite', 'postgres'] as const)('on %s', (engine: Engine) => {
  it('each of the orders that come in meanwhile is decided by exactly one version, stored with it', async () => {
    hub = await scene({ engine });
    await activate(await ready());
    const next = await ready();
    const before = Array.from({ length: 30 }, (_, no) => order(no));
    const activated = activate(next);
    const meanwhile = Array.from({ length: 30 }, (_, no) => order(30 + no));
    await activated;
    const after = Array.from({ length: 30 }, (_, no) => order(60 + no));
    const versions = async (said: ReturnType<typeof order>[]): Promise<number[]> => {
      const all = await Promise.all((await Promise.all(said)).map(({ id }) => decisionsOf(id)));
      expect(all.map(({ length }) => length)).toEqual(all.map(() => 1));
      return all.map(([decision]) => decision?.version ?? 0);
    };
    expect([1, 2]).toEqual(expect.arrayContaining([...new Set(await versions([...before, ...meanwhile]))]));
    expect(new Set(await versions(after))).toEqual(new Set([2]));
    const shipment = await hub.core.record({ type: 'shipment', id: `logistics/${(await order(0)).id}/0` });
    expect(shipment).toBeDefined();
  });

  it('two hundred decisions about one order at once make one shipment, whichever version makes it', async () => {
    hub = await scene({ engine });
    await activate(await ready());
    const next = await ready();
    await hub.core.accept({
      ...{ system: 'shop', body: JSON.stringify(milkPowder()), format: 'json', via: 'poll', backfill: true },
    });
    const id = (await hub.core.record({ type: 'order', match: { field: 'number', value: 'SO-1001' } }))?.id ?? '';
    const decide = () => hub.core.decide({ mode: 'live', order: id }, 'ops').catch((error: unknown) => error);
    const half = Array.from({ length: 100 }, decide);
    const activated = activate(next);
    await Promise.all([...half, activated, ...Array.from({ length: 100 }, decide)]);
    const decisions = (await decisionsOf(id)) as DecisionView[];
    expect(decisions).toHaveLength(1);
    const pushed = decisions.flatMap(({ effects }) => effects.filter(({ slot }) => slot === 'logistics'));
    expect(pushed).toMatchObject([{ onceKey: `logistics/${id}/0`, status: 'claimed' }]);
  });

  it('of versions that are activated at once one is in force, and the others have been', async () => {
    hub = await scene({ engine });
    const versions = [await ready(), await ready(), await ready()];
    await Promise.all(versions.map(activate));
    const { versions: kept } = await hub.core.policy('routing');
    expect(kept.map(({ state }) => state).sort()).toEqual(['active', 'retired', 'retired']);
  });
});
