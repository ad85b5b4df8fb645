// What holds for orders whatever happens to them: the laws, and a store that is cut off anywhere.
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Scene, scene } from '../../core/scene.ts';
import { orderLaws } from './laws.ts';
import { inForce, milkPowder } from './words.ts';

const routing = inForce();
let hub: Scene;

describe('whatever happens to orders', () => orderLaws('sqlite', 40));

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

  const everything = async (id: string) => {
    const order = await hub.record('order', id);
    return {
      warehouse: order.data.warehouseId !== undefined,
      released: order.data.fulfillmentStatus === 'released',
      shipment: (await hub.core.record({ type: 'shipment', id: `logistics/${id}/0` })) !== undefined,
      coupon: (await hub.core.record({ type: 'coupon', id: `benefit/${id}/after-sale-card` })) !== undefined,
      decision: (await hub.core.decisions(id, 1000, null)).items.length > 0,
      paid: order.data.paymentStatus === 'paid',
    };
  };

  it('leaves all of it or nothing', async () => {
    hub = await scene({ routing });
    const outcomes = new Set<string>();
    for (let n = 1; ; n++) {
      const words = { id: `C-${n}`, order_number: `C-${n}` };
      await hub.core.accept({
        body: JSON.stringify(milkPowder({ ...words, payment: 'unpaid', paid_at: null })),
        ...{ system: 'shop', format: 'json', via: 'poll', backfill: true },
      });
      const known = await hub.core.record({ type: 'order', match: { field: 'number', value: words.order_number } });
      const id = known?.id ?? '';
      const fault = failAt(n);
      const said = await hub
        .say('shop', milkPowder({ ...words, updated_at: '2026-11-23T04:05:00Z' }))
        .catch(() => undefined);
      vi.restoreAllMocks();
      await hub.restart();
      const parts = Object.values(await everything(id));
      expect(new Set(parts).size, `statement ${n}: ${JSON.stringify(await everything(id))}`).toBe(1);
      outcomes.add(String(parts[0]));
      if (said) expect(parts[0]).toBe(true);
      if (!fault.failed) break;
    }
    await hub.close();
    expect([...outcomes].sort()).toEqual(['false', 'true']);
  });
});
