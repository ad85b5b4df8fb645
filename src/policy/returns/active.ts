// A version of the returns policy that is in force.
import type { ReturnsPolicy } from './policy.ts';

export interface ActiveReturns {
  policy: ReturnsPolicy;
  version: number;
}
