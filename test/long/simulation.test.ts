// Thousands of stories of four systems.
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { simulate, stories } from '../core/four-systems.ts';

describe('whatever four systems do, many times', () => {
  it('ends with all copies the same and nothing owed', async () => {
    await fc.assert(fc.asyncProperty(stories, simulate), { numRuns: 3000 });
  });
});
