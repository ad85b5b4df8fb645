// A record and its replicas in memory: as stored, as this group has made them, and as a decision sees them.
import type { JsonObject } from '../../model/json.ts';
import type { ImageRow, InFlightRow, RecordRow, ReplicaRow } from '../rows.ts';
import type { RecordState } from '../store.ts';

export interface ReplicaEntry {
  readonly no: number;
  readonly of: RecordEntry;
  row: ReplicaRow;
  claimed: boolean;
  /** Cells as the database has them; undefined: no row yet. */
  stored: readonly unknown[] | undefined;
  dirty: boolean;
  /** undefined: not read yet · null: there is none. */
  image: ImageRow | null | undefined;
  imageDirty: boolean;
  /** As the database has it; undefined: not read yet, if there is one. */
  payload: string | undefined;
  /** undefined: not read yet · null: there is none. */
  flight: InFlightRow | null | undefined;
  flightDirty: boolean;
  /** The record's data is another: what is kept as a difference to it is to be kept anew. */
  rebased: boolean;
  /** The text made last: what was sent is the image once the send is settled. */
  difference: { tree: JsonObject; data: JsonObject; text: string } | undefined;
}

export interface RecordEntry {
  readonly no: number;
  row: RecordRow;
  lastChange: number;
  /** As the database has them; undefined: no row yet. */
  stored: { row: RecordRow; lastChange: number } | undefined;
  dirty: boolean;
  replicas: Map<string, ReplicaEntry>;
  /** Made when asked for, dropped when anything changes. */
  view: RecordState | undefined;
}
