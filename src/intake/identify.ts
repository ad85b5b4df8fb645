// Which record a change is about: the external id, else the match keys, else a new one.

import { type Draft, extKey, matchKey, newReplica } from '../store/draft.ts';
import type { Context, Key, RecordState, State } from '../store/store.ts';
import type { Prepared } from './prepare.ts';

export type Identity =
  | { kind: 'known'; state: RecordState }
  | { kind: 'new' }
  /** An unsettled create to that system may be this very object. */
  | { kind: 'wait' }
  | { kind: 'ambiguous'; message: string }
  | { kind: 'need'; keys: Key[] };

export function identify(prepared: Prepared, state: State, createsUnsettled: boolean): Identity {
  const { arrival, externalId, reading } = prepared;
  const linked = follow(state, state.resolve(extKey(arrival.system.id, arrival.change.record, externalId)));
  if (linked && 'need' in linked) return { kind: 'need', keys: linked.need };
  const matched = matchedRecords(prepared, state);
  if ('need' in matched) return { kind: 'need', keys: matched.need };
  if (matched.records.length > 1) {
    const ids = matched.records.map((found) => found.row.id).join(' and ');
    return { kind: 'ambiguous', message: `the match keys of ${externalId} name more than one record: ${ids}` };
  }
  const match = matched.records[0];
  if (linked && (linked.row.version > 0 || !match)) return { kind: 'known', state: linked };
  if (match) return coupled(match, prepared);
  if (reading.match.length === 0 && createsUnsettled) return { kind: 'wait' };
  return { kind: 'new' };
}

function matchedRecords(prepared: Prepared, state: State): { records: RecordState[] } | { need: Key[] } {
  const records: RecordState[] = [];
  for (const { field, value } of prepared.reading.match) {
    const found = follow(state, state.resolve(matchKey(prepared.arrival.change.record, field, value)));
    if (found && 'need' in found) return found;
    if (found && !records.some((other) => other.row.id === found.row.id)) records.push(found);
  }
  return { records };
}

/** A matching record is coupled unless the same system already has another object for it. */
function coupled(match: RecordState, prepared: Prepared): Identity {
  const system = prepared.arrival.system.id;
  const held = match.replicas.get(system)?.externalId;
  if (held === undefined || held === null || held === prepared.externalId) return { kind: 'known', state: match };
  return {
    kind: 'ambiguous',
    message: `${match.row.id} is already ${system} ${held}; ${prepared.externalId} has the same match keys`,
  };
}

/** Goes on to the record that a folded one became. */
function follow(state: State, id: string | undefined): RecordState | { need: Key[] } | undefined {
  if (id === undefined) return undefined;
  const found = state.record(id);
  if (!found?.row.mergedInto) return found;
  return state.record(found.row.mergedInto) ?? { need: [found.row.mergedInto] };
}

/** A stub whose first payload matched another record is folded into it: the external id moves. */
export function foldStub(prepared: Prepared, state: State, into: RecordState, context: Context, out: Draft): void {
  const system = prepared.arrival.system.id;
  const stubId = state.resolve(extKey(system, prepared.arrival.change.record, prepared.externalId));
  if (stubId === undefined || stubId === into.row.id) return;
  const stub = state.record(stubId);
  if (!stub) return;
  out.records.push({ ...stub.row, mergedInto: into.row.id, updatedAt: context.now });
  out.replicas.push({ ...(stub.replicas.get(system) ?? newReplica(system, into.row.type, stubId)), externalId: null });
}
