// The answer to one change, in the shape of the HTTP contract.
import type { Fault } from '../core/core.ts';
import type { Refusal } from '../merge/types.ts';

export type ChangeStatus = 'accepted' | 'unchanged' | 'partial' | 'refused' | 'pending' | 'invalid';

export interface ChangeResult {
  status: ChangeStatus;
  record?: string;
  id?: string;
  version?: number;
  seq?: string;
  applied?: string[];
  refused?: (Omit<Refusal, 'reason'> & { reason: string })[];
  /** Units taken as an echo of our own send, without a time or tag that proves it. */
  ambiguous?: string[];
  /**
   * Why it waits: `create` (an unsettled create to that system) or `fetch`; or the units about which another system is
   * asked, each with its change request.
   */
  pending?: { reason: 'create' | 'fetch' } | { unit: string; request: string }[];
  repeated?: true;
  faults?: Fault[];
}

/** A key that was used before with another body. */
export class KeyReused extends Error {
  readonly key: string;
  constructor(key: string) {
    super(`the key "${key}" was used before with another body`);
    this.name = 'KeyReused';
    this.key = key;
  }
}
