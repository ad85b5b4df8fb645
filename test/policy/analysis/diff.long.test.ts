// The law of differences on more pairs of policies.
import { it } from 'vitest';
import { returnsDifferenceIsShown } from '../returns/analysis/diff-law.ts';
import { differenceIsRight } from './diff-law.ts';

it('of two routing policies is right about every order', () => differenceIsRight(2_000));

it('of two returns policies is shown by a return, and "equivalent" is contradicted by none', () =>
  returnsDifferenceIsShown(2_000));
