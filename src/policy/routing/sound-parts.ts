// The parts of a document that have the right shape, so that one slip does not hide the faults of the rest.
import { z } from 'zod';
import { isTree } from '../../model/own.ts';
import { type Head, headShape } from '../document-shapes.ts';
import { type Fault, teller } from '../fault.ts';
import { membersOf, tellIssues } from '../shape-faults.ts';
import {
  type ActionDocument,
  actionSchema,
  documentSchema,
  type RuleDocument,
  ruleSchema,
  type SlotDocument,
  slotSchema,
  type TestDocument,
  testSchema,
} from './document.ts';

export interface SoundParts {
  head: Head;
  slots: Map<string, Partial<SlotDocument>>;
  /** Also of slots that have faults: naming one of them is no second fault. */
  slotNames: ReadonlySet<string>;
  tiers: { id: string; path: string; first: boolean; rules: SoundRule[] }[];
  ruleIds: readonly { id: string; path: string }[];
  tests: { path: string; document: TestDocument }[];
}

export interface SoundRule {
  path: string;
  id: string;
  when?: string;
  actions: { path: string; document: ActionDocument }[];
  /** Absent when a part of it has a fault. */
  whole?: RuleDocument;
}

/** Tells every fault of shape. */
export function soundParts(tree: unknown, faults: Fault[]): SoundParts {
  const shape = documentSchema.safeParse(tree);
  if (!shape.success) tellIssues(shape.error, tree, teller(faults, '', { check: 'S1' }), membersOf(documentSchema));
  // zod passes over it in silence.
  if (isTree(tree) && isTree(tree.slots) && Object.hasOwn(tree.slots, '__proto__'))
    teller(faults, 'slots', { check: 'S1' })('__proto__', 'is a name that nothing may have');
  const { slots, tiers, tests, title, effective } = (isTree(tree) ? tree : {}) as Record<string, unknown>;
  const head = z.object(headShape).safeParse({ title, effective });
  return {
    head: head.data ?? {},
    slots: new Map(entriesOf(slots).map(([name, slot]) => [name, soundSlot(slot)])),
    slotNames: new Set(entriesOf(slots).map(([name]) => name)),
    tiers: listOf(tiers).map(soundTier),
    ruleIds: listOf(tiers).flatMap(idsOf),
    tests: listOf(tests).flatMap((test, index) =>
      sound(testSchema, test).map((document) => ({ path: `tests[${index}]`, document })),
    ),
  };
}

function soundTier(tier: unknown, index: number): SoundParts['tiers'][number] {
  const { id, hit, rules } = (isTree(tier) ? tier : {}) as Record<string, unknown>;
  const path = `tiers[${index}]`;
  return {
    id: typeof id === 'string' ? id : path,
    path,
    first: hit === 'first',
    rules: listOf(rules).map((rule, at) => soundRule(rule, `${path}.rules[${at}]`)),
  };
}

function soundRule(rule: unknown, path: string): SoundRule {
  const { id, when, do: actions } = (isTree(rule) ? rule : {}) as Record<string, unknown>;
  const [whole] = sound(ruleSchema, rule);
  return {
    path,
    id: typeof id === 'string' ? id : path,
    ...(typeof when === 'string' && { when }),
    actions: listOf(actions).flatMap((action, at) =>
      sound(actionSchema, action).map((document) => ({ path: `${path}.do[${at}]`, document })),
    ),
    ...(whole && { whole }),
  };
}

/** The members that are well by themselves. */
function soundSlot(slot: unknown): Partial<SlotDocument> {
  if (!isTree(slot)) return {};
  const members = Object.entries(slotSchema.shape).map(([name, schema]): [string, unknown] => [
    name,
    schema.safeParse(slot[name]).data,
  ]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function idsOf(tier: unknown, index: number): { id: string; path: string }[] {
  const { rules } = (isTree(tier) ? tier : {}) as Record<string, unknown>;
  return listOf(rules).flatMap((rule, at) => {
    const id: unknown = isTree(rule) ? rule.id : undefined;
    return typeof id === 'string' ? [{ id, path: `tiers[${index}].rules[${at}].id` }] : [];
  });
}

function sound<S extends z.ZodType>(schema: S, value: unknown): z.output<S>[] {
  const read = schema.safeParse(value);
  return read.success ? [read.data] : [];
}

const entriesOf = (value: unknown): [string, unknown][] => (isTree(value) ? Object.entries(value) : []);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
