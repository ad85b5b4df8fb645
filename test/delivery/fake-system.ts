// A system on the other side of a connector: each push waits until the test answers it, or is answered by a rule.
import type { Connection } from '../../src/connector/connection.ts';
import type { Connector, ConnectorContext, Pushed, Reference, Send } from '../../src/connector/contract.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { Abilities } from '../../src/connector/registry.ts';

export interface OpenPush {
  send: Send;
  signal: AbortSignal | undefined;
  take(pushed?: Partial<Pushed>): void;
  fail(error: Error): void;
}

export interface FakeSystem {
  connection: Connection;
  /** Everything that was pushed, in order. */
  pushed: Send[];
  /** What waits for an answer. */
  open: OpenPush[];
  /** Most that waited at once. */
  most: number;
  checks: number;
  finds: Reference[];
  /** Answers at once; undefined: the test answers. */
  answer: ((send: Send) => Partial<Pushed> | Error | undefined) | undefined;
  find: (() => string | undefined) | undefined;
  check: (() => void) | undefined;
  /** Connectors should end when the hub stops; this one does not. */
  deaf: boolean;
}

export const down = (): ConnectorError =>
  new ConnectorError('unavailable', '503 from POST /shipments', { status: 503 });
export const refusal = (): ConnectorError =>
  new ConnectorError('rejected', 'address outside delivery area', { status: 422, body: '{"error":"address"}' });

export function fakeSystem(
  id: string,
  more: Partial<Abilities> & { checks?: boolean; finds?: boolean } = {},
): FakeSystem {
  const { checks = true, finds = true, ...abilities } = more;
  const system: FakeSystem = {
    pushed: [],
    open: [],
    most: 0,
    checks: 0,
    finds: [],
    answer: undefined,
    find: undefined,
    check: undefined,
    deaf: false,
    connection: undefined as unknown as Connection,
  };
  const connector = {
    name: 'fake',
    title: 'A fake',
    push: (send: Send, { signal }: ConnectorContext) => push(system, send, signal),
    ...(checks && {
      check: async () => {
        system.checks += 1;
        system.check?.();
      },
    }),
    ...(finds && {
      find: async (reference: Reference) => {
        system.finds.push(reference);
        return system.find?.();
      },
    }),
  } as unknown as Connector;
  system.connection = {
    system: id,
    connector,
    abilities: { pulls: false, repeatSafe: 'idempotency-key', ...abilities } as Abilities,
    context: (signal?: AbortSignal) => ({ system: id, signal }) as ConnectorContext,
    settle: async () => undefined,
    close: async () => undefined,
    destroy: async () => undefined,
  };
  return system;
}

function push(system: FakeSystem, send: Send, signal: AbortSignal | undefined): Promise<Pushed> {
  system.pushed.push(send);
  const said = system.answer?.(send);
  if (said instanceof Error) return Promise.reject(said);
  if (said) return Promise.resolve({ externalId: `X-${send.recordId}`, status: 201, ...said });
  return new Promise((resolve, reject) => {
    const end = (): void => open.fail(new ConnectorError('unavailable', 'the hub stopped'));
    const close = (): void => {
      signal?.removeEventListener('abort', end);
      system.open = system.open.filter((one) => one !== open);
    };
    const open: OpenPush = {
      send,
      signal,
      take: (pushed) => {
        close();
        resolve({ externalId: `X-${send.recordId}`, status: 201, ...pushed });
      },
      fail: (error) => {
        close();
        reject(error);
      },
    };
    system.open.push(open);
    system.most = Math.max(system.most, system.open.length);
    if (!system.deaf) signal?.addEventListener('abort', end);
  });
}
