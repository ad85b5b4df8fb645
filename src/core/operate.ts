// What a person does to records, replicas and dead letters. Every deed is written with who did it.

import { resend } from '../delivery/resend.ts';
import type { Work } from '../intake/commit-edit.ts';
import { checkPatch, type Edited, editByConsole, parsePatch, refuseWhole } from '../intake/console.ts';
import { fallBehind } from '../intake/fan-out.ts';
import { follow } from '../intake/follow.ts';
import { refusalOf } from '../intake/returns/after-change.ts';
import { release } from '../merge/merge.ts';
import type { Unit } from '../merge/types.ts';
import { idPrefix, isRecordId } from '../model/ids.ts';
import { type Json, JsonFault, type JsonObject, parseJson, toJson } from '../model/json.ts';
import { patchedFields } from '../model/merge-patch.ts';
import { isTree } from '../model/own.ts';
import { setPath } from '../model/paths.ts';
import type { RecordType } from '../model/records.ts';
import type { Refusal } from '../policy/returns/life/events.ts';
import { draft } from '../store/draft.ts';
import { type AuditRow, type DeadLetterRow, type RecordRow, type ReplicaRow, reviewAction } from '../store/rows.ts';
import type { Context, Decide, RecordState, State, Store } from '../store/store.ts';
import { audit } from './audit.ts';
import type { World } from './catalog.ts';
import type { Core, DeadLetterFilter } from './core.ts';
import { invalid, notFound, problem } from './problem.ts';
import { recordView } from './views.ts';

type Operations = Pick<
  Core,
  'patch' | 'replay' | 'replayMany' | 'discard' | 'holdReplica' | 'releaseUnit' | 'taskDone' | 'record'
>;

export interface OperateOptions {
  store: Store;
  world: World;
  now: () => number;
}

