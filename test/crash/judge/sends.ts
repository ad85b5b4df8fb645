// What the systems were sent: never older after newer, the same key for the same bytes, one create, no sooner than asked.
import type { Arrival, History } from '../history.ts';
import { tornIn, versionIn } from '../words.ts';
import type { Checked, Find } from './fault.ts';

interface Named extends Arrival {
  key: string;
  recordId: string;
  seq: number;
}

const keyForm = /^(\w+):order:(ord_\w+):(\d+)$/;
const writes = ({ method }: Arrival): boolean => method !== 'GET';

/** Every write carries a key that names the system, the record and the state. */
export function keys({ arrivals }: History, find: Find, checked: Checked): void {
  for (const arrival of arrivals.filter(writes)) {
    const [, system] = keyForm.exec(arrival.key ?? '') ?? [];
    if (system !== arrival.system)
      find(`${arrival.system} got ${arrival.method} ${arrival.path} under the key ${arrival.key}`, arrival.said.number);
  }
  for (const [key, same] of groups(named(arrivals), ({ key }) => key)) {
    checked(same.length - 1);
    const forms = new Set(same.map(({ method, path, text }) => `${method} ${path} ${text}`));
    if (forms.size > 1)
      find(`${forms.size} different requests share the key ${key}`, same[0]?.recordId, same.at(-1)?.tick);
  }
}

/** Per system and record: no older state after a newer one. */
export function order({ arrivals }: History, find: Find, checked: Checked): void {
  for (const [name, sent] of byRecord(arrivals)) {
    checked(sent.length - 1);
    const back = (what: string) => (from: number, to: number, at: Named) =>
      find(`${name}: ${what} ${to} was sent after ${from}`, at.recordId, at.tick);
    forward(sent, ({ seq }) => seq, back('seq'));
    const saying = (part: 'note' | 'staffNote') => sent.filter(({ said }) => said[part] !== undefined);
    forward(saying('note'), ({ said }) => versionIn(said.note), back('note of version'));
    forward(saying('staffNote'), ({ said }) => versionIn(said.staffNote), back('staff note of version'));
  }
}

function forward<T>(
  items: readonly T[],
  at: (item: T) => number,
  back: (from: number, to: number, item: T) => void,
): void {
  let highest = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    if (at(item) < highest) back(highest, at(item), item);
    highest = Math.max(highest, at(item));
  }
}

/** Until a create was done or refused only the same create may follow; done, it is done once. */
export function creates({ arrivals }: History, find: Find, checked: Checked): void {
  for (const [name, sent] of byRecord(arrivals)) {
    let open: Named | undefined;
    let made = false;
    for (const arrival of sent) {
      if (open) checked(1);
      if (open && !made && arrival.key !== open.key) {
        find(
          `${name}: ${arrival.method} under ${arrival.key} while the create under ${open.key} was open`,
          arrival.recordId,
          arrival.tick,
        );
      }
      if (arrival.method !== 'POST') continue;
      made ||= arrival.applied;
      const wasOpen = open?.key === arrival.key;
      open = isRefused(arrival, wasOpen) ? undefined : arrival;
    }
  }
  for (const [name, made] of groups(
    named(arrivals).filter(isMade),
    ({ system, recordId }) => `${system} ${recordId}`,
  )) {
    const ids = new Set(made.map(({ objectId }) => objectId));
    if (ids.size > 1) find(`${name} was created as ${[...ids].join(' and ')}`, made[0]?.recordId);
  }
}

const isMade = ({ method, applied }: Arrival): boolean => method === 'POST' && applied;

/** Whoever is turned away for too many requests was not heard; it says nothing of the request before it. */
const isRefused = ({ answered }: Arrival, wasOpen: boolean): boolean =>
  typeof answered === 'number' && answered >= 400 && answered < 500 && !(answered === 429 && wasOpen);

/** What arrives is one edit whole, never half an old and half a new one. */
export function whole({ arrivals, feed, end }: History, find: Find, checked: Checked): void {
  checked(arrivals.filter(({ applied, after }) => applied && after !== undefined).length + end.records.length);
  for (const { system, key, after, applied } of arrivals) {
    const torn = applied && after ? tornIn(after) : undefined;
    if (torn) find(`${system} after ${key}: ${torn}`, after?.number);
  }
  for (const event of feed) {
    for (const { id, seq, said } of event.kind === 'page' ? event.items : []) {
      const torn = tornIn(said);
      if (torn) find(`the feed at ${seq}: ${torn}`, id);
    }
  }
  for (const { id, said } of end.records) {
    const torn = tornIn(said);
    if (torn) find(`the record ${id}: ${torn}`, id);
  }
}

/**
 * A kill may come between the answer and its commit, or before the answer to what was sent last: nobody knows of the wait.
 * Neither is it known what a frozen hub, a slow disk or a stepped clock makes of it.
 */
export const commitWithinMs = 1_000;

/** Who was told to wait waits so long, also across a kill. */
export function waits({ arrivals, kills, disturbed }: History, find: Find, checked: Checked): void {
  for (const [name, sent] of byRecord(arrivals)) {
    for (const [index, { at, retryAfterMs, answered }] of sent.entries()) {
      const next = sent[index + 1];
      if (retryAfterMs === undefined || answered !== 429 || !next) continue;
      const forgotten =
        kills.some((kill) => Math.abs(kill.at - at) <= commitWithinMs) ||
        disturbed.some(({ from, to }) => from <= at + retryAfterMs && to >= at - commitWithinMs);
      if (!forgotten) checked(1);
      if (!forgotten && next.at < at + retryAfterMs)
        find(`${name}: told to wait ${retryAfterMs} ms and sent after ${next.at - at} ms`, next.recordId, next.tick);
    }
  }
}

const byRecord = (arrivals: readonly Arrival[]): Map<string, Named[]> =>
  groups(named(arrivals), ({ system, recordId }) => `${system} ${recordId}`);

function named(arrivals: readonly Arrival[]): Named[] {
  return arrivals.filter(writes).flatMap((arrival) => {
    const [key, , recordId, seq] = keyForm.exec(arrival.key ?? '') ?? [];
    return key === undefined || recordId === undefined ? [] : [{ ...arrival, key, recordId, seq: Number(seq) }];
  });
}

export function groups<T>(items: readonly T[], name: (item: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const group = found.get(name(item));
    if (group) group.push(item);
    else found.set(name(item), [item]);
  }
  return found;
}
