// How fast the hub's own store commits groups of changes that are decided already: no HTTP, no JSON read, no mapping, no merge.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { Context, Decision, Key, State, Store, Writes } from '../../src/store/store.ts';
import { digits } from '../load/order-body.ts';
import { nowMs } from '../measure/now.ts';
import { decideSample, type Sample, sampleDigits } from './decided-sample.ts';
import type { GroupJob } from './group-rate.ts';

/** @returns changes per second, each with all the rows that the hub writes for it: three systems fall behind, which have what was before it */
export async function engineRate({ file, ms, group, kind, existing }: GroupJob): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-sample-'));
  const sample = await decideSample(folder).finally(() => rmSync(folder, { recursive: true }));
  const store = await openSqlite({ path: file, now: Date.now, random: randomBytes });
  const create = changesLike(sample.create);
  const delivered = changesLike(sample.delivered);
  const update = changesLike(sample.update);
  let next = 0;
  while (next < existing)
    await commit(
      store,
      many(group, () => delivered(next++)),
    );
  const change = kind === 'creates' ? () => create(next++) : () => update(Math.floor(Math.random() * existing));
  let committing = 0;
  let changes = 0;
  for (; committing < ms; changes += group) committing += await commit(store, many(group, change));
  await store.close();
  return (changes * 1000) / committing;
}

interface Ready {
  keys: Key[];
  decide(state: State, context: Context): Decision<null>;
}

const many = (count: number, make: () => Ready): Ready[] => Array.from({ length: count }, make);

async function commit(store: Store, changes: readonly Ready[]): Promise<number> {
  const startedAt = nowMs();
  await Promise.all(changes.map(({ keys, decide }) => store.transact(keys, decide)));
  return nowMs() - startedAt;
}

/** Copies of what was decided for the sample, each for an order of its own. */
function changesLike({ keys, writes }: Sample): (no: number) => Ready {
  const text = JSON.stringify({ keys, writes });
  const pattern = new RegExp(sampleDigits, 'g');
  return (no) => {
    const copy = JSON.parse(text.replace(pattern, String(no).padStart(digits, '0'))) as Sample;
    shareTree(copy.writes);
    return { keys: copy.keys, decide: (state, context) => ({ write: fitted(copy, state, context), answer: null }) };
  };
}

/** As the hub hands it over: what the shop said is what the record says, and not only equal to it. */
function shareTree({ records = [], images = [] }: Writes): void {
  for (const { system, image } of images) if (system === 'shop') image.memory.image = records[0]?.data ?? {};
}

function fitted({ keys, writes }: Sample, state: State, context: Context): Writes {
  const known = keys.map((key) => state.resolve(key)).find((id) => id !== undefined);
  const before = known === undefined ? undefined : state.record(known);
  const id = known ?? context.newId('ord_');
  const seq = context.nextSeq();
  for (const record of writes.records ?? []) Object.assign(record, { id, version: (before?.row.version ?? 0) + 1 });
  for (const change of writes.changes ?? []) Object.assign(change, { recordId: id, seq });
  for (const row of writes.images ?? []) row.recordId = id;
  for (const row of writes.matchKeys ?? []) row.recordId = id;
  for (const replica of writes.replicas ?? []) {
    Object.assign(replica, { recordId: id, wantedSeq: seq, syncedSeq: replica.syncedSeq > 0 ? seq : 0 });
  }
  before?.image('shop');
  return writes;
}
