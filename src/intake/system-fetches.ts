// Fetches from one system: a few at once, and none for a while when the system itself fails.
import type { Clock } from '../clock.ts';
import type { Connection } from '../connector/connection.ts';
import { ConnectorError, type ConnectorErrorKind } from '../connector/contract.ts';
import type { Core } from '../core/core.ts';
import type { Log } from '../log.ts';
import { retryDelay } from './retry-delay.ts';

export type Due = Awaited<ReturnType<Core['toFetch']>>[number];
type Fetched = Parameters<Core['fetched']>[1];

export interface FetchDeps {
  core: Pick<Core, 'fetched'>;
  clock: Clock;
  log: Log;
  /** 0 ≤ x < 1. */
  random(): number;
}

export interface SystemFetchesDeps extends FetchDeps {
  /** Undefined: the system is no longer configured. */
  connection: Connection | undefined;
  /** Aborted when the hub stops. */
  signal: AbortSignal;
}

const atOnce = 4;

/** The reason is likely the system, not the one record: the others need not find out one by one. */
const systemFails = new Set<ConnectorErrorKind>(['unavailable', 'throttled', 'timeout', 'unknown', 'unauthorized']);

export class SystemFetches {
  readonly #deps: SystemFetchesDeps;
  readonly #turns: (() => void)[] = [];
  #busy = 0;
  #failures = 0;
  #restUntil = 0;
  #reason = '';

  constructor(deps: SystemFetchesDeps) {
    this.#deps = deps;
  }

  /**
   * @returns once it is durable: ms until it is due again, undefined when it is not (or the hub stops, and nothing changed)
   * Rejects when the store could not be told.
   */
  async fetch(due: Due): Promise<number | undefined> {
    const fetched = await this.#inTurn(() => this.#ask(due));
    if (!fetched) return undefined;
    await this.#deps.core.fetched(due.id, fetched);
    return 'retryInMs' in fetched ? fetched.retryInMs : undefined;
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    if (this.#busy < atOnce) this.#busy += 1;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#turns.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }

  async #ask(due: Due): Promise<Fetched | undefined> {
    if (this.#deps.signal.aborted) return undefined;
    const restMs = this.#restUntil - this.#deps.clock.now();
    // Put off in the store, so that those of other systems come to the front.
    if (restMs > 0) return { retryInMs: restMs, message: this.#reason };
    try {
      const payload = await this.#read(due);
      this.#failures = 0;
      return { payload: payload ?? null };
    } catch (error) {
      return this.#deps.signal.aborted ? undefined : this.#failed(due, error);
    }
  }

  #read({ system, record, externalId }: Due): Promise<string | undefined> {
    const { connection, signal } = this.#deps;
    if (!connection?.connector.fetch || !connection.abilities.fetches.includes(record)) {
      const message = `${system} names changes of ${record} without their data, and no fetch of ${record} is configured for it`;
      throw new ConnectorError('invalid', message, { sent: false });
    }
    return connection.connector.fetch({ record, externalId }, connection.context(signal));
  }

  #failed(due: Due, error: unknown): Fetched {
    const message = error instanceof Error ? error.message : String(error);
    const ownMs = retryDelay(due.attempts + 1, this.#deps.random(), error);
    const kind = error instanceof ConnectorError ? error.kind : undefined;
    const restMs = kind && systemFails.has(kind) ? this.#rest(error, message) : 0;
    const retryInMs = Math.max(ownMs, restMs);
    this.#tell(due, { error, retryInMs, isRefused: kind === 'unauthorized' });
    return { retryInMs, message };
  }

  /** Those that were under way together fail together: one failure of the system. @returns ms until it ends */
  #rest(error: unknown, message: string): number {
    const { clock, random } = this.#deps;
    const now = clock.now();
    if (this.#restUntil <= now) this.#failures += 1;
    this.#restUntil = Math.max(this.#restUntil, now + retryDelay(this.#failures, random(), error));
    this.#reason = `not asked, since another fetch had failed: ${message}`;
    return this.#restUntil - now;
  }

  #tell(
    { system, record, externalId }: Due,
    { error, retryInMs, isRefused }: { error: unknown; retryInMs: number; isRefused: boolean },
  ): void {
    const { log } = this.#deps;
    const fields = { system, record, externalId, retryInMs, err: error };
    const message = `${record} ${externalId} of ${system} could not be fetched; it is tried again in ${Math.ceil(retryInMs / 1000)} s`;
    if (isRefused) log.error(fields, `${message}; ${system} refuses our credentials, check its settings`);
    else log.warn(fields, message);
  }
}
