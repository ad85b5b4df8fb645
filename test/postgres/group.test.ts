// What a group sends at once: columns as binary arrays, writes with their COMMIT behind them, numbers taken beside the locks.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { arrayOf } from '../../src/store/postgres/arrays.ts';
import { connect } from '../../src/store/postgres/connect.ts';
import { GroupSet } from '../../src/store/postgres/group-set.ts';
import { Numbers, NumbersLost } from '../../src/store/postgres/numbers.ts';
import { writeAll, writesOf } from '../../src/store/postgres/write-back.ts';
import { makeOrder, record } from '../contract/store/harness.ts';
import { type PostgresHarness, postgresHarness } from './harness.ts';
import { newSchema, query } from './schemas.ts';

const harnesses: PostgresHarness[] = [];
afterEach(async () => {
  for (const one of harnesses.splice(0)) await one.close();
});

async function given(): Promise<PostgresHarness> {
  const harness = await postgresHarness();
  harnesses.push(harness);
  return harness;
}

describe('arrays', () => {
  it('arrive as they were, whatever is in them', async () => {
    const connections = connect({ url: await newSchema() }, () => undefined);
    const rows = fc.array(
      fc.tuple(
        fc.option(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))),
        fc.option(fc.maxSafeInteger()),
      ),
      { maxLength: 50 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (sent) => {
        const { rows: found } = await connections.reads.query<{ t: string | null; n: string | null }>(
          'SELECT u.t, u.n FROM unnest($1::text[], $2::bigint[]) AS u(t, n)',
          [
            arrayOf(
              'text',
              sent.map(([text]) => text),
            ),
            arrayOf(
              'bigint',
              sent.map(([, no]) => no),
            ),
          ],
        );
        expect(found.map(({ t, n }) => [t, n === null ? null : Number(n)])).toEqual(sent);
      }),
      { numRuns: 50 },
    );
    await connections.end();
  });

  it.each([
    ['bigint', 1.5],
    ['bigint', 2 ** 53],
    ['bigint', '1'],
    ['text', 1],
  ] as const)('of %s refuse %o before anything is sent', (type, value) => {
    expect(() => arrayOf(type, [null, value])).toThrow(TypeError);
  });
});

describe('numbers', () => {
  it('that are lower than what a record has already are not given for it, nor after an attempt that broke off', () => {
    const set = new GroupSet(1, {} as Numbers);
    set.reserved.add(40, 60);
    expect(set.nextChange()).toBe(40);
    const stored = {
      row: record('ord_1'),
      stored: record('ord_1'),
      dirty: false,
      view: undefined,
      isWaitedFor: false,
      rowVersion: '',
      dataLength: 2,
    };
    set.add({ no: 1, lastChange: 50, replicas: new Map(), ...stored });
    expect(set.nextChange()).toBe(51);
    set.reserved.rewind(41);
    expect(set.nextChange()).toBe(51);
    expect(set.reserved.left).toBe(9);
    set.add({ no: 2, lastChange: 70, replicas: new Map(), ...stored });
    expect(set.reserved.left).toBe(0);
    set.reserved.add(65, 90);
    expect(set.nextChange()).toBe(71);
  });
});

describe('a COMMIT that was sent behind the writes', () => {
  it('commits nothing when the numbers were given up meanwhile', async () => {
    const { url, store } = await given();
    await store.ready();
    const connections = connect({ url }, () => undefined);
    const numbers = new Numbers(connections.notes);
    await numbers.moreRecords(1);
    const { block, first, last } = await numbers.reserve(5, 'me');
    const set = new GroupSet(1, numbers);
    set.reserved.add(first, last);
    set.announce('ord_1');
    set.apply({ records: [record('ord_1')] }, 1);
    await query(url, `UPDATE number_blocks SET state = 'given_up' WHERE no = $1`, [block]);
    const client = await connections.writer.connect();
    const [, written, committed] = await Promise.allSettled([
      client.query('BEGIN'),
      writeAll(client, writesOf(set, [block])),
      client.query('COMMIT'),
    ]);
    expect(written).toMatchObject({ status: 'rejected', reason: expect.any(NumbersLost) });
    expect(committed).toMatchObject({ status: 'fulfilled', value: { command: 'ROLLBACK' } });
    client.release();
    await connections.end();
    expect(await query(url, 'SELECT id FROM records')).toEqual([]);
  });

  it('keeps nothing of a call whose row the server refuses, and all of those beside it once', async () => {
    const { store, url } = await given();
    const refused = (key: string) =>
      store.transact([], (state, context) => {
        const decision = makeOrder(['crm'])(state, context) as { write: object; answer: string };
        const intakeKeys = [{ system: 'shop', key, fingerprint: 'f', answer: 'a', at: 1 }];
        return { ...decision, write: { ...decision.write, intakeKeys } };
      });
    const calls = [store.transact([], makeOrder(['crm'])), refused('a\0b'), store.transact([], makeOrder(['crm']))];
    const [one, faulty, two] = await Promise.allSettled(calls);
    expect(faulty).toMatchObject({ status: 'rejected', reason: { code: '22021' } });
    const good = [one, two].map((settled) => (settled as PromiseFulfilledResult<string>).value);
    const ids = await query<{ id: string }>(url, 'SELECT id FROM records');
    expect(ids.map(({ id }) => id).sort()).toEqual(good.sort());
    expect(await store.counts()).toEqual([{ system: 'crm', type: 'order', state: 'behind', count: 2 }]);
    expect(await query(url, `SELECT no FROM number_blocks WHERE state = 'open'`)).toEqual([]);
  });
});
