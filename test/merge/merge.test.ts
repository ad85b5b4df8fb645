import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/merge/document.ts';
import { release, sureImage } from '../../src/merge/merge.ts';
import type { Memory, MergeResult } from '../../src/merge/types.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { orderDocument, policyOf } from './order-document.ts';
import { deliver, type Scene, say, sceneOf, start } from './scene.ts';

const policy = policyOf(orderDocument);
const A = { street: 'A', city: 'Hangzhou' };
const B = { street: 'B', city: 'Hangzhou' };
const C = { street: 'C', city: 'Shanghai' };
const yuan = (amount: number): JsonObject => ({ amount, currency: 'CNY' });

/** shop, crm and wms all hold the same order with address A. */
function settled(more: JsonObject = {}): Scene {
  const scene = sceneOf(policy);
  say(
    scene,
    'shop',
    { number: 'SO-1', shipTo: A, payable: yuan(100), fulfillmentStatus: null, ...more },
    { at: start },
  );
  deliver(scene, 'shop');
  deliver(scene, 'crm');
  deliver(scene, 'wms');
  return scene;
}

const summary = (result: MergeResult): unknown => ({
  applied: result.applied.map(({ unit }) => unit),
  refused: result.refused.map(({ unit, reason }) => `${unit} ${reason}`),
  restore: result.restore,
  echoes: result.ambiguousEchoes,
});
const nothing = { applied: [], refused: [], restore: [], echoes: [] };
const only = (part: object): unknown => ({ ...nothing, ...part });
const image = (scene: Scene, system: string): JsonObject => scene.memories.get(system)?.image ?? {};
const data = (scene: Scene): JsonObject => scene.record?.data ?? {};

describe('a new record', () => {
  it('takes everything its maker may write, with one stamp per unit', () => {
    const scene = sceneOf(policy);
    const result = say(
      scene,
      'shop',
      { number: 'SO-1', shipTo: A, payable: yuan(1), tags: ['x'], buyerNote: null },
      { at: start },
    );
    expect(summary(result)).toEqual(
      only({ applied: ['shipTo', 'money', 'number'], refused: ['tags not_a_writer'], restore: ['tags'] }),
    );
    expect(result.stamps.shipTo).toEqual({ source: 'shop', at: start, version: 1 });
    expect(result.applied[0]).toEqual({ unit: 'shipTo', from: {}, to: { shipTo: A }, ambiguous: false });
    expect(result.memory).toMatchObject({ image: { number: 'SO-1', tags: ['x'] }, seen: { shipTo: start }, past: {} });
  });

  it('is never frozen, a stub being filled neither', () => {
    const scene = sceneOf(policy);
    scene.record = { version: 0, data: {}, stamps: {} };
    expect(summary(say(scene, 'shop', { fulfillmentStatus: null, shipTo: A }))).toEqual(only({ applied: ['shipTo'] }));
  });
});

describe('1. unchanged', () => {
  it('what the system is known to hold is no edit, and nothing at all changes', () => {
    const scene = settled();
    const before = scene.memories.get('wms');
    const result = say(scene, 'wms', {
      shipTo: { city: 'Hangzhou', street: 'A' },
      payable: yuan(100),
      sellerNote: null,
    });
    expect(summary(result)).toEqual(nothing);
    expect(result.memory).toBe(before);
    expect(result.data).toBe(data(scene));
  });

  it('a copy that was cut on the way reverts nothing (story 3)', () => {
    const scene = settled();
    say(scene, 'shop', { buyerNote: 'x'.repeat(60) });
    deliver(scene, 'erp', { ...data(scene), buyerNote: 'x'.repeat(40) });
    expect(summary(say(scene, 'erp', { buyerNote: 'x'.repeat(40), number: 'SO-1' }))).toEqual(nothing);
    expect(data(scene).buyerNote).toBe('x'.repeat(60));
  });

  it('what is canonical already is no edit, though the system was not known to hold it: no refusal either', () => {
    const scene = settled();
    const result = say(scene, 'newcomer', { payable: yuan(100), tags: [] });
    expect(summary(result)).toEqual(only({ refused: [], applied: [] }));
    expect(result.memory?.image).toMatchObject({ payable: yuan(100) });
  });

  it('a set in another order is the same set', () => {
    const scene = settled();
    say(scene, 'crm', { tags: ['a', 'b'] });
    expect(summary(say(scene, 'crm', { tags: ['b', 'a'] }))).toEqual(nothing);
  });
});

