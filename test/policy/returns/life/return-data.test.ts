import { expect, it } from 'vitest';
import { recordSchema } from '../../../../src/model/records.ts';
import { returnData } from '../../../../src/policy/returns/life/return-data.ts';
import { day, decided, Run } from './run.ts';

it('is a canonical return, from request to end', () => {
  const run = new Run();
  const data = () => returnData(run.state, { decisionId: 'dec_1', level: 'orange' });
  const fits = () => {
    const filled = Object.fromEntries(Object.entries(data()).filter(([, value]) => value !== null));
    expect(recordSchema('return').safeParse(filled).error).toBeUndefined();
  };
  fits();
  expect(data()).toMatchObject({ status: 'requested', refundTiming: null, shipBackBy: null });
  run.tell({ type: 'decided', decided: decided({ refund: 'on_receipt', needs: ['identity'] }) });
  fits();
  expect(data()).toMatchObject({
    status: 'requested',
    needs: ['identity'],
    regions: { approval: 'awaiting_identity' },
  });
  run.tell({ type: 'identity_verified', decided: decided({ protectedBy: 'cn-7day-no-reason' }) });
  run.tell({ type: 'received', lines: [{ orderLine: '1', quantity: 2 }] });
  run.tell({ type: 'inspected', lines: [{ orderLine: '1', result: 'ok', disposition: 'restock' }] });
  fits();
  expect(data()).toMatchObject({
    status: 'open',
    lines: { 1: { orderLine: '1', quantity: 2, disposition: 'restock' }, 2: { quantity: 1 } },
    decideBy: '2026-11-27T04:00:00.000Z',
    shipBackBy: '2026-12-03T04:00:00.000Z',
    refundBy: '2026-12-03T15:59:59.999Z',
  });
  run.wait(8 * day);
  fits();
});
