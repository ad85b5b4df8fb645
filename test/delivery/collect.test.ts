// What is counted of settlements, and in which batches they go.
import { describe, expect, it } from 'vitest';
import type { Settled, Settlement } from '../../src/core/core.ts';
import { Collector } from '../../src/delivery/collect.ts';
import { recordingLog } from './scene.ts';
import { stepClock } from './step-clock.ts';

const settlement = (recordId: string, outcome: Settlement['outcome'] = { kind: 'delivered' }): Settlement => ({
  system: 'wms',
  recordId,
  seq: 1,
  token: 't1',
  outcome,
  startedAt: 0,
  durationMs: 1,
});

function collecting(settle: (batch: Settlement[]) => Promise<Settled[]>) {
  const counted: string[] = [];
  const collector = new Collector({
    core: { settle },
    clock: stepClock(),
    log: recordingLog().log,
    counted: ({ recordId }) => counted.push(recordId),
    recovered: () => undefined,
  });
  return { collector, counted };
}

const settledAs = (state: Settled['state']) => async (batch: Settlement[]) =>
  batch.map(({ system, recordId }) => ({ system, recordId, state, outcome: 'delivered' }));

describe('settlements', () => {
  it('of one turn go together', async () => {
    const sizes: number[] = [];
    const { collector } = collecting((batch) => {
      sizes.push(batch.length);
      return settledAs('synced')(batch);
    });
    for (const id of ['a', 'b', 'c']) collector.add(settlement(id));
    await collector.drain();
    expect(sizes).toEqual([3]);
  });

  it('that the hub made itself are not counted as attempts', async () => {
    const { collector, counted } = collecting(settledAs('behind'));
    collector.add(settlement('a'));
    collector.add(settlement('b', { kind: 'unavailable', message: 'paused', sent: false, stopped: true }));
    await collector.drain();
    expect(counted).toEqual(['a']);
  });

  it('that came too late to matter are not counted', async () => {
    const { collector, counted } = collecting(settledAs(undefined));
    collector.add(settlement('a'));
    await collector.drain();
    expect(counted).toEqual([]);
  });
});
