// The verb transact: keys, rounds, order within a group, rows read as they were written.
import { describe, expect, it } from 'vitest';
import type { Key, State, Store } from '../../../src/store/store.ts';
import { address, behind, change, type Harness, inFlight, makeOrder, record, replica } from './harness.ts';

export function transactContract(given: () => Harness): void {
  describe('transact', () => {
    it('writes what was decided and answers after it', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder(['crm']));
      const found = await store.read([id], (state) => state.record(id));
      expect(found?.row).toEqual(record(id));
      expect([...(found?.replicas.keys() ?? [])]).toEqual(['crm']);
    });

    it('keeps every row as it was written, across a restart', async () => {
      const harness = given();
      const id = await harness.store.transact([], writeEverything);
      const store = await harness.reopen();
      const seen = await store.read([id], (state) => {
        const found = state.record(id);
        const row = { ...found?.row };
        return { row, crm: found?.replicas.get('crm'), image: found?.image('crm'), flight: found?.inFlight('crm') };
      });
      const expected = everything(id);
      expect(seen).toEqual({
        row: expected.record,
        crm: expected.replica,
        image: expected.image,
        flight: expected.flight,
      });
      expect(await store.changesAfter(0, 10, {})).toEqual([expected.change]);
    });

    it('shows decisions of one group what earlier ones wrote', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder([]));
      const add = () =>
        store.transact([id], (state) => {
          const row = state.record(id)?.row;
          if (!row) throw new Error('gone');
          const count = Number(row.data.count ?? 0) + 1;
          return { write: { records: [{ ...row, version: count, data: { ...row.data, count } }] }, answer: count };
        });
      const answers = await Promise.all(Array.from({ length: 200 }, add));
      expect(answers).toEqual(Array.from({ length: 200 }, (_, place) => place + 1));
      expect(await store.read([id], (state) => state.record(id)?.row.data.count)).toBe(200);
    });

    it('fails only the decision that throws', async () => {
      const { store } = given();
      const answers = await Promise.allSettled([
        store.transact([], makeOrder([])),
        store.transact([], () => {
          throw new Error('no such thing');
        }),
        store.transact([], makeOrder([])),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await store.recordsOf('order', 10, null)).items).toHaveLength(2);
    });

    it('fails only the decision whose rows cannot be written', async () => {
      const { store } = given();
      const external = { externalId: '8812' };
      const make = () =>
        store.transact(
          [],
          makeOrder(['crm'], () => external),
        );
      const answers = await Promise.allSettled([make(), store.transact([], makeOrder([])), make()]);
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      const orphan = store.transact([], () => ({ write: { replicas: [replica('ord_none', 'crm')] }, answer: 1 }));
      const other = store.transact([], makeOrder([]));
      await expect(orphan).rejects.toThrow('ord_none');
      await expect(other).resolves.toMatch(/^ord_/);
    });

    it('writes nothing of a decision that fails', async () => {
      const { store } = given();
      const half = store.transact([], (_state, context) => {
        const id = context.newId('ord_');
        return { write: { records: [record(id)], replicas: [replica('ord_none', 'crm')] }, answer: id };
      });
      await expect(half).rejects.toThrow();
      expect((await store.recordsOf('order', 10, null)).items).toEqual([]);
      expect(await store.counts()).toEqual([]);
    });

    it('calls a decision again with the keys it needs, at most four rounds', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder([]));
      let asked = 0;
      const version = await store.transact<number | undefined>([], (state) => {
        asked += 1;
        if (asked === 1) return { need: [id] };
        return { write: {}, answer: state.record(id)?.row.version };
      });
      expect(version).toBe(1);
      await expect(store.transact([], () => ({ need: [id] }))).rejects.toThrow(/keys/);
    });

    it('refuses to read what was not asked for', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder([]));
      await expect(store.read([], (state) => state.record(id))).rejects.toThrow(id);
      await expect(store.read([id], (state) => state.resolve('ext:crm:order:1'))).rejects.toThrow('ext:crm:order:1');
    });
  });

  describe('keys', () => {
    const resolve = (store: Store, key: Key) => store.read([key], (state: State) => state.resolve(key));

    it('finds records by external id and lets the id move', async () => {
      const { store } = given();
      const [first, second] = await Promise.all([
        store.transact(
          [],
          makeOrder(['crm'], () => ({ externalId: 'a:b:1' })),
        ),
        store.transact([], makeOrder(['crm'])),
      ]);
      expect(await resolve(store, 'ext:crm:order:a:b:1')).toBe(first);
      expect(await resolve(store, 'ext:crm:order:a:b:2')).toBeUndefined();
      const moved = await store.transact<string | undefined>(['ext:crm:order:a:b:1', second], (state) => {
        const theirs = state.record(second)?.replicas.get('crm');
        const mine = state.record(first)?.replicas.get('crm');
        if (!theirs || !mine) throw new Error('gone');
        const replicas = [
          { ...theirs, externalId: 'a:b:1' },
          { ...mine, externalId: null },
        ];
        return { write: { replicas: replicas.reverse() }, answer: second };
      });
      expect(await resolve(store, 'ext:crm:order:a:b:1')).toBe(moved);
    });

    it('gives a record through the key that resolves to it', async () => {
      const { store } = given();
      const id = await store.transact(
        [],
        makeOrder(['crm'], () => ({ externalId: '1' })),
      );
      const through = await store.read(['ext:crm:order:1'], (state) => state.record(id)?.row.id);
      expect(through).toBe(id);
    });

    it('finds records by match key until the key is freed', async () => {
      const { store } = given();
      const id = await store.transact([], makeOrder([]));
      const key = { type: 'order' as const, field: 'number', value: 'SO:1' };
      await store.transact([id], () => ({ write: { matchKeys: [{ ...key, recordId: id }] }, answer: 0 }));
      expect(await resolve(store, 'match:order:number:SO:1')).toBe(id);
      expect(await resolve(store, 'match:order:email:SO:1')).toBeUndefined();
      await store.transact([id], () => ({ write: { matchKeys: [{ ...key, recordId: null }] }, answer: 0 }));
      expect(await resolve(store, 'match:order:number:SO:1')).toBeUndefined();
    });

    it('keeps intake keys by system, visible within the group', async () => {
      const { store } = given();
      const row = { system: 'shop', key: 'k:1', fingerprint: 'f', answer: '{"status":"accepted"}', at: 5 };
      const write = store.transact([], () => ({ write: { intakeKeys: [row] }, answer: 0 }));
      const seen = store.transact(['key:shop:k:1', 'key:crm:k:1'], (state) => {
        return { write: {}, answer: [state.intakeKey('key:shop:k:1'), state.intakeKey('key:crm:k:1')] };
      });
      await write;
      expect(await seen).toEqual([row, undefined]);
    });

    it('resolves keys that the same group wrote', async () => {
      const { store } = given();
      const made = store.transact(
        [],
        makeOrder(['crm'], () => ({ externalId: '7' })),
      );
      const seen = store.transact(['ext:crm:order:7'], (state) => {
        return { write: {}, answer: state.resolve('ext:crm:order:7') };
      });
      expect(await seen).toBe(await made);
    });
  });
}

