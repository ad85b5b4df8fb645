// What a routing decision says, slot by slot, in words that two versions can be compared by.
import type { Content } from '../content.ts';
import type { Decision } from './decide.ts';
import type { Placed } from './policy.ts';

/** Its slots, and as `halted` whether it was. */
export function contentOfRouting({ haltedBy, slots }: Pick<Decision, 'haltedBy' | 'slots'>): Content {
  const filled = Object.entries(slots).map(([name, slot]) => [name, contentOf(slot)] as const);
  return Object.fromEntries([...(haltedBy === null ? [] : [['halted', ['halted']] as const]), ...filled]);
}

export function contentOf(slot: Placed | readonly Placed[] | undefined): string[] {
  if (slot === undefined) return [];
  return 'key' in slot ? [nameOf(slot)] : slot.map(nameOf);
}

const nameOf = ({ action, key, with: members }: Placed): string =>
  `${action} ${key}${members ? ` ${JSON.stringify(members)}` : ''}`;
