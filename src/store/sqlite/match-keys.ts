// Which record a match key names: as a group has set and freed them, and written once, at its end.
import type { RecordType } from '../../model/records.ts';
import { matchKey } from '../draft.ts';
import { Holders } from '../engine/holders.ts';
import type { Key } from '../store.ts';
import { BatchInsert } from './batch-insert.ts';
import type { Connection } from './connection.ts';

interface Moved {
  type: RecordType;
  field: string;
  value: string;
  record: number | null;
}

export class MatchKeys {
  readonly #holders: Holders;
  readonly #moved = new Map<Key, Moved>();
  readonly #set: BatchInsert;
  readonly #free;

  /** @param stored reads the record's number as the database knows it */
  constructor(db: Connection, stored: (key: Key) => number | undefined) {
    this.#holders = new Holders(stored);
    const then = 'ON CONFLICT (type, field, value) DO UPDATE SET record = excluded.record';
    this.#set = new BatchInsert(db, 'match_keys', 'type, field, value, record', then);
    this.#free = db.prepare('DELETE FROM match_keys WHERE type = ? AND field = ? AND value = ?');
  }

  /** Number of the record that it names. */
  holder(key: Key): number | undefined {
    return this.#holders.holder(key);
  }

  /** @param record its number; null frees the key */
  move(type: RecordType, field: string, value: string, record: number | null): void {
    const key = matchKey(type, field, value);
    if ((this.holder(key) ?? null) === record) return;
    this.#holders.move(key, record);
    this.#moved.set(key, { type, field, value, record });
  }

  /** Into the open transaction. */
  write(): void {
    for (const { type, field, value, record } of this.#moved.values()) {
      if (record === null) this.#free.run(type, field, value);
      else this.#set.add([type, field, value, record]);
    }
    this.#set.write();
  }

  clear(): void {
    this.#holders.clear();
    this.#moved.clear();
    this.#set.clear();
  }
}
