// Which record a change is about: the external id, else the match keys, else a new one.

import { type Draft, newReplica } from '../store/draft.ts';
import type { Context, Key, RecordState, State } from '../store/store.ts';
import type { Prepared } from './prepare.ts';

export type Identity =
  | { kind: 'known'; state: RecordState }
  | { kind: 'new' }
  /** An unsettled create to that system may be this very object. */
  | { kind: 'wait' }
  | { kind: 'ambiguous'; message: string }
  | { kind: 'need'; keys: Key[] };

export function identify(prepared: Prepared, state: State, createsUnsettled: () => boolean): Identity {
  const linked = follow(state, state.resolve(prepared.named));
  if (linked && 'need' in linked) return { kind: 'need', keys: linked.need };
  let match: RecordState | undefined;
  for (const key of prepared.matches) {
    const found = follow(state, state.resolve(key));
    if (!found || found === match) continue;
    if ('need' in found) return { kind: 'need', keys: found.need };
    if (match && found.row.id !== match.row.id) return torn(prepared, state);
    match = found;
  }
  if (linked && (linked.row.version > 0 || !match)) return { kind: 'known', state: linked };
  if (match) return coupled(match, prepared);
  if (prepared.matches.length === 0 && createsUnsettled()) return { kind: 'wait' };
  return { kind: 'new' };
}

function torn({ externalId, matches }: Prepared, state: State): Identity {
  const ids = new Set<string>();
  for (const key of matches) {
    const found = follow(state, state.resolve(key));
    if (found && 'need' in found) return { kind: 'need', keys: found.need };
    if (found) ids.add(found.row.id);
  }
  const message = `the match keys of ${externalId} name more than one record: ${[...ids].join(' and ')}`;
  return { kind: 'ambiguous', message };
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
  const stubId = state.resolve(prepared.named);
  if (stubId === undefined || stubId === into.row.id) return;
  const stub = state.record(stubId);
  if (!stub) return;
  out.records.push({ ...stub.row, mergedInto: into.row.id, updatedAt: context.now });
  out.replicas.push({ ...(stub.replicas.get(system) ?? newReplica(system, into.row.type, stubId)), externalId: null });
}
