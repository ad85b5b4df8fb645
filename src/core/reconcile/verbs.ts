// The store side of reconciling: compares pages of what a system holds, and repairs what it is told to.

import { changesText } from '../../connector/envelope.ts';
import { accept } from '../../intake/accept.ts';
import { readEnvelope } from '../../intake/envelope.ts';
import type { IntakeLimits } from '../../intake/intake.ts';
import { type Prepared, prepare } from '../../intake/prepare.ts';
import type { RecordType } from '../../model/records.ts';
import type { Key, State, Store } from '../../store/store.ts';
import type { SystemSetup, World } from '../catalog.ts';
import type { Compared, CompareRequest, Core, Held } from '../core.ts';
import { problem } from '../problem.ts';
import { compare, type Difference } from './compare.ts';
import { repairRow, sendAgain } from './repair.ts';

type Verbs = Pick<Core, 'compare' | 'held' | 'absent'>;

export interface ReconcileOptions {
  store: Store;
  world: World;
  limits: IntakeLimits;
  now: () => number;
}

export function createReconciling({ store, world, limits, now }: ReconcileOptions): Verbs {
  const systemOf = (id: string): SystemSetup => {
    const system = world.catalog.system(id);
    if (!system) throw problem('not-found', `there is no system ${id}`);
    return system;
  };
  const comparison = (prepared: Prepared, request: CompareRequest): Promise<Difference> => {
    const { askedAt, graceMs } = request;
    return readAll(store, prepared.keys, (state) =>
      compare(prepared, { catalog: world.catalog, state, now: now(), askedAt, graceMs }),
    );
  };

  /** In the transaction that decides that it drifts. */
  const take = (prepared: Prepared, request: CompareRequest, actor: string): Promise<Difference> =>
    store.transact(prepared.keys, (state, context) => {
      const { askedAt, graceMs } = request;
      const found = compare(prepared, { catalog: world.catalog, state, now: context.now, askedAt, graceMs });
      if ('need' in found || !isTaken(found)) return 'need' in found ? found : { write: {}, answer: found };
      const decision = accept(prepared, world, state, context);
      if ('need' in decision) return decision;
      if (decision.answer.status === 'invalid')
        return { write: {}, answer: { ...found, message: textOf(decision.answer.faults) } };
      const made = found.verdict === 'unknown';
      const { recordId, fields = [] } = found;
      const row = recordId && !made && { at: context.now, actor, system: request.system, recordId, fields };
      const audit = row ? [repairRow({ ...row, how: 'taken' })] : [];
      const { id } = decision.answer;
      return {
        write: { ...decision.write, audit: [...(decision.write.audit ?? []), ...audit] },
        answer: { ...found, ...(id !== undefined && { recordId: id }), repaired: made ? 'made' : 'taken' },
      };
    });

  /** What differs still, once the system's word was heard, is put right there. */
  const send = (prepared: Prepared, request: CompareRequest, actor: string): Promise<Difference> =>
    store.transact(prepared.keys, (state, context) => {
      const { askedAt, graceMs, system } = request;
      const found = compare(prepared, { catalog: world.catalog, state, now: context.now, askedAt, graceMs });
      if ('need' in found) return found;
      const record = found.recordId === undefined ? undefined : state.record(found.recordId);
      if (found.verdict !== 'differs' || found.unheard || !record) return { write: {}, answer: found };
      const { fields = [], heard = {} } = found;
      const sending = { catalog: world.catalog, system, record, actor, heard: { image: heard, prepared }, fields };
      const write = sendAgain(sending, context);
      return { write: write ?? {}, answer: { ...found, ...(write && { repaired: 'sent' }) } };
    });

  const repaired = async (prepared: Prepared, request: CompareRequest, actor: string): Promise<Difference> => {
    const taken = await take(prepared, request, actor);
    if (taken.repaired || taken.verdict !== 'differs') return taken;
    return send(prepared, request, actor);
  };

  const one = async (item: CompareRequest['items'][number], request: CompareRequest): Promise<Compared> => {
    const prepared = prepareItem(item, request, { world, system: systemOf(request.system), limits });
    if ('message' in prepared) return { verdict: 'unreadable', externalId: item.id ?? null, message: prepared.message };
    const { repair } = request;
    return shown(await (repair === undefined ? comparison(prepared, request) : repaired(prepared, request, repair)));
  };

  const gone = (item: Held, { system, askedAt, repair }: Parameters<Core['absent']>[0]): Promise<Compared> =>
    store.transact([item.recordId], (state, context) => {
      const { recordId, externalId } = item;
      const record = state.record(recordId);
      const replica = record?.replicas.get(system);
      const answer = (verdict: Compared['verdict'], more: Partial<Compared> = {}) => ({
        write: {},
        answer: { verdict, externalId, recordId, ...more },
      });
      if (!record || replica?.externalId !== externalId || record.row.deleted) return answer('ignored');
      const moved = Math.max(record.row.updatedAt, replica.lastDeliveredAt ?? 0) >= askedAt;
      if (replica.state !== 'synced' || record.inFlight(system) || moved) return answer('pending');
      // What the system itself brought is not made there anew: whoever took it away may have meant it.
      const isItsOwn = Object.values(record.row.stamps).some(({ source }) => source === system);
      if (repair === undefined || isItsOwn) return answer('absent', isItsOwn ? { message: itsOwn } : {});
      const sending = { catalog: world.catalog, system, record, actor: repair, heard: undefined, fields: ['*'] };
      const write = sendAgain(sending, context);
      return write ? { ...answer('absent', { repaired: 'sent' }), write } : answer('absent');
    });

  return {
    compare: (request) => Promise.all(request.items.map((item) => one(item, request))),
    absent: (request) => Promise.all(request.items.map((item) => gone(item, request))),
    held: (system, record, limit, after) => heldBy(store, { system, record, limit, after }),
  };
}

