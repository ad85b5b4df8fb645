// The slots of a document: once-keys, what each needs, what freezes it.

import { type ConditionReading, readWhen } from '../condition/when.ts';
import { didYouMean, type Fault, teller } from '../fault.ts';
import type { SlotDocument } from './document.ts';
import type { Slot } from './policy.ts';
import type { SoundParts } from './sound-parts.ts';
import { actionKey, factsOf, namesKey, readTemplate, type Template } from './template.ts';

/** What reading a document needs to know of the world around it. */
export interface Reading extends ConditionReading {
  /** Ids in warehouses.yaml; undefined: it cannot be read, and any id passes. */
  warehouses: readonly string[] | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** @returns every sound slot by its name */
export function readSlots({ slots, slotNames }: SoundParts, reading: Reading): Map<string, Slot> {
  const read = new Map<string, Writable<Slot>>();
  for (const [name, document] of slots) {
    const path = `slots.${name}`;
    const once = document.once === undefined ? undefined : readOnce(document.once, path, document, reading);
    const total = document.totalWhen && readWhen(document.totalWhen, `${path}.totalWhen`, reading);
    read.set(name, {
      name,
      index: read.size,
      path,
      exclusive: document.kind !== 'set',
      needs: [],
      ...(once && { once }),
      ...(total && { totalWhen: total }),
    });
  }
  for (const [name, document] of slots) joinSlot(read.get(name) as Slot, document, { read, slots, slotNames, reading });
  checkSameKeys([...read.values()], reading.faults);
  return read;
}

interface Joining {
  read: ReadonlyMap<string, Slot>;
  slots: SoundParts['slots'];
  slotNames: ReadonlySet<string>;
  reading: Reading;
}

function joinSlot(
  slot: Writable<Slot>,
  document: Partial<SlotDocument>,
  { read, slots, slotNames, reading }: Joining,
): void {
  const tell = teller(reading.faults, slot.path, { check: 'S8' });
  const find = (name: string, path: string): Slot | undefined => {
    if (!slotNames.has(name)) tell(path, `there is no slot "${name}"`, didYouMean(name, [...slotNames]));
    return read.get(name);
  };
  slot.needs = (document.needs ?? []).flatMap((name, index) => find(name, `needs[${index}]`) ?? []);
  if (document.frozenBy === undefined) return;
  const by = find(document.frozenBy, 'frozenBy');
  if (!by) return;
  slot.frozenBy = by;
  if (slots.get(by.name)?.once === undefined)
    tell(
      'frozenBy',
      `the slot ${by.name} has no once-key that could be claimed`,
      `give ${by.name} a once, or drop frozenBy`,
    );
}

function readOnce(
  text: string,
  path: string,
  { kind }: Partial<SlotDocument>,
  { table, faults }: Reading,
): Template | undefined {
  const tell = teller(faults, `${path}.once`, { check: 'S1' });
  const template = readTemplate(text, table, tell);
  if (!template) return undefined;
  if (!factsOf(template).some(({ member }) => member === 'id'))
    tell('', 'one order that claims the key would claim it for every order', 'put {order.id} into it');
  if (kind === 'set' && !namesKey(template))
    tell(
      '',
      'the entries of a set would share one key, and only the first of them would happen',
      `put {${actionKey}} into it`,
    );
  return template;
}

function checkSameKeys(slots: readonly Slot[], faults: Fault[]): void {
  for (const slot of slots) {
    const other = slots.find((one) => one.index < slot.index && one.once && one.once.text === slot.once?.text);
    if (other)
      teller(faults, slot.path, { check: 'S1' })(
        'once',
        `is the once-key of ${other.name} too: whichever claims it first keeps the other out`,
      );
  }
}

/** Every slot after those that it needs; tells a circle. */
export function settlingOrder(slots: readonly Slot[], faults: Fault[]): Slot[] {
  const settled: Slot[] = [];
  const waiting = new Set(slots);
  for (;;) {
    const ready = [...waiting].filter((slot) => slot.needs.every((one) => settled.includes(one)));
    if (ready.length === 0) break;
    settled.push(...ready);
    for (const slot of ready) waiting.delete(slot);
  }
  for (const slot of waiting) {
    const way = circleFrom(slot, slot, []);
    if (way)
      teller(faults, slot.path, { check: 'S8' })(
        'needs',
        `waits in a circle: ${[...way, slot.name].join(' → ')}`,
        'drop one of these needs',
      );
  }
  return settled;
}

function circleFrom(start: Slot, at: Slot, way: readonly string[]): string[] | undefined {
  if (way.includes(at.name)) return undefined;
  const here = [...way, at.name];
  if (at.needs.includes(start)) return here;
  for (const next of at.needs) {
    const found = circleFrom(start, next, here);
    if (found) return found;
  }
  return undefined;
}
