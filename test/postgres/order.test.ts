// Nobody who reads by position skips a change, whichever transaction is slow; and nobody waits for strangers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context, State } from '../../src/store/store.ts';
import { behind, change, makeOrder, record } from '../contract/store/harness.ts';
import { type PostgresHarness, postgresHarness, stranger, until } from './harness.ts';
import { query } from './schemas.ts';

let harness: PostgresHarness;
beforeEach(async () => {
  harness = await postgresHarness();
});
afterEach(() => harness.close());

/** An order with a match key, so that a stranger who has the key holds up the transaction after it has its numbers. */
const orderNamed =
  (value: string) =>
  (_state: State, { newId, nextSeq }: Context) => {
    const id = newId('ord_');
    const seq = nextSeq();
    const replicas = [behind(id, 'erp', null, { wantedSeq: seq })];
    const matchKeys = [{ type: 'order' as const, field: 'number', value, recordId: id }];
    return { write: { records: [record(id)], replicas, matchKeys, changes: [change(seq, id)] }, answer: id };
  };

/** The server keeps the beginning of what it runs: the key is waited for within the one statement of a group. */
const waiting = async (url: string): Promise<boolean> => {
  const text = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%WITH marked%'`;
  return (await query(url, text)).length > 0;
};

describe('a slow transaction', () => {
  it('is not skipped by the stream or a feed, although a later one commits before it', async () => {
    const { store, url } = harness;
    const other = await harness.another();
    const first = await store.transact([], makeOrder([]));
    const held = await stranger(url);
    await held.query(`BEGIN`);
    await held.query(`INSERT INTO match_keys (type, field, value, record) VALUES ('order', 'number', 'SO-1', 0)`);
    const slow = store.transact([], orderNamed('SO-1'));
    await until(() => waiting(url));
    const fast = await other.transact([], orderNamed('SO-2'));

    const seen = async () => (await other.changesAfter(0, 10, {})).map(({ recordId }) => recordId);
    const fed = async () => (await other.feed('erp', 0, 10, undefined)).map(({ replica }) => replica.recordId);
    expect(await seen()).toEqual([first]);
    expect(await fed()).toEqual([]);
    expect(await other.head()).toBe(1);
    await held.query('ROLLBACK');
    await held.end();
    const late = await slow;
    expect(await seen()).toEqual([first, late, fast]);
    expect(await fed()).toEqual([late, fast]);
  });

  it('of somebody else holds up nobody', async () => {
    const { store, url } = harness;
    const other = await harness.another();
    const foreign = await stranger(url);
    await foreign.query('BEGIN');
    await foreign.query('CREATE TABLE theirs (a int)');
    const ids = [await store.transact([], makeOrder([])), await other.transact([], makeOrder([]))];
    expect((await store.changesAfter(0, 10, {})).map(({ recordId }) => recordId)).toEqual(ids);
    await foreign.query('ROLLBACK');
    await foreign.end();
  });

  it('that is rolled back and made again holds up nobody afterwards', async () => {
    const { store, url } = harness;
    const faulty = store.transact([], () => ({ write: { replicas: [behind('ord_none', 'crm', 1)] }, answer: 0 }));
    const good = store.transact([], makeOrder([]));
    await expect(faulty).rejects.toThrow('ord_none');
    expect((await store.changesAfter(0, 10, {})).map(({ recordId }) => recordId)).toEqual([await good]);
    expect(await query(url, `SELECT no FROM number_blocks WHERE state = 'open'`)).toEqual([]);
  });

  it('that ended without a word is given up, and can then no longer commit', async () => {
    const { store, url } = harness;
    await store.transact([], makeOrder([]));
    await query(
      url,
      `INSERT INTO number_blocks (node, first, reserved_at, state) VALUES ('gone', 2, ${Date.now() - 5_000}, 'open')`,
    );
    const id = await store.transact([], makeOrder([]));
    expect(await store.changesAfter(1, 10, {})).toEqual([]);
    await store.upkeep.round();
    expect((await store.changesAfter(1, 10, {})).map(({ recordId }) => recordId)).toEqual([id]);
    expect(await query(url, `SELECT state FROM number_blocks WHERE node = 'gone'`)).toEqual([{ state: 'given_up' }]);
  });
});

it('gives every poller every change once, in order, while three nodes write', async () => {
  const nodes = [harness.store, await harness.another(), await harness.another()];
  const perWriter = 25;
  const writers = nodes.flatMap((node, place) => [0, 1, 2].map((writer) => ({ node, name: `${place}.${writer}` })));
  let writing = true;
  const write = async ({ node, name }: (typeof writers)[number]): Promise<string[]> => {
    const made: string[] = [];
    for (let count = 0; count < perWriter; count++) made.push(await node.transact([], orderNamed(`${name}.${count}`)));
    return made;
  };
  const written = Promise.all(writers.map(write)).finally(() => {
    writing = false;
  });
  const poll = async (node: (typeof nodes)[number], size: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let last = false; ; ) {
      const page = await node.changesAfter(seen.at(-1) ?? 0, size, {});
      seen.push(...page.map(({ seq }) => seq));
      if (page.length === 0 && last) return seen;
      last = !writing;
    }
  };
  const pollers = await Promise.all([1, 3, 100].map((size, place) => poll(nodes[place] as never, size)));
  const ids = (await written).flat();
  expect(ids).toHaveLength(writers.length * perWriter);
  const all = (await harness.store.changesAfter(0, 10_000, {})).map(({ seq }) => seq);
  expect(all).toHaveLength(ids.length);
  for (const seen of pollers) expect(seen).toEqual(all);
});

it('numbers the changes of a record upwards on whichever node they are made', async () => {
  const nodes = [harness.store, await harness.another()];
  const id = await harness.store.transact([], makeOrder([]));
  const edit = (place: number) =>
    (nodes[place % 2] as (typeof nodes)[number]).transact([id], (state, { nextSeq }) => {
      const row = state.record(id)?.row;
      if (!row) throw new Error('gone');
      const version = row.version + 1;
      const seq = nextSeq();
      return { write: { records: [{ ...row, version }], changes: [change(seq, id, { version })] }, answer: version };
    });
  await Promise.all(Array.from({ length: 60 }, (_, place) => edit(place)));
  const versions = (await harness.store.changesAfter(0, 100, {})).map(({ version }) => version);
  expect(versions).toEqual(Array.from({ length: 61 }, (_, place) => place + 1));
});
