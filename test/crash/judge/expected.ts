// What everybody should hold in the end: of every unit the last value that was acknowledged, for each has one writer.
import type { Asked, History, Reply, Words } from '../history.ts';
import { noteOf, refusedBy, staffNoteOf } from '../words.ts';

export interface Expected {
  number: string;
  id: string;
  words: Words;
  /** Systems that refuse what the order says last. */
  refusedBy: ReadonlySet<string>;
}

/** Every answer to the same bytes, the first one first. */
export const repliesTo = ({ reply, again }: Asked): Reply[] => (reply ? [reply, ...again] : []);

/** By number: every order of which at least one change was acknowledged. */
export function expectedOrders({ asked }: Pick<History, 'asked'>): Map<string, Expected> {
  const orders = new Map<string, Expected>();
  for (const one of asked) {
    const id = one.reply?.result?.id;
    if (one.by !== 'shop' || one.what !== 'value' || id === undefined) continue;
    const known = orders.get(one.number);
    if (known && versionOf(known.words) >= one.version) continue;
    orders.set(one.number, {
      number: one.number,
      id: known?.id ?? id,
      words: wordsOf(one),
      refusedBy: refusersOf(one),
    });
  }
  for (const one of asked) {
    const order = orders.get(one.number);
    if (one.by !== 'crm' || one.what !== 'value' || !one.reply?.result || !order) continue;
    const said = staffNoteOf(one.number, one.version);
    if (laterStaffNote(order.words.staffNote, one)) order.words.staffNote = said;
  }
  return orders;
}

const versionOf = ({ quantity = 0 }: Words): number => quantity;

const wordsOf = ({ number, version, note = noteOf(number, version) }: Asked): Words => ({
  number,
  note,
  amount: version * 100,
  quantity: version,
});

const refusersOf = ({ note = '' }: Asked): Set<string> =>
  new Set(['crm', 'wms', 'erp'].filter((system) => note.includes(refusedBy(system))));

function laterStaffNote(known: string | undefined, { version }: Asked): boolean {
  return known === undefined || Number(/\bv(\d+)/.exec(known)?.[1] ?? 0) < version;
}

/** @returns the first member that differs, in words; undefined when they are the same */
export function difference(expected: Words, held: Words): string | undefined {
  for (const name of ['number', 'note', 'amount', 'quantity', 'staffNote'] as const) {
    if (expected[name] !== held[name]) return `${name} is ${shown(held[name])} instead of ${shown(expected[name])}`;
  }
  return undefined;
}

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));