export function createOperations({ store, world, now }: OperateOptions): Operations {
  const viewOf = async (id: string) => {
    const view = await store.read([id], (state) => {
      const found = state.record(id);
      return found && recordView(found, now());
    });
    if (!view) throw notFound(`record ${id}`);
    return view;
  };
  const within = <T>(
    recordId: string,
    decide: (work: Work, record: RecordState) => T | { need: string[] },
  ): Promise<T> => store.transact([recordId], decision(world, recordId, decide));
  const openLetter = async (id: string): Promise<DeadLetterRow> => {
    const letter = await store.deadLetter(id);
    if (!letter) throw notFound(`dead letter ${id}`);
    if (letter.closed)
      throw problem('conflict', `dead letter ${id} is closed already: ${letter.closed.as} by ${letter.closed.by}`);
    return letter;
  };

  return {
    record: async (address) => {
      const { type } = address;
      const key =
        'id' in address
          ? address.id
          : 'external' in address
            ? `ext:${address.external.system}:${type}:${address.external.id}`
            : `match:${type}:${address.match.field}:${address.match.value}`;
      if ('id' in address && !isRecordId(type, address.id)) return undefined;
      const id = 'id' in address ? address.id : await store.read([key], (state) => state.resolve(key));
      const into = id === undefined ? undefined : await store.read([id], (state) => state.record(id)?.row);
      if (!into || into.type !== type) return undefined;
      return viewOf(into.mergedInto ?? into.id);
    },

    patch: async ({ address, body, ifMatch, actor, traceparent }) => {
      const patch = parsePatch(body);
      requireId(address.type, address.id);
      await within(address.id, (work, record) => {
        requireVersion(record, ifMatch);
        const edited = editByConsole(record, patch, work, { traceparent });
        const detail = { fields: patchedFields(patch) };
        return concluded(edited, () => audit(work, record, { actor, action: 'record.patch', detail }));
      });
      return viewOf(address.id);
    },

    replay: async (id, patch, actor) => {
      const letter = await openLetter(id);
      const parsed = patch === undefined ? undefined : parsePatch(patch);
      const seq = await within(letter.recordId, (work, record) =>
        replayOne(work, record, letter, { patch: parsed, actor }),
      );
      return { seq: String(seq) };
    },

    replayMany: async (filter, dryRun, actor) => {
      let count = 0;
      for await (const letter of openLetters(store, filter)) {
        if (!dryRun && !(await replayQuietly(letter, actor))) continue;
        count++;
      }
      return { count };
    },

    discard: async (id, reason, actor) => {
      const letter = await openLetter(id);
      await within(letter.recordId, (work, record) => discardOne(work, record, letter, { reason, actor }));
      return (await store.deadLetter(id)) ?? letter;
    },

    holdReplica: async (type, id, system, hold, { actor, reason }) => {
      requireId(type, id);
      await within(id, (work, record) => {
        const replica = record.replicas.get(system);
        if (!replica) throw notFound(`replica of ${id} in ${system}`);
        work.out.replicas.push(hold ? held(replica) : released(record.row, replica, work));
        const said = reason === undefined ? {} : { reason };
        const action = hold ? 'replica.hold' : 'replica.release';
        audit(work, record, { actor, action, target: `${system}:${id}`, detail: said });
      });
      return viewOf(id);
    },

    releaseUnit: async (type, id, unit, value, actor) => {
      requireId(type, id);
      await within(id, (work, record) => releaseOne(work, record, { unit, value, actor }));
      return viewOf(id);
    },

    taskDone: async (id, decisionMade, reason, actor) => {
      if (!id.startsWith(idPrefix('task'))) throw notFound(`task ${id}`);
      await within(id, (work, record) => {
        requireOption(record.row, decisionMade);
        const answer = {
          decision: decisionMade,
          reason: reason ?? `${decisionMade} by ${actor}`,
          at: work.context.now,
        };
        const refused = refusalOf(record.row.data, answer, work);
        if (refused && 'need' in refused) return refused;
        if (refused) throw refusedAnswer(record.row, refused);
        const said = reason === undefined ? {} : { x: { syncline: { reason } } };
        const patch: JsonObject = { state: 'done', decision: decisionMade, decidedBy: actor, ...said };
        const edited = editByConsole(record, patch, work);
        const detail = { decision: decisionMade, ...(reason !== undefined && { reason }) };
        return concluded(edited, () => auditAnswer(work, record, { actor, detail }));
      });
      return viewOf(id);
    },
  };

  async function replayQuietly(letter: DeadLetterRow, actor: string): Promise<boolean> {
    return within(letter.recordId, (work, record) => {
      // It may have come alive since the page was read.
      if (record.replicas.get(letter.system)?.state !== 'dead') return false;
      replayOne(work, record, letter, { patch: undefined, actor });
      return true;
    });
  }
}

function decision<T>(
  world: World,
  recordId: string,
  decide: (work: Work, record: RecordState) => T | { need: string[] },
): Decide<T> {
  return (state: State, context: Context) => {
    const record = state.record(recordId);
    if (!record || record.row.mergedInto !== null) throw notFound(`record ${recordId}`);
    const work = { world, state, context, out: draft() };
    const answer = decide(work, record);
    if (typeof answer === 'object' && answer !== null && 'need' in answer) return { need: answer.need };
    const needed = follow(work);
    if (needed) return needed;
    return { write: work.out, answer };
  };
}

function requireId(type: RecordType, id: string): void {
  if (!isRecordId(type, id)) throw notFound(`${type} ${id}`);
}

function requireVersion({ row }: RecordState, ifMatch: string): void {
  if (ifMatch === '*' || ifMatch === String(row.version)) return;
  const detail = `${row.id} is at version ${row.version}, not ${ifMatch}; read it again, then edit`;
  throw problem('version-mismatch', detail, { extra: { version: row.version } });
}

