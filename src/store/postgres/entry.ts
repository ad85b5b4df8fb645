// A record and its replicas within one group: as stored, and as the group has made them.
import type { Cells } from '../engine/cells.ts';
import type { ImageRow, InFlightRow, RecordRow, ReplicaRow } from '../rows.ts';
import type { RecordState } from '../store.ts';

export interface ReplicaEntry {
  readonly no: number;
  readonly of: RecordEntry;
  row: ReplicaRow;
  /** Number of the node that has it; 0: none. */
  claimed: number;
  /** As the database has it; undefined: no row yet. */
  stored: { row: ReplicaRow; claimed: number } | undefined;
  dirty: boolean;
  /** Of its row, the row of its image and that of its send, as the database has them; empty: there is none. */
  rowVersion: string;
  imageVersion: string;
  flightVersion: string;
  /** Cells of the image and the send as the database has them. */
  bulk: Cells | undefined;
  /** undefined: not read yet · null: there is none. */
  image: ImageRow | null | undefined;
  imageDirty: boolean;
  /** undefined: not read yet · null: there is none. */
  flight: InFlightRow | null | undefined;
  flightDirty: boolean;
}

export interface RecordEntry {
  readonly no: number;
  row: RecordRow;
  lastChange: number;
  /** Characters of its data as they were last read or written. */
  dataLength: number;
  /** Replicas of other records were parked on it when it was locked. */
  isWaitedFor: boolean;
  /** As the database has it; undefined: no row yet. */
  stored: RecordRow | undefined;
  /** Of its row, as the database has it; empty: there is none. */
  rowVersion: string;
  dirty: boolean;
  replicas: Map<string, ReplicaEntry>;
  view: RecordState | undefined;
}
