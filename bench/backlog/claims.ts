// Claims sends and settles them as delivered, through the hub's own store side and nothing else.
import { randomBytes } from 'node:crypto';
import { connectors } from '../../connectors/index.ts';
import { coreSetup } from '../../src/app-core.ts';
import { loadConfig } from '../../src/config.ts';
import type { Core, Send, Settlement } from '../../src/core/core.ts';
import { openCore } from '../../src/core/open.ts';
import { hubConfig, hubEnvironment } from '../measure/contenders.ts';
import { nowMs } from '../measure/now.ts';

/** Nothing is sent: the addresses only have to be some. */
const nowhere = ['http://127.0.0.1:9', 'http://127.0.0.1:9', 'http://127.0.0.1:9'];
const batch = 100;

/** @param folder that holds the database of a hub */
export async function openClaims(folder: string): Promise<Core> {
  const config = await loadConfig(hubConfig(), { env: hubEnvironment(folder, nowhere), connectors });
  return openCore(coreSetup(config), {
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