/** @throws ProblemError 409 when nothing of the edit was taken */
function concluded(edited: Edited, done: () => void): { need: string[] } | undefined {
  if (edited && 'need' in edited) return edited;
  if (edited && 'refused' in edited) refuseWhole(edited.refused);
  done();
  return undefined;
}

function replayOne(
  work: Work,
  record: RecordState,
  letter: DeadLetterRow,
  { patch, actor }: { patch: JsonObject | undefined; actor: string },
): number | { need: string[] } {
  const replica = record.replicas.get(letter.system);
  if (replica?.state !== 'dead') throw problem('conflict', `${letter.system} ${letter.recordId} is no longer dead`);
  const edited = patch && editByConsole(record, patch, work);
  if (edited && 'need' in edited) return edited;
  if (edited && 'refused' in edited) refuseWhole(edited.refused);
  const { context, out, world } = work;
  const row = edited?.record ?? record.row;
  const seq = resend(row, 'console', 'replay', context, out);
  // The edit has re-armed it and closed its dead letter as superseded; it is this replay that closes it.
  out.closeDeadLetters = out.closeDeadLetters.filter(({ system }) => system !== letter.system);
  const pulls = world.catalog.system(letter.system)?.pulls ?? false;
  const wanted = { seq, version: row.version, pulls, now: context.now };
  const armed = fallBehind({ ...replica, state: 'synced' }, wanted, out);
  out.replicas = out.replicas.filter(({ system }) => system !== letter.system);
  out.replicas.push(armed);
  const closed = { as: 'replayed' as const, at: context.now, by: actor, reason: null };
  out.closeDeadLetters.push({ system: letter.system, recordId: letter.recordId, closed });
  const detail = { system: letter.system, seq, ...(patch && { fields: patchedFields(patch) }) };
  audit(work, record, { actor, action: 'deadletter.replay', target: letter.id, detail });
  return seq;
}

function discardOne(
  work: Work,
  record: RecordState,
  letter: DeadLetterRow,
  { reason, actor }: { reason: string; actor: string },
): void {
  const replica = record.replicas.get(letter.system);
  if (replica?.state !== 'dead') throw problem('conflict', `${letter.system} ${letter.recordId} is no longer dead`);
  const { context, out } = work;
  out.replicas.push({ ...replica, state: 'synced', syncedSeq: replica.wantedSeq, attempts: 0, lastError: null });
  if (record.inFlight(letter.system)) out.settled.push({ system: letter.system, recordId: letter.recordId });
  const closed = { as: 'discarded' as const, at: context.now, by: actor, reason };
  out.closeDeadLetters.push({ system: letter.system, recordId: letter.recordId, closed });
  const detail = { system: letter.system, reason };
  audit(work, record, { actor, action: 'deadletter.discard', target: letter.id, detail });
}

const pageSize = 200;

async function* openLetters(store: Store, filter: DeadLetterFilter): AsyncGenerator<DeadLetterRow> {
  let after: string | null = null;
  do {
    const page: { items: DeadLetterRow[]; next: string | null } = await store.deadLetters(
      storeFilter(filter, 'open'),
      pageSize,
      after,
    );
    yield* page.items;
    after = page.next;
  } while (after !== null);
}

export function storeFilter({ since, state, ...rest }: DeadLetterFilter, fixed?: 'open') {
  return {
    ...rest,
    ...(since !== undefined && { since: Date.parse(since) }),
    state: fixed ?? state ?? ('open' as const),
  };
}

const held = (replica: ReplicaRow): ReplicaRow => {
  if (replica.state === 'held') throw problem('conflict', `${replica.system} ${replica.recordId} is held already`);
  if (replica.state === 'dead')
    throw problem('conflict', `${replica.system} ${replica.recordId} is dead: replay or discard its dead letter first`);
  return { ...replica, state: 'held', behindSince: null, dueAt: null, parkedOn: null };
};

