import { describe, expect, it } from 'vitest';
import { timeline } from '../../src/gateway/schemas.ts';
import { createHub } from './hub.ts';

const hub = createHub();
const read = async (key: string) =>
  timeline.parse(await (await hub.send('/v1/records/order/ord_1/timeline?limit=50', { key })).json());

describe('the timeline', () => {
  it('tells changes, attempts and dead letters in the order it gets them', async () => {
    const { items, next } = await read('k-pii');
    expect(items.map(({ kind }) => kind)).toEqual(['dead_letter', 'attempt', 'change']);
    expect(items[1]).toEqual({
      at: '2026-11-23T05:00:00.000Z',
      kind: 'attempt',
      system: 'wms',
      seq: '7',
      outcome: 'retry',
      message: '503',
      status: 503,
      durationMs: 41,
    });
    expect(items[2]).toMatchObject({
      seq: '7',
      source: 'crm',
      units: { shipTo: { old: { shipTo: { street: '旧街 1 号' } }, new: { shipTo: { street: '新街 9 号' } } } },
    });
    expect(next).toBeNull();
    expect(hub.core.last('timeline')).toEqual(['ord_1', 50, null]);
  });

  it('masks old and new values without pii', async () => {
    const text = JSON.stringify(await read('k-read'));
    expect(text).not.toContain('街');
    expect(text).toContain('•••');
  });

  it('calls an acknowledgement an ack', async () => {
    const attempt = {
      at: 0,
      system: 'erp',
      type: 'order',
      recordId: 'ord_1',
      seq: 7,
      outcome: 'acknowledged',
      message: '',
      status: null,
      durationMs: null,
    } as const;
    const acked = createHub({ core: { timeline: async () => ({ items: [{ attempt }], next: 'n' }) } });
    const response = await acked.send('/v1/records/order/ord_1/timeline');
    expect(timeline.parse(await response.json()).items[0]?.kind).toBe('ack');
    expect(response.headers.get('link')).toBe('<http://localhost/v1/records/order/ord_1/timeline?after=n>; rel="next"');
  });

  it.each([
    ['a review', 'ret_1', {}],
    ['the answer to a task', 'tsk_1', { task: 'tsk_1' }],
  ])('tells %s with who, what and why', async (_, target, more) => {
    const detail = { type: 'reviewed', event: 'e1', decision: 'approve', reason: 'photos are fine' };
    const review = { at: 0, actor: 'mei', action: 'return.review', target, recordId: 'ret_1', detail };
    const told = createHub({ core: { timeline: async () => ({ items: [{ review }], next: null }) } });
    const response = await told.send('/v1/records/return/ret_1/timeline', { key: 'k-read' });
    expect(timeline.parse(await response.json()).items).toEqual([
      {
        at: '1970-01-01T00:00:00.000Z',
        kind: 'review',
        actor: 'mei',
        decision: 'approve',
        reason: 'photos are fine',
        ...more,
      },
    ]);
  });

  it('of an unknown record: 404', async () => {
    expect((await hub.send('/v1/records/order/nope/timeline')).status).toBe(404);
  });
});
