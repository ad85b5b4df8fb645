// A few stories of four systems each time; test/long tells thousands.
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { simulate, stories } from './four-systems.ts';

describe('whatever four systems do', () => {
  it('ends with all copies the same and nothing owed', async () => {
    await fc.assert(fc.asyncProperty(stories, simulate), { numRuns: 40 });
  });
});
