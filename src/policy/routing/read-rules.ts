// The tiers and rules of a document: conditions compiled, actions looked up, every fault told.
import type { Tell } from '../../model/document-places.ts';
import { readWhen } from '../condition/when.ts';
import { didYouMean, teller } from '../fault.ts';
import { tellIssues } from '../shape-faults.ts';
import { type ActionKind, actionKinds } from './actions.ts';
import type { ActionDocument } from './document.ts';
import type { Action, Placed, Rule, Slot, Tier, TraceEntry, TraceStatus } from './policy.ts';
import type { Reading } from './read-slots.ts';
import type { SoundParts, SoundRule } from './sound-parts.ts';

interface Around {
  slots: ReadonlyMap<string, Slot>;
  parts: SoundParts;
  reading: Reading;
}

export function readTiers(parts: SoundParts, slots: ReadonlyMap<string, Slot>, reading: Reading): Tier[] {
  const around = { slots, parts, reading };
  let index = 0;
  const tiers = parts.tiers.map(({ id, path, first, rules }) => ({
    id,
    path,
    first,
    rules: rules.flatMap((rule) => readRule(rule, { index: index++, tier: id }, around) ?? []),
  }));
  checkIds(parts, reading);
  checkTargets(
    tiers.flatMap(({ rules }) => rules),
    reading,
  );
  return tiers;
}

function readRule(
  { path, id, when: text, actions: written, whole }: SoundRule,
  place: Pick<Rule, 'index' | 'tier'>,
  around: Around,
): Rule | undefined {
  const { reading } = around;
  const when = text === undefined || text === 'otherwise' ? text : readWhen(text, `${path}.when`, reading, id);
  const actions = written.flatMap((one) => readAction(one, id, around) ?? []);
  const exclusive = actions.filter(({ slot }) => slot.exclusive).map(({ slot }) => slot);
  const isSound = whole !== undefined && actions.length === whole.do.length;
  const tell = teller(reading.faults, path, { check: 'S1', rule: id });
  if (when === 'otherwise' && isSound && exclusive.length === 0)
    tell(
      'when',
      'otherwise asks whether the exclusive slots of the rule are empty, and it has none',
      'write a condition',
    );
  if (new Set(exclusive).size < exclusive.length)
    tell('do', 'proposes twice for one exclusive slot; the second could never win');
  if (when === undefined || !isSound) return undefined;
  const { reason, halt = false, atomic = false, acceptUnproven } = whole;
  const entries = entriesOf(id, Object.freeze({ ...reason }));
  const accepted = acceptUnproven !== undefined && { acceptUnproven };
  return { ...place, path, id, when, actions, exclusive, halt, atomic, reason, entries, ...accepted };
}

function entriesOf(rule: string, reason: Rule['reason']): Rule['entries'] {
  const entry = (status: TraceStatus): TraceEntry =>
    Object.freeze({ rule, status, ...(status === 'matched' && { reason }) });
  return {
    matched: entry('matched'),
    no_match: entry('no_match'),
    not_reached: entry('not_reached'),
    skipped: entry('skipped'),
  };
}

function readAction(
  { path, document }: SoundRule['actions'][number],
  id: string,
  { slots, parts: { slotNames, slots: written }, reading }: Around,
): Action | undefined {
  const { slot: slotName, action, key } = document;
  const tell = teller(reading.faults, path, { check: 'S1', rule: id });
  if (!slotNames.has(slotName)) tell('slot', `there is no slot "${slotName}"`, didYouMean(slotName, [...slotNames]));
  const kind = actionKinds[action];
  const members = readMembers(document, kind, tell);
  checkKey(key, kind, reading, tell);
  const slot = slots.get(slotName);
  if (slot) checkSlot(action, slot, { kind, isOnce: written.get(slotName)?.once !== undefined }, tell);
  if (!slot || !members) return undefined;
  const said = Object.keys(members).length > 0 && { with: Object.freeze(members) };
  const placed: Placed = Object.freeze({ action, key, ...said, rule: id });
  return { slot, action, key, placed, value: JSON.stringify([action, key, Object.entries(members).sort()]) };
}

function readMembers(
  { action, with: given = {} }: ActionDocument,
  kind: ActionKind,
  tell: Tell,
): Record<string, unknown> | undefined {
  const read = kind.with.safeParse(given);
  if (read.success) return read.data;
  const known = Object.keys(kind.with.shape);
  tellIssues(
    read.error,
    given,
    (path, message, hint) => tell(path === '' ? 'with' : `with.${path}`, `${action}: ${message}`, hint),
    () => known,
  );
  return undefined;
}

function checkKey(key: string, kind: ActionKind, { warehouses }: Reading, tell: Tell): void {
  if (kind.key === undefined) return;
  const known = kind.key === 'warehouse' ? warehouses : kind.key;
  if (!known || known.includes(key)) return;
  const message =
    kind.key === 'warehouse' ? `there is no warehouse "${key}" in warehouses.yaml` : `there is no way "${key}"`;
  tell('key', message, didYouMean(key, known));
}

function checkSlot(
  action: string,
  slot: Slot,
  { kind: { target, makesRecord }, isOnce }: { kind: ActionKind; isOnce: boolean },
  tell: Tell,
): void {
  if (target && !slot.exclusive)
    tell(
      'slot',
      `${action} decides the one ${target} of an order, and ${slot.name} is a set`,
      'make the slot exclusive',
    );
  if (makesRecord && !isOnce)
    tell(
      'slot',
      `${action} makes a record, and ${slot.name} has no once: every decision would make another`,
      `give ${slot.name} a once`,
    );
}

function checkIds({ ruleIds, tiers }: SoundParts, { faults }: Reading): void {
  for (const all of [ruleIds, tiers.map(({ id, path }) => ({ id, path: `${path}.id` }))]) {
    all.forEach(({ id, path }, index) => {
      const first = all.slice(0, index).find((one) => one.id === id);
      if (first)
        teller(faults, path, { check: 'S1' })('', `"${id}" is the id of ${first.path.replace(/\.id$/, '')} already`);
    });
  }
}

/** Two slots for one target would each have a winner: two warehouses, two shipments. */
function checkTargets(rules: readonly Rule[], { faults }: Reading): void {
  const slotOf = new Map<string, Slot>();
  for (const { id, path, actions } of rules) {
    actions.forEach(({ action, slot }, at) => {
      const { target } = actionKinds[action];
      if (!target) return;
      const first = slotOf.get(target) ?? slot;
      slotOf.set(target, first);
      if (first === slot) return;
      const tell = teller(faults, `${path}.do[${at}]`, { check: 'S1', rule: id });
      tell(
        'slot',
        `the ${target} of an order is decided in the slot ${first.name}; in ${slot.name} it would be decided twice`,
        `write slot: ${first.name}`,
      );
    });
  }
}
