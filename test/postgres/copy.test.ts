// A database moves from SQLite to PostgreSQL: everything, under the same numbers, or nothing that a hub would start on.
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyToPostgres } from '../../src/store/copy/copy.ts';
import { DatabaseOwned } from '../../src/store/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { address, inFlight, makeOrder, sendAll } from '../contract/store/harness.ts';
import { type SqliteHarness, sqliteHarness } from '../store/sqlite-harness.ts';
import { postgresHarness } from './harness.ts';
import { newSchema, query } from './schemas.ts';

let source: SqliteHarness;
let to: string;

beforeEach(async () => {
  source = await sqliteHarness();
  to = await newSchema();
});
afterEach(() => source.close());

const memory = { syncedVersion: 1, past: {}, seen: {}, sentAt: 7, image: address('杭州') };

/** A little of everything: images beside the record's data, a send in flight, sends with older images, letters, keys. */
async function fill(store: Store): Promise<string[]> {
  const ids: string[] = [];
  for (let no = 0; no < 5; no++) ids.push(await store.transact([], makeOrder(['crm', 'wms'])));
  const [first = '', second = ''] = ids;
  await store.transact([first, second], () => ({
    write: {
      images: [{ system: 'crm', recordId: first, image: { memory, payload: '{"1":"雷"}' } }],
      matchKeys: [{ type: 'order', field: 'number', value: 'é', recordId: second }],
      intakeKeys: [{ system: 'shop', key: 'Ω', fingerprint: 'f', answer: '{}', at: 3 }],
      attempts: [
        {
          at: 1,
          system: 'crm',
          type: 'order',
          recordId: first,
          seq: 1,
          outcome: 'delivered',
          message: '',
          status: 200,
          durationMs: 2,
        },
      ],
      waiting: [
        {
          id: 'wait_1',
          system: 'crm',
          type: 'order',
          externalId: 'x',
          reason: 'fetch',
          item: '{}',
          at: 1,
          dueAt: 2,
          attempts: 0,
          createsUpTo: 0,
        },
      ],
    },
    answer: undefined,
  }));
  await store.claim('wms', 2, sendAll);
  await store.credentials.begin('crm', 1_000);
  await store.credentials.write('crm', 'v1.sealed', 0);
  return ids;
}

const copy = (more: object = {}) => copyToPostgres({ from: source.path, to, now: source.clock.now, slice: 2, ...more });

async function stopAfter(share: number): Promise<void> {
  const progress = (done: number): void => {
    if (done >= share) throw new Error('cut short');
  };
  await expect(copy({ progress })).rejects.toThrow('cut short');
}

describe('a copy', () => {
  it('holds every row, and the store goes on where it was', async () => {
    const ids = await fill(source.store);
    const epoch = source.store.epoch;
    const head = await source.store.head();
    const before = await source.store.transact(ids, (state) => ({
      write: {},
      answer: ids.map((id) => ({ row: state.record(id)?.row, image: state.record(id)?.image('crm') })),
    }));
    await source.store.close();
    const told: number[] = [];
    const copied = await copy({ progress: (share: number) => told.push(share) });
    expect(copied).toMatchObject({ epoch, head, resumed: false });
    expect(copied.rows).toMatchObject({ records: 5, replicas: 10, images: 1, in_flight: 2, changes: 5, waiting: 1 });
    expect(told.at(-1)).toBe(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));

    const target = await postgresHarness({ url: to, now: source.clock.now });
    expect(target.store.epoch).toBe(epoch);
    expect(await target.store.head()).toBe(head);
    const after = await target.store.transact(ids, (state) => ({
      write: {},
      answer: ids.map((id) => ({ row: state.record(id)?.row, image: state.record(id)?.image('crm') })),
    }));
    expect(after).toEqual(before);
    expect(await target.store.credentials.read('crm')).toMatchObject({ version: 1, sealed: 'v1.sealed' });
    expect(await target.store.transact([], makeOrder(['crm']))).not.toBe('');
    expect(await target.store.head()).toBe(head + 1);
    await target.close();
  });

  it('makes what was claimed due again, with the send that may have left', async () => {
    await fill(source.store);
    await source.store.close();
    await copy();
    const target = await postgresHarness({ url: to, now: source.clock.now });
    const sends = await target.store.claim('wms', 10, (state, row) => {
      const flight = state.record(row.recordId)?.inFlight('wms');
      const again = flight ?? inFlight(row);
      return { write: { inFlight: [again] }, send: { key: again.key, repeated: flight !== undefined } };
    });
    expect(sends.filter(({ repeated }) => repeated)).toHaveLength(2);
    await target.close();
  });

  it.each([0.05, 0.2, 0.4, 0.5, 0.8, 1])('that was cut short at %d goes on, and ends the same', async (share) => {
    await fill(source.store);
    await source.store.close();
    await stopAfter(share);
    expect(await copy()).toMatchObject({ resumed: true, rows: { records: 5, replicas: 10 } });
    expect(await query(to, 'SELECT count(*)::int AS count FROM replicas')).toEqual([{ count: 10 }]);
  });

  it('of an empty database is an empty database', async () => {
    await source.store.close();
    expect(await copy()).toMatchObject({ rows: { records: 0 }, resumed: false });
    await (await postgresHarness({ url: to })).close();
  });

  it('leaves the file as it is', async () => {
    const ids = await fill(source.store);
    await source.store.close();
    await copy();
    expect(existsSync(source.path)).toBe(true);
    source.store = await source.reopen();
    expect(
      await source.store.transact(ids, (state) => ({ write: {}, answer: state.record(ids[0] ?? '')?.row.id })),
    ).toBe(ids[0]);
  });
});

describe('a copy is refused', () => {
  it('while a hub has the file', async () => {
    await expect(copy()).rejects.toBeInstanceOf(DatabaseOwned);
  });

  it('into a database that is not empty', async () => {
    await source.store.close();
    const other = await postgresHarness({ url: to });
    await other.store.transact([], makeOrder(['crm']));
    await other.close();
    await expect(copy()).rejects.toThrow(/is not empty \(records has rows\)/);
  });

  it('when a hub has run on the file since it was cut short', async () => {
    await fill(source.store);
    await source.store.close();
    await stopAfter(0.3);
    source.clock.advance(1_000);
    await source.reopen();
    await source.store.close();
    await expect(copy()).rejects.toThrow(/before a hub ran on it again. Empty it, then copy/);
  });

  it('when something else has changed what arrived', async () => {
    await fill(source.store);
    await source.store.close();
    await stopAfter(0.5);
    await query(to, `UPDATE records SET data = '{}' WHERE no = 3`);
    await expect(copy()).rejects.toThrow(/what arrived in the table records .* is not what was sent/);
  });

  it('for a file that holds no hub', async () => {
    await source.store.close();
    await expect(copy({ from: `${source.folder}/other.db` })).rejects.toThrow(/holds no tables of ours/);
  });
});

it('no hub starts on half a copy', async () => {
  await fill(source.store);
  await source.store.close();
  await stopAfter(0.3);
  await expect(postgresHarness({ url: to })).rejects.toThrow(/unfinished copy .* Run "syncline copy" again/);
});