describe('2. echo of what is in flight', () => {
  const inFlight = (): Scene => {
    const scene = settled();
    say(scene, 'crm', { shipTo: B });
    scene.inFlight.set('wms', [data(scene)]);
    return scene;
  };

  it('is dropped, whole or in part, and leaves the image for the settlement', () => {
    for (const patch of [{ shipTo: B }, { shipTo: { street: 'B' } }]) {
      const scene = inFlight();
      expect(summary(say(scene, 'wms', patch))).toEqual(nothing);
      expect(image(scene, 'wms').shipTo).toEqual(A);
    }
  });

  it('does not cover another value', () => {
    expect(summary(say(inFlight(), 'wms', { shipTo: C }))).toEqual(
      only({ refused: ['shipTo not_a_writer'], restore: ['shipTo'] }),
    );
  });

  it('our own actor in the payload proves an echo of anything', () => {
    expect(summary(say(settled(), 'wms', { shipTo: C }, { ours: true }))).toEqual(nothing);
  });

  it('an edit that overtakes a push wins over it (story 6)', () => {
    const scene = inFlight();
    scene.inFlight.set('crm', [{ ...data(scene), shipTo: B }]);
    expect(summary(say(scene, 'crm', { shipTo: C }))).toEqual(only({ applied: ['shipTo'] }));
    expect(image(scene, 'crm').shipTo).toEqual(C);
    deliver(scene, 'crm', { ...data(scene), shipTo: B });
    expect(image(scene, 'crm').shipTo).toEqual(B);
    expect(data(scene).shipTo).toEqual(C);
  });
});

describe('3. a late echo (story 4)', () => {
  const replaced = (): Scene => {
    const scene = settled();
    say(scene, 'shop', { shipTo: B });
    deliver(scene, 'crm');
    deliver(scene, 'wms');
    return scene;
  };

  it('without a time is an echo, flagged, and nothing changes', () => {
    const scene = replaced();
    expect(summary(say(scene, 'crm', { shipTo: A }))).toEqual(only({ echoes: ['shipTo'] }));
    expect(summary(say(scene, 'wms', { shipTo: A }))).toEqual(only({ echoes: ['shipTo'] }));
    expect([data(scene).shipTo, image(scene, 'crm').shipTo]).toEqual([B, B]);
  });

  it('with a time that is not trusted likewise', () => {
    const scene = replaced();
    expect(summary(say(scene, 'crm', { shipTo: A }, { at: scene.now + 900, trust: 'none' }))).toEqual(
      only({ echoes: ['shipTo'] }),
    );
  });

  it('with a time before our last send is an echo, proved', () => {
    expect(summary(say(replaced(), 'crm', { shipTo: A }, { at: start }))).toEqual(nothing);
  });

  it('with a newer time is an edit; of a non-writer it is refused and put right', () => {
    const scene = replaced();
    expect(summary(say(scene, 'wms', { shipTo: A }, { at: scene.now + 900 }))).toEqual(
      only({ refused: ['shipTo not_a_writer'], restore: ['shipTo'] }),
    );
    expect(summary(say(scene, 'crm', { shipTo: A }, { at: scene.now + 900 }))).toEqual(only({ applied: ['shipTo'] }));
  });

  it('a poll that began after our last send reads an edit', () => {
    const scene = replaced();
    expect(summary(say(scene, 'crm', { shipTo: A }, { since: start }))).toEqual(only({ echoes: ['shipTo'] }));
    expect(summary(say(scene, 'crm', { shipTo: A }, { since: scene.now }))).toEqual(only({ applied: ['shipTo'] }));
  });

  it('sixteen values are remembered, for a day', () => {
    const scene = settled();
    for (let step = 0; step < 17; step++) {
      say(scene, 'shop', { shipTo: { street: `S${step}` } });
      deliver(scene, 'crm');
    }
    expect(scene.memories.get('crm')?.past.shipTo).toHaveLength(16);
    expect(summary(say(scene, 'crm', { shipTo: { street: 'S0', city: 'Hangzhou' } }))).toEqual(
      only({ echoes: ['shipTo'] }),
    );
    expect(summary(say(scene, 'crm', { shipTo: A }))).toEqual(only({ applied: ['shipTo'] }));
    const aged = replaced();
    aged.now += 25 * 3_600_000;
    expect(summary(say(aged, 'crm', { shipTo: A }))).toEqual(only({ applied: ['shipTo'] }));
  });

  it('what a system replaced by its own edit is no echo: its edits count in order of arrival', () => {
    const scene = settled();
    for (const street of ['1', '2', '1', '3', '2']) {
      expect(summary(say(scene, 'shop', { shipTo: { street } }))).toEqual(only({ applied: ['shipTo'] }));
    }
    expect(summary(say(scene, 'crm', { shipTo: { street: 'mine' } }))).toEqual(only({ applied: ['shipTo'] }));
    expect(summary(say(scene, 'crm', { shipTo: A }))).toEqual(only({ echoes: ['shipTo'] }));
    say(scene, 'shop', { shipTo: B });
    deliver(scene, 'shop', { ...data(scene), buyerNote: 'sent' });
    expect(scene.memories.get('shop')?.own).toEqual(['shipTo', 'money', 'number']);
    deliver(scene, 'shop', { ...data(scene), shipTo: C });
    expect(scene.memories.get('shop')?.own).toEqual(['money', 'number']);
    expect(summary(say(scene, 'shop', { shipTo: B }))).toEqual(nothing);
  });

  it('a source with a clock may take its own edit back, however late that is heard of', () => {
    const scene = settled();
    scene.now += 60_000;
    const t = scene.now;
    say(scene, 'crm', { shipTo: B }, { at: t - 50_000 });
    deliver(scene, 'crm', { ...data(scene), buyerNote: 'another unit' });
    expect(summary(say(scene, 'crm', { shipTo: A }, { at: t - 40_000 }))).toEqual(only({ applied: ['shipTo'] }));
  });

  it('that says what is canonical again is not flagged, and the system is not believed to hold it', () => {
    const scene = replaced();
    expect(summary(say(scene, 'shop', { shipTo: A }))).toEqual(only({ applied: ['shipTo'] }));
    expect(summary(say(scene, 'crm', { shipTo: A }))).toEqual(nothing);
    expect(image(scene, 'crm').shipTo).toEqual(B);
  });

  it('an absent value may come late as well', () => {
    const scene = settled();
    say(scene, 'shop', { buyerNote: 'hi' });
    deliver(scene, 'crm');
    expect(summary(say(scene, 'crm', { buyerNote: null }))).toEqual(only({ echoes: ['buyerNote'] }));
    expect(data(scene).buyerNote).toBe('hi');
  });
});

