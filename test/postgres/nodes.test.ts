// Several nodes over one database: each replica with one of them, and what a lost node had goes to another.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReplicaRow } from '../../src/store/rows.ts';
import type { Claim, Decide } from '../../src/store/store.ts';
import { address, behind, change, inFlight, makeOrder, record, sendAll, settle } from '../contract/store/harness.ts';
import { type PostgresHarness, postgresHarness, stranger } from './harness.ts';
import { query } from './schemas.ts';

let harness: PostgresHarness;
beforeEach(async () => {
  harness = await postgresHarness();
});
afterEach(() => harness.close());

/** Sends with a token of its own, as the hub does. */
const sendWith =
  (token: string): Claim<{ recordId: string; key: string }> =>
  (_state, row) => {
    const flight = inFlight(row, { token });
    return { write: { inFlight: [flight] }, send: { recordId: row.recordId, key: flight.key } };
  };

const settleWith =
  (token: string, recordId: string): Decide<'settled' | 'stale'> =>
  (state, context) => {
    if (state.record(recordId)?.inFlight('crm')?.token !== token) return { write: {}, answer: 'stale' };
    return { ...settle('crm', recordId)(state, context), answer: 'settled' } as never;
  };

const expire = (url: string, which: 'lowest' | 'highest') =>
  query(
    url,
    `UPDATE nodes SET lease_until = 0 WHERE no = (SELECT ${which === 'lowest' ? 'min' : 'max'}(no) FROM nodes)`,
  );

describe('what a node has read or written before', () => {
  const memory = (street: string) => ({ image: address(street), syncedVersion: 1, past: {}, seen: {}, sentAt: 1 });
  const told = (id: string): Decide<unknown> => {
    return (state) => {
      const found = state.record(id);
      const [image, flight, row] = [found?.image('crm'), found?.inFlight('crm'), found?.replicas.get('crm')];
      const answer = { data: found?.row.data, held: image?.memory.image, body: flight?.body, id: row?.externalId };
      return { write: {}, answer };
    };
  };

  it.each([
    ['the record', 'records', `data = '{"by":"them"}'`, 'id = $1', { data: { by: 'them' } }],
    ['a replica', 'replicas', `external_id = 'C2'`, 'no / 1024 = (SELECT no FROM records WHERE id = $1)', { id: 'C2' }],
    [
      'an image',
      'images',
      `memory = replace(memory, '"B"', '"C"')`,
      'replica / 1024 = (SELECT no FROM records WHERE id = $1)',
      { held: address('C') },
    ],
    [
      'a send',
      'in_flight',
      `body = '{"a":2}'`,
      'replica / 1024 = (SELECT no FROM records WHERE id = $1)',
      { body: '{"a":2}' },
    ],
  ])('is read anew where somebody else has written %s, and nothing else', async (_what, table, set, where, over) => {
    const { store, url } = harness;
    const id = await store.transact(
      [],
      makeOrder(['crm'], () => ({ externalId: 'C1' })),
    );
    await store.transact([id], (state) => {
      const row = state.record(id)?.replicas.get('crm') as ReplicaRow;
      const images = [{ system: 'crm', recordId: id, image: { memory: memory('B'), payload: null } }];
      return { write: { images, inFlight: [inFlight(row)] }, answer: undefined };
    });
    const before = { data: address('A'), held: address('B'), body: '{"a":1}', id: 'C1' };
    expect(await store.transact([id], told(id))).toEqual(before);
    await query(url, `UPDATE ${table} SET ${set} WHERE ${where}`, [id]);
    expect(await store.transact([id], told(id))).toEqual({ ...before, ...over });
    expect(await store.transact([id], told(id))).toEqual({ ...before, ...over });
  });

  it('is read anew where the send was taken away, or another replica has come', async () => {
    const { store } = harness;
    const other = await harness.another();
    const id = await store.transact([], makeOrder(['crm']));
    await store.claim('crm', 1, sendAll);
    expect(await store.transact([id], told(id))).toMatchObject({ body: '{"a":1}' });
    await other.transact([id], settle('crm', id));
    expect(await store.transact([id], told(id))).toMatchObject({ body: undefined });
    await other.transact([id], () => ({ write: { replicas: [behind(id, 'wms', null)] }, answer: undefined }));
    const systems = store.transact([id], (state) => ({
      write: {},
      answer: [...(state.record(id)?.replicas.keys() ?? [])],
    }));
    expect(await systems).toEqual(['crm', 'wms']);
  });

  it('is found by an external id that another node has moved to another record', async () => {
    const { store } = harness;
    const other = await harness.another();
    const [one, two] = [
      await store.transact(
        [],
        makeOrder(['crm'], () => ({ externalId: 'C1' })),
      ),
      await store.transact([], makeOrder(['crm'])),
    ] as const;
    const found = (): Promise<string | undefined> =>
      store.transact(['ext:crm:order:C1'], (state) => ({ write: {}, answer: state.resolve('ext:crm:order:C1') }));
    expect(await found()).toBe(one);
    await other.transact([one, two], (state) => {
      const row = (id: string) => state.record(id)?.replicas.get('crm') as ReplicaRow;
      const replicas = [
        { ...row(one), externalId: null },
        { ...row(two), externalId: 'C1' },
      ];
      return { write: { replicas }, answer: undefined };
    });
    expect(await found()).toBe(two);
    expect(await found()).toBe(two);
  });

  it('is not kept of a group that failed', async () => {
    const { store } = harness;
    const id = await store.transact(
      [],
      makeOrder(['crm'], () => ({ externalId: 'C1' })),
    );
    const refused = store.transact([id], (state) => {
      const row = state.record(id)?.replicas.get('crm') as ReplicaRow;
      const images = [{ system: 'crm', recordId: id, image: { memory: memory('B'), payload: null } }];
      // The server has no place for this character.
      return { write: { images, replicas: [{ ...row, externalId: 'C\0' }] }, answer: undefined };
    });
    await expect(refused).rejects.toThrow();
    expect(await store.transact([id], told(id))).toMatchObject({ id: 'C1', held: undefined });
  });
});

