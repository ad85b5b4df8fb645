import { describe, expect, it } from 'vitest';
import { alertKinds } from '../../src/core/core.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { lagging } from '../gateway/fake-core.ts';

const systems = [
  { id: 'wms', pulls: false, records: ['order', 'shipment'] },
  { id: 'erp', pulls: true, records: ['order'] },
];

const textOf = async (metrics: ReturnType<typeof createMetrics>) => (await metrics.expose(lagging)).text;

describe('metrics', () => {
  it('exist with 0 for everything configured before anything happened', async () => {
    const { text, contentType } = await createMetrics(systems).expose([]);
    for (const line of [
      'syncline_sync_lag_seconds{system="wms",record="shipment"} 0',
      'syncline_sync_duration_seconds_count{system="erp",record="order"} 0',
      'syncline_replicas{system="wms",state="unclear"} 0',
      'syncline_attempts_total{system="wms",outcome="delivered"} 0',
      'syncline_changes_total{system="erp",status="repeated"} 0',
      'syncline_breaker_state{system="wms"} 0',
      'syncline_feed_last_poll_timestamp_seconds{system="erp"} 0',
      'syncline_commit_duration_seconds_count 0',
      'syncline_relay_heartbeat_timestamp_seconds 0',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toMatch(/^syncline_event_loop_lag_seconds \d/m);
    for (const kind of alertKinds) expect(text).toContain(`syncline_alerts_total{kind="${kind}"} 0\n`);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain('syncline_feed_last_poll_timestamp_seconds{system="wms"}');
    expect(contentType).toContain('text/plain');
  });

  it('count what happens', async () => {
    const metrics = createMetrics(systems);
    metrics.changeTaken('wms', 'accepted', 3);
    metrics.attempt('wms', 'retry');
    metrics.breaker('wms', 'half_open');
    metrics.alert('ping_pong');
    metrics.commit(0.003);
    metrics.feedPolled('erp', 5_000);
    metrics.heartbeat(7_000);
    const text = await textOf(metrics);
    for (const line of [
      'syncline_changes_total{system="wms",status="accepted"} 3',
      'syncline_attempts_total{system="wms",outcome="retry"} 1',
      'syncline_breaker_state{system="wms"} 1',
      'syncline_alerts_total{kind="ping_pong"} 1',
      'syncline_commit_duration_seconds_count 1',
      'syncline_feed_last_poll_timestamp_seconds{system="erp"} 5',
      'syncline_relay_heartbeat_timestamp_seconds 7',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(metrics.lastFeedPoll('erp')).toBe(5_000);
    expect(metrics.lastFeedPoll('wms')).toBeUndefined();
  });

  it('fill lag and replicas at the scrape, and let them return to 0', async () => {
    const metrics = createMetrics(systems);
    const behind = await textOf(metrics);
    expect(behind).toContain('syncline_sync_lag_seconds{system="wms",record="order"} 4.2\n');
    expect(behind).toContain('syncline_replicas{system="wms",state="behind"} 12\n');
    expect(behind).toContain('syncline_replicas{system="erp",state="synced"} 3\n');
    const { text } = await metrics.expose([]);
    expect(text).toContain('syncline_sync_lag_seconds{system="wms",record="order"} 0\n');
    expect(text).toContain('syncline_replicas{system="wms",state="behind"} 0\n');
  });

  it('tell the sync duration of a system over all its records', async () => {
    const metrics = createMetrics(systems);
    for (let index = 0; index < 50; index += 1) metrics.synced('wms', 'order', 0.004);
    for (let index = 0; index < 50; index += 1) metrics.synced('wms', 'shipment', 0.4);
    const durations = await metrics.syncDurations();
    expect(durations.get('wms')?.p50).toBeCloseTo(0.005);
    expect(durations.get('wms')?.p99).toBeCloseTo(0.495);
    expect(durations.get('erp')).toEqual({ p50: null, p99: null });
  });
});
