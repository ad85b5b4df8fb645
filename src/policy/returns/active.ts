// A version of the returns policy that is in force.
import type { Force } from '../effective.ts';
import type { ReturnsPolicy } from './policy.ts';

export interface ActiveReturns extends Force {
  policy: ReturnsPolicy;
  version: number;
}