describe('claims', () => {
  it('take what a change makes due in the transaction of the change, although time goes on meanwhile', async () => {
    let [now, commits] = [Date.UTC(2026, 0, 15), 0];
    const ticking = await postgresHarness({ now: () => ++now, onCommit: () => (commits += 1) });
    try {
      const claim = ticking.store.claim('crm', 1, sendAll);
      await ticking.store.ready();
      const before = commits;
      const [id, sends] = await Promise.all([ticking.store.transact([], makeOrder(['crm'])), claim]);
      expect(sends).toMatchObject([{ recordId: id }]);
      expect(commits - before).toBe(1);
    } finally {
      await ticking.close();
    }
  });

  it('of several nodes never share a replica, and leave none', async () => {
    const nodes = [harness.store, await harness.another(), await harness.another()];
    const ids = await Promise.all(Array.from({ length: 60 }, () => harness.store.transact([], makeOrder(['crm']))));
    const taken: string[] = [];
    const take = async (node: (typeof nodes)[number]): Promise<void> => {
      while (taken.length < ids.length) {
        const ended = new AbortController();
        const claim = node.claim('crm', 7, sendAll, ended.signal);
        await node.ready();
        ended.abort();
        taken.push(...(await claim).map(({ recordId }) => recordId));
      }
    };
    await Promise.all(nodes.map(take));
    expect([...taken].sort()).toEqual([...ids].sort());
  });

  it('step over what another transaction holds', async () => {
    const { store, url } = harness;
    const held = await store.transact([], makeOrder(['crm']));
    const free = await store.transact([], makeOrder(['crm']));
    const other = await stranger(url);
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM records WHERE id = $1 FOR UPDATE', [held]);
    expect((await store.claim('crm', 5, sendAll)).map(({ recordId }) => recordId)).toEqual([free]);
    await other.query('COMMIT');
    await other.end();
    harness.clock.advance(1_000);
    expect((await store.claim('crm', 5, sendAll)).map(({ recordId }) => recordId)).toEqual([held]);
  });

  it('take nothing for a system that another node has paused, and go on when it is resumed', async () => {
    const { store, clock } = harness;
    const other = await harness.another();
    const state = (name: 'paused' | 'active'): Promise<void> =>
      other.saveSystem({ system: 'crm', state: name, since: clock.now(), reason: null });
    const before = await other.transact([], makeOrder(['crm', 'wms']));
    await state('paused');
    const claim = store.claim('crm', 5, sendAll);
    expect(await store.claim('wms', 5, sendAll)).toHaveLength(1);
    // Nor what is made due in the very group that could fill the claim.
    const later = await store.transact([], makeOrder(['crm', 'wms']));
    expect(await store.claim('wms', 5, sendAll)).toHaveLength(1);
    await state('active');
    clock.advance(1_000);
    expect((await claim).map(({ recordId }) => recordId)).toEqual([before, later]);
  });

  it('find within a second what another node made due', async () => {
    const { store, clock } = harness;
    const other = await harness.another();
    const claim = store.claim('crm', 5, sendAll);
    await store.ready();
    const id = await other.transact([], makeOrder(['crm']));
    clock.advance(1_000);
    expect((await claim).map(({ recordId }) => recordId)).toEqual([id]);
  });
});

