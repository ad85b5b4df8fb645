// Small tables, retention, backups, and what happens at the end.
import { describe, expect, it } from 'vitest';
import type { AuditFilter, Store } from '../../../src/store/store.ts';
import { change, type Harness, keepNothing, makeOrder, record, sendAll, settle } from './harness.ts';

export function housekeepingContract(given: () => Harness): void {
  describe('small tables', () => {
    it('keeps cursors, systems and keys', async () => {
      const harness = given();
      const system = { system: 'crm', state: 'paused' as const, since: 5, reason: 'by hand' };
      const key = { id: 'key_1', name: 'shop', scopes: ['intake'], hash: 'h', createdAt: 1, revokedAt: null };
      const audit = {
        ...{ at: 1, actor: 'ops', action: 'system.paused', target: 'crm', recordId: null },
        detail: { why: 'by hand' },
      };
      await harness.store.saveCursor('poll:shop', '1');
      await harness.store.saveCursor('poll:shop', '2');
      await harness.store.saveSystem({ ...system, state: 'active', reason: null });
      await harness.store.saveSystem(system, audit);
      await harness.store.saveApiKey(key);
      await harness.store.saveApiKey({ ...key, revokedAt: 9 }, audit);
      const store = await harness.reopen();
      expect(await store.cursor('poll:shop')).toBe('2');
      expect(await store.cursor('poll:crm')).toBeUndefined();
      expect(await store.systems()).toEqual([system]);
      expect(await store.apiKeys()).toEqual([{ ...key, revokedAt: 9 }]);
      expect(await store.audit({}, 10, null)).toEqual({ items: [audit, audit], next: null });
    });

    it('keeps what people did, newest first, by page, by who and by record', async () => {
      const harness = given();
      const deed = (no: number, actor: string, recordId: string | null) => ({
        ...{ at: 1, actor, action: 'record.patch', target: `t${no}`, recordId },
        detail: { fields: ['shipTo.street'] },
      });
      const rows = [deed(1, 'mei', 'ord_1'), deed(2, 'lei', 'ord_1'), deed(3, 'mei', 'ord_2'), deed(4, 'mei', null)];
      for (const row of rows) await harness.store.transact([], () => ({ write: { audit: [row] }, answer: undefined }));
      const store = await harness.reopen();
      const targets = async (filter: AuditFilter, limit: number, before: string | null) => {
        const { items, next } = await store.audit(filter, limit, before);
        return { targets: items.map(({ target }) => target).join(' '), next };
      };
      const first = await targets({}, 3, null);
      expect(first.targets).toBe('t4 t3 t2');
      expect(await targets({}, 3, first.next)).toEqual({ targets: 't1', next: null });
      expect(await targets({ actor: 'mei' }, 9, null)).toEqual({ targets: 't4 t3 t1', next: null });
      expect(await targets({ recordId: 'ord_1' }, 9, null)).toEqual({ targets: 't2 t1', next: null });
      expect(await targets({ actor: 'mei', recordId: 'ord_1' }, 9, null)).toEqual({ targets: 't1', next: null });
      expect((await store.audit({ recordId: 'ord_2' }, 1, null)).items).toEqual([rows[2]]);
      await expect(store.audit({}, 1, 'x')).rejects.toThrow(RangeError);
    });
  });

  describe('prune', () => {
    it('removes what is past its retention, in slices, and never the newest change', async () => {
      const { store, clock } = given();
      const now = clock.now();
      const keep = { changes: 1_000, intakeKeys: 1_000, attempts: 1_000, deadLetters: 1_000 };
      const id = await store.transact([], (_state, { newId, nextSeq }) => {
        const made = newId('ord_');
        const old = now - 5_000;
        const changes = [old, old, old, now].map((recordedAt) => change(nextSeq(), made, { recordedAt }));
        const keys = [old, now].map((at) => ({ system: 'shop', key: `k${at}`, fingerprint: 'f', answer: '{}', at }));
        return { write: { records: [record(made)], changes, intakeKeys: keys }, answer: made };
      });
      const seqs = async () => (await store.changesAfter(0, 10, {})).map(({ seq }) => seq);
      expect(await store.prune(now, keep, 1)).toBe(2);
      expect(await seqs()).toEqual([2, 3, 4]);
      expect(await store.prune(now, keep, 10)).toBe(2);
      expect(await store.prune(now, keep, 10)).toBe(0);
      expect(await store.prune(now + 9_000, keepNothing, 10)).toBe(1);
      expect(await seqs()).toEqual([4]);
      const read = await store.read([`key:shop:k${now}`], (state) => state.intakeKey(`key:shop:k${now}`));
      expect(read).toBeUndefined();
      expect((await store.history(id, 10, null)).items).toHaveLength(1);
    });
  });

  describe('epoch', () => {
    it('stays the same over restarts', async () => {
      const harness = given();
      const { epoch } = harness.store;
      expect(epoch).toMatch(/^[\w-]{12,}$/);
      expect((await harness.reopen()).epoch).toBe(epoch);
    });
  });

  describe('backup', () => {
    it('is a consistent copy although changes go on, with everything acknowledged before it began', async () => {
      const { store, backupTo } = given();
      const before = await Promise.all(
        Array.from({ length: 300 }, () => store.transact([], makeOrder(['crm', 'wms']))),
      );
      const { target, open } = backupTo();
      const shares: number[] = [];
      let copying = true;
      const copied = store
        .backup(target, (share) => shares.push(share))
        .finally(() => {
          copying = false;
        });
      let during = 0;
      for (; copying; during++) await store.transact([], makeOrder(['crm', 'wms']));
      await copied;
      expect(during).toBeGreaterThan(0);
      expect(shares.at(-1)).toBe(1);
      const copy = await open();
      const ids = new Set(await allOrders(copy));
      expect(before.filter((id) => !ids.has(id))).toEqual([]);
      const counted = (await copy.counts()).reduce((sum, { count }) => sum + count, 0);
      expect(counted).toBe(ids.size * 2);
      expect((await copy.changesAfter(0, 10_000, {})).length).toBe(ids.size);
      await copy.close();
    });

    it('refuses to write over something', async () => {
      const { store, backupTo } = given();
      const { target, open } = backupTo();
      await store.backup(target);
      await expect(store.backup(target)).rejects.toThrow(/there already/);
      await (await open()).close();
    });
  });

  describe('close', () => {
    it('commits what was queued, ends waiting claims, then refuses', async () => {
      const harness = given();
      const { store } = harness;
      const claim = store.claim('wms', 1, sendAll);
      const made = store.transact([], makeOrder(['crm']));
      await store.close();
      expect(await claim).toEqual([]);
      const id = await made;
      await expect(store.transact([id], settle('crm', id))).rejects.toThrow(/closed/);
      await expect(store.head()).rejects.toThrow(/closed/);
      await expect(store.claim('crm', 1, sendAll)).rejects.toThrow(/closed/);
      const again = await harness.reopen();
      expect(await allOrders(again)).toEqual([id]);
    });

    it('answers that it can be written while it can', async () => {
      const { store } = given();
      await expect(store.ready()).resolves.toBeUndefined();
    });
  });
}

async function allOrders(store: Store): Promise<string[]> {
  return (await store.recordsOf('order', 100_000, null)).items.map(({ id }) => id);
}
