// Polling over a real store: pages in a system's words become records, and the place outlives the process.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboundChange, Polled } from '../../src/connector/contract.ts';
import { createPoller } from '../../src/intake/poll.ts';
import { type Scene, scene } from '../core/scene.ts';
import { shopOrder } from '../core/words.ts';
import { type Line, recordingLog } from '../delivery/scene.ts';
import { fakeSource, later } from './fake-source.ts';

let hub: Scene;
beforeEach(async () => {
  hub = await scene();
});
afterEach(() => hub.close());

interface Round {
  cursors: (string | undefined)[];
  alerts: string[];
  log: Line[];
}

/** One round of a process of its own. */
async function poll(answer: (cursor: string | undefined) => Polled): Promise<Round> {
  const cursors: (string | undefined)[] = [];
  const alerts: string[] = [];
  const { log, lines } = recordingLog();
  const ended = later<void>();
  const source = fakeSource('shop', {
    polls: [{ record: 'order', everyMs: 60_000 }],
    poll: async ({ cursor }) => {
      cursors.push(cursor);
      return answer(cursor);
    },
  });
  const poller = createPoller({
    ...{ core: hub.core, connections: [source], batch: 2, log },
    clock: { now: hub.now, after: () => () => undefined },
    metrics: { alert: (kind) => alerts.push(kind), changeTaken: () => undefined },
    random: () => 0.5,
    isActive: () => true,
    onPolled: () => ended.resolve(),
  });
  await poller.start();
  await ended.promise;
  await poller.stop();
  return { cursors, alerts, log: lines };
}

const order = (number: number, more: object = {}): InboundChange => {
  const payload = shopOrder({ id: String(number), order_number: `SO-${number}`, ...more });
  return { record: 'order', id: String(number), data: JSON.stringify(payload) };
};
const numberOf = async (id: string): Promise<unknown> =>
  (await hub.core.record({ type: 'order', external: { system: 'shop', id } }))?.data.number;

describe('polled pages', () => {
  it('become records, page after page', async () => {
    const { cursors, alerts } = await poll((cursor) =>
      cursor === undefined
        ? { items: [order(1), order(2), order(3)], cursor: 'next', more: true }
        : { items: [order(4)], cursor: 'end', more: false },
    );
    expect(cursors).toEqual([undefined, 'next']);
    expect(await Promise.all(['1', '2', '3', '4'].map(numberOf))).toEqual(['SO-1', 'SO-2', 'SO-3', 'SO-4']);
    expect(alerts).toEqual([]);
  });

  it('are read on from the place where another process stopped', async () => {
    await poll(() => ({ items: [order(1)], cursor: 'after 1', more: false }));
    await hub.restart();
    const { cursors } = await poll(() => ({ items: [], cursor: 'after 1', more: false }));
    expect(cursors).toEqual(['after 1']);
  });

  it('with one order that cannot be read give the others, and say which and why', async () => {
    const { alerts, log } = await poll(() => ({
      items: [order(1), { record: 'order', id: '2', data: '{"colour":"red"}' }, order(3)],
      cursor: 'end',
      more: false,
    }));
    expect(await Promise.all(['1', '2', '3'].map(numberOf))).toEqual(['SO-1', undefined, 'SO-3']);
    expect(alerts).toEqual(['poll_invalid']);
    expect(log).toMatchObject([
      { level: 'warn', fields: { system: 'shop', record: 'order', count: 1, externalId: '2' } },
    ]);
    expect(String(log[0]?.fields.fault)).toMatch(/^\/data: /);
  });
});
