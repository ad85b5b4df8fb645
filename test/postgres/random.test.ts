import { describe, it } from 'vitest';
import { anyGroupsLeaveAllTheSame } from '../contract/store/random.ts';
import { postgresHarness } from './harness.ts';

describe('any sequence of groups', () => {
  it('leaves the tables and the model the same', () => anyGroupsLeaveAllTheSame(postgresHarness, 6), 120_000);
});
