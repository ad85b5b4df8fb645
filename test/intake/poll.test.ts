// When systems are polled: the pace, its jitter, failures, pauses, the end.
import { describe, expect, it } from 'vitest';
import { ConnectorError, type Polled } from '../../src/connector/contract.ts';
import type { AcceptReply, AcceptRequest } from '../../src/core/core.ts';
import { down, later, untilCut } from './fake-source.ts';
import { aPollScene, failing, minute, nothing, order, pages, row, started, taken } from './poll-scene.ts';

const hour = 60 * minute;
const day = 24 * hour;

describe('the pace', () => {
  it('begins with a poll of every type, at once', async () => {
    const types = [
      { record: 'order' as const, everyMs: minute },
      { record: 'customer' as const, everyMs: hour },
    ];
    const { asked, clock } = await started({ types });
    expect(asked).toEqual([
      { record: 'order', cursor: undefined, now: clock.now() },
      { record: 'customer', cursor: undefined, now: clock.now() },
    ]);
  });

  it.each([
    [0, 54_000],
    [0.5, 60_000],
    [0.999, 65_988],
  ])('is spread by a tenth either way: chance %d asks after %d ms', async (chance, after) => {
    const { asked, clock } = await started({ random: () => chance });
    await clock.advance(after - 1);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
  });

  it('counts from the end of a poll, and never has two of a type at once', async () => {
    const slow = later<Polled>();
    const { asked, clock } = await started({ poll: () => slow.promise });
    await clock.advance(10 * minute);
    expect(asked).toHaveLength(1);
    slow.resolve(nothing);
    await clock.advance(minute - 1);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
  });

  it('of one type is not held up by another', async () => {
    const types = [
      { record: 'order' as const, everyMs: minute },
      { record: 'customer' as const, everyMs: minute },
    ];
    const poll = ({ record }: { record: string }, signal: AbortSignal | undefined) =>
      record === 'order' ? untilCut(signal) : Promise.resolve(nothing);
    const { asked, clock } = await started({ types, poll });
    await clock.advance(3 * minute);
    expect(asked.map(({ record }) => record)).toEqual(['order', 'customer', 'customer', 'customer', 'customer']);
  });

  it('is told with the time at which the poll ended', async () => {
    const slow = later<Polled>();
    const { polled, clock } = await started({ poll: () => slow.promise });
    await clock.advance(2_000);
    expect(polled).toEqual([]);
    slow.resolve(nothing);
    await clock.calm();
    expect(polled).toEqual([{ system: 'shop', at: clock.now() }]);
  });
});

