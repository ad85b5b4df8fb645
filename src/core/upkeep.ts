// What the store side does by itself: taking up a process that ended, filling new systems, pruning.

import { resend } from '../delivery/resend.ts';
import { fallBehind } from '../intake/fan-out.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { deletePath } from '../model/paths.ts';
import type { RecordType } from '../model/records.ts';
import { draft, newReplica } from '../store/draft.ts';
import type { ImageRow } from '../store/rows.ts';
import type { Decide, RecordState, Store } from '../store/store.ts';
import type { Receiver, World } from './catalog.ts';
import { covers } from './catalog.ts';
import { effectOn } from './mapping-effect.ts';

/** Records looked at in one go, so that intake and delivery go on in between. */
const slice = 200;

/** Sends that a process before did not settle: each is due again, with the same bytes under the same key. */
export async function takeUp(store: Store, world: World): Promise<number> {
  const flights = (await store.unsettled()).filter(({ system }) => world.catalog.system(system)?.pulls === false);
  await Promise.all(
    flights.map(({ system, recordId, token }) =>
      store.transact([recordId], (state, { now }) => {
        const record = state.record(recordId);
        const replica = record?.replicas.get(system);
        // Under another token somebody has sent it again meanwhile.
        const isOurs = record?.inFlight(system)?.token === token;
        if (!isOurs || replica?.state !== 'behind' || replica.dueAt !== null) return { write: {}, answer: undefined };
        return { write: { replicas: [{ ...replica, dueAt: now }] }, answer: undefined };
      }),
    ),
  );
  return flights.length;
}

interface Filling {
  types: readonly RecordType[];
  now: () => number;
  stopped: () => boolean;
  /** Compiles the document of a mapping that was in force. */
  recompile(document: string): Mapping | undefined;
}

/** A system that is new, or whose mapping is another one, gets every record that it should have in the new words. */
export async function fillAll(store: Store, world: World, filling: Filling): Promise<void> {
  for (const type of filling.types) {
    await noteRemoved(store, world, type);
    for (const receiver of world.catalog.receivers(type)) await fill(store, world, receiver, filling);
  }
}

/** Nothing tells a system of changes while no mapping writes it: should one come back, each copy is looked at anew. */
async function noteRemoved(store: Store, { catalog }: World, type: RecordType): Promise<void> {
  const receiving = new Set(catalog.receivers(type).map(({ system }) => system.id));
  for (const system of catalog.systems.filter((id) => !receiving.has(id))) {
    const inForce = await store.cursor(filledName(system, type));
    if (inForce !== undefined && inForce !== removed) await store.saveCursor(filledName(system, type), removed);
  }
}

/** The cursor row that says that everything which a new system held was read. */
export const loadedName = (system: string, record: RecordType): string => `loaded:${system}:${record}`;
/** The cursor row that holds the digest of the mapping by which a system got its records. */
export const filledName = (system: string, record: RecordType): string => `filled:${system}:${record}`;
/** In its place: the system got its records once, and no mapping writes them any more. */
export const removed = 'removed';
/** The cursor row that holds the document of that mapping. */
export const mappingName = (system: string, record: RecordType): string => `mapping:${system}:${record}`;

async function fill(store: Store, world: World, receiver: Receiver, filling: Filling): Promise<void> {
  const { system, mapping } = receiver;
  const { now, stopped } = filling;
  const [name, inForce] = [filledName(system.id, mapping.record), mappingName(system.id, mapping.record)];
  const before = await store.cursor(name);
  const document = await store.cursor(inForce);
  if (before === mapping.digest) {
    if (document !== mapping.document) await store.saveCursor(inForce, mapping.document);
    return;
  }
  const [isNew, wasRemoved] = [before === undefined, before === removed];
  // Whatever is there already would be made a second time.
  if (
    isNew &&
    system.loadsFirst?.includes(mapping.record) &&
    !(await store.cursor(loadedName(system.id, mapping.record)))
  )
    return;
  const old = document === undefined ? undefined : filling.recompile(document);
  const begun = now();
  let after: string | null = null;
  do {
    if (stopped()) return;
    const page: Awaited<ReturnType<Store['recordsOf']>> = await store.recordsOf(mapping.record, slice, after);
    if (!isNew || system.backfill)
      await Promise.all(
        page.items.map(({ id }) => store.transact([id], refresh(world, receiver, { id, old, wasRemoved }))),
      );
    // What is made from now on is sent by its own change.
    after = page.items.some(({ createdAt }) => createdAt >= begun) ? null : page.next;
  } while (after !== null);
  await store.saveCursor(inForce, mapping.document);
  await store.saveCursor(name, mapping.digest);
}

function refresh(
  world: World,
  { system, mapping }: Receiver,
  { id, old, wasRemoved }: { id: string; old: Mapping | undefined; wasRemoved: boolean },
): Decide<void> {
  return (state, context) => {
    const record = state.record(id);
    const replica = record?.replicas.get(system.id);
    const out = draft();
    if (!record || record.row.version === 0 || record.row.mergedInto !== null || record.row.deleted)
      return { write: out, answer: undefined };
    const isInForce = replica?.mapping === mapping.digest && !wasRemoved;
    const done = isInForce || (replica && replica.state !== 'synced');
    if (done || !mapping.wants(record.row.data) || !covers(system.writes, record.row.type))
      return { write: out, answer: undefined };
    if (!replica && !system.backfill) return { write: out, answer: undefined };
    const seq = resend(record.row, 'policy', replica ? 'mapping' : 'backfill', context, out);
    const wanted = { seq, version: record.row.version, pulls: system.pulls, now: context.now };
    out.replicas.push(fallBehind(replica ?? newReplica(system.id, record.row.type, id), wanted, out));
    const image = replica && old && inNewWords(record, system.id, old, mapping);
    if (image) out.images.push({ system: system.id, recordId: id, image });
    world.traces.put(seq, undefined);
    return { write: out, answer: undefined };
  };
}

/** What the new mapping says otherwise is taken out of the image, so that it is sent although the value is the same. */
function inNewWords(record: RecordState, system: string, old: Mapping, mapping: Mapping): ImageRow | undefined {
  const known = record.image(system);
  if (!known) return undefined;
  const { changes } = effectOn({ data: record.row.data, image: known }, old, mapping);
  if (changes.length === 0) return undefined;
  const image = structuredClone(known.memory.image);
  for (const { ours } of changes) if (ours !== '') deletePath(image, ours.split('.'));
  return { ...known, memory: { ...known.memory, image } };
}

export interface Keep {
  changes: number;
  intakeKeys: number;
  attempts: number;
  deadLetters: number;
}

const prunedAtOnce = 500;

/** @returns rows removed */
export async function prune(store: Store, now: () => number, keep: Keep, stopped: () => boolean): Promise<number> {
  let removed = 0;
  for (;;) {
    if (stopped()) return removed;
    const count = await store.prune(now(), keep, prunedAtOnce);
    removed += count;
    if (count < prunedAtOnce) return removed;
  }
}