describe('4. stale', () => {
  it('an older time than the same source gave before is refused and moves nothing', () => {
    const scene = settled();
    say(scene, 'crm', { shipTo: B }, { at: start + 50_000 });
    const result = say(scene, 'crm', { shipTo: C }, { at: start + 40_000 });
    expect(summary(result)).toEqual(only({ refused: ['shipTo stale'] }));
    expect(image(scene, 'crm').shipTo).toEqual(B);
    expect(result.refused[0]?.message).toContain('crm has already sent a newer shipTo');
  });

  it('each unit has its own time, and edits without a time count as they arrive', () => {
    const scene = settled();
    say(scene, 'crm', { shipTo: B }, { at: start + 50_000 });
    expect(summary(say(scene, 'crm', { buyerNote: 'n' }, { at: start + 40_000 }))).toEqual(
      only({ applied: ['buyerNote'] }),
    );
    expect(summary(say(scene, 'crm', { shipTo: C }))).toEqual(only({ applied: ['shipTo'] }));
  });

  it('a clock that was a day ahead and is put right makes nothing stale', () => {
    const scene = settled();
    say(scene, 'crm', { shipTo: B }, { at: start + 86_400_000 });
    expect(summary(say(scene, 'crm', { shipTo: C }, { at: scene.now + 900 }))).toEqual(only({ applied: ['shipTo'] }));
  });

  it('that agrees with the record is no refusal, nor proof of what the system holds', () => {
    const scene = settled();
    say(scene, 'crm', { shipTo: B }, { at: start + 50_000 });
    deliver(scene, 'shop');
    say(scene, 'shop', { shipTo: C }, { at: start + 60_000 });
    expect(summary(say(scene, 'crm', { shipTo: C }, { at: start + 45_000 }))).toEqual(nothing);
    expect(image(scene, 'crm').shipTo).toEqual(B);
  });
});

