// What follows from a change within its own transaction, by every policy that is in force.
import type { Key } from '../store/store.ts';
import type { Work } from './commit-edit.ts';
import { reactToReturns } from './returns/after-change.ts';
import { react } from './routing/react.ts';

/** The one call that intake and the console make. @returns the keys that it needs first, if there are such */
export const follow = (work: Work): { need: Key[] } | undefined => react(work) ?? reactToReturns(work);
