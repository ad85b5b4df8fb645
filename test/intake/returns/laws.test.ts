// What holds for returns whatever happens to them: random events, repeated, at once, and cut off anywhere.
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Engine, Scene } from '../../core/scene.ts';
import { provedOf, refundsOf } from './histories.ts';
import { askFor, day, delivered, goodCustomer, minute, pass, returnsScene } from './words.ts';

let hub: Scene;

describe('whatever happens to returns', () => {
  it.each<[Engine, number]>([
    ['sqlite', 1_000],
    ['postgres', 50],
  ])(
    'no more is refunded than was paid, no machine declines, and every decision can be made again (%s)',
    (engine, histories) => provedOf(histories, 3, engine),
  );
});

describe.each<Engine>(['sqlite', 'postgres'])('at once, on %s', (engine) => {
  afterEach(() => hub.close());

  it('two hundred decisions about one return make one refund', async () => {
    hub = await returnsScene(undefined, { engine });
    const good = await goodCustomer(hub, 12);
    const order = await delivered(hub, good, { qty: 1 });
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => askFor(hub, good, order.id)));
    const made = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(made).toHaveLength(1);
    const id = made[0]?.id ?? '';
    await pass(hub, 10 * minute);
    const decided = await Promise.all(
      Array.from({ length: 200 }, () => hub.core.decideReturn({ mode: 'live', return: id }, 'ops')),
    );
    expect(new Set(decided.map((one) => one.id)).size).toBe(1);
    await Promise.all([pass(hub, 0), pass(hub, 0), pass(hub, 0)]);
    expect(await refundsOf(hub, id)).toMatchObject([{ status: 'submitted', amount: { amount: 26000 } }]);
  });

  it('a half-open breaker lets through as many as it has permits', async () => {
    hub = await returnsScene(
      (text) => text.replace('when: customer.returnsInMonth >= 5', 'when: customer.returnsInMonth >= 50'),
      { engine },
    );
    const good = await goodCustomer(hub, 12);
    await hub.core.setBreaker(
      { breaker: 'high-price-concentration', scopeKey: good, state: 'open', reason: 'to see' },
      'ops',
    );
    hub.pass(8 * day);
    const orders = await Promise.all([1, 1, 1, 1, 1, 1].map((ago) => delivered(hub, good, { ago })));
    const asked = await Promise.all(orders.map(({ id }) => askFor(hub, good, id)));
    const approvals = asked.map(({ data }) => (data.regions as JsonObject).approval);
    expect(approvals.filter((one) => one === 'approved')).toHaveLength(2);
    expect(approvals.filter((one) => one === 'in_review')).toHaveLength(4);
  });
});

describe('a crash between any two statements', () => {
  const statements = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1')) as {
    run(...args: unknown[]): unknown;
  };
  afterEach(() => vi.restoreAllMocks());

  /** The disk fails at the n-th statement from now on. */
  function failAt(n: number): { failed: boolean } {
    const { run } = statements;
    const told = { failed: false };
    let left = n;
    vi.spyOn(statements, 'run').mockImplementation(function (this: unknown, ...args: unknown[]) {
      if (!told.failed && --left === 0) {
        told.failed = true;
        throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR');
      }
      return run.apply(this, args);
    });
    return told;
  }

  it('leaves the return with all that follows from it, or nothing', async () => {
    hub = await returnsScene();
    const good = await goodCustomer(hub, 60);
    const outcomes = new Set<string>();
    for (let n = 1; ; n++) {
      const order = await delivered(hub, good, { price: '1.00', qty: 1 });
      const before = await hub.core.returnProfile(good, '');
      const fault = failAt(n);
      const made = await askFor(hub, good, order.id).catch(() => undefined);
      vi.restoreAllMocks();
      await hub.restart();
      const found = await hub.core.record({ type: 'return', match: { field: 'number', value: `R-${order.number}-1` } });
      const id = found?.id ?? made?.id ?? 'ret_none';
      hub.pass(1);
      const after = await hub.core.returnProfile(good, '');
      const said = (profile: typeof after, fact: string) => profile?.facts.find((one) => one.fact === fact)?.value;
      const parts = {
        record: found !== undefined,
        decision: (await hub.core.decisions(id, 1, null)).items.length === 1,
        counted: said(after, 'customer.returnsInMonth') !== said(before, 'customer.returnsInMonth'),
        label:
          found?.data.status !== 'open' || (await hub.core.record({ type: 'label', id: `label/${id}` })) !== undefined,
      };
      const isThere = [parts.record, parts.decision, parts.counted];
      expect(new Set(isThere).size, `statement ${n}: ${JSON.stringify(parts)}`).toBe(1);
      expect(parts.label).toBe(true);
      outcomes.add(String(parts.record));
      if (made) expect(parts.record).toBe(true);
      if (!fault.failed) break;
    }
    await hub.close();
    expect([...outcomes].sort()).toEqual(['false', 'true']);
  });
});
