// The review queue: what a person is asked and why, what may be answered, and what of a decision that could not be made.
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Core, RecordView } from '../../../src/core/core.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Scene } from '../../core/scene.ts';
import { askFor, customer, day, delivered, goodCustomer, pass, returnsScene } from './words.ts';

let hub: Scene;
beforeEach(async () => {
  hub = await returnsScene();
});
afterEach(() => hub.close());

const tell = (id: string, type: string, more: object = {}) =>
  hub.core.returnEvent(id, { type, id: `${type}/${hub.now()}`, by: 'person', ...more }, 'ops');

const asked = async (id: string, state: 'open' | 'done' = 'open'): Promise<RecordView[]> =>
  (await hub.core.tasks(state, 100, null)).items.filter(({ data }) => data.recordId === id);

const approvalOf = async (id: string): Promise<unknown> =>
  ((await hub.record('return', id)).data.regions as JsonObject).approval;

const answer = async (
  task: RecordView | undefined,
  ...[decision, reason]: [string, string?]
): ReturnType<Core['taskDone']> => hub.core.taskDone(task?.id ?? '', decision, reason, 'mei');

it('five requests at once count each other: one of them is the fifth', async () => {
  const good = await goodCustomer(hub, 30);
  hub.pass(1);
  const orders = await Promise.all([1, 1, 1, 1, 1].map(() => delivered(hub, good, { price: '1.00' })));
  const made = await Promise.all(orders.map(({ id }) => askFor(hub, good, id)));
  expect(made.map(({ decision }) => decision?.level).sort()).toEqual(['none', 'none', 'none', 'none', 'yellow']);
});

describe('a person who is asked', () => {
  it('is told why, and by when', async () => {
    const good = await goodCustomer(hub, 30);
    hub.pass(1);
    const orders = await Promise.all([1, 1, 1, 1, 1].map(() => delivered(hub, good)));
    const made = [];
    for (const { id } of orders) made.push(await askFor(hub, good, id));
    const [task] = await asked(made[4]?.id ?? '');
    expect(task?.data).toMatchObject({
      kind: 'return_review',
      dueAt: made[4]?.data.decideBy,
      reason: expect.stringMatching(
        /^Five returns or more in the month: a person reviews; .*; the customer's reason: size$/,
      ),
    });
  });

  it('is told what the pre-check has found in the evidence', async () => {
    const fresh = await customer(hub);
    const { id } = await askFor(hub, fresh, (await delivered(hub, fresh)).id);
    const found = ['file 0: Looks like a picture of return ret_1'];
    await hub.core.saveEvidence(id, { outcome: 'review', id: 'u1', pictures: [], found }, 'ops');
    const [task] = await asked(id);
    expect(task?.data.reason).toMatch(/^file 0: Looks like a picture of return ret_1; cn-7day-no-reason protects it/);
  });

  it('answers what the law allows, and is told what that is while the question stays open', async () => {
    const fresh = await customer(hub);
    const { id } = await askFor(hub, fresh, (await delivered(hub, fresh)).id);
    await tell(id, 'review_requested');
    const [task] = await asked(id);
    await expect(answer(task, 'decline', 'do not like it')).rejects.toMatchObject({
      problem: { status: 409 },
      message: expect.stringMatching(/stays open.*excluded_goods, buyer_confirmed_exclusion, goods_not_intact/),
    });
    expect((await asked(id)).map(({ id: open }) => open)).toEqual([task?.id]);
    await answer(task, 'decline', 'goods_not_intact');
    expect(await approvalOf(id)).toBe('declined');
    expect(await asked(id)).toEqual([]);
    const said = await hub.core.audit({ recordId: task?.id ?? '' }, 10, null);
    expect(said.items[0]).toMatchObject({ actor: 'mei', detail: { decision: 'decline', reason: 'goods_not_intact' } });
  });

  it('stands in the timeline of the return with who it was, what was decided and why, asked or not', async () => {
    const fresh = await customer(hub);
    const { id } = await askFor(hub, fresh, (await delivered(hub, fresh)).id);
    await tell(id, 'review_requested');
    const [task] = await asked(id);
    hub.pass(1);
    await answer(task, 'decline', 'goods_not_intact');
    hub.pass(1);
    await tell(id, 'review_requested');
    hub.pass(1);
    const said = { type: 'reviewed', id: 'yes', by: 'person', decision: 'approve', reason: 'they were' } as const;
    await hub.core.returnEvent(id, said, 'lin');
    await hub.core.returnEvent(id, said, 'lin');
    const { items } = await hub.core.timeline(id, 100, null);
    expect(items.flatMap(({ review }) => review ?? [])).toMatchObject([
      { at: hub.now(), actor: 'lin', target: id, detail: { decision: 'approve', reason: 'they were' } },
      {
        at: hub.now() - 2,
        actor: 'mei',
        target: task?.id,
        detail: { decision: 'decline', reason: 'goods_not_intact' },
      },
    ]);
    const order = (await hub.record('return', id)).data.orderId as string;
    const others = [
      ...(await hub.core.timeline(order, 100, null)).items,
      ...(await hub.core.timeline(task?.id ?? '', 100, null)).items,
    ];
    expect(others.filter(({ review }) => review)).toEqual([]);
  });

  it('who declines too early is told what to do first, and why is kept', async () => {
    const fresh = await customer(hub);
    const { id } = await askFor(hub, fresh, (await delivered(hub, fresh)).id);
    const decline = (at: number) =>
      hub.core.returnEvent(
        id,
        { type: 'reviewed', id: `no/${at}`, by: 'person', decision: 'decline', reason: 'excluded_goods' },
        'mei',
      );
    await expect(decline(1)).rejects.toThrow(/"review_requested" brings it before a person/);
    await tell(id, 'review_requested');
    await decline(2);
    const said = await hub.core.audit({ recordId: id }, 10, null);
    expect(said.items[0]).toMatchObject({ actor: 'mei', detail: { decision: 'decline', reason: 'excluded_goods' } });
    await expect(tell(id, 'carrier_scanned')).rejects.toThrow(/carrier_scanned at approval declined/);
  });
});

