// Publishes the change stream to one broker: page by page, each kept as published once the broker has it.
import { type ConnectorContext, ConnectorError, type Published, type StreamEvent } from '../connector/contract.ts';
import type { StreamPage } from '../core/core.ts';
import { changeEvent } from '../model/change-event.ts';
import type { ChangeRow } from '../store/rows.ts';
import type { LeaseHeld } from '../store/sharing.ts';
import { retryIn } from './backoff.ts';
import { BreakerLight } from './breaker-light.ts';
import { fateOf } from './fate.ts';
import type { Gate } from './gate.ts';
import { signOf } from './outcome.ts';
import type { RelayDeps, RelaySystem, StreamDeps } from './relay-deps.ts';
import type { GoodAnswers } from './suspicion.ts';
import { growingDelay, Wait } from './wait.ts';

export interface PublishLoopDeps extends Pick<RelayDeps, 'clock' | 'log' | 'metrics' | 'random'> {
  streams: StreamDeps;
  system: RelaySystem;
  context: ConnectorContext;
  gate: Gate;
  good: GoodAnswers;
  /** False: paused or unauthorized. */
  active(): boolean;
  /** What only one of several processes may do: undefined while another one has it. `alone`: there is no other. */
  lease(): LeaseHeld | 'alone' | undefined;
  /** Our credentials were refused by an attempt that began then. */
  refused(message: string, startedAt: number): void;
  /** Nothing more can be told until a person says where to go on. */
  halt(reason: string): void;
}

type Page = Exclude<StreamPage, { gap: unknown }>;

const pageSize = 100;
/** A hint of another process may be lost. */
const idleMs = 5_000;

export class PublishLoop {
  /** Why what comes next is not published yet; null while all goes well. */
  trouble: string | null = null;
  readonly #deps: PublishLoopDeps;
  readonly #news: Wait;
  readonly #light: BreakerLight;
  #idle: AbortController | undefined;
  #abandoned: (() => void) | undefined;
  #running = true;
  #failures = 0;
  #storeFailures = 0;
  #alerted: string | undefined;
  #toldRestored = false;

  constructor(deps: PublishLoopDeps) {
    this.#deps = deps;
    this.#news = new Wait(deps.clock);
    this.#light = new BreakerLight(deps.system.id, deps);
  }

  /** Resolves when it was stopped and nothing is under way any more; never rejects. */
  async run(): Promise<void> {
    while (this.#running) await this.#goRound();
  }

  /** Something has changed: paused, resumed, put elsewhere, a lease has come. */
  look(): void {
    this.#idle?.abort();
    this.#news.end();
  }

  stop(): void {
    this.#running = false;
    this.look();
  }

  /** For a connector that does not even end when told to. What it publishes still is repeated by the next process. */
  abandon(): void {
    this.#abandoned?.();
  }

  async #goRound(): Promise<void> {
    const { gate, clock, streams } = this.#deps;
    if (!this.#mayPublish()) return this.#news.begin(idleMs);
    await gate.prepare(clock.now());
    const allowed = gate.allowance(clock.now());
    this.#light.show(gate.breaker);
    if (allowed === 0) return this.#news.begin(gate.waitMs(clock.now()) ?? idleMs);
    // Read first: what is committed between the look and the wait ends the wait at once.
    const before = streams.head.head();
    const page = await this.#read();
    if (page === undefined || !this.#mayPublish()) return;
    if ('gap' in page) return this.#deps.halt(gapWords(page.gap, this.#deps.system.id));
    this.#tellRestored(page);
    if (page.changes.length > 0) return this.#publish(page, allowed);
    // A page of other types only is passed over; what is left of one is looked through again.
    if (page.more) await this.#keep(page, page.upTo);
    else await this.#waitFor(before);
  }

  #mayPublish(): boolean {
    return this.#running && this.#deps.active() && this.#deps.lease() !== undefined;
  }

  async #read(): Promise<StreamPage | undefined> {
    const { streams, system, log } = this.#deps;
    try {
      const page = await streams.core.unpublished(system.id, pageSize);
      this.#storeFailures = 0;
      return page;
    } catch (error) {
      if (this.#running)
        log.error({ err: error, system: system.id }, 'the changes to publish could not be read; trying again');
    }
    await this.#news.begin(growingDelay(this.#storeFailures++));
    return undefined;
  }

  async #waitFor(before: number): Promise<void> {
    this.#idle = new AbortController();
    if (this.#running) await this.#deps.streams.head.wait(before, idleMs, this.#idle.signal);
    this.#idle = undefined;
  }

  async #publish(page: Page, allowed: number): Promise<void> {
    const { gate, clock } = this.#deps;
    const granted = await gate.grant(Math.min(page.changes.length, allowed), clock.now());
    const changes = page.changes.slice(0, granted);
    const lease = this.#deps.lease();
    // Asked again just before the first byte: this process may have stood still, and another one gone on.
    if (changes.length === 0 || lease === undefined) return this.#news.begin(growingDelay(0));
    const startedAt = clock.now();
    gate.begin(changes.length, startedAt);
    const published = await this.#hand(changes.map((change) => eventOf(change, page.epoch, this.#deps)));
    for (const _ of changes) gate.end();
    await this.#settle(page, { changes, published, startedAt });
  }