describe('5. held', () => {
  it('refuses everyone until a person releases the unit', () => {
    const scene = settled();
    const stamp = scene.record?.stamps.shipTo;
    if (!scene.record || !stamp) throw new Error('no stamp');
    scene.record.stamps = { shipTo: { ...stamp, held: scene.now, trail: [['x', 1]] } };
    expect(summary(say(scene, 'crm', { shipTo: B }))).toEqual(only({ refused: ['shipTo held'], restore: ['shipTo'] }));
    expect(image(scene, 'crm').shipTo).toEqual(B);
    expect(summary(say(scene, 'console', { shipTo: C }))).toEqual(only({ refused: ['shipTo held'] }));
    scene.record.stamps = release(scene.record.stamps, 'shipTo', scene.now);
    expect(scene.record.stamps.shipTo).toEqual(stamp);
    expect(summary(say(scene, 'console', { shipTo: C }))).toEqual(only({ applied: ['shipTo'] }));
    expect(release(scene.record.stamps, 'toString', scene.now)).toBe(scene.record.stamps);
  });
});

describe('6. not a writer (story 7)', () => {
  it('is refused by name and put right; the copy is known to hold what it said', () => {
    const scene = settled();
    const result = say(scene, 'wms', { payable: yuan(1), fulfillmentStatus: 'picking' });
    expect(summary(result)).toEqual(
      only({ applied: ['fulfillment'], refused: ['money not_a_writer'], restore: ['money'] }),
    );
    expect(result.refused[0]?.message).toBe('only shop may change money');
    expect(image(scene, 'wms').payable).toEqual(yuan(1));
    expect(data(scene).payable).toEqual(yuan(100));
    expect(say(scene, 'wms', { shipTo: B }).refused[0]?.message).toBe('only shop and crm may change shipTo');
    expect(say(scene, 'wms', { holds: { fraud: { reason: 'x' } } }).refused[0]?.message).toBe(
      'only policy and console may change holds',
    );
  });

  it('the console writes unless told otherwise, and has no copy to put right', () => {
    const scene = settled({ lines: { 1: { lineNo: '1', sku: 'A', quantity: 2 } } });
    expect(summary(say(scene, 'console', { payable: yuan(5) }))).toEqual(only({ applied: ['money'] }));
    const result = say(scene, 'console', { lines: { 1: { shippedQuantity: 1 } } });
    expect(summary(result)).toEqual(only({ refused: ['shippedLines not_a_writer'] }));
    expect(result.memory).toBeUndefined();
  });
});

describe('7. frozen', () => {
  const at = (fulfillmentStatus: string): Scene => {
    const scene = settled();
    say(scene, 'wms', { fulfillmentStatus });
    return scene;
  };

  it('deny refuses, puts the source right and opens a task where the document asks for one', () => {
    const scene = at('shipped');
    const result = say(scene, 'crm', { shipTo: B });
    expect(summary(result)).toEqual(only({ refused: ['shipTo frozen'], restore: ['shipTo'] }));
    expect(result.refused[0]?.message).toBe('fulfillmentStatus is shipped: shipTo may no longer change');
    expect(result.tasks).toEqual([{ unit: 'shipTo', reason: 'frozen', said: { shipTo: B }, kept: { shipTo: A } }]);
    expect(say(scene, 'crm', { deliveryWindow: { note: 'am' } }).tasks).toEqual([]);
    expect(summary(say(scene, 'console', { shipTo: B }))).toEqual(only({ refused: ['shipTo frozen'] }));
  });

  it('ask says whom to ask, with a task', () => {
    const result = say(at('picking'), 'crm', { deliveryWindow: { note: 'am' } });
    expect(result.refused[0]).toMatchObject({
      reason: 'frozen',
      message: expect.stringContaining('only wms can still allow a change'),
    });
    expect(result.tasks).toMatchObject([{ unit: 'deliveryWindow', reason: 'frozen' }]);
    expect(result.restore).toEqual(['deliveryWindow']);
  });

  it('allow and stages that the table does not name let it pass; a table may be read by another field', () => {
    expect(summary(say(at('partially_shipped'), 'crm', { shipTo: B }))).toEqual(only({ applied: ['shipTo'] }));
    const scene = settled();
    say(scene, 'erp', { invoice: { status: 'issued' } });
    expect(summary(say(scene, 'crm', { invoice: { title: 'x' } }))).toEqual(
      only({ refused: ['invoiceTitle frozen'], restore: ['invoiceTitle'] }),
    );
  });
});

