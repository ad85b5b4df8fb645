// A connector joined to one system's settings: what the rest of the hub calls.
import type { Connector, ConnectorContext } from './contract.ts';
import type { CredentialKeeping } from './credential-store.ts';
import { createHttpClient } from './http-client.ts';
import { createPools, type PoolOptions } from './pools.ts';
import { type Abilities, abilities } from './registry.ts';
import { secretValues } from './secret.ts';

export interface ConnectionOptions extends PoolOptions {
  system: string;
  connector: Connector;
  /** As written in `syncline.yaml`, with the environment expanded. */
  rawSettings: unknown;
  /** As read by the connector's schema. */
  settings: unknown;
  /** Over a whole exchange. */
  timeoutMs?: number;
  /** Where tokens and sessions are kept; in memory where absent. */
  keeping?: CredentialKeeping;
  /** ms since 1970. */
  now(): number;
}

export interface Connection {
  system: string;
  connector: Connector;
  abilities: Abilities;
  /** @param signal aborted when the hub stops */
  context(signal?: AbortSignal): ConnectorContext;
  /** Waits for a token that is being renewed: before the store goes away that keeps it. */
  settle(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
  /** Cuts what is under way. */
  destroy(): Promise<void>;
}

const defaultTimeoutMs = 10_000;

export function openConnection(options: ConnectionOptions): Connection {
  const { system, connector, settings, now, timeoutMs = defaultTimeoutMs } = options;
  const pools = createPools({ ...options, connectTimeoutMs: options.connectTimeoutMs ?? timeoutMs });
  const http = createHttpClient({
    system,
    pools,
    credentials: connector.credentials?.(settings) ?? {},
    secrets: secretValues(connector.settings, options.rawSettings),
    timeoutMs,
    keeping: options.keeping,
    now,
  });
  const calm: ConnectorContext = { system, settings, http, timeoutMs, now };
  return {
    system,
    connector,
    abilities: abilities(connector, settings),
    context: (signal) => (signal ? { ...calm, signal } : calm),
    settle: http.settle,
    close: pools.close,
    destroy: pools.destroy,
  };
}
