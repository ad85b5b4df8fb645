// A routing policy as it is evaluated and analysed: looked up, compiled, frozen.

import type { When } from '../condition/when.ts';
import type { Constraint } from '../constraints.ts';
import type { Head, InWords } from '../document-shapes.ts';
import type { Fact, Facts } from '../facts.ts';
import type { Scope } from '../scope.ts';
import type { ActionName } from './actions.ts';
import type { Template } from './template.ts';

export interface RoutingPolicy extends Head {
  scope: Scope;
  /** The scope, where it has one, is the first of them. */
  constraints: readonly Constraint[];
  slots: readonly Slot[];
  /** Every slot after the slots that it needs. */
  settling: readonly Slot[];
  tiers: readonly Tier[];
  /** Of all tiers, in written order. */
  rules: readonly Rule[];
  tests: readonly EmbeddedTest[];
  /** What this version reads, by path: all that its decisions depend on. */
  reads: readonly Fact[];
}

export interface Slot {
  name: string;
  /** Among the slots. */
  index: number;
  path: string;
  exclusive: boolean;
  once?: Template;
  needs: readonly Slot[];
  frozenBy?: Slot;
  totalWhen?: When;
}

export interface Tier {
  id: string;
  path: string;
  first: boolean;
  rules: readonly Rule[];
}

export interface Rule {
  id: string;
  /** Among the rules of all tiers. */
  index: number;
  path: string;
  tier: string;
  when: When | 'otherwise';
  actions: readonly Action[];
  /** The slots of its exclusive actions. */
  exclusive: readonly Slot[];
  halt: boolean;
  atomic: boolean;
  reason: InWords;
  acceptUnproven?: string;
  /** Ready-made entries of a trace: most decisions need no others. */
  entries: Readonly<Record<TraceStatus, TraceEntry>>;
}

export interface Action {
  slot: Slot;
  action: ActionName;
  key: string;
  /** As it stands in the slot of a decision. */
  placed: Placed;
  /** The same text for the same action, key and members, whoever proposes it. */
  value: string;
}

export interface Placed {
  action: ActionName;
  key: string;
  with?: Readonly<Record<string, unknown>>;
  rule: string;
}

export type TraceStatus = 'matched' | 'no_match' | 'not_reached' | 'skipped';

export interface TraceEntry {
  rule: string;
  status: TraceStatus;
  reason?: InWords;
  /** Actions that another rule's proposal kept out. */
  suppressed?: readonly Suppressed[];
  /** Slots that this rule filled and that emit nothing, since slots that they need are empty. */
  blocked?: readonly { slot: string; missing: readonly string[] }[];
}

export interface Suppressed {
  slot: string;
  key: string;
  /** The rule that has the slot; of an atomic rule, the rule that has a slot of one of its other actions. */
  by: string;
}

export interface EmbeddedTest {
  name: string;
  path: string;
  facts: Facts;
  expect: Readonly<Record<string, string | readonly string[]>>;
  haltedBy: string | null;
}
