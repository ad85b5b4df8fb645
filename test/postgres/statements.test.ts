// The connection of a transaction that routes an order ends behind each of its statements in turn: all of it is there, or nothing.
import pg from 'pg';
import { afterEach, expect, it, vi } from 'vitest';
import { scene } from '../core/scene.ts';
import { inForce, milkPowder } from '../intake/routing/words.ts';

afterEach(() => vi.restoreAllMocks());

interface Cut {
  /** Statements of transactions that have left, the one that was cut off not among them. */
  statements: number;
  done: boolean;
}

/** What left before the n-th statement reaches the server; that one and what follows do not. */
function cutBefore(n: number, seen: () => Promise<unknown>): Cut & { looked: Promise<unknown> } {
  const { query } = pg.Client.prototype;
  const cut: Cut & { looked: Promise<unknown> } = { statements: 0, done: false, looked: Promise.resolve() };
  const writers = new WeakSet<pg.Client>();
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    if (typeof args[0] === 'string' && /^BEGIN(;|$)/.test(args[0])) writers.add(this);
    if (writers.has(this) && !cut.done && ++cut.statements === n) {
      cut.done = true;
      (this as unknown as { connection: { stream: { end(): void } } }).connection.stream.end();
      cut.looked = seen();
    }
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as never);
  return cut;
}

it('leaves all of it or nothing, to whoever looks meanwhile and at the end', async () => {
  const hub = await scene({ routing: inForce(), engine: 'postgres' });
  if (hub.database.engine !== 'postgres') throw new Error('another engine');
  const stranger = new pg.Client(hub.database.url);
  await stranger.connect();
  /** Whether it is paid, has a warehouse, a shipment, a coupon and a decision, in one snapshot. */
  const parts = async (id: string): Promise<boolean[]> => {
    const text = `SELECT data ->> 'paymentStatus' = 'paid' paid, data ? 'warehouseId' warehouse,
      EXISTS (SELECT 1 FROM records WHERE id = 'logistics/' || $1 || '/0') shipment,
      EXISTS (SELECT 1 FROM records WHERE id = 'benefit/' || $1 || '/after-sale-card') coupon,
      EXISTS (SELECT 1 FROM decisions WHERE subject = $1) decision
      FROM (SELECT data::jsonb FROM records WHERE id = $1) AS the_order`;
    return Object.values((await stranger.query<Record<string, boolean>>(text, [id])).rows[0] ?? {});
  };
  const meanwhile = new Set<string>();
  let cuts = 0;
  for (let n = 1; ; n++) {
    const words = { id: `S-${n}`, order_number: `S-${n}` };
    await hub.core.accept({
      body: JSON.stringify(milkPowder({ ...words, payment: 'unpaid', paid_at: null })),
      ...{ system: 'shop', format: 'json', via: 'poll', backfill: true },
    });
    const known = await hub.core.record({ type: 'order', match: { field: 'number', value: words.order_number } });
    const id = known?.id ?? '';
    expect(new Set(await parts(id))).toEqual(new Set([false]));
    const cut = cutBefore(n, () => parts(id));
    await hub.say('shop', milkPowder({ ...words, updated_at: '2026-11-23T04:05:00Z' }));
    vi.restoreAllMocks();
    const looked = await cut.looked;
    if (!cut.done) break;
    cuts += 1;
    expect(new Set(looked as boolean[]).size, `before statement ${n}: ${JSON.stringify(looked)}`).toBe(1);
    meanwhile.add(String((looked as boolean[])[0]));
    expect(new Set(await parts(id)), `after statement ${n} was lost`).toEqual(new Set([true]));
  }
  expect(cuts).toBeGreaterThan(8);
  expect(meanwhile).toContain('false');
  await stranger.end();
  await hub.close();
});
