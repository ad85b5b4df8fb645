// A system that is polled, fetched from and sends webhooks: each does what the test says.
import type { Connection } from '../../src/connector/connection.ts';
import type {
  Connector,
  ConnectorContext,
  Polled,
  PollRequest,
  Received,
  Reference,
} from '../../src/connector/contract.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { Abilities } from '../../src/connector/registry.ts';

export interface Source {
  polls?: Abilities['polls'];
  fetches?: Abilities['fetches'];
  poll?(request: PollRequest, signal: AbortSignal | undefined): Promise<Polled>;
  fetch?(reference: Reference & { externalId: string }, signal: AbortSignal | undefined): Promise<string | undefined>;
  receive?(): Promise<Received>;
}

export function fakeSource(system: string, source: Source): Connection {
  const { polls = [], fetches = [], poll, fetch, receive } = source;
  const connector = {
    name: 'fake',
    title: 'A fake',
    ...(poll && { poll: (request: PollRequest, { signal }: ConnectorContext) => poll(request, signal) }),
    ...(fetch && {
      fetch: (reference: Reference & { externalId: string }, { signal }: ConnectorContext) => fetch(reference, signal),
    }),
    ...(receive && { receive: () => receive() }),
  } as unknown as Connector;
  return {
    system,
    connector,
    abilities: { polls, fetches } as unknown as Abilities,
    context: (signal?: AbortSignal) => ({ system, signal }) as ConnectorContext,
    settle: async () => undefined,
    close: async () => undefined,
    destroy: async () => undefined,
  };
}

export interface Later<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

export function later<T>(): Later<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Never answers, but ends when the hub stops, as connectors do. */
export const untilCut = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new ConnectorError('unavailable', 'the hub stopped')));
  });

export const down = (retryAfterMs?: number): ConnectorError =>
  new ConnectorError('unavailable', '503 from GET /orders', {
    status: 503,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
