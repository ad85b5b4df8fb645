// The definitions of the facts: windows and their ends, what counts and what does not, to the piece and the minor unit.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFacts } from '../../../../src/policy/facts.ts';
import type { Definitions } from '../../../../src/policy/returns/document.ts';
import { returnFacts } from '../../../../src/policy/returns/facts.ts';
import { definitions } from '../../../../src/policy/returns/profile/definitions.ts';
import type {
  CustomerHistory,
  OrderRow,
  ReturnRequest,
  ReturnRow,
} from '../../../../src/policy/returns/profile/history.ts';
import { overdueRefundFirst, profileOf, windowsOf } from '../../../../src/policy/returns/profile/profile.ts';
import { shippedReturnsPolicy } from '../shipped.ts';

const policy = shippedReturnsPolicy();
const day = 86_400_000;
const at = (text: string): number => Date.parse(text);
const now = at('2026-08-31T10:00:00+08:00');

const order = (more: Partial<OrderRow> = {}): OrderRow => ({
  ...{ orderId: 'ord_1', status: 'closed', currency: 'CNY', paidMinor: 10_000, refundedMinor: 0 },
  ...{ deliveredAt: now - day, pieces: 2, itemsMinor: 10_000 },
  ...more,
});
const returned = (more: Partial<ReturnRow> = {}): ReturnRow => ({
  ...{ returnId: 'ret_1', orderId: 'ord_1', requestedAt: now - day, approvedAt: now - day, status: 'closed' },
  ...{ fault: 'customer', currency: 'CNY', lines: [{ quantity: 1, unitPriceMinor: 5000, amountMinor: 5000 }] },
  ...{ isRefundFirst: false, receivedAt: null, shipBackBy: null },
  ...more,
});
const request: ReturnRequest = {
  ...{ at: now, reason: 'size', fault: 'customer', currency: 'CNY', deliveredAt: now - 2 * day },
  lines: [{ quantity: 1, unitPriceMinor: 10_000, amountMinor: 10_000 }],
};
const nothing: CustomerHistory = {
  orders: [],
  returns: [],
  refunds: [],
  addressChanges: [],
  identityVerifiedUntil: null,
};
const store = { refundFirstDecided: 0, refundFirstOverdue: 0, exposureMinor: 0 };

interface Given {
  history?: Partial<CustomerHistory>;
  request?: Partial<ReturnRequest>;
  store?: Partial<typeof store>;
  notBefore?: number;
  define?: Partial<Definitions>;
}

const profileWith = (given: Given) =>
  profileOf(
    { ...policy, define: { ...policy.define, ...given.define } },
    {
      history: { ...nothing, ...given.history },
      store: { ...store, ...given.store },
      request: { ...request, ...given.request },
      notBefore: given.notBefore ?? null,
    },
  );
const customer = (history: Partial<CustomerHistory>, more: Omit<Given, 'history'> = {}) =>
  profileWith({ history, ...more }).facts.customer as Record<string, unknown>;

const orders = (count: number, more: Partial<OrderRow> = {}) =>
  Array.from({ length: count }, (_, index) => order({ orderId: `ord_${index + 1}`, ...more }));

it('every fact has a definition, in both languages', () => {
  expect(definitions.map(({ path }) => path).sort()).toEqual(
    allFacts(returnFacts)
      .map(({ path }) => path)
      .sort(),
  );
  for (const { how } of definitions) expect(how.en !== '' && how.zh !== '').toBe(true);
});