function everything(id: string) {
  const refused = [{ unit: 'money', reason: 'not_a_writer' as const, message: 'shop only', path: '/amount' }];
  const row = behind(id, 'crm', 77, {
    externalId: '8812',
    wantedSeq: 1,
    wantedVersion: 3,
    attempts: 4,
    lastAttemptAt: 60,
    lastError: { kind: 'rejected', message: 'no "such" street', status: 422, at: 61 },
    mapping: 'digest',
    deliveries: 9,
    lastDeliveredAt: 59,
  });
  const memory = {
    image: address('B'),
    syncedVersion: 2,
    past: { shipTo: [['d', 1]] as [string, number][] },
    seen: { shipTo: 4 },
    sentAt: 8,
  };
  return {
    record: record(id, {
      version: 3,
      deleted: true,
      mergedInto: 'ord_x',
      data: { ...address('𝒳 "quoted"'), tags: [] },
    }),
    replica: row,
    image: { memory, payload: '{"id":12345678901234567890}' },
    flight: inFlight(row, { op: 'create', older: [address('Z')], payload: '<x/>', token: 't-1', body: '名 "x"\n' }),
    change: change(1, id, {
      units: { shipTo: [{}, address('B')] },
      refused,
      ambiguous: ['shipTo'],
      resend: null,
      traceparent: '00-a',
    }),
  };
}

const writeEverything = (_state: State, context: { newId(prefix: string): string; nextSeq(): number }) => {
  const id = context.newId('ord_');
  context.nextSeq();
  const { record: row, replica: crm, image, flight, change: changed } = everything(id);
  const images = [{ system: 'crm', recordId: id, image }];
  return { write: { records: [row], replicas: [crm], images, inFlight: [flight], changes: [changed] }, answer: id };
};
