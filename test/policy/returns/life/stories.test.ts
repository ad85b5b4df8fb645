// Returns from request to end, one by one: which move is allowed from where, by whom, and what each makes happen.
import { describe, expect, it } from 'vitest';
import { fieldAt } from '../../../../src/model/fields.ts';
import { alarmsOf } from '../../../../src/policy/returns/life/alarms.ts';
import { legalMoves, statusOf } from '../../../../src/policy/returns/life/regions.ts';
import { day, decided, hour, minute, Run, t0 } from './run.ts';

const all = [
  { orderLine: '1', quantity: 2 },
  { orderLine: '2', quantity: 1 },
];
const ok = (result: 'ok' | 'not_ok' | 'partial' = 'ok') => [
  { orderLine: '1', result: 'ok' as const, disposition: 'restock' as const },
  { orderLine: '2', result, disposition: result === 'ok' ? ('restock' as const) : ('scrap' as const) },
];

describe('a good customer', () => {
  it('is refunded first, sends the goods, and the return closes', () => {
    const run = new Run();
    expect(run.tell({ type: 'decided', decided: decided({ refund: 'before_return' }) })).toBeUndefined();
    expect(run.regions()).toBe('approved label_issued none scheduled expected');
    expect(run.state.reservedMinor).toBe(8001);
    run.wait(10 * minute);
    expect(run.effects()).toEqual(['label/ret_1', 'refund/ret_1/1']);
    run.tell({ type: 'refund_succeeded', seq: 1 }, { by: 'orders' });
    run.tell({ type: 'carrier_scanned' }, { by: 'wms' });
    run.tell({ type: 'received', lines: all }, { by: 'wms' });
    expect([run.released(), run.state.reservedMinor]).toEqual([8001, null]);
    run.tell({ type: 'inspected', lines: ok() }, { by: 'wms' });
    expect(run.regions()).toBe('approved received passed succeeded done');
    expect(statusOf(run.state.regions, false)).toBe('closed');
    expect(run.effects()).toEqual(['label/ret_1', 'refund/ret_1/1', 'restock/ret_1/1', 'restock/ret_1/2']);
    expect(run.made.at(-1)?.events).toContain('return.closed');
    expect(alarmsOf(run.state)).toEqual([]);
  });

  it('who sends nothing is reminded after three days, overdue after seven, and the money is asked back', () => {
    const run = new Run();
    run.tell({
      type: 'decided',
      decided: decided({ refund: 'before_return', permits: [{ breaker: 'b', openedAt: 1 }] }),
    });
    run.wait(hour);
    run.tell({ type: 'refund_succeeded', seq: 1 });
    run.wait(3 * day);
    expect(run.effects().at(-1)).toMatch(/^notify\/ret_1\/return-ship-back\//);
    run.wait(4 * day);
    expect(run.regions()).toBe('approved overdue none clawback_open expected');
    expect(run.effects().at(-1)).toBe('clawback/ret_1/1');
    expect([run.alerts(), run.news()]).toEqual([['return_overdue'], ['overdue']]);
    expect(run.tell({ type: 'clawback_recovered', amountMinor: 8002 })).toBe('too_much');
    run.tell({ type: 'clawback_recovered', amountMinor: 8001 });
    expect(run.regions()).toBe('approved lost none recovered none');
    expect(statusOf(run.state.regions, false)).toBe('closed');
    run.tell({ type: 'received', lines: all });
    expect(run.state.refunds.map(({ seq, amountMinor }) => [seq, amountMinor])).toEqual([
      [1, 8001],
      [2, 8001],
    ]);
  });

  it('whose goods come late is not asked any more', () => {
    const run = new Run();
    run.tell({ type: 'decided', decided: decided({ refund: 'before_return' }) });
    run.wait(hour);
    run.tell({ type: 'refund_succeeded', seq: 1 });
    run.wait(8 * day);
    run.tell({ type: 'carrier_scanned' });
    run.tell({ type: 'received', lines: all });
    expect(run.regions()).toBe('approved received pending succeeded expected');
    expect(run.effects().at(-1)).toMatch(/^task\/ret_1\/return_clawback_withdrawn/);
  });
});

it('money that is asked back twice is asked back under two keys', () => {
  const run = new Run();
  run.tell({ type: 'decided', decided: decided({ refund: 'before_return' }) });
  run.wait(hour);
  run.tell({ type: 'refund_succeeded', seq: 1 });
  run.tell({ type: 'clawback_opened', reason: 'never sent' });
  run.tell({ type: 'received', lines: all });
  run.tell({ type: 'inspected', lines: ok('not_ok') });
  run.tell({ type: 'clawback_opened', reason: 'worn' });
  expect(run.effects().filter((id) => id.startsWith('clawback/'))).toEqual(['clawback/ret_1/1', 'clawback/ret_1/2']);
});

describe('a refund', () => {
  const received = (refund: 'on_carrier_scan' | 'on_receipt' | 'after_inspection', lines = all) => {
    const run = new Run();
    run.tell({ type: 'decided', decided: decided({ refund }) });
    run.tell({ type: 'carrier_scanned' });
    const scanned = run.state.regions.refund;
    run.tell({ type: 'received', lines });
    return { run, scanned };
  };

  it('waits for the scan, the goods or their inspection, as it was decided', () => {
    expect(received('on_carrier_scan').scanned).toBe('scheduled');
    const onReceipt = received('on_receipt');
    expect([onReceipt.scanned, onReceipt.run.state.regions.refund]).toEqual(['none', 'scheduled']);
    const { run } = received('after_inspection');
    expect(run.state.regions.refund).toBe('none');
    run.tell({ type: 'inspected', lines: ok() });
    expect(run.state.refunds).toMatchObject([{ amountMinor: 8001, dueAt: t0 + 10 * minute }]);
  });

  it('is for what came back, and a person sees to the rest', () => {
    const { run } = received('on_receipt', [{ orderLine: '1', quantity: 1 }]);
    expect(run.state.refunds[0]?.amountMinor).toBe(1500);
    expect(run.effects().at(-1)).toMatch(/^task\/ret_1\/return_goods_differ/);
    run.wait(hour);
    run.tell({ type: 'refund_succeeded', seq: 1 });
    run.tell({
      type: 'received',
      lines: [
        { orderLine: '1', quantity: 1 },
        { orderLine: '2', quantity: 1 },
      ],
    });
    run.tell({ type: 'inspected', lines: ok() });
    expect(run.state.refunds.map(({ amountMinor }) => amountMinor)).toEqual([1500, 6501]);
  });

  it('after an inspection is for the lines that are in order; a person releases more, never more than was paid', () => {
    const { run } = received('after_inspection');
    run.tell({ type: 'inspected', lines: ok('not_ok') });
    expect([run.state.regions.inspection, run.state.refunds[0]?.amountMinor]).toEqual(['partial', 3001]);
    run.wait(hour);
    run.tell({ type: 'refund_succeeded', seq: 1 });
    expect(run.tell({ type: 'refund_released', amountMinor: 5001, reason: 'goodwill' })).toBe('too_much');
    expect(run.tell({ type: 'refund_released', amountMinor: 5000, reason: ' ' })).toBe('no_reason');
    expect(run.tell({ type: 'refund_released', amountMinor: 5000, reason: 'goodwill' })).toBeUndefined();
    expect(run.state.refunds.map(({ seq, amountMinor }) => [seq, amountMinor])).toEqual([
      [1, 3001],
      [2, 5000],
    ]);
  });

  it('that failed is sent again under its number; one whose answer was lost is asked about', () => {
    const { run } = received('on_receipt');
    run.wait(hour);
    run.tell({ type: 'refund_unknown', seq: 1 });
    expect(run.tell({ type: 'refund_retried', seq: 1 })).toBe('not_now');
    run.tell({ type: 'refund_failed', seq: 1 });
    run.tell({ type: 'refund_retried', seq: 1 });
    run.tell({ type: 'refund_failed', seq: 1 });
    run.tell({ type: 'refund_succeeded', seq: 1 }, { by: 'orders' });
    expect(run.state.regions.refund).toBe('succeeded');
    expect(run.effects().filter((id) => id.startsWith('refund/'))).toEqual(['refund/ret_1/1']);
    expect(run.alerts()).toEqual(['return_refund_unknown', 'return_refund_failed', 'return_refund_failed']);
  });

  it('of an order with an invoice asks for the red one', () => {
    const run = new Run({ invoiceIssued: true });
    run.tell({ type: 'decided', decided: decided({ refund: 'before_return' }) });
    run.wait(hour);
    run.tell({ type: 'refund_succeeded', seq: 1 });
    expect(run.effects().at(-1)).toMatch(/^task\/ret_1\/red_invoice/);
  });

  it('without goods goes out at once or by a person', () => {
    const at = (refund: 'before_return' | 'on_receipt') => {
      const run = new Run({ kind: 'refund_only' });
      run.tell({ type: 'decided', decided: decided({ refund }) });
      return run;
    };
    expect(at('before_return').regions()).toBe('approved not_required none scheduled none');
    const run = at('on_receipt');
    expect(run.regions()).toBe('in_review none none none none');
    run.tell({ type: 'reviewed', decision: 'approve', reason: 'broken, not worth sending' });
    expect(run.regions()).toBe('approved not_required none scheduled none');
  });
});

describe('what is asked of the customer', () => {
  it('evidence: passed it approves, doubtful it goes to a person, and may be shown again twice', () => {
    const asked = () => {
      const run = new Run();
      run.tell({ type: 'decided', decided: decided({ needs: ['evidence'], refund: 'before_return' }) });
      return run;
    };
    const shown = (...outcomes: ('pass' | 'review' | 'resubmit')[]) => {
      const run = asked();
      for (const outcome of outcomes) run.tell({ type: 'evidence_submitted', outcome });
      return run.state.regions.approval;
    };
    expect(asked().regions()).toBe('awaiting_evidence none none none none');
    expect(shown('pass')).toBe('approved');
    expect(shown('review')).toBe('in_review');
    expect(shown('resubmit', 'resubmit')).toBe('awaiting_evidence');
    expect(shown('resubmit', 'resubmit', 'pass')).toBe('approved');
    expect(shown('resubmit', 'resubmit', 'resubmit')).toBe('in_review');
    const run = asked();
    run.tell({ type: 'evidence_submitted', outcome: 'review' });
    expect([run.released(), run.state.reservedMinor]).toEqual([8001, null]);
  });

  it('identity: decided again once it is verified; for a person both are collected first', () => {
    const run = new Run();
    run.tell({ type: 'decided', decided: decided({ approval: 'manual', needs: ['evidence', 'identity'] }) });
    run.tell({ type: 'evidence_submitted', outcome: 'pass' });
    expect(run.state.regions.approval).toBe('awaiting_identity');
    run.tell({ type: 'identity_verified', decided: decided() }, { by: 'orders' });
    expect(run.state.regions.approval).toBe('in_review');
    const auto = new Run();
    auto.tell({ type: 'decided', decided: decided({ needs: ['identity'], refund: 'on_carrier_scan' }) });
    auto.tell({ type: 'identity_verified', decided: decided({ refund: 'before_return' }) });
    expect(auto.regions()).toBe('approved label_issued none scheduled expected');
    expect(auto.made.at(-1)?.identityVerifiedUntil).toBe(t0 + 30 * day);
  });

  it('a person can always be asked, also after a decline or a lapse', () => {
    const run = new Run();
    run.tell({ type: 'decided', decided: decided({ needs: ['identity'] }) });
    expect(run.tell({ type: 'review_requested' })).toBeUndefined();
    expect(run.tell({ type: 'review_requested' })).toBe('not_now');
    run.tell({ type: 'reviewed', decision: 'decline', reason: 'worn' });
    expect(run.state.regions.approval).toBe('declined');
    run.tell({ type: 'review_requested' });
    expect(run.state.regions.approval).toBe('in_review');
    run.tell({ type: 'reviewed', decision: 'approve', reason: 'looked again' });
    run.wait(7 * day);
    expect([run.state.regions.approval, statusOf(run.state.regions, false)]).toEqual(['expired', 'cancelled']);
    run.tell({ type: 'review_requested' });
    run.tell({ type: 'reviewed', decision: 'approve', reason: 'was ill' });
    expect(run.regions()).toBe('approved label_issued none none expected');
    expect(run.effects().filter((id) => id.startsWith('label/'))).toEqual(['label/ret_1']);
    run.tell({ type: 'review_requested' });
    expect(run.effects().at(-1)).toMatch(/^task\/ret_1\/return_refund_timing/);
  });
});

describe('nobody may', () => {
  it.each([
    ['decline but a person', { type: 'reviewed', decision: 'decline', reason: 'x' }, 'policy', 'not_by'],
    ['decide but the policy', { type: 'decided', decided: decided() }, 'person', 'not_by'],
    ['approve by a report', { type: 'reviewed', decision: 'approve', reason: 'x' }, 'wms', 'not_by'],
    ['set off an alarm but the clock', { type: 'alarm', alarm: 'decide_by' }, 'person', 'not_by'],
    ['set it off before its time', { type: 'alarm', alarm: 'decide_by' }, 'clock', 'not_due'],
    ['receive what was not approved', { type: 'received', lines: all }, 'wms', 'not_now'],
    ['refund what was not approved', { type: 'refund_released', amountMinor: 1, reason: 'x' }, 'person', 'not_now'],
    ['receive lines of others', { type: 'received', lines: [{ orderLine: '9', quantity: 1 }] }, 'wms', 'unknown_line'],
  ] as const)('%s', (_, fact, by, reason) => {
    expect(new Run().tell(fact, { by })).toBe(reason);
  });

  it('cancel once the goods are on their way, or money is out', () => {
    const sent = new Run();
    sent.tell({ type: 'decided', decided: decided() });
    sent.tell({ type: 'carrier_scanned' });
    expect(sent.tell({ type: 'cancelled' })).toBe('not_now');
    const paid = new Run();
    paid.tell({ type: 'decided', decided: decided({ refund: 'before_return' }) });
    paid.wait(10 * minute);
    expect(paid.tell({ type: 'cancelled' })).toBe('refunded');
    const early = new Run();
    early.tell({
      type: 'decided',
      decided: decided({ refund: 'before_return', permits: [{ breaker: 'b', openedAt: 1 }] }),
    });
    early.wait(9 * minute);
    expect(early.tell({ type: 'cancelled' })).toBeUndefined();
    expect(early.regions()).toBe('cancelled none none none none');
    expect([early.released(), early.news()]).toEqual([8001, ['permit_returned']]);
    expect(early.wait(day).effects()).toEqual(['label/ret_1']);
  });
});

describe('a return that a law protects', () => {
  const inReview = () => {
    const run = new Run();
    run.tell({ type: 'decided', decided: decided({ approval: 'manual', protectedBy: 'cn-7day-no-reason' }) });
    return run;
  };

  it('is declined by a person for a reason of the law alone', () => {
    const run = inReview();
    expect(run.tell({ type: 'reviewed', decision: 'decline', reason: 'too many returns' })).toBe('protected');
    expect(run.tell({ type: 'reviewed', decision: 'decline', reason: 'goods_not_intact' })).toBeUndefined();
  });

  it('is approved when nobody decided in time, refunded after inspection; any other waits for a person with an alert', () => {
    const run = inReview().wait(day);
    expect([run.regions(), run.state.terms?.refund]).toEqual([
      'approved label_issued none none expected',
      'after_inspection',
    ]);
    const other = new Run();
    other.tell({ type: 'decided', decided: decided({ needs: ['identity'] }) });
    other.wait(day);
    expect([other.state.regions.approval, other.alerts()]).toEqual(['in_review', ['return_decide_by_passed']]);
  });

  it('is paid by its time although the goods are still being looked at', () => {
    const run = inReview().wait(day);
    run.tell({ type: 'carrier_scanned' });
    run.tell({ type: 'received', lines: all });
    // Received on Nov 27 at noon in Shanghai: seven days from the day after it are over with Dec 4.
    expect(new Date(run.state.refundBy ?? 0).toISOString()).toBe('2026-12-04T15:59:59.999Z');
    run.wait(8 * day);
    expect(run.state.regions.refund).toBe('submitted');
    expect(run.alerts()).toEqual(['return_decide_by_passed', 'return_refund_by_near', 'return_refund_by_passed']);
  });
});

describe('goods', () => {
  const arrived = (result: 'ok' | 'not_ok') => {
    const run = new Run();
    run.tell({
      type: 'decided',
      decided: decided({ refund: 'after_inspection', permits: [{ breaker: 'b', openedAt: 1 }] }),
    });
    run.tell({ type: 'received', lines: all });
    run.tell({ type: 'inspected', lines: ok(result).map((line) => ({ ...line, result })) });
    return run;
  };

  it('that are not in order leave the refund to a person, who may decline it', () => {
    const run = arrived('not_ok');
    expect(run.regions()).toBe('approved received failed none done');
    expect([run.effects().at(-1), run.news()]).toEqual([expect.stringContaining('return_goods_differ'), ['inspected']]);
    run.tell({ type: 'reviewed', decision: 'decline', reason: 'worn' });
    expect(run.state.regions.approval).toBe('declined');
  });

  it('in order cannot be declined any more', () => {
    expect(arrived('ok').tell({ type: 'reviewed', decision: 'decline', reason: 'worn' })).toBe('not_now');
  });

  it('that the carrier lost are for a person', () => {
    const run = new Run();
    run.tell({ type: 'decided', decided: decided() });
    run.tell({ type: 'carrier_scanned' });
    run.tell({ type: 'lost' });
    expect(run.regions()).toBe('approved lost none none none');
    expect(statusOf(run.state.regions, false)).toBe('open');
    run.tell({ type: 'refund_released', amountMinor: 8001, reason: 'lost by our carrier' });
    run.wait(hour);
    run.tell({ type: 'refund_succeeded', seq: 1 });
    expect(statusOf(run.state.regions, false)).toBe('closed');
  });

  it('that come for a return that lapsed are seen by a person', () => {
    const run = new Run();
    run.tell({ type: 'decided', decided: decided() });
    run.wait(8 * day);
    expect(run.state.regions.approval).toBe('expired');
    run.tell({ type: 'received', lines: all });
    expect(run.effects().at(-1)).toMatch(/^task\/ret_1\/return_goods_differ/);
  });

  it('for an exchange make no refund', () => {
    const run = new Run({ kind: 'exchange' });
    run.tell({ type: 'decided', decided: decided({ refund: 'before_return' }) });
    run.tell({ type: 'received', lines: all });
    run.tell({ type: 'inspected', lines: ok() });
    expect([run.state.refunds, statusOf(run.state.regions, true)]).toEqual([[], 'closed']);
    expect(run.effects().at(-1)).toMatch(/^task\/ret_1\/return_exchange/);
  });
});

it('a repeat changes nothing', () => {
  const run = new Run();
  const event = run.event({ type: 'decided', decided: decided({ refund: 'before_return' }) });
  run.apply(event);
  const before = run.state;
  run.apply(event);
  expect([run.state, run.made.length]).toEqual([before, 1]);
});

it('the states of every region are those of the model', () => {
  for (const [region, moves] of Object.entries(legalMoves))
    expect([...(fieldAt('return', `regions.${region}`)?.values ?? [])].sort()).toEqual(Object.keys(moves).sort());
});
