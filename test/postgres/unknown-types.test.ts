// A newer program beside this one writes records of a type that this one does not know: it leaves them alone wherever it
// meets them, and loses none.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cursorText } from '../../src/feed/cursor.ts';
import { cloudEvent } from '../../src/gateway/change-events.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { RecordType } from '../../src/model/records.ts';
import { copyToPostgres } from '../../src/store/copy/copy.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { restore } from '../../src/store/postgres/restore.ts';
import type { TimerRow } from '../../src/store/rows.ts';
import type { Decide, Store } from '../../src/store/store.ts';
import { behind, change, inFlight, record, sendAll, settle } from '../contract/store/harness.ts';
import { type Scene, scene } from '../core/scene.ts';
import { shopOrder } from '../core/words.ts';
import { sqliteHarness } from '../store/sqlite-harness.ts';
import { newSchema, query } from './schemas.ts';

/** What only the newer program knows. */
const invoice = 'invoice' as RecordType;
const dunning = 'dunning' as TimerRow['kind'];
const secret = '李雷';

let older: Scene;
/** The store of the newer program, which knows what an invoice is. */
let newer: PostgresStore;
let url: string;

beforeEach(async () => {
  older = await scene({ engine: 'postgres' });
  if (older.database.engine !== 'postgres') throw new Error('not on PostgreSQL');
  url = older.database.url;
  newer = await openPostgres({ url, now: older.now, random: randomBytes });
});
afterEach(async () => {
  await newer.close();
  await older.close();
});

/** An invoice for the shop (which is sent to) and the erp (which polls). */
const makeInvoice: Decide<string> = (_state, context) => {
  const id = context.newId('iny_');
  const seq = context.nextSeq();
  const data = { payer: { name: secret }, total: '520.00' };
  const wanted = { type: invoice, wantedSeq: seq };
  const units: Record<string, [JsonObject, JsonObject]> = { payer: [{}, { payer: { name: secret } }] };
  return {
    write: {
      records: [record(id, { type: invoice, data, stamps: {} })],
      replicas: [behind(id, 'crm', context.now, wanted), behind(id, 'erp', null, wanted)],
      changes: [change(seq, id, { type: invoice, op: 'created', recordedAt: context.now, units })],
    },
    answer: id,
  };
};

const replicaOf = async (id: string, system: string) =>
  newer.read([id], (state) => {
    const replica = state.record(id)?.replicas.get(system);
    if (!replica) throw new Error(`${id} has no replica of ${system}`);
    return replica;
  });

const order = (no: number) => ({
  record: 'order',
  data: shopOrder({ id: `${no}`, order_number: `SO-${no}` }),
});

const pageAfter = async (after: string | null) => {
  const page = await older.core.feed({ system: 'erp', after, limit: 10 });
  if ('gone' in page) throw new Error('the cursor is of another epoch');
  return page;
};