describe('a poll that fails', () => {
  it('is warned of by system, record and next try, and tried again', async () => {
    const { asked, log, polled, clock } = await started({ poll: failing(1, down(), async () => nothing) });
    expect(log).toEqual([
      {
        level: 'warn',
        fields: { system: 'shop', record: 'order', retryInMs: 1000, err: down() },
        message: 'order of shop could not be polled; it is tried again in 1 s',
      },
    ]);
    expect(polled).toEqual([]);
    await clock.advance(1000);
    expect(asked).toHaveLength(2);
    expect(polled).toHaveLength(1);
  });

  it('waits longer each time, up to ten minutes', async () => {
    const { log, clock } = await started({ poll: failing(99, down(), async () => nothing), random: () => 0.999_999 });
    await clock.advance(hour);
    const waits = log.map(({ fields }) => Math.ceil((fields.retryInMs as number) / 1000));
    expect(waits.slice(0, 11)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
  });

  it('forgets earlier failures once a poll went well', async () => {
    let count = 0;
    const poll = async () => {
      count += 1;
      if (count !== 4) throw down();
      return nothing;
    };
    const { log, clock } = await started({ poll, random: () => 0.75 });
    await clock.advance(5 * minute);
    expect(log.slice(0, 4).map(({ fields }) => fields.retryInMs)).toEqual([1500, 3000, 6000, 1500]);
  });

  it('is not tried before the time that the system asked for', async () => {
    const { asked, clock } = await started({ poll: failing(1, down(hour), async () => nothing) });
    await clock.advance(hour - 1);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
  });

  it('is not put off by more than a day', async () => {
    const { asked, clock } = await started({ poll: failing(1, down(9 * day), async () => nothing) });
    await clock.advance(day);
    expect(asked).toHaveLength(2);
  });

  it('is tried again when the store failed, too', async () => {
    const full = new Error('the disk is full');
    const { log, clock, steps } = await started({
      poll: async () => ({ items: [order('a')], cursor: 'end', more: false }),
      accept: failing(1, full, async (request: AcceptRequest) => taken(request)),
    });
    expect(log).toMatchObject([{ level: 'warn', fields: { system: 'shop', record: 'order', err: full } }]);
    await clock.advance(1000);
    expect(steps).toEqual(['poll -', 'poll -', 'accept 1', 'save end']);
  });

  it('raises an alert where credentials are refused, and goes on at the slow pace', async () => {
    const refused = new ConnectorError('unauthorized', '401 from GET /orders', { status: 401 });
    const { log, alerts, asked, clock } = await started({ poll: failing(2, refused, async () => nothing) });
    expect(alerts).toEqual(['unauthorized']);
    expect(log).toMatchObject([
      { level: 'error', fields: { alert: 'unauthorized', system: 'shop', record: 'order', retryInMs: 10 * minute } },
    ]);
    expect(log[0]?.message).toContain('check the settings of shop');
    await clock.advance(10 * minute - 1);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(alerts).toHaveLength(2);
    await clock.advance(10 * minute);
    expect(asked).toHaveLength(3);
    expect(alerts).toHaveLength(2);
  });

  it.each([
    ['as usual, where that is slower', 2 * hour, undefined, 2 * hour],
    ['when the system says', minute, hour, hour],
  ])('for its credentials is tried again %s', async (_, everyMs, retryAfterMs, after) => {
    const refused = new ConnectorError('unauthorized', '401', retryAfterMs === undefined ? {} : { retryAfterMs });
    const types = [{ record: 'order' as const, everyMs }];
    const { asked, clock } = await started({ types, poll: failing(1, refused, async () => nothing) });
    await clock.advance(after - 1);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
  });

  it('names a cursor row that cannot be read, and does not start from the beginning', async () => {
    const scene = aPollScene();
    scene.cursors.set(row, '{"cursor":');
    await scene.poller.start();
    await scene.clock.calm();
    await scene.poller.stop();
    expect(scene.asked).toEqual([]);
    expect(String(scene.log[0]?.fields.err)).toContain('poll:shop:order');
  });
});

describe('a paused system', () => {
  it('is not asked until a turn after it was resumed', async () => {
    const scene = aPollScene();
    scene.paused.add('shop');
    await scene.poller.start();
    await scene.clock.advance(2.5 * minute);
    expect(scene.asked).toEqual([]);
    expect(scene.polled).toEqual([]);
    scene.paused.clear();
    await scene.clock.advance(minute / 2);
    expect(scene.asked).toHaveLength(1);
    await scene.poller.stop();
  });

  it('is asked for no further page', async () => {
    const first = later<void>();
    const read = pages('a', 'b');
    const { steps, paused, clock } = await started({
      poll: async (request) => {
        await first.promise;
        return read(request);
      },
    });
    paused.add('shop');
    first.resolve();
    await clock.advance(5 * minute);
    expect(steps).toEqual(['poll -', 'accept 2', 'save b']);
    paused.clear();
    await clock.advance(minute);
    expect(steps.slice(3)).toEqual(['poll b', 'accept 2', 'save end']);
  });
});

describe('stopping', () => {
  it('waits until what was read is stored, keeps its place, and asks no further page', async () => {
    const storing = later<AcceptReply>();
    const { poller, steps, clock, polled } = await started({ poll: pages('a', 'b'), accept: () => storing.promise });
    let isStopped = false;
    const stopped = poller.stop().then(() => {
      isStopped = true;
    });
    await clock.calm();
    expect(isStopped).toBe(false);
    storing.resolve({ status: 202, body: '{"results":[]}', replayed: false, counts: {} });
    await stopped;
    await clock.advance(hour);
    expect(steps).toEqual(['poll -', 'accept 2', 'save b']);
    expect(polled).toEqual([]);
  });

  it('cuts a poll that waits for its system, without a word', async () => {
    const { poller, log, clock, asked } = await started({ poll: (_, signal) => untilCut(signal) });
    await poller.stop();
    expect(clock.timers()).toBe(0);
    await clock.advance(hour);
    expect(asked).toHaveLength(1);
    expect(log).toEqual([]);
  });

  it('tells of changes that were read and could not be stored any more', async () => {
    const storing = later<AcceptReply>();
    const { poller, log } = await started({ poll: pages('a'), accept: () => storing.promise });
    const stopped = poller.stop();
    storing.reject(new Error('the store has ended'));
    await stopped;
    expect(log).toMatchObject([{ level: 'warn', fields: { system: 'shop', record: 'order' } }]);
  });

  it('leaves no timer behind', async () => {
    const { poller, clock } = await started();
    expect(clock.timers()).toBe(1);
    await poller.stop();
    expect(clock.timers()).toBe(0);
  });

  it('before the place was read asks nobody', async () => {
    const { poller, asked, clock } = aPollScene();
    const starting = poller.start();
    await poller.stop();
    await starting;
    await clock.advance(hour);
    expect(asked).toEqual([]);
  });
});