describe('8. concurrent edits', () => {
  /** shop and crm hold A; shop says B at `start + 20 s`, and crm has not seen it. */
  const rival = (): Scene => {
    const scene = settled();
    scene.now = start + 19_000;
    say(scene, 'shop', { shipTo: B }, { at: start + 20_000 });
    scene.now = start + 40_000;
    return scene;
  };

  it.each([
    ['an older edit loses', { at: start + 19_000 }, false, false],
    ['a newer edit wins', { at: start + 21_000 }, true, false],
    ['at the same time the tie order decides', { at: start + 20_000 }, true, false],
    ['a skewed clock counts like another', { at: start + 19_000, trust: 'skewed' as const }, false, false],
    ['a time in the future is cut to now and flagged', { at: start + 86_400_000 }, true, true],
    ['a little ahead is no fault', { at: start + 60_000 }, true, false],
    ['without a time the edit counts as it arrives', {}, true, false],
    ['a time that is not trusted is none', { at: start, trust: 'none' as const }, true, false],
    ['polled after the rival', { since: start + 20_000 }, true, false],
    ['polled in an interval that holds the rival: the tie order, flagged', { since: start + 5_000 }, true, true],
  ])('latest: %s', (_, more, wins, ambiguous) => {
    const scene = rival();
    const result = say(scene, 'crm', { shipTo: C }, more);
    expect(summary(result)).toEqual(
      only(wins ? { applied: ['shipTo'] } : { refused: ['shipTo lost'], restore: ['shipTo'] }),
    );
    expect(result.applied[0]?.ambiguous ?? false).toBe(ambiguous);
    expect(result.stamps.shipTo?.ambiguous ?? false).toBe(ambiguous);
    expect(data(scene).shipTo).toEqual(wins ? C : B);
    expect(image(scene, 'crm').shipTo).toEqual(C);
  });

  it('latest: the tie order holds against the poll too, and for a rival that was polled', () => {
    const scene = settled();
    scene.now += 60_000;
    say(scene, 'crm', { shipTo: B }, { since: scene.now - 30_000 });
    expect(scene.record?.stamps.shipTo).toMatchObject({ since: expect.any(Number) });
    const result = say(scene, 'shop', { shipTo: C }, { at: scene.now - 10_000 });
    expect(summary(result)).toEqual(only({ refused: ['shipTo lost'], restore: ['shipTo'] }));
  });

  it('latest: writers that the tie does not name come after, by id', () => {
    const free = sceneOf(defaultPolicy('order'));
    say(free, 'b', { buyerNote: 'b' }, { at: start });
    expect(summary(say(free, 'c', { buyerNote: 'c' }, { at: start }))).toEqual(
      only({ refused: ['buyerNote lost'], restore: ['buyerNote'] }),
    );
    expect(summary(say(free, 'a', { buyerNote: 'a' }, { at: start }))).toEqual(only({ applied: ['buyerNote'] }));
  });

  it('who had seen the rival’s value is not concurrent, whatever the clocks say', () => {
    const scene = rival();
    deliver(scene, 'crm');
    const before = { at: start + 1 };
    expect(summary(say(scene, 'crm', { shipTo: C }, before))).toEqual(
      only({ applied: ['shipTo'], restore: ['shipTo'] }),
    );
    const busy = rival();
    deliver(busy, 'crm');
    busy.inFlight.set('crm', [{ ...data(busy), shipTo: A }]);
    expect(summary(say(busy, 'crm', { shipTo: C }, { at: start + 1 }))).toEqual(
      only({ refused: ['shipTo lost'], restore: ['shipTo'] }),
    );
  });

  it('owner: the one that comes first in the document', () => {
    const scene = settled();
    say(scene, 'crm', { invoice: { title: 'crm' } }, { at: start + 90_000 });
    expect(summary(say(scene, 'shop', { invoice: { title: 'shop' } }, { at: start + 95_000 }))).toEqual(
      only({ refused: ['invoiceTitle lost'], restore: ['invoiceTitle'] }),
    );
    expect(summary(say(scene, 'erp', { invoice: { title: 'erp', taxId: '1' } }, { at: start }))).toEqual(
      only({ applied: ['invoiceTitle'] }),
    );
    expect(data(scene).invoice).toEqual({ title: 'erp', taxId: '1' });
  });

  it('rank: only forward, for everyone', () => {
    const scene = settled();
    say(scene, 'wms', { fulfillmentStatus: 'packed' });
    for (const fulfillmentStatus of ['picking', 'unfulfilled', 'nonsense']) {
      expect(summary(say(scene, 'wms', { fulfillmentStatus }))).toEqual(
        only({ refused: ['fulfillment lost'], restore: ['fulfillment'] }),
      );
    }
    expect(summary(say(scene, 'policy', { fulfillmentStatus: 'released' }))).toEqual(
      only({ refused: ['fulfillment lost'] }),
    );
    expect(summary(say(scene, 'wms', { fulfillmentStatus: 'shipped' }))).toEqual(only({ applied: ['fulfillment'] }));
  });

  it('max: numbers, amounts and times only grow', () => {
    const grow = policyOf(
      `{ record: order, units: { paid: { resolve: max }, deliveredAt: { resolve: max }, holdSeq: { resolve: max } } }`,
    );
    const scene = sceneOf(grow);
    say(scene, 'shop', { paid: yuan(10), deliveredAt: '2026-01-02T00:00:00.000Z', holdSeq: 2 });
    const less = say(scene, 'erp', { paid: yuan(9), deliveredAt: '2026-01-01T00:00:00.000Z', holdSeq: 1 });
    expect(less.refused.map(({ unit, reason }) => `${unit} ${reason}`)).toEqual([
      'paid lost',
      'deliveredAt lost',
      'holdSeq lost',
    ]);
    expect(say(scene, 'erp', { paid: { amount: 99, currency: 'EUR' } }).refused).toHaveLength(1);
    expect(summary(say(scene, 'erp', { paid: yuan(11), deliveredAt: '2026-01-03T00:00:00.000Z', holdSeq: 3 }))).toEqual(
      only({ applied: ['paid', 'deliveredAt', 'holdSeq'] }),
    );
  });

  it('union: additions and removals of each, a removal only of what was seen', () => {
    const scene = settled();
    say(scene, 'crm', { tags: ['a', 'b'] });
    expect(summary(say(scene, 'policy', { tags: ['vip'] }))).toEqual(only({ applied: ['tags'] }));
    expect(data(scene).tags).toEqual(['a', 'b', 'vip']);
    say(scene, 'crm', { tags: ['b', 'c'] });
    expect(data(scene).tags).toEqual(['b', 'vip', 'c']);
    say(scene, 'crm', { tags: [] });
    expect(data(scene).tags).toEqual(['vip']);
    expect(summary(say(scene, 'policy', { tags: ['vip'] }))).toEqual(nothing);
    say(scene, 'console', { tags: ['person'] });
    expect(data(scene).tags).toEqual(['person']);
  });
});

