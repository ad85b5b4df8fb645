// What a decision would make happen: its proposals with their once-keys, before anything is claimed.
import type { Facts } from '../facts.ts';
import type { Decision } from './decide.ts';
import type { Action, RoutingPolicy, Slot, TraceEntry } from './policy.ts';
import { expand, type Template } from './template.ts';

export interface Effect {
  slot: string;
  action: Action['action'];
  key: string;
  with?: Readonly<Record<string, unknown>>;
  rule: string;
  /** Its record's id; absent where the effect sets a value of the order. */
  onceKey?: string;
  status: 'would_claim' | 'suppressed' | 'blocked_missing';
}

/** Holds of this policy that stand: the key of each, and the number that it had when it was raised. */
export type StandingHolds = ReadonlyMap<string, number>;

/** In the order of the rules. @param standing none for a dry run by facts */
export function effectsOf(
  { rules }: RoutingPolicy,
  { trace }: Decision,
  facts: Facts,
  standing: StandingHolds = new Map(),
): Effect[] {
  const found: { action: Action; status: Effect['status'] }[] = [];
  rules.forEach(({ actions }, at) => {
    const entry = trace[at] as TraceEntry;
    if (entry.status !== 'matched') return;
    for (const action of actions) found.push({ action, status: statusOf(action, entry) });
  });
  const holdSeq = holdSeqOf(found, facts, standing);
  return found.map(({ action: { slot, placed }, status }) => ({
    slot: slot.name,
    ...placed,
    ...(slot.once && { onceKey: onceKey(slot.once, placed.key, facts, holdSeq) }),
    status,
  }));
}

function statusOf({ slot, key }: Action, { suppressed = [], blocked = [] }: TraceEntry): Effect['status'] {
  if (suppressed.some((one) => one.slot === slot.name && one.key === key)) return 'suppressed';
  return blocked.some((one) => one.slot === slot.name) ? 'blocked_missing' : 'would_claim';
}

/** Keys are expanded after the decision's own hold: a hold that stands keeps its number, so that it is told of once. */
function holdSeqOf(
  found: readonly { action: Action; status: Effect['status'] }[],
  facts: Facts,
  standing: StandingHolds,
): number {
  const seq = facts.order?.holdSeq as number;
  const hold = found.find(({ action, status }) => action.action === 'hold' && status === 'would_claim');
  return hold ? (standing.get(hold.action.key) ?? seq + 1) : seq;
}

const onceKey = (once: Template, key: string, facts: Facts, holdSeq: number): string =>
  expand(once, key, ({ path, group, member }) => String(path === 'order.holdSeq' ? holdSeq : facts[group]?.[member]));

/** Every once-key that an action of the slot would claim for these facts, whether it is proposed or not. */
export function claimableKeys({ rules }: RoutingPolicy, { name, once }: Slot, facts: Facts): string[] {
  if (!once) return [];
  const actions = rules.flatMap((rule) => rule.actions).filter(({ slot }) => slot.name === name);
  return [...new Set(actions.map(({ key }) => onceKey(once, key, facts, facts.order?.holdSeq as number)))];
}

/** What an id of a record may not hold is written as in a URL. */
export const recordIdOf = (onceKey: string): string =>
  onceKey.replace(/[^\x21-\x7e]/gu, (letter) => encodeURIComponent(letter));
