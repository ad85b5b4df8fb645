// Who has which external id, as later decisions of a group see it before its rows are written.
import type { ReplicaRow } from '../rows.ts';

export interface Contest {
  /** Number of the replica that has the id although another one was given it. */
  holder: number;
  row: ReplicaRow;
}

export class ExternalIds {
  /** What this group has moved: the number of the replica that has the id now; null: nobody. */
  readonly #moved = new Map<string, number | null>();
  readonly #stored: (system: string, type: string, externalId: string) => number | undefined;
  #contests: Contest[] = [];

  /** @param stored reads the holder as the database knows it */
  constructor(stored: (system: string, type: string, externalId: string) => number | undefined) {
    this.#stored = stored;
  }

  /** Number of the replica that has it. */
  holder(system: string, type: string, externalId: string): number | undefined {
    const moved = this.#moved.get(nameOf(system, type, externalId));
    return moved === undefined ? this.#stored(system, type, externalId) : (moved ?? undefined);
  }

  move(replica: number, before: string | null, row: ReplicaRow): void {
    const { system, type, externalId } = row;
    if (before !== null && this.holder(system, type, before) === replica)
      this.#moved.set(nameOf(system, type, before), null);
    if (externalId === null) return;
    const holder = this.holder(system, type, externalId);
    if (holder !== undefined && holder !== replica) this.#contests.push({ holder, row });
    this.#moved.set(nameOf(system, type, externalId), replica);
  }

  /** Ids given while another replica had them; it may have lost them since, in the same decision. */
  contests(): Contest[] {
    const contests = this.#contests;
    this.#contests = [];
    return contests;
  }

  clear(): void {
    this.#moved.clear();
    this.#contests = [];
  }
}

const nameOf = (system: string, type: string, externalId: string): string => `${system}:${type}:${externalId}`;
