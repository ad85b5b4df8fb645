// Reads what decisions are about: records with their replicas, and the bulky rows when they are asked for.
import type { RecordType } from '../../model/records.ts';
import { type Cells, recordColumns, recordRow } from '../engine/cells.ts';
import { threeParts, twoParts } from '../engine/keys.ts';
import { replicaNo } from '../engine/view.ts';
import type { IntakeKeyRow } from '../rows.ts';
import type { Key } from '../store.ts';
import { afterKeptReplica, claimedCell, keptReplicaColumns, replicaRow } from './cells.ts';
import type { Connection } from './connection.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';

export class Loader {
  readonly #recordById;
  readonly #recordByNo;
  readonly #replicas;
  readonly #payload;
  readonly #external;
  readonly #match;
  readonly #intakeKey;
  readonly #parked;

  constructor(db: Connection) {
    this.#recordById = db.prepare<[string], Cells>(`SELECT ${recordColumns} FROM records WHERE id = ?`).raw();
    this.#recordByNo = db.prepare<[number], Cells>(`SELECT ${recordColumns} FROM records WHERE no = ?`).raw();
    const replica = `${keptReplicaColumns.join(', ')}, no, system, type`;
    this.#replicas = db
      .prepare<[number, number], Cells>(`SELECT ${replica} FROM replicas WHERE no >= ? AND no < ?`)
      .raw();
    this.#payload = db.prepare<[number], string>('SELECT payload FROM payloads WHERE replica = ?').pluck();
    this.#external = db
      .prepare<[string, string, string], number>(
        'SELECT no FROM replicas WHERE system = ? AND type = ? AND external_id = ?',
      )
      .pluck();
    this.#match = db
      .prepare<[string, string, string], number>(
        'SELECT record FROM match_keys WHERE type = ? AND field = ? AND value = ?',
      )
      .pluck();
    this.#intakeKey = db.prepare<[string, string], IntakeKeyRow>(
      'SELECT system, key, fingerprint, answer, at FROM intake_keys WHERE system = ? AND key = ?',
    );
    this.#parked = db
      .prepare<[string, string], number>(
        `SELECT no FROM replicas WHERE parked_on = ? AND system = ? AND state = 'parked'`,
      )
      .pluck();
  }

  byId(id: string): RecordEntry | undefined {
    return this.#entry(this.#recordById.get(id));
  }

  byNo(no: number): RecordEntry | undefined {
    return this.#entry(this.#recordByNo.get(no));
  }

  /** Number of the replica with that external id. */
  external(key: Key): number | undefined {
    return this.#external.get(...threeParts(key));
  }

  /** Number of the record with that match key. */
  match(key: Key): number | undefined {
    return this.#match.get(...threeParts(key));
  }

  intakeKey(key: Key): IntakeKeyRow | undefined {
    return this.#intakeKey.get(...twoParts(key));
  }

  parkedOn(recordId: string, system: string): number[] {
    return this.#parked.all(recordId, system);
  }

  payload(replica: ReplicaEntry): string | undefined {
    return this.#payload.get(replica.no);
  }

  #entry(cells: Cells | undefined): RecordEntry | undefined {
    if (!cells) return undefined;
    const [no, id] = cells as [number, string];
    const row = recordRow(cells);
    const lastChange = cells[8] as number;
    const replicas = new Map<string, ReplicaEntry>();
    const entry: RecordEntry = {
      no,
      row,
      lastChange,
      stored: { row, lastChange },
      dirty: false,
      replicas,
      view: undefined,
    };
    for (const stored of this.#replicas.all(replicaNo(no, 0), replicaNo(no + 1, 0))) {
      const system = stored[afterKeptReplica + 1] as string;
      replicas.set(system, {
        no: stored[afterKeptReplica] as number,
        of: entry,
        row: replicaRow(id, system, stored[afterKeptReplica + 2] as RecordType, stored),
        claimed: stored[claimedCell] === 1,
        stored,
        dirty: false,
        image: undefined,
        imageDirty: false,
        payload: undefined,
        flight: undefined,
        flightDirty: false,
        rebased: false,
        difference: undefined,
      });
    }
    return entry;
  }
}