const itsOwn = 'it came from there: hand in its deletion, or put it back there';

const isTaken = ({ verdict, unheard }: Difference): boolean =>
  verdict === 'unknown' || (verdict === 'differs' && unheard);

/** Without the words of the payload, which may be personal. */
const textOf = (faults: readonly { path: string; message: string }[] = []): string =>
  faults.map(({ path, message }) => `${path}: ${message.split(';')[0]}`).join('; ');

const shown = ({ unheard: _unheard, heard: _heard, ...compared }: Difference): Compared => compared;

function prepareItem(
  { id, data }: CompareRequest['items'][number],
  { record }: CompareRequest,
  { world, system, limits }: { world: World; system: SystemSetup; limits: IntakeLimits },
): Prepared | { message: string } {
  let text: string;
  try {
    text = changesText([{ record, data, ...(id !== undefined && { id }) }]);
  } catch (error) {
    return { message: (error as Error).message };
  }
  const [item] = readEnvelope(text, 'ndjson', { ...limits, batch: 1 }).items;
  if (!item || 'faults' in item) return { message: textOf(item?.faults) };
  const arrival = {
    system,
    change: item.change,
    text: item.text,
    ...{ via: 'poll' as const, once: undefined, since: undefined, traceparent: undefined, waited: undefined },
    backfill: true,
  };
  const prepared = prepare(arrival, world.catalog);
  return 'faults' in prepared ? { message: textOf(prepared.faults) } : prepared;
}

/** As a transaction asks for more keys: at most four rounds. */
const mostRounds = 4;

async function readAll<T extends object>(
  store: Store,
  keys: readonly Key[],
  look: (state: State) => T | { need: Key[] },
): Promise<T> {
  let all = [...keys];
  for (let round = 0; round < mostRounds; round += 1) {
    const found = await store.read(all, look);
    if (!('need' in found)) return found as T;
    all = [...all, ...found.need];
  }
  throw new Error('a comparison needs more keys than it may ask for');
}

async function heldBy(
  store: Store,
  { system, record, limit, after }: { system: string; record: RecordType; limit: number; after: string | null },
): Promise<{ items: Held[]; next: string | null }> {
  const page = await store.recordsOf(record, limit, after);
  const ids = page.items.filter(({ deleted, mergedInto }) => !deleted && mergedInto === null).map(({ id }) => id);
  const items = await store.read(ids, (state) =>
    ids.flatMap((recordId) => {
      const replica = state.record(recordId)?.replicas.get(system);
      const externalId = replica?.state === 'synced' ? replica.externalId : null;
      return externalId === null ? [] : [{ recordId, externalId }];
    }),
  );
  return { items, next: page.next };
}
