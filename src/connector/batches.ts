// Many sends in few requests: those that may go together, so many at once as the system takes, and each answered by itself.
import type { Pushed, PushResult, Send } from './contract.ts';
import { ConnectorError } from './error.ts';

export interface Batches<T> {
  /** Most of one request. */
  size: number;
  /** Sends of one name go together. Undefined, or an error: it goes by itself. */
  groupOf(send: Send): string | undefined;
  /** One request. @returns what became of each, in their order. @throws ConnectorError of the whole request */
  write(sends: readonly Send[]): Promise<T[]>;
  /** What is left to do for one. @param told what its batch said of it; absent where it goes by itself */
  finish(send: Send, told: T | { error: Error } | undefined): Promise<Pushed>;
}

export type Outcome<T> = { pushed: T } | { error: Error };

export const outcomeOf = <T>(doing: () => Promise<T>): Promise<Outcome<T>> =>
  doing().then(
    (pushed) => ({ pushed }),
    (error: Error) => ({ error }),
  );

/** @returns in the order of the sends */
export async function pushInBatches<T>(sends: readonly Send[], batches: Batches<T>): Promise<PushResult[]> {
  const results = new Map<Send, PushResult>();
  for (const batch of batchesOf(sends, batches)) {
    const outcomes = await pushBatch(batch, batches);
    for (const [place, send] of batch.entries()) results.set(send, outcomes[place] as PushResult);
  }
  return sends.map((send) => results.get(send) as PushResult);
}

function batchesOf<T>(sends: readonly Send[], { size, groupOf }: Batches<T>): Send[][] {
  const groups = new Map<string | Send, Send[]>();
  for (const send of sends) {
    const name = nameOf(send, groupOf) ?? send;
    groups.set(name, [...(groups.get(name) ?? []), send]);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / size) }, (_, n) => group.slice(n * size, (n + 1) * size)),
  );
}

function nameOf(send: Send, groupOf: Batches<unknown>['groupOf']): string | undefined {
  try {
    return groupOf(send);
  } catch {
    return undefined;
  }
}

async function pushBatch<T>(sends: readonly Send[], { write, finish }: Batches<T>): Promise<PushResult[]> {
  const answer: Outcome<T[]> = sends.length > 1 ? await outcomeOf(() => write(sends)) : { pushed: [] };
  const told = (place: number): T | { error: Error } | undefined => {
    if ('pushed' in answer) return answer.pushed[place];
    // One that is refused may take the others with it: nothing was done, and each is told by itself.
    return isRefusal(answer.error) ? undefined : answer;
  };
  return Promise.all(sends.map((send, place) => outcomeOf(() => finish(send, told(place)))));
}

const isRefusal = (error: Error): boolean =>
  error instanceof ConnectorError && ['rejected', 'not_found', 'invalid'].includes(error.kind);
