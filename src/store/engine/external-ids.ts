// Who has which external id, and who was given one that another has.
import { extKey } from '../draft.ts';
import type { ReplicaRow } from '../rows.ts';
import type { Key } from '../store.ts';
import { Holders } from './holders.ts';

export interface Contest {
  /** Number of the replica that has the id although another one was given it. */
  holder: number;
  row: ReplicaRow;
}

export class ExternalIds {
  readonly #holders: Holders;
  #contests: Contest[] = [];

  /** @param stored reads the holder as the database knows it */
  constructor(stored: (key: Key) => number | undefined) {
    this.#holders = new Holders(stored);
  }

  /** Number of the replica that has it. */
  holder(key: Key): number | undefined {
    return this.#holders.holder(key);
  }

  move(replica: number, before: string | null, row: ReplicaRow): void {
    const { system, type, externalId } = row;
    if (before !== null) this.#leave(replica, extKey(system, type, before));
    if (externalId === null) return;
    const key = extKey(system, type, externalId);
    const holder = this.holder(key);
    if (holder !== undefined && holder !== replica) this.#contests.push({ holder, row });
    this.#holders.move(key, replica);
  }

  /** Ids given while another replica had them; it may have lost them since, in the same decision. */
  contests(): Contest[] {
    if (this.#contests.length === 0) return this.#contests;
    const contests = this.#contests;
    this.#contests = [];
    return contests;
  }

  clear(): void {
    this.#holders.clear();
    this.#contests = [];
  }

  #leave(replica: number, key: Key): void {
    if (this.holder(key) === replica) this.#holders.move(key, null);
  }
}
