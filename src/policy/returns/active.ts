// A version of the returns policy that is in force.
import type { ReturnsPolicy } from './policy.ts';

export interface ActiveReturns {
  policy: ReturnsPolicy;
  version: number;
  /** Its time is over, and none takes its place: what was asked for lives on by it, and nothing new is decided. */
  ended?: true;
}
