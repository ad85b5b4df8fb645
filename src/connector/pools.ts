// Connections of one system: a pool per origin, each dialling only addresses that its rule lets pass.
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { type AddressRule, operatorRule, payloadRule } from './private-address.ts';

export type UrlSource = 'operator' | 'payload';

export interface Pools {
  pool(origin: string, from: UrlSource): Dispatcher;
  /** From now on there is another pool for that origin; what is under way in this one ends there. */
  renew(origin: string, from: UrlSource): void;
  /** Waits for what is under way, then closes every connection. */
  close(): Promise<void>;
  /** Cuts what is under way. */
  destroy(): Promise<void>;
}

export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;

export interface PoolOptions {
  /** Most connections to one origin: the system's concurrency. */
  connections: number;
  connectTimeoutMs?: number;
  /** `egress.allow`: hosts, addresses or ranges that an address from a payload may lead to. */
  allow?: readonly string[];
  resolve?: Resolve;
}

/** Payloads may name any number of hosts; the oldest pools of theirs are closed. */
const payloadPoolLimit = 32;

/** The address was found, and must not be dialled. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

export function createPools(options: PoolOptions): Pools {
  const rules = { operator: operatorRule, payload: payloadRule(options.allow ?? []) };
  const pools = { operator: new Map<string, Pool>(), payload: new Map<string, Pool>() };
  const everyPool = () => [...pools.operator.values(), ...pools.payload.values()];
  const open = (origin: string, from: UrlSource): Pool => {
    const pool = new Pool(origin, {
      connections: options.connections,
      connect: guardedConnect(rules[from], options),
      // The exchange has one limit over all of it; undici's would start anew with every byte.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    pools[from].set(origin, pool);
    if (from === 'payload') closeOldest(pools.payload);
    return pool;
  };
  return {
    pool: (origin, from) => pools[from].get(origin) ?? open(origin, from),
    renew: (origin, from) => {
      void pools[from].get(origin)?.close();
      pools[from].delete(origin);
    },
    close: async () => void (await Promise.all(everyPool().map((pool) => pool.close()))),
    destroy: async () => void (await Promise.all(everyPool().map((pool) => pool.destroy()))),
  };
}

function closeOldest(pools: Map<string, Pool>): void {
  for (const [origin, pool] of pools) {
    if (pools.size <= payloadPoolLimit) return;
    pools.delete(origin);
    void pool.close();
  }
}

/** The name is resolved once, every answer is asked about, and only vetted ones are dialled. */
function guardedConnect(rule: AddressRule, options: PoolOptions): buildConnector.connector {
  const resolve = options.resolve ?? ((host) => lookup(host, { all: true }));
  const dial = buildConnector({ timeout: options.connectTimeoutMs ?? 10_000, lookup: vettedLookup(rule, resolve) });
  return (target, done) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const refused = isIP(host) === 0 ? undefined : rule.refuses(host, host);
    if (refused !== undefined) return done(new AddressRefused(refused), null);
    dial(target, (...outcome) => {
      const [error, socket] = outcome;
      const late = error ? undefined : refusedPeer(rule, host, socket);
      if (!late) return done(...outcome);
      socket?.destroy();
      done(late, null);
    });
  };
}

/** Asked again of the connection itself: whatever led there. */
function refusedPeer(rule: AddressRule, host: string, socket: Socket | null): AddressRefused | undefined {
  const reason = socket?.remoteAddress === undefined ? undefined : rule.refuses(host, socket.remoteAddress);
  return reason === undefined ? undefined : new AddressRefused(reason);
}

function vettedLookup(rule: AddressRule, resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    resolve(host).then(
      (addresses) => {
        const reason = addresses.map(({ address }) => rule.refuses(host, address)).find((found) => found !== undefined);
        if (reason !== undefined) return done(new AddressRefused(reason), []);
        const [first] = addresses;
        if (options.all === true) return done(null, addresses);
        done(null, first?.address ?? '', first?.family ?? 4);
      },
      (error: Error) => done(error, []),
    );
  };
}