describe('9. ping-pong', () => {
  it('the fourth flip in ten minutes is refused, the unit held, a task opened', () => {
    const scene = settled();
    for (const shipTo of [B, A, B])
      expect(summary(say(scene, 'console', { shipTo }))).toEqual(only({ applied: ['shipTo'] }));
    const result = say(scene, 'console', { shipTo: A });
    expect(summary(result)).toEqual(only({ refused: ['shipTo held'] }));
    expect(result.tasks).toEqual([{ unit: 'shipTo', reason: 'ping_pong', said: { shipTo: A }, kept: { shipTo: B } }]);
    expect(scene.record?.stamps.shipTo?.held).toBe(scene.now);
    expect(data(scene).shipTo).toEqual(B);
  });

  it('between two systems, each puts the other’s copy back', () => {
    const scene = settled();
    const flip = (source: string, shipTo: JsonObject): MergeResult => {
      const result = say(scene, source, { shipTo }, { at: scene.now + 900 });
      deliver(scene, 'crm');
      deliver(scene, 'shop');
      return result;
    };
    for (const [source, shipTo] of [
      ['crm', B],
      ['shop', A],
      ['crm', B],
    ] as const)
      expect(flip(source, shipTo).applied).toHaveLength(1);
    expect(summary(flip('shop', A))).toEqual(only({ refused: ['shipTo held'], restore: ['shipTo'] }));
  });

  it('slow flips and changes between many values pass', () => {
    const slow = settled();
    for (const shipTo of [B, A, B, A, B, A]) {
      expect(say(slow, 'console', { shipTo }).applied).toHaveLength(1);
      slow.now += 4 * 60_000;
    }
    const many = settled();
    for (const shipTo of [B, C, A, B, C, A, B]) expect(say(many, 'console', { shipTo }).applied).toHaveLength(1);
  });

  it('a released unit may flip anew', () => {
    const scene = settled();
    for (const shipTo of [B, A, B, A]) say(scene, 'console', { shipTo });
    if (scene.record) scene.record.stamps = release(scene.record.stamps, 'shipTo', scene.now);
    expect(summary(say(scene, 'console', { shipTo: A }))).toEqual(only({ applied: ['shipTo'] }));
  });
});

