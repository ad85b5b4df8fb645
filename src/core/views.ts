// Records and lag as callers see them.
import { instant } from '../clock.ts';
import type { Stamps } from '../merge/types.ts';
import type { RecordType } from '../model/records.ts';
import type { ReplicaRow, ReplicaState } from '../store/rows.ts';
import type { OldestBehind, RecordState, ReplicaCount } from '../store/store.ts';
import type { LagView, RecordView, ReplicaView, UnitView } from './core.ts';

const lagging: ReadonlySet<ReplicaState> = new Set(['behind', 'parked', 'unclear']);

export function recordView(state: RecordState, now: number): RecordView {
  const { type, id, version, createdAt, updatedAt, data, deleted, stamps } = state.row;
  const pendingChanges = Object.entries(stamps).flatMap(([unit, { pending }]) =>
    pending === undefined ? [] : [{ unit, request: pending }],
  );
  const syncedVersion = (system: string): number => state.image(system)?.memory.syncedVersion ?? 0;
  return {
    record: type,
    id,
    version,
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
    ...(deleted && { deleted: true as const }),
    data,
    units: unitViews(stamps),
    ...(pendingChanges.length > 0 && { pendingChanges }),
    replicas: [...state.replicas.values()].map((replica) => replicaView(replica, syncedVersion(replica.system), now)),
  };
}

function unitViews(stamps: Stamps): Record<string, UnitView> {
  return Object.fromEntries(
    Object.entries(stamps).map(([unit, { source, at, version, ambiguous, held, pending }]) => [
      unit,
      {
        source,
        at: instant(at),
        version,
        ...(ambiguous && { ambiguous }),
        ...(held !== undefined && { held: instant(held) }),
        ...(pending !== undefined && { pending }),
      },
    ]),
  );
}

function replicaView(replica: ReplicaRow, syncedVersion: number, now: number): ReplicaView {
  const { system, externalId, state, wantedVersion, behindSince, attempts, dueAt, lastError, parkedOn } = replica;
  const since = lagging.has(state) ? behindSince : null;
  return {
    system,
    externalId,
    state,
    syncedVersion,
    wantedVersion: Math.max(wantedVersion, syncedVersion),
    behindSince: since === null ? null : instant(since),
    lagSeconds: since === null ? 0 : secondsSince(since, now),
    attempts,
    nextAttemptAt: dueAt === null ? null : instant(dueAt),
    lastError: lastError?.message ?? null,
    ...(parkedOn !== null && { parkedOn }),
  };
}

const secondsSince = (since: number, now: number): number => Math.max(0, now - since) / 1000;

export function lagViews(
  systems: readonly { id: string; records: readonly RecordType[] }[],
  counts: readonly ReplicaCount[],
  oldest: readonly OldestBehind[],
  now: number,
): LagView[] {
  return systems.map(({ id, records }) => {
    const counted = counts.filter(({ system }) => system === id);
    const types = new Set([...records, ...counted.map(({ type }) => type)]);
    const views = [...types].map((record) => {
      const since = oldest.find(({ system, type }) => system === id && type === record);
      const count = (state: ReplicaState): number =>
        counted.find((one) => one.type === record && one.state === state)?.count ?? 0;
      return {
        record,
        behind: count('behind'),
        parked: count('parked'),
        unclear: count('unclear'),
        dead: count('dead'),
        held: count('held'),
        synced: count('synced'),
        lagSeconds: since ? secondsSince(since.since, now) : 0,
        oldest: since?.recordId ?? null,
      };
    });
    return { system: id, records: views, lagSeconds: Math.max(0, ...views.map(({ lagSeconds }) => lagSeconds)) };
  });
}