describe('a node whose lease has run out', () => {
  it('loses what it had claimed to another, who repeats it under the same key; its own answer is stale', async () => {
    const { store, url } = harness;
    const id = await store.transact([], makeOrder(['crm', 'wms']));
    const [sent] = await store.claim('crm', 1, sendWith('first'));
    const other = await harness.another();
    expect(await other.unsettled()).toEqual([]);
    await other.upkeep.round();
    const ended = new AbortController();
    const early = other.claim('crm', 1, sendWith('second'), ended.signal);
    await other.ready();
    ended.abort();
    expect(await early).toEqual([]);

    await expire(url, 'lowest');
    expect((await other.unsettled()).map(({ recordId }) => recordId)).toEqual([id]);
    await other.upkeep.round();
    const [again] = await other.claim('crm', 1, sendWith('second'));
    expect(again).toEqual(sent);
    expect(await store.transact([id], settleWith('first', id))).toBe('stale');
    expect(await other.transact([id], settleWith('second', id))).toBe('settled');
    expect((await other.counts()).map(({ system, state, count }) => `${system} ${state} ${count}`).sort()).toEqual([
      'crm synced 1',
      'wms behind 1',
    ]);
  });

  it('claims again under a new number, and nothing under the old one', async () => {
    const { store, url } = harness;
    await store.transact([], makeOrder(['crm']));
    const before = await query(url, 'SELECT no FROM nodes');
    await expire(url, 'lowest');
    expect(await store.claim('crm', 1, sendAll)).toHaveLength(1);
    const [claimed] = await query<{ claimed: string }>(url, 'SELECT claimed FROM replicas');
    expect(before.map(({ no }) => no)).not.toContain(claimed?.claimed);
  });

  it('is forgotten once it has nothing any more', async () => {
    const { url } = harness;
    const other = await harness.another();
    await other.transact([], makeOrder(['crm']));
    await expire(url, 'highest');
    await harness.store.upkeep.round();
    expect(await query(url, 'SELECT no FROM nodes')).toHaveLength(1);
    expect(await query(url, 'SELECT node, count FROM replica_counts')).toEqual([{ node: '0', count: '1' }]);
  });

  it('gives its lease back when it is closed', async () => {
    const other = await harness.another();
    const id = await other.transact([], makeOrder(['crm']));
    await other.claim('crm', 1, sendAll);
    await other.close();
    await harness.store.upkeep.round();
    expect((await harness.store.claim('crm', 1, sendAll)).map(({ recordId }) => recordId)).toEqual([id]);
  });
});

describe('decisions of several nodes', () => {
  it('about one thing that is not there yet make it once', async () => {
    const nodes = [harness.store, await harness.another(), await harness.another()];
    const intake: Decide<string> = (state, { newId, nextSeq }) => {
      const answered = state.intakeKey('key:shop:once');
      if (answered) return { write: {}, answer: answered.answer };
      const known = state.resolve('ext:crm:order:1') ?? state.resolve('match:order:number:N1');
      if (known) return { write: {}, answer: known };
      const id = newId('ord_');
      const intakeKeys = [{ system: 'shop', key: 'once', fingerprint: 'f', answer: id, at: 1 }];
      const matchKeys = [{ type: 'order' as const, field: 'number', value: 'N1', recordId: id }];
      const made = { records: [record(id)], changes: [change(nextSeq(), id)], intakeKeys, matchKeys };
      return { write: made, answer: id };
    };
    const keys = ['ext:crm:order:1', 'match:order:number:N1', 'key:shop:once'];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, place) => (nodes[place % 3] as (typeof nodes)[number]).transact(keys, intake)),
    );
    expect(new Set(answers).size).toBe(1);
    expect((await harness.store.recordsOf('order', 10, null)).items).toHaveLength(1);
    expect(await harness.store.changesAfter(0, 10, {})).toHaveLength(1);
  });

  it('know of creates that another node has in flight', async () => {
    const { store } = harness;
    const other = await harness.another();
    const asks = () =>
      other.transact([], () => ({
        write: {},
        answer: [other.createsUnsettled('crm', 'order'), other.createsUnsettled('crm', 'order', 0)],
      }));
    expect(await asks()).toEqual([false, false]);
    const id = await store.transact([], makeOrder(['crm']));
    await store.claim('crm', 1, (_state, row) => ({ write: { inFlight: [inFlight(row, { op: 'create' })] }, send: 1 }));
    expect(await asks()).toEqual([true, false]);
    await store.transact([id], settle('crm', id));
    expect(await asks()).toEqual([false, false]);
  });

  it('release waiters whichever node parked them', async () => {
    const { store } = harness;
    const other = await harness.another();
    const target = await store.transact([], makeOrder([]));
    const parked = { state: 'parked' as const, parkedOn: target, dueAt: null };
    const ids = await Promise.all(
      [store, other].map((node) =>
        node.transact(
          [],
          makeOrder(['crm'], () => parked),
        ),
      ),
    );
    await other.transact([target], () => ({
      write: { unpark: [{ system: 'crm', recordId: target, moves: false }] },
      answer: 0,
    }));
    expect((await other.claim('crm', 5, sendAll)).map(({ recordId }) => recordId).sort()).toEqual(ids.sort());
  });
});
