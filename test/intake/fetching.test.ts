// Changes that only name a record: fetched soon, not all at once, again after failures, and never lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connector/contract.ts';
import { down, type Later, later, untilCut } from './fake-source.ts';
import { aFetchScene, type Fetch, fetchingOf, text } from './fetch-scene.ts';

const second = 1000;
const day = 24 * 3600 * second;
const numbered = (count: number, name = ''): string[] => Array.from({ length: count }, (_, index) => `${name}${index}`);

/** Each fetch waits until the test answers it, or the hub stops. */
function open(): { fetch: Fetch; fetches: Map<string, Later<string | undefined>> } {
  const fetches = new Map<string, Later<string | undefined>>();
  const fetch: Fetch = (id, signal) => {
    const answer = later<string | undefined>();
    fetches.set(id, answer);
    return Promise.race([answer.promise, untilCut(signal)]);
  };
  return { fetch, fetches };
}

/** Fails the first so many times, over all ids. */
function failing(times: number, error: Error): Fetch {
  let left = times;
  return async (id) => {
    left -= 1;
    if (left >= 0) throw error;
    return text(id);
  };
}

describe('what is due', () => {
  it('is fetched at the start, and its payload handed over as it came', async () => {
    const { told, waiting } = await fetchingOf(['8812'], { systems: { shop: async () => '{"total": 1.50}' } });
    expect(told).toEqual([['8812', { payload: '{"total": 1.50}' }]]);
    expect(waiting()).toEqual([]);
  });

  it('and not known to the system is told as that', async () => {
    const { told, log } = await fetchingOf(['8812'], { systems: { shop: async () => undefined } });
    expect(told).toEqual([['8812', { payload: null }]]);
    expect(log).toEqual([]);
  });

  it('is looked for when woken', async () => {
    const { asked, add, fetching, clock } = await fetchingOf([]);
    add('shop', '1');
    await clock.calm();
    expect(asked).toEqual([]);
    fetching.wake();
    await clock.calm();
    expect(asked).toEqual(['shop 1']);
  });

  it('is looked for every 30 s without being woken', async () => {
    const { asked, add, clock } = await fetchingOf([]);
    add('shop', '1');
    await clock.advance(30 * second - 1);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toEqual(['shop 1']);
    add('shop', '2');
    await clock.advance(30 * second);
    expect(asked).toEqual(['shop 1', 'shop 2']);
  });

  it('waits for the start, whoever wakes before', async () => {
    const { asked, add, fetching, clock } = aFetchScene();
    add('shop', '1');
    fetching.wake();
    await clock.calm();
    expect(asked).toEqual([]);
    fetching.start();
    await clock.calm();
    expect(asked).toEqual(['shop 1']);
    await fetching.stop();
  });
});

