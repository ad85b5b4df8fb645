// Many sends in few requests: those that may go together, so many at once as the system takes, and each answered by itself.
import { createHash } from 'node:crypto';
import type { Sending } from './ask-json.ts';
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

/** Of one request for many: other sends, another key. */
export function sendingOf(sends: readonly Send[]): Sending {
  const [first] = sends;
  const keys = [...new Set(sends.map(({ key }) => key))];
  if (first && keys.length === 1) return first;
  const digest = createHash('sha256').update(keys.join('\n'));
  return { key: `batch:${digest.digest('hex')}`, traceparent: first?.traceparent };
}

export type Outcome<T> = { pushed: T } | { error: Error };

export const outcomeOf = <T>(doing: () => Promise<T>): Promise<Outcome<T>> =>
  doing().then(
    (pushed) => ({ pushed }),
    (error: Error) => ({ error }),
  );

/** The `push` of a connector whose `pushMany` does all. */
export const pushAlone =
  <C>(pushMany: (sends: Send[], context: C) => Promise<PushResult[]>) =>
  async (send: Send, context: C): Promise<Pushed> => {
    const [result] = (await pushMany([send], context)) as [PushResult];
    if ('error' in result) throw result.error;
    return result.pushed;
  };

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
  return [...groups.values()].flatMap((group) => partsOf(group, size));
}

/** @returns the answers of all parts, asked one after the other */
export async function inParts<T, R>(all: readonly T[], size: number, ask: (some: T[]) => Promise<R[]>): Promise<R[]> {
  const answers: R[] = [];
  for (const some of partsOf(all, size)) answers.push(...(await ask(some)));
  return answers;
}

const partsOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));

function nameOf(send: Send, groupOf: Batches<unknown>['groupOf']): string | undefined {
  try {
    return groupOf(send);
  } catch {
    return undefined;
  }
}

async function pushBatch<T>(sends: readonly Send[], batches: Batches<T>): Promise<PushResult[]> {
  const { write, finish } = batches;
  const answer: Outcome<T[]> = sends.length > 1 ? await outcomeOf(() => write(sends)) : { pushed: [] };
  // One that is refused may take the others with it: nothing was done, and it is looked for by halves.
  if ('error' in answer && isRefusal(answer.error)) {
    const half = Math.ceil(sends.length / 2);
    return [...(await pushBatch(sends.slice(0, half), batches)), ...(await pushBatch(sends.slice(half), batches))];
  }
  const told = (place: number): T | { error: Error } | undefined =>
    'pushed' in answer ? answer.pushed[place] : { error: answer.error };
  return Promise.all(sends.map((send, place) => outcomeOf(() => finish(send, told(place)))));
}

const isRefusal = (error: Error): boolean =>
  error instanceof ConnectorError && ['rejected', 'not_found', 'invalid', 'conflict', 'forbidden'].includes(error.kind);
