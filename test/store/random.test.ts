import { describe, it } from 'vitest';
import { anyGroupsLeaveAllTheSame } from '../contract/store/random.ts';
import { sqliteHarness } from './sqlite-harness.ts';

describe('any sequence of groups', () => {
  it(
    'leaves memory, disk and the model the same',
    () => anyGroupsLeaveAllTheSame(() => sqliteHarness({ cachedRecords: 2 }), 100),
    120_000,
  );
});