describe('10. applied', () => {
  it('a partial address is completed from the copy of the system that says it', () => {
    const scene = settled();
    say(scene, 'shop', { shipTo: C }, { at: start + 1_000 });
    say(scene, 'crm', { shipTo: { street: 'D' } }, { at: scene.now + 900 });
    expect(data(scene).shipTo).toEqual({ street: 'D', city: 'Hangzhou' });
    say(scene, 'console', { shipTo: { city: 'Suzhou' } });
    expect(data(scene).shipTo).toEqual({ street: 'D', city: 'Suzhou' });
  });

  it('who knows only part of a line wipes nothing of the rest', () => {
    const free = sceneOf(defaultPolicy('order'));
    const full = { 1: { sku: 'A', quantity: 1, unitPrice: yuan(5) }, 2: { sku: 'B', quantity: 1, unitPrice: yuan(7) } };
    say(free, 'shop', { lines: full });
    deliver(free, 'wms', { lines: { 1: { sku: 'A', quantity: 1 }, 2: { sku: 'B', quantity: 1 } } });
    say(free, 'wms', { lines: { 1: { quantity: 3 }, 2: null } });
    expect(data(free).lines).toEqual({ 1: { sku: 'A', quantity: 3, unitPrice: yuan(5) } });
    expect(free.record?.stamps.lines).toMatchObject({
      source: 'wms',
      version: 2,
      trail: [[expect.any(String), free.now]],
    });
  });

  it('units inside the lines have writers of their own', () => {
    const scene = settled({ lines: { 1: { lineNo: '1', sku: 'A', quantity: 2 } } });
    const result = say(scene, 'wms', { lines: { 1: { shippedQuantity: 1 } } });
    expect(summary(result)).toEqual(only({ applied: ['shippedLines'] }));
    expect(result.applied[0]).toMatchObject({ from: {}, to: { lines: { 1: { shippedQuantity: 1 } } } });
    expect(data(scene).lines).toEqual({ 1: { lineNo: '1', sku: 'A', quantity: 2, shippedQuantity: 1 } });
    expect(summary(say(scene, 'shop', { lines: { 1: { quantity: 3, shippedQuantity: 0 } } }))).toEqual(
      only({ applied: ['lines.quantity'], refused: ['shippedLines not_a_writer'], restore: ['shippedLines'] }),
    );
    expect(data(scene).lines).toEqual({ 1: { lineNo: '1', sku: 'A', quantity: 3, shippedQuantity: 1 } });
    expect(image(scene, 'shop').lines).toMatchObject({ 1: { quantity: 3, shippedQuantity: 0 } });
  });

  it('the policy clears what it wrote', () => {
    const scene = settled();
    say(scene, 'policy', { holds: { fraud: { reason: 'x' }, stock: { reason: 'y' } } });
    say(scene, 'policy', { holds: { fraud: null } });
    expect(data(scene).holds).toEqual({ stock: { reason: 'y' } });
  });

  it('good units apply beside refused, stale and echoed ones, and the image knows each', () => {
    const scene = settled();
    say(scene, 'shop', { shipTo: B });
    deliver(scene, 'crm');
    const result = say(scene, 'crm', { shipTo: A, payable: yuan(3), buyerNote: 'n' });
    expect(summary(result)).toEqual({
      applied: ['buyerNote'],
      refused: ['money not_a_writer'],
      restore: ['money'],
      echoes: ['shipTo'],
    });
    expect(image(scene, 'crm')).toMatchObject({ shipTo: B, payable: yuan(3), buyerNote: 'n' });
  });

  it('nothing that was handed in is changed in place', () => {
    const scene = settled({ lines: { 1: { sku: 'A', quantity: 1 } } });
    const frozenCopy = JSON.stringify([scene.record, [...scene.memories]]);
    const { record } = scene;
    const memories = new Map(scene.memories);
    say(scene, 'shop', {
      lines: { 1: { quantity: 9 }, 2: { sku: 'B' } },
      shipTo: B,
      invoice: { title: 'x' },
      payable: null,
    });
    expect(JSON.stringify([record, [...memories]])).toBe(frozenCopy);
  });
});

