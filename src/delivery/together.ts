// Which sends of a claim go to their system in one exchange, and what that exchange says of the system.
import type { BatchLimit } from '../connector/contract.ts';
import type { Send } from '../core/core.ts';
import type { Sign } from './outcome.ts';

export interface Together {
  /** What the connector takes; undefined: one by one. */
  limit: BatchLimit | undefined;
  /** A create that may have arrived is looked for before it is sent again, by itself. */
  repeatSafe: boolean;
}

/** @returns every send once, in the order of the claim: those of one type and operation together, as many as go together */
export function batchesOf(sends: readonly Send[], { limit, repeatSafe }: Together): Send[][] {
  if (!limit) return sends.map((send) => [send]);
  const batches: Send[][] = [];
  const open = new Map<string, Send[]>();
  for (const send of sends) {
    const mayJoin = limit.operations.includes(send.op) && !goesAlone(send, repeatSafe);
    const name = `${send.op} ${send.record}`;
    const batch = mayJoin ? open.get(name) : undefined;
    if (batch && batch.length < limit.size) batch.push(send);
    else {
      const fresh = [send];
      batches.push(fresh);
      if (mayJoin) open.set(name, fresh);
    }
  }
  return batches;
}

/**
 * One that failed while the system dealt with others may be what its batch failed of: by itself it holds back nobody. For
 * "too many requests" no record is to blame, and more requests are no help.
 */
function goesAlone({ op, repeat, attempts, lastError }: Send, repeatSafe: boolean): boolean {
  if (repeat && op === 'create' && !repeatSafe) return true;
  return attempts > 0 && lastError !== 'throttled';
}

/** @returns one of each sign: an exchange in which anything was dealt with is no failure of the system */
export function signsOf<T extends { sign: Sign }>(all: readonly T[]): T[] {
  if (all.length === 1) return all.filter(({ sign }) => sign !== 'nothing');
  const told = all.find(({ sign }) => sign === 'delivered') ?? all.find(({ sign }) => sign === 'answered');
  const others = (['failed', 'throttled', 'unauthorized'] as const).map((wanted) =>
    all.find(({ sign }) => sign === wanted),
  );
  return [told, ...others].flatMap((one) => (one && !(told && one.sign === 'failed') ? [one] : []));
}
