// The embedded tests of a document: facts made whole, slots and rules looked up.

import type { Tell } from '../../model/document-places.ts';
import { isTree } from '../../model/own.ts';
import { breaches, type Constraint } from '../constraints.ts';
import { readPartialFacts } from '../facts.ts';
import { didYouMean, teller } from '../fault.ts';
import type { Scope } from '../scope.ts';
import type { TestDocument } from './document.ts';
import type { EmbeddedTest, Slot } from './policy.ts';
import type { Reading } from './read-slots.ts';
import type { SoundParts } from './sound-parts.ts';

interface Known {
  slots: ReadonlyMap<string, Slot>;
  scope: Scope;
  constraints: readonly Constraint[];
}

/** A test that does not say where its order is from has one of the scope. */
function fromScope(given: Record<string, unknown>, { channel, store }: Scope): Record<string, unknown> {
  const { order = {} } = given;
  if (!isTree(order)) return given;
  const from = { ...(channel !== '*' && { channel }), ...(store !== '*' && { storeId: store }) };
  return { ...given, order: { ...from, ...order } };
}

export const readTests = (parts: SoundParts, known: Known, reading: Reading): EmbeddedTest[] =>
  parts.tests.flatMap(({ path, document }) => readTest(document, path, parts, { ...known, reading }) ?? []);

function readTest(
  { name, facts: given = {}, expect, haltedBy }: TestDocument,
  path: string,
  { slots: written, slotNames, ruleIds }: SoundParts,
  { slots, scope, constraints, reading }: Known & { reading: Reading },
): EmbeddedTest | undefined {
  const tell = teller(reading.faults, path, { check: 'S13' });
  const read = readPartialFacts(reading.table, fromScope(given, scope));
  if ('faults' in read)
    for (const { path: at, message, suggestion } of read.faults) tell(`facts.${at}`, message, suggestion);
  else for (const message of breaches(read.facts, { constraints })) tell('facts', message);
  for (const [slot, keys] of Object.entries(expect)) {
    if (!slotNames.has(slot)) tell(`expect.${slot}`, `there is no slot "${slot}"`, didYouMean(slot, [...slotNames]));
    // Of a kind that is misspelt nothing can be said.
    if (written.get(slot)?.kind !== undefined) checkKeys(slots.get(slot), keys, tell);
  }
  const ids = ruleIds.map(({ id }) => id);
  if (haltedBy !== undefined && !ids.includes(haltedBy))
    tell('haltedBy', `there is no rule "${haltedBy}"`, didYouMean(haltedBy, ids));
  return 'facts' in read ? { name, path, facts: read.facts, expect, haltedBy: haltedBy ?? null } : undefined;
}

function checkKeys(slot: Slot | undefined, keys: string | readonly string[], tell: Tell): void {
  if (slot?.exclusive === true && typeof keys !== 'string')
    tell(`expect.${slot.name}`, 'is exclusive and holds one key', `write ${slot.name}: <key>`);
  if (slot?.exclusive === false && typeof keys === 'string')
    tell(`expect.${slot.name}`, 'is a set', `write ${slot.name}: [${keys}]`);
}
