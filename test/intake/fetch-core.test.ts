// Fetching over a real store: from a change that only names an order to the order.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFetching } from '../../src/intake/fetching.ts';
import { type Scene, scene } from '../core/scene.ts';
import { shopOrder } from '../core/words.ts';
import { recordingLog } from '../delivery/scene.ts';
import { stepClock } from '../delivery/step-clock.ts';
import { down, fakeSource, type Later, later } from './fake-source.ts';

let hub: Scene;
beforeEach(async () => {
  hub = await scene();
});
afterEach(() => hub.close());

/** Each answer of `settled` follows one row that was settled in the store. */
function fetchingFrom(fetch: (id: string) => Promise<string | undefined>) {
  const clock = stepClock(hub.now());
  const next: Later<void>[] = [];
  const settled = (): Promise<void> => {
    const one = later<void>();
    next.push(one);
    return one.promise;
  };
  const fetching = createFetching({
    core: {
      toFetch: (asked) => hub.core.toFetch(asked),
      fetched: async (id, result) => {
        await hub.core.fetched(id, result);
        next.shift()?.resolve();
      },
    },
    connections: [fakeSource('shop', { fetches: ['order'], fetch: ({ externalId }) => fetch(externalId) })],
    clock,
    log: recordingLog().log,
    random: () => 0.5,
  });
  return { fetching, settled, clock };
}

const named = { record: 'order', id: '1001' };
const orderOfShop = () => hub.core.record({ type: 'order', external: { system: 'shop', id: '1001' } });

describe('a change that only names an order', () => {
  it('becomes the order that the system shows', async () => {
    const { fetching, settled } = fetchingFrom(async () => JSON.stringify(shopOrder()));
    expect(await hub.say('shop', named)).toMatchObject({ status: 'pending', pending: { reason: 'fetch' } });
    expect(hub.events.some(({ fetches }) => fetches)).toBe(true);
    expect(await orderOfShop()).toBeUndefined();
    const isSettled = settled();
    fetching.start();
    await isSettled;
    await fetching.stop();
    expect(await orderOfShop()).toMatchObject({ data: { number: 'SO-1001' } });
    expect(await hub.core.toFetch({ limit: 10, except: [] })).toEqual([]);
  });

  it('survives a failure and a restart', async () => {
    await hub.say('shop', named);
    const first = fetchingFrom(async () => {
      throw down();
    });
    const isPutOff = first.settled();
    first.fetching.start();
    await isPutOff;
    await first.fetching.stop();
    await hub.restart();
    expect(await hub.core.toFetch({ limit: 10, except: [] })).toEqual([]);
    hub.pass(1000);
    expect(await hub.core.toFetch({ limit: 10, except: [] })).toMatchObject([{ externalId: '1001', attempts: 1 }]);
    const second = fetchingFrom(async () => JSON.stringify(shopOrder()));
    const isSettled = second.settled();
    second.fetching.start();
    await isSettled;
    await second.fetching.stop();
    expect(await orderOfShop()).toMatchObject({ data: { number: 'SO-1001' } });
  });

  it('that the system does not know is dropped with an alert', async () => {
    const { fetching, settled } = fetchingFrom(async () => undefined);
    await hub.say('shop', named);
    const isSettled = settled();
    fetching.start();
    await isSettled;
    await fetching.stop();
    expect(await hub.core.toFetch({ limit: 10, except: [] })).toEqual([]);
    expect(hub.events.flatMap(({ alerts }) => alerts)).toMatchObject([{ kind: 'fetch_failed', system: 'shop' }]);
  });
});
