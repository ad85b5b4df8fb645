// Claims sends and settles them as delivered, through the hub's own store side and nothing else.
import { randomBytes } from 'node:crypto';
import type { Core, Send, Settlement } from '../../src/core/core.ts';
import { openCore } from '../../src/core/open.ts';
import { hubSetup } from '../measure/hub-setup.ts';
import { nowMs } from '../measure/now.ts';

const batch = 100;

/** @param folder that holds the database of a hub */
export async function openClaims(folder: string): Promise<Core> {
  return openCore(await hubSetup(folder), {
    now: Date.now,
    random: randomBytes,
    onEvents: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
}

export interface Drained {
  ms: number;
  /** Of each claim. */
  claimMs: number[];
}

/** @param given.count no more than are behind: a claim waits until something is */
export async function drain(core: Core, { system, count }: { system: string; count: number }): Promise<Drained> {
  const claimMs: number[] = [];
  const startedAt = nowMs();
  for (let left = count; left > 0; ) {
    const askedAt = nowMs();
    const sends = await core.claim(system, Math.min(batch, left));
    claimMs.push(nowMs() - askedAt);
    await core.settle(sends.map(delivered));
    left -= sends.length;
  }
  return { ms: nowMs() - startedAt, claimMs };
}

const delivered = ({ system, recordId, seq, token }: Send): Settlement => ({
  ...{ system, recordId, seq, token, startedAt: Date.now(), durationMs: 0 },
  outcome: { kind: 'delivered', status: 200 },
});
