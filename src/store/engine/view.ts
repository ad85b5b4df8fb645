// A record and its replicas as a decision sees them.
import type { ImageRow, InFlightRow, RecordRow, ReplicaRow } from '../rows.ts';
import type { RecordState } from '../store.ts';

export interface Viewed<R extends { row: ReplicaRow }> {
  row: RecordRow;
  replicas: ReadonlyMap<string, R>;
  /** Made when asked for, dropped when anything changes. */
  view: RecordState | undefined;
}

/** Reads the bulky rows when they are asked for. */
export interface BulkReader<R> {
  image(replica: R): ImageRow | undefined;
  inFlight(replica: R): InFlightRow | undefined;
}

export function viewOf<R extends { row: ReplicaRow }>(entry: Viewed<R>, reader: BulkReader<R>): RecordState {
  if (entry.view) return entry.view;
  const replicas = new Map<string, ReplicaRow>();
  for (const [system, replica] of entry.replicas) replicas.set(system, replica.row);
  entry.view = {
    row: entry.row,
    replicas,
    image: (system) => {
      const replica = entry.replicas.get(system);
      return replica && reader.image(replica);
    },
    inFlight: (system) => {
      const replica = entry.replicas.get(system);
      return replica && reader.inFlight(replica);
    },
  };
  return entry.view;
}

/** Numbers of replicas begin with the number of their record. */
export const systemsPerRecord = 1024;

export const replicaNo = (record: number, system: number): number => record * systemsPerRecord + system;
export const recordNoOf = (replica: number): number => Math.floor(replica / systemsPerRecord);
export const mostSystems = systemsPerRecord - 1;