  /** Never rejects; ends at once when it is abandoned. */
  #hand(events: StreamEvent[]): Promise<Published> {
    const { system, context } = this.#deps;
    const { publish } = system.connection.connector;
    const abandoned = new Promise<Published>((resolve) => {
      this.#abandoned = () => resolve({ taken: 0, error: stopped() });
    });
    const handed = (async () => publish?.(events, context) ?? { taken: 0 })();
    return Promise.race([handed, abandoned])
      .catch((error: unknown) => ({ taken: 0, error: error instanceof Error ? error : new Error(String(error)) }))
      .finally(() => {
        this.#abandoned = undefined;
      });
  }

  async #settle(
    page: Page,
    { changes, published, startedAt }: { changes: ChangeRow[]; published: Published; startedAt: number },
  ): Promise<void> {
    const { taken, error } = published;
    const last = changes[taken - 1];
    const isWhole = taken === page.changes.length;
    if (last) this.#count(changes.slice(0, taken));
    const isKept = !last || (await this.#keep(page, isWhole ? page.upTo : last.seq));
    if (error === undefined) return this.#goesWell();
    const refused = changes[taken];
    if (isKept && refused && !this.#isOurStop(error))
      await this.#failed(error, { refused, epoch: page.epoch, startedAt });
  }

  #isOurStop(error: Error): boolean {
    return !this.#running && !(error instanceof ConnectorError && error.status !== undefined);
  }

  #count(changes: readonly ChangeRow[]): void {
    const { system, metrics, streams, good, gate, clock } = this.#deps;
    const now = clock.now();
    for (const { type, recordId, recordedAt } of changes) {
      metrics.attempt(system.id, 'delivered');
      streams.synced(system.id, type, Math.max(0, now - recordedAt) / 1000);
      good.note(recordId, now);
    }
    gate.hear({ sign: 'delivered', record: changes[0]?.recordId ?? '' }, now);
    this.#light.show(gate.breaker);
  }

  #goesWell(): void {
    if (this.trouble !== null) this.#deps.log.info({ system: this.#deps.system.id }, 'the stream is published again');
    this.trouble = null;
    this.#failures = 0;
    this.#alerted = undefined;
  }

  /** @returns false: it is not kept, so the same is published again, under the same ids */
  async #keep(page: Page, upTo: number): Promise<boolean> {
    const { streams, system, log, lease } = this.#deps;
    const held = lease();
    try {
      const place = { upTo, moves: page.moves };
      await (held === undefined || held === 'alone'
        ? streams.core.published(system.id, place)
        : streams.core.published(system.id, place, held));
      return true;
    } catch (error) {
      log.warn(
        { err: error, system: system.id },
        'how far the stream was published could not be kept; it is published again from before',
      );
      await this.#news.begin(growingDelay(this.#storeFailures++));
      return false;
    }
  }

  async #failed(
    error: Error,
    { refused, epoch, startedAt }: { refused: ChangeRow; epoch: string; startedAt: number },
  ): Promise<void> {
    const { system, streams, metrics, gate, clock, random } = this.#deps;
    const failure =
      error instanceof ConnectorError ? error : new ConnectorError('unknown', error.message, { cause: error });
    const { kind, message, retryAfterMs } = failure;
    metrics.attempt(system.id, fateOf(kind, 'create').outcome);
    if (kind === 'unauthorized') return this.#deps.refused(message, startedAt);
    const sign = signOf(failure);
    // Each try counts as a record of its own: there is nobody else by whom a broker could be told from one bad event.
    gate.hear({ sign, record: `try ${this.#failures}`, retryAfterMs }, clock.now());
    this.#light.show(gate.breaker);
    this.#failures += 1;
    const waitMs = retryIn(this.#failures, streams.backoff(system.id), random(), retryAfterMs);
    this.trouble = this.#tell(failure, {
      refused,
      id: idOf(refused, epoch),
      waitMs,
      isRefusal: sign === 'answered' || sign === 'nothing',
    });
    await this.#news.begin(waitMs);
  }

  /** @returns what is wrong, in a sentence */
  #tell(
    error: ConnectorError,
    { refused, id, waitMs, isRefusal }: { refused: ChangeRow; id: string; waitMs: number; isRefusal: boolean },
  ): string {
    const { system, log, metrics } = this.#deps;
    const { type, recordId } = refused;
    const fields = {
      system: system.id,
      event: id,
      record: type,
      recordId,
      kind: error.kind,
      retryInMs: waitMs,
      err: error,
    };
    if (!isRefusal) {
      const reason = `${system.id} does not take events: ${error.message}`;
      log.warn(fields, `${reason}; it is tried again in ${Math.ceil(waitMs / 1000)} s, from ${id} on`);
      return reason;
    }
    const reason = `${system.id} refuses the event ${id} (${type} ${recordId}): ${error.message}`;
    const next = `everything behind it waits. Correct what it says at the broker or in the settings; to leave it out, resume ${system.id} with {"from": "${id}"}`;
    if (this.#alerted === id) log.warn(fields, reason);
    else {
      this.#alerted = id;
      metrics.alert('stream_refused');
      log.error({ ...fields, alert: 'stream_refused' }, `${reason}; ${next}`);
    }
    return `${reason}; ${next}`;
  }

  #tellRestored({ restored, epoch }: Page): void {
    if (!restored || this.#toldRestored) return;
    this.#toldRestored = true;
    const { log, system } = this.#deps;
    log.warn(
      { system: system.id, epoch },
      `the store was made from a backup: ${system.id} goes on from the place in it, under ids that begin with ${epoch}. What was published after the backup, under other ids, is of a history that is gone`,
    );
  }
}

const idOf = ({ seq }: ChangeRow, epoch: string): string => `${epoch}:${seq}`;

function eventOf(change: ChangeRow, epoch: string, { system }: PublishLoopDeps): StreamEvent {
  const id = idOf(change, epoch);
  const personalData = system.connection.abilities.publishes?.personalData === true;
  const { type: record, recordId, op, source, traceparent } = change;
  return {
    ...{ id, record, recordId, source, op: op as StreamEvent['op'] },
    body: JSON.stringify(changeEvent(change, { id, personalData })),
    ...(traceparent !== null && { traceparent }),
  };
}

const gapWords = ({ after, prunedUpTo }: { after: number; prunedUpTo: number }, system: string): string =>
  `changes behind position ${after} were pruned before they were published (keep.changes), up to ${prunedUpTo}: they are missing at ${system}. ` +
  `Resume it with {"from": "oldest"} to go on with what is kept, and read the records once for the rest`;

const stopped = (): ConnectorError => new ConnectorError('unavailable', 'the hub stopped before the broker answered');