/** Also for what was sent without an answer: the person has looked, it may be sent again. */
function released(record: RecordRow, replica: ReplicaRow, { world, context, out }: Work): ReplicaRow {
  const { system, recordId, state } = replica;
  if (state !== 'held' && state !== 'unclear') throw problem('conflict', `${system} ${recordId} is ${state}, not held`);
  if (replica.wantedSeq <= replica.syncedSeq) return { ...replica, state: 'synced', behindSince: null, dueAt: null };
  const pulls = world.catalog.system(system)?.pulls ?? false;
  const free = { ...replica, state: 'behind' as const, behindSince: replica.behindSince ?? context.now, attempts: 0 };
  // The person has looked and it is not there: what was sent is forgotten, and what is sent now is something new.
  if (state === 'unclear') out.settled.push({ system, recordId });
  // Cursors of a feed have gone past its place.
  const isNew = state === 'unclear' || pulls;
  const wantedSeq = isNew ? resend(record, 'console', 'release', context, out) : replica.wantedSeq;
  return { ...free, wantedSeq, dueAt: pulls ? null : context.now };
}

function releaseOne(
  work: Work,
  record: RecordState,
  { unit: name, value, actor }: { unit: string; value: string | undefined; actor: string },
): { need: string[] } | undefined {
  const { world, context, out } = work;
  const { row } = record;
  const stamps = release(row.stamps, name, context.now);
  if (stamps === row.stamps) throw problem('conflict', `${name} of ${row.id} is not held`);
  const free = { ...row, stamps };
  const detail = { set: value !== undefined };
  audit(work, record, { actor, action: 'unit.release', target: `${row.id}:${name}`, detail });
  out.records.push(free);
  if (value === undefined) return undefined;
  const policy = world.catalog.policy(row.type);
  const patch = unitPatch(policy.unitNamed(name), value);
  checkPatch(row.type, row.data, patch);
  const edited = editByConsole({ ...record, row: free, image: record.image, inFlight: record.inFlight }, patch, work);
  return concluded(edited, () => undefined);
}

/** @throws ProblemError 400 */
function unitPatch(unit: Unit, text: string): JsonObject {
  const value = parseValue(text);
  const patch: JsonObject = {};
  const [only] = unit.paths;
  if (unit.paths.length === 1 && only !== undefined) {
    setPath(patch, only.split('.'), value);
    return patch;
  }
  if (!isTree(value)) throw invalid([{ path: '/value', message: `must be an object with ${unit.paths.join(', ')}` }]);
  const given = value as JsonObject;
  for (const path of unit.paths) {
    const member = [path, path.split('.').at(-1) ?? path].find((name) => Object.hasOwn(given, name));
    if (member !== undefined) setPath(patch, path.split('.'), given[member] as Json);
  }
  return patch;
}

function parseValue(text: string): Json {
  try {
    return toJson(parseJson(text));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw invalid([{ path: `/value${error.path}`, message: error.message }]);
  }
}

/** An answer to a task about a return is a review of that return too: its timeline tells it. */
function auditAnswer(work: Work, task: RecordState, deed: { actor: string; detail: AuditRow['detail'] }): void {
  audit(work, task, { ...deed, action: 'task.done' });
  const { record, recordId } = task.row.data;
  if (record === 'return' && typeof recordId === 'string')
    audit(work, task, { ...deed, action: reviewAction, recordId });
}

function refusedAnswer({ id, data }: RecordRow, { reason, message }: Refusal) {
  const detail = `task ${id} stays open, return ${String(data.recordId)}: ${message.en}`;
  return problem('conflict', detail, { extra: { reason, message: { ...message } } });
}

function requireOption({ id, data }: RecordRow, decisionMade: string): void {
  if (data.state === 'done') throw problem('conflict', `task ${id} is done already: ${String(data.decision)}`);
  const { options } = data;
  if (!Array.isArray(options) || options.length === 0 || options.includes(decisionMade)) return;
  throw invalid([{ path: '/decision', message: `must be one of ${options.map(String).join(', ')}` }]);
}