describe('the return rate', () => {
  it('is known with three delivered orders, and rounded down', () => {
    const rate = (count: number) => {
      const { returnRateKnown, returnRateBp } = customer({ orders: orders(count), returns: [returned()] });
      return [returnRateKnown, returnRateBp];
    };
    expect([rate(0), rate(2), rate(3), rate(10), rate(11)]).toEqual([
      [false, 0],
      [false, 0],
      [true, 3333],
      [true, 1000],
      [true, 909],
    ]);
  });

  it('has a window of half a year by the calendar, its start in it and its end not', () => {
    // Aug 31 less six months is the last day of February, in Shanghai.
    const start = at('2026-02-28T10:00:00+08:00');
    const delivered = (deliveredAt: number | null) =>
      customer({ orders: orders(3, { deliveredAt }), returns: [returned()] }).returnRateKnown as boolean;
    expect([start - 1, start, now - 1, now, null].map(delivered)).toEqual([false, true, true, false, false]);
    const leap = profileWith({ request: { at: at('2024-08-31T10:00:00+08:00') } }).computed[0];
    expect(new Date(leap?.from ?? 0).toISOString()).toBe('2024-02-29T02:00:00.000Z');
  });

  it('counts an order once, by its delivery, whenever it was returned', () => {
    const twice = [returned(), returned({ returnId: 'ret_2' })];
    expect(customer({ orders: orders(4), returns: twice }).returnRateBp).toBe(2500);
    expect(customer({ orders: orders(4), returns: [returned({ orderId: 'ord_old' })] }).returnRateBp).toBe(0);
  });

  it.each<[string, Partial<ReturnRow>, number]>([
    ['declined', { status: 'declined' }, 0],
    ['cancelled', { status: 'cancelled' }, 0],
    ['of the merchant', { fault: 'merchant' }, 0],
    ['of the carrier', { fault: 'carrier' }, 0],
    ['of an unknown fault', { fault: 'unknown' }, 2500],
    ['never approved', { approvedAt: null, status: 'requested' }, 0],
    ['approved and open', { status: 'open' }, 2500],
  ])('one %s', (_, more, bp) => {
    expect(customer({ orders: orders(4), returns: [returned(more)] }).returnRateBp).toBe(bp);
  });

  it('counts what was refunded without an approval on record', () => {
    const refunds = [{ returnId: 'ret_1', succeededAt: now - day }];
    expect(customer({ orders: orders(4), returns: [returned({ approvedAt: null })], refunds }).returnRateBp).toBe(2500);
  });

  it('may be of pieces or of amounts', () => {
    const by = (basis: 'items' | 'amount') =>
      customer(
        { orders: orders(4), returns: [returned()] },
        { define: { returnRate: { ...policy.define.returnRate, basis } } },
      ).returnRateBp;
    expect([by('items'), by('amount')]).toEqual([1250, 1250]);
  });

  it('is never above all, whatever the rows say', () => {
    const rows = fc.record({
      orders: fc.array(fc.record({ id: fc.nat(5), ago: fc.nat(300), pieces: fc.nat(3), itemsMinor: fc.maxSafeNat() }), {
        maxLength: 9,
      }),
      returns: fc.array(fc.record({ of: fc.nat(7), amountMinor: fc.maxSafeNat(), quantity: fc.nat(9) }), {
        maxLength: 9,
      }),
      basis: fc.constantFrom('orders' as const, 'items' as const, 'amount' as const),
    });
    fc.assert(
      fc.property(rows, ({ orders: some, returns, basis }) => {
        const history = {
          orders: some.map((one) => order({ ...one, orderId: `ord_${one.id}`, deliveredAt: now - one.ago * day })),
          returns: returns.map(({ of, ...line }) =>
            returned({ orderId: `ord_${of}`, lines: [{ ...line, unitPriceMinor: 1 }] }),
          ),
        };
        const { returnRateBp } = customer(history, { define: { returnRate: { ...policy.define.returnRate, basis } } });
        expect(returnRateBp).toBeLessThanOrEqual(10_000);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the spend', () => {
  it('is paid less refunded over closed orders in the currency of the policy', () => {
    const rows = [
      order({ paidMinor: 300_000, refundedMinor: 50_000 }),
      order({ paidMinor: 250_000 }),
      order({ paidMinor: 900_000, status: 'open' }),
      order({ paidMinor: 900_000, currency: 'USD' }),
    ];
    expect(customer({ orders: rows }).lifetimeSpendMinor).toBe(500_000);
    expect(customer({ orders: [order({ refundedMinor: 20_000 })] }).lifetimeSpendMinor).toBe(0);
  });
});

describe('returns in the month', () => {
  const month = (returns: ReturnRow[], more: Omit<Given, 'history'> = {}) => customer({ returns }, more).returnsInMonth;

  it('count the request at hand: the fifth is the fifth', () => {
    expect([month([]), month(Array.from({ length: 4 }, () => returned()))]).toEqual([1, 5]);
    expect(month([returned()], { request: { fault: 'merchant' } })).toBe(1);
  });

  it('count whatever became of them, but for cancelled ones and those of merchant or carrier', () => {
    const all = [
      { status: 'declined' as const },
      { status: 'cancelled' as const },
      { fault: 'merchant' as const },
      { fault: 'carrier' as const },
    ];
    expect(month(all.map(returned))).toBe(2);
  });

  it('have a window of thirty days, or the month of the calendar in the zone of the policy', () => {
    const start = now - 30 * day;
    // One of the same instant is there already, and was decided before.
    const times = [start - 1, start, now - 1, now, now + 1];
    expect(times.map((requestedAt) => month([returned({ requestedAt })]))).toEqual([1, 2, 2, 2, 1]);
    const calendar = { define: { returnsInMonth: { ...policy.define.returnsInMonth, window: 'calendar_month' } } };
    const first = at('2026-08-01T00:00:00+08:00');
    expect([first - 1, first].map((requestedAt) => month([returned({ requestedAt })], calendar))).toEqual([1, 2]);
  });
});

describe('the first return', () => {
  it('has none before it that reached approval', () => {
    expect(customer({ returns: [returned({ approvedAt: null, status: 'declined' })] }).priorReturns).toBe(0);
    expect(customer({ returns: [returned({ status: 'cancelled' })] }).priorReturns).toBe(1);
  });
});

describe('high prices', () => {
  const line = (unitPriceMinor: number, quantity = 1) => ({
    quantity,
    unitPriceMinor,
    amountMinor: unitPriceMinor * quantity,
  });
  const high = (history: ReturnRow[], lines: ReturnRequest['lines'], more: Omit<Given, 'history'> = {}) => {
    const { highPriceItems, highPriceShareBp } = customer({ returns: history }, { ...more, request: { lines } });
    return [highPriceItems, highPriceShareBp];
  };

  it('count pieces from the threshold on, the request at hand too', () => {
    expect(high([], [line(100_000, 2), line(99_999)])).toEqual([2, 6666]);
    expect(high([returned({ lines: [line(100_000)] })], [line(100_000, 2)])).toEqual([3, 10_000]);
  });

  it('look back ninety days, and for a breaker no further than its last opening', () => {
    const old = returned({ requestedAt: now - 91 * day, lines: [line(100_000)] });
    const before = returned({ requestedAt: now - 10 * day, lines: [line(100_000)] });
    expect(high([old, before], [line(1)])[0]).toBe(1);
    expect(high([before], [line(1)], { notBefore: now - 5 * day })[0]).toBe(0);
    expect(high([before], [line(1)], { notBefore: now - 10 * day })[0]).toBe(1);
    expect(high([old], [line(1)], { notBefore: now - 100 * day })[0]).toBe(0);
  });

  it('leave out what was cancelled, is the fault of others, or in another currency', () => {
    const others = [{ status: 'cancelled' as const }, { fault: 'merchant' as const }, { currency: 'USD' }];
    expect(
      high(
        others.map((more) => returned({ ...more, lines: [line(100_000)] })),
        [line(1)],
      )[0],
    ).toBe(0);
  });
});

describe('the address', () => {
  const place = (division: string, street: string) => ({ division, street });
  const change = (from: string, to: string, when = now - day) => ({
    at: when,
    from: place('31', from),
    to: place('31', to),
  });

  it('changes with each other division or street that orders were moved to', () => {
    const changes = [change('a', 'b'), change('b', 'c'), change('c', 'b'), change('b', 'b')];
    expect(customer({ addressChanges: changes }).addressChanges).toBe(2);
    expect(
      customer({ addressChanges: [{ at: now - day, from: place('31', ''), to: place('32', '') }] }).addressChanges,
    ).toBe(1);
    expect(customer({ addressChanges: [change('a', 'b', now - 31 * day)] }).addressChanges).toBe(0);
  });

  it('needs no identity while one is verified', () => {
    const verified = (identityVerifiedUntil: number | null) => customer({ identityVerifiedUntil }).identityVerified;
    expect([null, now, now + 1].map(verified)).toEqual([false, false, true]);
  });
});

describe('refunding first', () => {
  const first = { isRefundFirst: true, status: 'open' as const, shipBackBy: now };

  it('is open from the decision until the goods are back', () => {
    const rows = [
      first,
      { ...first, receivedAt: now },
      { ...first, status: 'requested' as const, approvedAt: null },
      { ...first, status: 'cancelled' as const },
    ];
    expect(customer({ returns: rows.map(returned) }).openRefundFirst).toBe(2);
    expect(overdueRefundFirst(rows.map(returned), now)).toBe(1);
    expect(overdueRefundFirst(rows.map(returned), now - 1)).toBe(0);
  });

  it('is judged for a store with twenty of them', () => {
    const share = (refundFirstDecided: number) =>
      profileWith({ store: { refundFirstDecided, refundFirstOverdue: 1 } }).facts.store?.refundFirstOverdueShareBp;
    expect([share(19), share(20), share(33), share(34)]).toEqual([0, 500, 303, 294]);
  });
});

describe('the request', () => {
  it('counts days of the calendar from the day of delivery', () => {
    const days = (deliveredAt: number | null) =>
      profileWith({ request: { deliveredAt } }).facts.request?.deliveredDaysAgo;
    expect(days(at('2026-08-31T00:00:00+08:00'))).toBe(0);
    expect(days(at('2026-08-30T23:59:59+08:00'))).toBe(1);
    expect(days(at('2026-08-24T09:00:00+08:00'))).toBe(7);
    expect(days(null)).toBe(0);
  });

  it('with facts out of their bounds aborts, and is never decided upon', () => {
    expect(() => profileWith({ request: { fault: 'nobody' as never } })).toThrow('fact request.fault');
  });
});

it('a profile tells how each fact came about', () => {
  const { computed } = profileWith({ history: { orders: orders(4), returns: [returned()] } });
  expect(computed[0]).toEqual({
    path: 'customer.returnRateBp',
    how: { en: expect.stringContaining('share'), zh: expect.any(String) },
    value: 2500,
    from: at('2026-02-28T10:00:00+08:00'),
    to: now,
    counted: { returned: 1, delivered: 4 },
  });
});

it('windows say how far back rows are needed', () => {
  expect(windowsOf(policy, now)).toEqual({ addressChanges: now - 30 * day, decided: now - 90 * day });
});
