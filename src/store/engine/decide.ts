// Calls a decision with the state of the keys it asked for, again when it asks for more.
import { newId } from '../../model/ids.ts';
import { BadDecision } from '../errors.ts';
import type { DecisionRow, IntakeKeyRow } from '../rows.ts';
import type { Context, Key, Query, RecordState, State } from '../store.ts';

/** What a group has loaded and changed so far, as a decision may look at it. */
export interface Loaded<E extends { row: { id: string } }> {
  /** The record behind a key, if there is one. */
  resolve(key: Key): E | undefined;
  record(id: string): E | undefined;
  view(entry: E): RecordState;
  intakeKey(key: Key): IntakeKeyRow | undefined;
  decision(key: Key): DecisionRow | undefined;
  query(key: Key): unknown;
}

/** How often a decision may ask for more keys. */
export const rounds = 4;

export const askedTooOften = (): BadDecision => new BadDecision(`a decision asked for more keys ${rounds + 1} times`);

/** Calls `decide` until it no longer needs keys. */
export function decided<D extends object>(
  state: { load(keys: readonly Key[]): void },
  decide: () => D,
): Exclude<D, { need: Key[] }> {
  for (let round = 0; round <= rounds; round++) {
    const answer = decide();
    if (!('need' in answer)) return answer as Exclude<D, { need: Key[] }>;
    state.load(answer.need as Key[]);
  }
  throw askedTooOften();
}

/** Gives the keys that were asked for and no other, so that an engine with locks may run the same decisions. */
export class LoadedState<E extends { row: { id: string } }> implements State {
  readonly #set: Loaded<E>;
  #keys: readonly Key[];

  constructor(set: Loaded<E>, keys: readonly Key[]) {
    this.#set = set;
    this.#keys = keys;
  }

  load(keys: readonly Key[]): void {
    this.#keys = [...this.#keys, ...keys];
  }

  asked(key: Key): boolean {
    return this.#keys.includes(key);
  }

  resolve(key: Key): string | undefined {
    this.#check(key);
    return this.#set.resolve(key)?.row.id;
  }

  record(id: string): RecordState | undefined {
    if (!this.reaches(id)) throw new BadDecision(`${id} was read but not asked for`);
    const entry = this.#set.record(id);
    return entry && this.#set.view(entry);
  }

  intakeKey(key: Key): IntakeKeyRow | undefined {
    this.#check(key);
    return this.#set.intakeKey(key);
  }

  decision(key: Key): DecisionRow | undefined {
    this.#check(key);
    return this.#set.decision(key);
  }

  query<T>(query: Query<T>): T | undefined {
    this.#check(query);
    return this.#set.query(query) as T | undefined;
  }

  /** A key that resolves gives its record too. */
  reaches(id: string): boolean {
    return this.#keys.includes(id) || this.#keys.some((key) => this.#set.resolve(key)?.row.id === id);
  }

  #check(key: Key): void {
    if (!this.asked(key)) throw new BadDecision(`${key} was read but not asked for`);
  }
}

export interface Chance {
  now: () => number;
  random: (bytes: number) => Uint8Array;
}

/** What gives the numbers of a group and hears of the ids that it makes. */
export interface Numbering {
  nextChange(): number;
  announce(id: string): string;
}

export function contextOf(set: Numbering, chance: Chance): Context {
  const now = chance.now();
  return {
    now,
    nextSeq: () => set.nextChange(),
    newId: (prefix) => set.announce(newId(prefix, now, chance.random)),
  };
}