describe('looks', () => {
  it('that are wanted during one are one more after it', async () => {
    const first = later<void>();
    const { looks, fetching, clock } = await fetchingOf([], {
      look: async (look) => (look === 1 ? first.promise : undefined),
    });
    for (let wake = 0; wake < 5; wake += 1) fetching.wake();
    await clock.calm();
    expect(looks).toHaveLength(1);
    first.resolve();
    await clock.calm();
    expect(looks).toHaveLength(2);
  });

  it('do not fetch again what is being fetched', async () => {
    const { fetch, fetches } = open();
    const { asked, fetching, told, clock } = await fetchingOf(['1'], { systems: { shop: fetch } });
    fetching.wake();
    await clock.advance(60 * second);
    expect(asked).toEqual(['shop 1']);
    fetches.get('1')?.resolve(text('1'));
    await clock.calm();
    expect(told).toHaveLength(1);
  });

  it('do not fetch again what was settled before their answer came', async () => {
    const { fetch, fetches } = open();
    const answer = later<void>();
    const { asked, fetching, looks, clock, waiting } = await fetchingOf(['1'], {
      systems: { shop: fetch },
      look: async (look) => (look === 2 ? answer.promise : undefined),
    });
    fetching.wake();
    await clock.calm();
    fetches.get('1')?.resolve(text('1'));
    await clock.calm();
    expect(waiting()).toEqual([]);
    answer.resolve();
    await clock.calm();
    expect(looks).toHaveLength(2);
    expect(asked).toEqual(['shop 1']);
  });

  it('that fail are tried again', async () => {
    const { asked, log, clock } = await fetchingOf(['1'], {
      look: async (look) => {
        if (look === 1) throw new Error('the store is busy');
      },
    });
    expect(log).toMatchObject([{ level: 'error', message: 'the store could not say what is to be fetched' }]);
    await clock.advance(6 * second);
    expect(asked).toEqual(['shop 1']);
  });

  it('take no more than the limit, and go on when half of it is done', async () => {
    const { fetch, fetches } = open();
    const { looks, clock, fetching } = await fetchingOf(numbered(20), { systems: { shop: fetch }, limit: 4 });
    fetching.wake();
    await clock.calm();
    expect(looks).toEqual([
      { limit: 4, except: [] },
      { limit: 4, except: ['shop'] },
    ]);
    fetches.get('0')?.resolve(undefined);
    await clock.calm();
    expect(looks).toHaveLength(2);
    fetches.get('1')?.resolve(undefined);
    await clock.calm();
    expect(looks.slice(2)).toEqual([{ limit: 4, except: [] }]);
    expect([...fetches.keys()]).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('come to an end when nothing can be stored', async () => {
    const { looks, asked, clock, log } = await fetchingOf(numbered(20), {
      limit: 4,
      store: async () => {
        throw new Error('the disk is full');
      },
    });
    await clock.advance(25 * second);
    expect(asked).toHaveLength(4);
    expect(log).toHaveLength(4);
    expect(looks.length).toBeLessThan(10);
  });
});

describe('fetches', () => {
  it('of one system are four at once, of another they do not wait for those', async () => {
    const shop = open();
    const crm = open();
    const scene = aFetchScene({ systems: { shop: shop.fetch, crm: crm.fetch } });
    scene.add('shop', ...numbered(9));
    scene.add('crm', 'a');
    scene.fetching.start();
    await scene.clock.calm();
    expect([...shop.fetches.keys()]).toEqual(['0', '1', '2', '3']);
    expect([...crm.fetches.keys()]).toEqual(['a']);
    shop.fetches.get('2')?.resolve(undefined);
    await scene.clock.calm();
    expect([...shop.fetches.keys()]).toEqual(['0', '1', '2', '3', '4']);
    for (const id of numbered(9)) {
      shop.fetches.get(id)?.resolve(text(id));
      await scene.clock.calm();
    }
    crm.fetches.get('a')?.resolve(undefined);
    await scene.fetching.stop();
    expect(scene.waiting()).toEqual([]);
  });

  it('all come to an answer, each asked for once, whatever the limit', async () => {
    const sizes = fc.record({ shop: fc.nat(40), crm: fc.nat(40), limit: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ shop, crm, limit }) => {
        const answer: Fetch = async (id) => text(id);
        const scene = aFetchScene({ systems: { shop: answer, crm: answer }, limit });
        scene.add('shop', ...numbered(shop, 's'));
        scene.add('crm', ...numbered(crm, 'c'));
        scene.fetching.start();
        for (let turn = 0; turn < 10; turn += 1) await scene.clock.calm();
        await scene.fetching.stop();
        expect(scene.waiting()).toEqual([]);
        expect(scene.asked).toHaveLength(shop + crm);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a fetch that fails', () => {
  it('is put off in the store, told of, and tried again in time', async () => {
    const { told, log, asked, clock } = await fetchingOf(['1'], { systems: { shop: failing(1, down()) } });
    expect(told).toEqual([['1', { retryInMs: 1000, message: '503 from GET /orders' }]]);
    expect(log).toEqual([
      {
        level: 'warn',
        fields: { system: 'shop', record: 'order', externalId: '1', retryInMs: 1000, err: down() },
        message: 'order 1 of shop could not be fetched; it is tried again in 1 s',
      },
    ]);
    await clock.advance(2 * second);
    expect(asked).toEqual(['shop 1', 'shop 1']);
    expect(told[1]).toEqual(['1', { payload: text('1') }]);
  });

  it('waits longer each time, up to ten minutes', async () => {
    const { told, clock } = await fetchingOf(['1'], {
      systems: { shop: failing(99, new ConnectorError('rejected', 'no')) },
      random: () => 0.999_999,
    });
    await clock.advance(3600 * second);
    const waits = told.map(([, fetched]) => ('retryInMs' in fetched ? Math.ceil(fetched.retryInMs / second) : 0));
    expect(waits.slice(0, 10)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600]);
  });

  it.each([
    ['an hour', 3600 * second, 3600 * second],
    ['nine days, of which one is kept', 9 * day, day],
  ])('is not asked again before the time that the system named: %s', async (_, asked, kept) => {
    const { told } = await fetchingOf(['1'], { systems: { shop: failing(1, down(asked)) } });
    expect(told).toEqual([['1', { retryInMs: kept, message: '503 from GET /orders' }]]);
  });

  it('is told as an error where credentials are refused', async () => {
    const refused = new ConnectorError('unauthorized', '401 from GET /orders/1');
    const { log } = await fetchingOf(['1'], { systems: { shop: failing(1, refused) } });
    expect(log).toMatchObject([{ level: 'error', fields: { system: 'shop', record: 'order', externalId: '1' } }]);
    expect(log[0]?.message).toContain('shop refuses our credentials');
  });

  it.each([
    ['a record type that is not fetched', 'shop', 'customer' as const],
    ['a system that is gone', 'old', 'order' as const],
  ])('for good is put off as well, saying what is missing: %s', async (_, system, record) => {
    const scene = aFetchScene({ systems: { shop: async (id) => text(id) } });
    scene.add(system, '1');
    if (record !== 'order') scene.change('1', { record });
    scene.fetching.start();
    await scene.clock.calm();
    await scene.fetching.stop();
    expect(scene.asked).toEqual([]);
    const message = `${system} names changes of ${record} without their data, and no fetch of ${record} is configured for it`;
    expect(scene.told).toEqual([['1', { retryInMs: 1000, message }]]);
  });
});

describe('a system that fails', () => {
  it('is left alone for a while: what waits for it is put off unasked, with one warning', async () => {
    const { asked, told, log, clock, waiting } = await fetchingOf(numbered(100), {
      systems: { shop: failing(4, down()) },
    });
    expect(asked).toHaveLength(4);
    expect(log).toHaveLength(4);
    expect(told).toHaveLength(100);
    const unasked = told.filter(([, fetched]) => 'message' in fetched && fetched.message.startsWith('not asked'));
    expect(unasked).toHaveLength(96);
    expect(unasked[0]?.[1]).toEqual({
      retryInMs: 1000,
      message: 'not asked, since another fetch had failed: 503 from GET /orders',
    });
    await clock.advance(3 * second);
    expect(waiting()).toEqual([]);
  });

  it('leaves the others alone, even where more waits for it than is taken at once', async () => {
    const scene = aFetchScene({ limit: 10, systems: { shop: failing(9999, down()), crm: async (id) => text(id) } });
    scene.add('shop', ...numbered(50));
    scene.add('crm', 'a');
    scene.fetching.start();
    for (let turn = 0; turn < 5; turn += 1) await scene.clock.calm();
    await scene.fetching.stop();
    expect(scene.told.filter(([, fetched]) => 'payload' in fetched)).toEqual([['a', { payload: text('a') }]]);
  });

  it('delays no other by being slow, even where more waits for it than is taken at once', async () => {
    const { fetch } = open();
    const { add, told, fetching, clock } = await fetchingOf(numbered(50), {
      limit: 10,
      systems: { shop: fetch, crm: async (id) => text(id) },
    });
    add('crm', 'a');
    fetching.wake();
    await clock.calm();
    expect(told).toEqual([['a', { payload: text('a') }]]);
  });

  it('is left alone longer each time, and counts anew after a good answer', async () => {
    let count = 0;
    const shop: Fetch = async (id) => {
      count += 1;
      if (count !== 4) throw down();
      return text(id);
    };
    const { told, add, fetching, clock } = await fetchingOf(['1'], { systems: { shop }, random: () => 0.75 });
    await clock.advance(20 * second);
    add('shop', '2');
    fetching.wake();
    await clock.calm();
    const waits = told.map(([, fetched]) => ('retryInMs' in fetched ? fetched.retryInMs : undefined));
    expect(waits).toEqual([1500, 3000, 6000, undefined, 1500]);
  });

  it.each([
    ['record', [0.9, 0.1]],
    ['system', [0.1, 0.9]],
  ])('and the record that met it wait for the longer of their delays: that of the %s', async (_, chances) => {
    const left = [...chances];
    const random = (): number => left.shift() ?? 0;
    const { told } = await fetchingOf(['1'], { systems: { shop: failing(1, down()) }, random });
    expect(told).toMatchObject([['1', { retryInMs: 1800 }]]);
  });

  it('is left alone as long as it asked, whatever else fails meanwhile', async () => {
    const { fetch, fetches } = open();
    const { told, add, fetching, clock } = await fetchingOf(['1', '2'], { systems: { shop: fetch } });
    fetches.get('1')?.reject(down(3600 * second));
    await clock.calm();
    fetches.get('2')?.reject(down());
    await clock.calm();
    add('shop', '3');
    fetching.wake();
    await clock.calm();
    const waits = told.map(([id, fetched]) => [id, 'retryInMs' in fetched && fetched.retryInMs]);
    expect(waits).toEqual(['1', '2', '3'].map((id) => [id, 3600 * second]));
    // Only the regular look: what is put off that long needs none of its own.
    expect(clock.timers()).toBe(1);
  });

  it('is not what one refused record means', async () => {
    const shop: Fetch = async (id) => {
      if (id === '0') throw new ConnectorError('rejected', 'archived');
      return text(id);
    };
    const { asked, waiting } = await fetchingOf(numbered(10), { systems: { shop } });
    expect(asked).toHaveLength(10);
    expect(waiting()).toEqual(['0']);
  });
});

describe('what was fetched and could not be stored', () => {
  it('is fetched again later, not at once', async () => {
    let isFull = true;
    const { asked, log, waiting, clock } = await fetchingOf(['1'], {
      store: async () => {
        if (isFull) throw new Error('the disk is full');
      },
    });
    expect(log).toMatchObject([{ level: 'error', fields: { system: 'shop', record: 'order', externalId: '1' } }]);
    await clock.advance(29 * second);
    expect(asked).toHaveLength(1);
    isFull = false;
    await clock.advance(60 * second);
    expect(asked).toHaveLength(2);
    expect(waiting()).toEqual([]);
  });
});

describe('stopping', () => {
  it('cuts what is under way and begins nothing more; all of it stays due as it was', async () => {
    const { fetching, asked, told, log, waiting, clock } = await fetchingOf(numbered(9), {
      systems: { shop: (_, signal) => untilCut(signal) },
    });
    await fetching.stop();
    await clock.advance(60 * second);
    expect(asked).toHaveLength(4);
    expect(told).toEqual([]);
    expect(log).toEqual([]);
    expect(waiting()).toHaveLength(9);
  });

  it('waits until what was read is stored', async () => {
    const storing = later<void>();
    const { fetching, told, clock } = await fetchingOf(['1'], { store: () => storing.promise });
    let isStopped = false;
    const stopped = fetching.stop().then(() => {
      isStopped = true;
    });
    await clock.calm();
    expect(isStopped).toBe(false);
    storing.resolve();
    await stopped;
    expect(told).toEqual([['1', { payload: text('1') }]]);
  });

  it('during a look takes nothing of it', async () => {
    const answer = later<void>();
    const { fetching, asked } = await fetchingOf(['1'], { look: () => answer.promise });
    const stopped = fetching.stop();
    answer.resolve();
    await stopped;
    expect(asked).toEqual([]);
  });

  it('leaves no timer behind, and no wake has an effect after it', async () => {
    const { fetching, clock, add, asked, looks } = await fetchingOf(['1'], { systems: { shop: failing(1, down()) } });
    expect(clock.timers()).toBe(2);
    await fetching.stop();
    expect(clock.timers()).toBe(0);
    const before = looks.length;
    add('shop', '2');
    fetching.wake();
    await clock.advance(60 * second);
    expect(asked).toHaveLength(1);
    expect(looks).toHaveLength(before);
  });
});
