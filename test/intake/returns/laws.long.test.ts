// The laws of returns on longer histories.
import { expect, it } from 'vitest';
import { provedOf } from './histories.ts';

it('no more is refunded than was paid, no machine declines, and every decision can be made again', async () => {
  await expect(provedOf(2_000, 12)).resolves.toBeUndefined();
});