describe('records of a type that only a newer program knows', () => {
  it('are neither sent nor given up, and the newer program sends them', async () => {
    const id = await newer.transact([], makeInvoice);
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await older.due('crm')).toEqual([]);
      older.pass(5_000);
    }
    expect(await replicaOf(id, 'crm')).toMatchObject({ state: 'behind', attempts: 0, lastError: null });
    expect(await newer.deadLetters({ state: 'all' }, 10, null)).toMatchObject({ items: [] });
    expect((await newer.claim('crm', 5, sendAll)).map(({ recordId }) => recordId)).toEqual([id]);
    await newer.transact([id], settle('crm', id));
    expect(await replicaOf(id, 'crm')).toMatchObject({ state: 'synced' });
  });

  it('do not hold up what this program knows', async () => {
    for (let count = 0; count < 12; count += 1) await newer.transact([], makeInvoice);
    const { id } = await older.say('shop', order(1));
    // A claim takes ten at most, and the invoices are due before it.
    const sent = [...(await older.due('crm')), ...(await older.due('crm'))];
    expect(sent.map(({ recordId }) => recordId)).toEqual([id]);
  });

  it('that were being sent when their process ended wait for another newer one, also over a restart', async () => {
    const id = await newer.transact([], makeInvoice);
    await newer.claim('crm', 1, sendAll);
    await newer.close();
    await older.restart();
    expect(await older.due('crm')).toEqual([]);
    newer = await openPostgres({ url, now: older.now, random: randomBytes });
    older.pass(5_000);
    expect(await newer.read([id], (state) => state.record(id)?.inFlight('crm')?.token)).toBe('token');
    expect((await newer.claim('crm', 1, sendAll)).map(({ recordId }) => recordId)).toEqual([id]);
  });

  it('stop the feed in front of them, and an acknowledgement of more leaves them as they are', async () => {
    const first = (await older.say('shop', order(1))).id;
    const begin = await pageAfter(null);
    expect(begin.items.map((item) => item.id)).toEqual([first]);
    const id = await newer.transact([], makeInvoice);
    const second = (await older.say('shop', order(2))).id;
    const stopped = await pageAfter(begin.next);
    expect([stopped.items, stopped.more]).toEqual([[], false]);
    expect((await pageAfter(stopped.next)).items).toEqual([]);

    // The newer one serves it, and what stands behind it; the poller comes back to this one with the cursor.
    const { wantedSeq } = await replicaOf(id, 'erp');
    await newer.transact([id], (state) => {
      const replica = state.record(id)?.replicas.get('erp');
      return { write: { inFlight: replica ? [inFlight(replica)] : [] }, answer: undefined };
    });
    expect((await pageAfter(cursorText(newer.epoch, wantedSeq))).items.map((item) => item.id)).toEqual([second]);
    expect(await older.replica(first, 'erp')).toMatchObject({ state: 'synced' });
    expect(await replicaOf(id, 'erp')).toMatchObject({ state: 'behind', wantedSeq });
    // By which the newer one knows, at the next poll, what it still has to settle.
    expect(await newer.read([id], (state) => state.record(id)?.inFlight('erp')?.seq)).toBe(wantedSeq);
    const items = [{ record: 'invoice', id, seq: String(wantedSeq) }];
    expect(await older.core.acknowledge('erp', items)).toMatchObject([{ status: 'unknown' }]);
  });

  it('stand in the stream and in the lag, with every value masked for those who may not see personal data', async () => {
    const id = await newer.transact([], makeInvoice);
    await older.core.ready();
    const page = await older.core.changes({ after: null, limit: 10 });
    if ('gone' in page) throw new Error('gone');
    const [found] = page.changes.filter(({ recordId }) => recordId === id);
    if (!found) throw new Error('it is not in the stream');
    const as = (...scopes: string[]): string =>
      JSON.stringify(cloudEvent(found, { name: 'test', scopes: new Set(scopes) as never }));
    expect(as('read', 'pii')).toContain(secret);
    expect(as('read')).not.toContain(secret);
    expect(as('read')).toContain('dev.syncline.invoice.created');
    const lag = (await older.core.lag()).find(({ system }) => system === 'crm');
    expect(lag?.records.find(({ record: type }) => (type as string) === 'invoice')).toMatchObject({
      behind: 1,
      oldest: id,
    });
  });

  it('are nothing that a comparison of their system misses or touches', async () => {
    const { id: orderId } = await older.say('shop', order(1));
    const [send] = await older.due('crm');
    if (!send) throw new Error('nothing is due to crm');
    await older.deliver(send, 'C-1');
    const id = await newer.transact([], makeInvoice);
    const synced = { state: 'synced' as const, behindSince: null, dueAt: null, externalId: 'I-1' };
    const row = await replicaOf(id, 'crm');
    const replicas = [{ ...row, ...synced, syncedSeq: row.wantedSeq }];
    await newer.transact([id], () => ({ write: { replicas }, answer: undefined }));
    const before = await replicaOf(id, 'crm');
    older.pass(10);
    const { items } = await older.core.held('crm', 'order', 10, null);
    expect(items.map(({ recordId }) => recordId)).toEqual([orderId]);
    const held = JSON.stringify({ ...(JSON.parse(send.body) as object), id: 'C-1' });
    const asked = { system: 'crm', record: 'order' as const, askedAt: older.now(), graceMs: 0, repair: 'ops' };
    expect(await older.core.compare({ ...asked, items: [{ data: held }] })).toMatchObject([
      { verdict: 'same', recordId: orderId },
    ]);
    expect(await replicaOf(id, 'crm')).toEqual(before);
  });

  it('that wait to be fetched, and timers of an unknown kind, are taken by nobody who does not know them', async () => {
    const waiting = { system: 'crm', externalId: 'x', reason: 'fetch' as const, item: '{}', at: 1, dueAt: 1 };
    await newer.transact([], () => ({
      write: {
        waiting: [{ id: 'wait_1', type: invoice, ...waiting, attempts: 0, createsUpTo: 0 }],
        policy: [{ timer: { subject: 'iny_1', kind: dunning, dueAt: 1 } }],
      },
      answer: undefined,
    }));
    expect(await older.core.toFetch({ limit: 10, except: [] })).toEqual([]);
    expect(await older.core.runTimers()).toBe(0);
    expect(await newer.waitingFor('crm', invoice)).toHaveLength(1);
    expect(await newer.timersDue(dunning, 10, older.now())).toHaveLength(1);
  });

  it('are pruned by their age like everything else, stand in a backup, and come back from it', async () => {
    const id = await newer.transact([], makeInvoice);
    await older.core.prune();
    const folder = mkdtempSync(join(tmpdir(), 'syncline-unknown-'));
    const copied = await newSchema();
    try {
      await older.core.backup(join(folder, 'copy'), 'test');
      await restore(join(folder, 'copy'), copied, randomBytes);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const stored = (at: string) =>
      query(
        at,
        `SELECT o.id, o.type, o.data, r.system, r.state, r.type AS of FROM records o JOIN replicas r ON r.no / 1024 = o.no
        WHERE o.id = $1 ORDER BY r.system`,
        [id],
      );
    const before = await stored(url);
    expect(before).toHaveLength(2);
    expect(await stored(copied)).toEqual(before);
  });

  it('move house: a copy of a file holds them as the file did', async () => {
    const source = await sqliteHarness();
    const id = await source.store.transact([], makeInvoice);
    const rowOf = (store: Store) => store.read([id], (state) => [state.record(id)?.row, state.record(id)?.replicas]);
    const before = await rowOf(source.store);
    await source.store.close();
    const to = await newSchema();
    await copyToPostgres({ from: source.path, to, now: source.clock.now });
    const target = await openPostgres({ url: to, random: randomBytes });
    expect(await rowOf(target)).toEqual(before);
    await target.close();
    await source.close();
  });
});
