// Why an event is refused: with the state that forbids it, the law's reasons, or how much there is.
import { expect, it } from 'vitest';
import { applyEvent } from '../../../../src/policy/returns/life/apply.ts';
import type { ReturnEvent } from '../../../../src/policy/returns/life/events.ts';
import { newReturn, type ReturnState } from '../../../../src/policy/returns/life/state.ts';
import { shippedReturnsPolicy } from '../shipped.ts';

const policy = shippedReturnsPolicy();
const line = { orderLine: '1', quantity: 1, refundableMinor: 500 };
const given = { id: 'ret_1', kind: 'return_refund', invoiceIssued: false, requestedAt: 0, lines: [line] } as const;
const fresh: ReturnState = newReturn(given, policy.limits);

function why(state: ReturnState, told: object): string {
  const event = { id: 'x', at: 1, by: 'person', ...told } as ReturnEvent;
  const applied = applyEvent(state, event, policy);
  return 'refused' in applied ? `${applied.refused.message.en} | ${applied.refused.message.zh}` : '';
}

const paid: ReturnState = {
  ...fresh,
  regions: { ...fresh.regions, approval: 'approved', logistics: 'overdue', refund: 'clawback_open' },
  refunds: [{ seq: 1, amountMinor: 300, status: 'succeeded', dueAt: 0 }],
};
const inReview: ReturnState = {
  ...fresh,
  regions: { ...fresh.regions, approval: 'in_review' },
  protectedBy: 'eu-14day-withdrawal',
};

it.each<[string, ReturnState, object, RegExp]>([
  ['the state', fresh, { type: 'carrier_scanned' }, /carrier_scanned at approval requested \| .*approval requested/],
  [
    'what to do first',
    fresh,
    { type: 'reviewed', decision: 'decline', reason: 'x' },
    /"review_requested" brings it before a person.* \| .*review_requested/,
  ],
  [
    'the reasons of the law',
    inReview,
    { type: 'reviewed', decision: 'decline', reason: 'x' },
    /excluded_goods, sealed_goods_opened \| .*excluded_goods/,
  ],
  ['how much is out', paid, { type: 'clawback_recovered', amountMinor: 301 }, /than there are: 300 \|/],
  [
    'how much is left',
    { ...paid, regions: { ...paid.regions, logistics: 'received', refund: 'succeeded' } },
    { type: 'refund_released', amountMinor: 201, reason: 'x' },
    /than there are: 200 \|/,
  ],
  [
    'the lines that there are',
    { ...paid, regions: { ...paid.regions, logistics: 'in_transit', refund: 'none' } },
    { type: 'received', lines: [{ orderLine: '9', quantity: 1 }] },
    /it has: 1 \|/,
  ],
])('it names %s', (_, state, told, message) => {
  expect(why(state, told)).toMatch(message);
});