it('whoever moves a breaker of a customer without naming one is told to', async () => {
  const said = { breaker: 'high-price-concentration', scopeKey: '', state: 'open', reason: 'to see' } as const;
  await expect(hub.core.setBreaker(said, 'ops')).rejects.toMatchObject({
    problem: { status: 400, faults: [{ path: '/scopeKey', message: expect.stringContaining('is missing') }] },
  });
});

describe('a decision that cannot be made', () => {
  /** A row that no writer of the hub makes: half a minor unit. */
  async function broken(id: string, amount: number): Promise<void> {
    await hub.core.close();
    const db = new Database((hub.database as { path: string }).path);
    const lines = JSON.stringify([{ orderLine: '1', quantity: 1, unitPriceMinor: 26000, amountMinor: amount }]);
    db.prepare('UPDATE return_facts SET lines = ? WHERE return_id = ?').run(lines, id);
    db.close();
    // Closed already: what it closes first is closed twice.
    await hub.restart();
  }

  async function failed(): Promise<{ id: string; first: string; fresh: string }> {
    const fresh = await customer(hub);
    const first = await askFor(hub, fresh, (await delivered(hub, fresh)).id);
    const order = await delivered(hub, fresh);
    await broken(first.id, 26_000.5);
    const { id, decision } = await askFor(hub, fresh, order.id);
    expect(decision).toMatchObject({ error: expect.stringMatching(/fact customer\.highPrice\w+ cannot be computed/) });
    return { id, first: first.id, fresh };
  }

  it('opens a task that names the fact, once, and heals by its answer', async () => {
    const { id, first, fresh } = await failed();
    const [task] = await asked(id);
    expect(task?.data).toMatchObject({ kind: 'return_error', options: ['decide_again', 'review'] });
    expect(task?.data.reason).toMatch(new RegExp(`fact customer.*${fresh}`));
    await hub.core.decideReturn({ mode: 'live', return: id }, 'ops');
    expect(await asked(id)).toHaveLength(1);
    await expect(hub.core.returnProfile(fresh, '')).rejects.toMatchObject({ problem: { status: 409 } });

    await broken(first, 26_000);
    await answer(task, 'decide_again');
    expect(await approvalOf(id)).toBe('awaiting_evidence');
    expect(await asked(id)).toEqual([]);
    expect((await hub.core.returnOf(id))?.decision).toMatchObject({ approval: 'auto', refund: 'on_receipt' });
  });

  it('asks again where it fails again, and goes to a person who is told so', async () => {
    const { id } = await failed();
    await answer((await asked(id))[0], 'decide_again');
    const [again] = await asked(id);
    expect(again?.data.kind).toBe('return_error');
    await answer(again, 'review');
    expect(await approvalOf(id)).toBe('in_review');
    expect((await asked(id)).map(({ data }) => data.kind)).toEqual(['return_review']);
  });

  it('takes nothing of the law: it is declined for its reasons alone, and approved when its time is over', async () => {
    const { id } = await failed();
    await tell(id, 'review_requested');
    await expect(
      hub.core.returnEvent(id, { type: 'reviewed', id: 'no', by: 'person', decision: 'decline', reason: 'no' }, 'ops'),
    ).rejects.toThrow(/Protected by law/);
    await pass(hub, day);
    expect(await approvalOf(id)).toBe('approved');
  });
});

it('the days of the law are counted until the request, however late an identity is verified', async () => {
  await hub.close();
  hub = await returnsScene((text) => text.replace('customer.addressChanges >= 3', 'customer.addressChanges >= 0'));
  const good = await goodCustomer(hub);
  hub.pass(1);
  const { id: order } = await delivered(hub, good, { ago: 7 });
  const { id, data } = await askFor(hub, good, order);
  expect(data.regions).toMatchObject({ approval: 'awaiting_identity' });
  hub.pass(12 * 3_600_000);
  const verified = await tell(id, 'identity_verified');
  expect(verified.decision).toMatchObject({ protectedBy: 'cn-7day-no-reason' });
});
