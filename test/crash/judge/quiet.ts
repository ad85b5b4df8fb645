// In the end nothing waits, the counts agree, and only what a system refused is a dead letter.
import { type Counts, copyists, type History } from '../history.ts';
import { expectedOrders } from './expected.ts';
import type { Checked, Find } from './fault.ts';

export function lag({ end }: History, find: Find, checked: Checked): void {
  checked(end.lag.length);
  for (const { system, waiting, lagSeconds } of end.lag) {
    if (waiting > 0 || lagSeconds > 0) find(`${system} still has ${waiting} that wait, and a lag of ${lagSeconds} s`);
  }
}

export function counts(history: History, find: Find, checked: Checked): void {
  const orders = [...expectedOrders(history).values()];
  checked(history.end.counts.length);
  for (const { system, state, replicas } of history.end.counts) {
    const dead = orders.filter(({ refusedBy }) => refusedBy.has(system)).length;
    const expected = { synced: orders.length - dead, behind: 0, parked: 0, unclear: 0, dead, held: 0 };
    for (const [name, count] of Object.entries(expected)) {
      if (replicas[name] !== count) find(`${system} counts ${replicas[name]} ${name} instead of ${count}`);
    }
    if (state !== 'active') find(`${system} is ${state}`);
  }
  if (text(history.end.countsBefore) !== text(history.end.counts))
    find(`before the last kill the counts were ${text(history.end.countsBefore)}, then ${text(history.end.counts)}`);
}

/** A breaker may still have stood open; what is counted may not differ. */
const text = (all: readonly Counts[]): string =>
  JSON.stringify(all.map(({ system, replicas }) => ({ system, replicas })));

export function deadLetters(history: History, find: Find, checked: Checked): void {
  const { deadLetters: held } = history.end;
  const orders = [...expectedOrders(history).values()];
  for (const { system, recordId, kind } of held) {
    const order = orders.find(({ id }) => id === recordId);
    if (!order?.refusedBy.has(system))
      find(`${system} has a dead letter (${kind}) of ${recordId}, which it did not refuse`, recordId);
    else if (kind !== 'rejected') find(`${system} refused ${recordId} and its dead letter says ${kind}`, recordId);
  }
  for (const { id, number, refusedBy } of orders) {
    for (const system of copyists.filter((one) => refusedBy.has(one))) {
      checked(1);
      const count = held.filter((letter) => letter.system === system && letter.recordId === id).length;
      if (count !== 1) find(`${system} refused ${number}, and there are ${count} open dead letters of it`, number);
    }
  }
}

export function oddities({ oddities: all, answers }: History, find: Find, checked: Checked): void {
  checked(answers);
  for (const what of all) find(what);
}