describe('an edit and a send that cross', () => {
  const memory = (scene: Scene, system: string): Memory => {
    const found = scene.memories.get(system);
    if (!found) throw new Error(`${system} has no memory`);
    return found;
  };
  const wanted = (scene: Scene, system: string): unknown =>
    sureImage(memory(scene, system), policy, data(scene)).shipTo ?? 'not relied on';

  it('an edit from before our last send is applied and sent back, for the send may have overwritten it there', () => {
    const scene = settled();
    say(scene, 'shop', { shipTo: B }, { at: start + 1_000 });
    deliver(scene, 'crm');
    const result = say(scene, 'crm', { shipTo: C }, { at: scene.now - 100 });
    expect(summary(result)).toEqual(only({ applied: ['shipTo'], restore: ['shipTo'] }));
    expect(memory(scene, 'crm').unsure).toEqual(['shipTo']);
    expect([image(scene, 'crm').shipTo, wanted(scene, 'crm')]).toEqual([B, 'not relied on']);
    deliver(scene, 'crm');
    expect(memory(scene, 'crm').unsure).toBeUndefined();
    expect(wanted(scene, 'crm')).toEqual(C);
  });

  it('something cleared before our last send leaves a value in the image that can be cleared again', () => {
    const scene = settled();
    say(scene, 'shop', { buyerNote: 'hi' }, { at: start + 1_000 });
    deliver(scene, 'crm');
    say(scene, 'shop', { buyerNote: 'ho' }, { at: start + 2_000 });
    deliver(scene, 'crm');
    scene.now += 10_000;
    const result = say(scene, 'crm', { buyerNote: null }, { at: scene.now - 10_300 });
    expect(summary(result)).toEqual(only({ applied: ['buyerNote'], restore: ['buyerNote'] }));
    expect(data(scene).buyerNote).toBeUndefined();
    expect(sureImage(memory(scene, 'crm'), policy, data(scene)).buyerNote).toBe('ho');
  });

  it('what was refused while a send was under way is put right after its settlement (story 6)', () => {
    const scene = settled();
    scene.inFlight.set('wms', [{ ...data(scene), buyerNote: 'new' }]);
    say(scene, 'wms', { shipTo: C });
    expect(memory(scene, 'wms').crossed).toEqual(['shipTo']);
    scene.inFlight.delete('wms');
    deliver(scene, 'wms');
    expect(memory(scene, 'wms')).toMatchObject({ image: { shipTo: A }, unsure: ['shipTo'] });
    expect(memory(scene, 'wms').crossed).toBeUndefined();
    expect(wanted(scene, 'wms')).toBe('not relied on');
    deliver(scene, 'wms');
    expect(wanted(scene, 'wms')).toEqual(A);
  });

  it('what a system said itself after our last send of the unit is not in doubt when another unit is sent', () => {
    const scene = settled();
    say(scene, 'crm', { shipTo: B }, { at: scene.now + 900 });
    deliver(scene, 'crm', { ...data(scene), sellerNote: 'x' });
    expect(summary(say(scene, 'crm', { shipTo: C }, { at: scene.now - 100 }))).toEqual(only({ applied: ['shipTo'] }));
    expect(memory(scene, 'crm').unsure).toBeUndefined();
  });
});

describe('ten edits while a system is down (story 2)', () => {
  it('are ten versions, and one delivery that carries the newest', () => {
    const scene = settled();
    for (let step = 2; step <= 11; step++) {
      expect(say(scene, 'shop', { shipTo: { street: `S${step}` } }).applied).toHaveLength(1);
    }
    expect(scene.record?.version).toBe(11);
    deliver(scene, 'wms');
    expect(memoryOf(scene, 'wms')).toMatchObject({ syncedVersion: 11, image: { shipTo: { street: 'S11' } } });
    expect(summary(say(scene, 'wms', { shipTo: A }))).toEqual(only({ echoes: ['shipTo'] }));
  });
});

const memoryOf = (scene: Scene, system: string): Memory | undefined => scene.memories.get(system);
