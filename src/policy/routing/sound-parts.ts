// The parts of a document that have the right shape, so that one slip does not hide the faults of the rest.
import type { z } from 'zod';
import { isTree } from '../../model/own.ts';
import { type Fault, teller } from '../fault.ts';
import { tellIssues } from '../shape-faults.ts';
import {
  actionSchema,
  documentSchema,
  type Head,
  type RuleDocument,
  ruleSchema,
  type SlotDocument,
  slotSchema,
  type TestDocument,
  testSchema,
  tierSchema,
} from './document.ts';

export interface SoundParts {
  head: Head;
  slots: Map<string, SlotDocument>;
  /** Also of slots that have faults: naming one of them is no second fault. */
  slotNames: ReadonlySet<string>;
  tiers: { id: string; path: string; first: boolean; rules: { path: string; document: RuleDocument }[] }[];
  ruleIds: readonly { id: string; path: string }[];
  tests: { path: string; document: TestDocument }[];
}

/** Tells every fault of shape. */
export function soundParts(tree: unknown, faults: Fault[]): SoundParts {
  const shape = documentSchema.safeParse(tree);
  if (!shape.success) tellIssues(shape.error, tree, teller(faults, '', { check: 'S1' }), membersAt);
  const { slots, tiers, tests, title, effective } = (isTree(tree) ? tree : {}) as Record<string, unknown>;
  const head = documentSchema.pick({ title: true, effective: true }).safeParse({ title, effective });
  return {
    head: head.data ?? {},
    slots: new Map(entriesOf(slots).flatMap(([name, slot]) => sound(slotSchema, slot).map((one) => [name, one]))),
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
    rules: listOf(rules).flatMap((rule, at) =>
      sound(ruleSchema, rule).map((document) => ({ path: `${path}.rules[${at}]`, document })),
    ),
  };
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

const grammar = { slots: slotSchema, tiers: tierSchema, rules: ruleSchema, do: actionSchema, tests: testSchema };

/** The members of the object that a path leads to, by the last list or map on the way. */
function membersAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(documentSchema.shape);
  const last = path.at(-1);
  if (last === 'reason' || last === 'title') return ['en', 'zh'];
  if (last === 'effective') return ['from', 'until'];
  const list = path.at(-2);
  return typeof list === 'string' && Object.hasOwn(grammar, list)
    ? Object.keys(grammar[list as keyof typeof grammar].shape)
    : [];
}
