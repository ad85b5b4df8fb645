// One system as the relay runs it: active, paused or unauthorized, what is known of its health, and its loop if it is pushed to.
import { instant } from '../clock.ts';
import type { ConnectorContext, ConnectorError } from '../connector/contract.ts';
import type { SystemRow } from '../store/rows.ts';
import type { Collector } from './collect.ts';
import { type Checked, type CredentialCheck, createCredentialCheck } from './credentials.ts';
import { Gate, type Limits } from './gate.ts';
import { PublishLoop } from './publish-loop.ts';
import type { Condition, RelayDeps, RelaySystem, StreamDeps } from './relay-deps.ts';
import type { HeardSystem, Seen } from './sharing.ts';
import { GoodAnswers } from './suspicion.ts';
import { SystemLoop } from './system-loop.ts';
import type { Together } from './together.ts';
import { growingDelay, Wait } from './wait.ts';

export interface SystemDeliveryDeps extends RelayDeps {
  system: RelaySystem;
  collector: Collector;
  /** Aborted when the hub stops and the time of grace is over. */
  signal: AbortSignal;
  cancelClaims(): void;
}

export class SystemDelivery {
  /** When we last polled it (ms since 1970). */
  lastPollAt: number | null = null;
  readonly loop: SystemLoop | PublishLoop | undefined;
  readonly #stream: PublishLoop | undefined;
  readonly #deps: SystemDeliveryDeps;
  readonly #gate: Gate;
  readonly #good = new GoodAnswers();
  readonly #check: CredentialCheck;
  readonly #delay: Wait;
  #state: SystemRow['state'] = 'active';
  /** A refusal of credentials in an attempt from before says nothing of those in use now. */
  #activeSince = Number.NEGATIVE_INFINITY;
  /** When this process, or a person through it, changed the state last: what was asked for before that is older. */
  #changedAt = Number.NEGATIVE_INFINITY;
  #unsaved = false;
  #stopping = false;

  constructor(deps: SystemDeliveryDeps) {
    const { system, clock, signal } = deps;
    const context = system.connection.context(signal);
    this.#deps = deps;
    const { push, pulls, publish } = system.connection.connector;
    const limits = publish ? streamLimits(system.limits) : system.limits;
    this.#gate = new Gate(limits, system.breaker, clock.now(), deps.sharing?.of(system.id));
    this.#check = createCredentialCheck(system.connection, context);
    this.#delay = new Wait(clock);
    const mayStart = (claimedAt: number, now: number): boolean => this.#gate.mayStart(claimedAt, now);
    const attempts = { ...deps, connection: system.connection, context, check: this.#check, mayStart };
    if (publish && deps.streams) this.loop = this.#stream = this.#publisher(context, deps.streams);
    if (!push || pulls) return;
    this.loop = new SystemLoop({
      ...deps,
      gate: this.#gate,
      good: this.#good,
      attempts,
      together: togetherOf(system, context),
      active: () => this.#state === 'active',
      refused: (message, startedAt) => this.#refused(message, startedAt),
    });
  }

  #publisher(context: ConnectorContext, streams: StreamDeps): PublishLoop {
    const { system, sharing } = this.#deps;
    return new PublishLoop({
      ...this.#deps,
      ...{ streams, context, gate: this.#gate, good: this.#good },
      active: () => this.#state === 'active',
      lease: () => (sharing ? sharing.lease(publishLease(system.id)) : 'alone'),
      refused: (message, startedAt) => this.#refused(message, startedAt),
      halt: (reason) => this.#halt(reason),
    });
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  view(): Condition {
    const own = { ...this.seen(), breaker: this.#gate.breaker };
    const { breaker, lastSuccessAt, lastPollAt } = this.#deps.sharing?.view(own) ?? own;
    return {
      breaker: { state: breaker.state, since: instant(breaker.since) },
      lastSuccessAt: time(lastSuccessAt),
      lastPollAt: time(lastPollAt),
      ...(this.#state === 'active' && this.#stream?.trouble && { trouble: this.#stream.trouble }),
    };
  }

  /** What this process knows by itself. */
  seen(): Seen {
    return { system: this.#deps.system.id, lastSuccessAt: this.#good.lastAt, lastPollAt: this.lastPollAt };
  }

  /** What the processes know together. */
  hear({ condition, successElsewhereAt, state, askedAt }: HeardSystem): void {
    const moved = condition !== undefined && this.#gate.adopt(condition);
    if (successElsewhereAt !== null) this.#good.noteElsewhere(successElsewhereAt);
    if (state !== undefined && !this.#unsaved && askedAt > this.#changedAt && state !== this.#state)
      this.#follow(state);
    // One that waits for its turn to probe looks every time.
    if (moved || this.#gate.breaker.state !== 'closed') this.loop?.look();
  }

  /** As the state was stored. With new credentials an unauthorized system is let in again. */
  begin(state: SystemRow['state']): void {
    this.#state = state;
    // Where nothing can be checked, the first send is the check.
    if (state === 'unauthorized' && !this.#check.possible) this.#letInSafely();
    else if (state === 'unauthorized') this.check().catch((error: unknown) => this.#notSaved(error));
  }

  /** Somebody has paused or resumed it elsewhere, or it has refused another process. */
  #follow(state: SystemRow['state']): void {
    const { log, system } = this.#deps;
    log.info({ system: system.id, state }, 'another process has changed the state of the system');
    if (state === 'active') this.resume();
    else {
      this.#state = state;
      this.loop?.look();
    }
  }

  pause(): void {
    this.#changedAt = this.#deps.clock.now();
    this.#state = 'paused';
    this.loop?.look();
  }

  resume(): void {
    this.#state = 'active';
    this.#changedAt = this.#deps.clock.now();
    this.#activeSince = this.#changedAt;
    this.loop?.look();
  }

  async check(): Promise<Checked> {
    const checked = await this.#check.run();
    if (checked.ok && this.#state === 'unauthorized') await this.#letIn();
    return checked;
  }

  /** ms until it may be read from beside its deliveries; undefined while it is paused or refuses our credentials. */
  readingIn(): number | undefined {
    return this.#state === 'active' ? this.#gate.readingIn(this.#deps.clock.now()) : undefined;
  }

  read(): void {
    this.#gate.read(this.#deps.clock.now());
  }

  /** What it asks for when it is read from counts for its deliveries too. */
  readFailed({ kind, retryAfterMs }: ConnectorError): void {
    if (kind !== 'throttled') return;
    if (this.#gate.hear({ sign: 'throttled', record: '', retryAfterMs }, this.#deps.clock.now())) this.loop?.look();
  }

  stop(): void {
    this.#stopping = true;
    this.#delay.end();
    this.loop?.stop();
  }

  async #letIn(): Promise<void> {
    const { core, system, log } = this.#deps;
    await core.setSystem(system.id, 'active', null, 'hub');
    if (this.#state !== 'unauthorized') return;
    log.info({ system: system.id }, 'the system takes our credentials again');
    this.resume();
  }

  #letInSafely(): void {
    this.#letIn().catch((error: unknown) => this.#notSaved(error));
  }

  #refused(message: string, startedAt: number): void {
    if (this.#state !== 'active' || startedAt < this.#activeSince) return;
    const { system, metrics, log } = this.#deps;
    this.#state = 'unauthorized';
    metrics.alert('unauthorized');
    log.error(
      { alert: 'unauthorized', system: system.id, reason: message },
      `${system.id} refuses our credentials and is paused; correct them, then restart or check it`,
    );
    this.loop?.look();
    this.#saveState('unauthorized', message);
  }

  /** A stream that cannot go on by itself waits for a person, also over a restart. */
  #halt(reason: string): void {
    if (this.#state !== 'active') return;
    const { system, metrics, log } = this.#deps;
    this.#state = 'paused';
    metrics.alert('stream_gap');
    log.error({ alert: 'stream_gap', system: system.id }, `${system.id} is paused: ${reason}`);
    this.#saveState('paused', reason);
  }

  async #saveState(state: 'unauthorized' | 'paused', reason: string): Promise<void> {
    const { core, system, clock } = this.#deps;
    this.#unsaved = true;
    for (let failures = 0; this.#state === state && !this.#stopping; failures += 1) {
      try {
        await core.setSystem(system.id, state, reason, 'hub');
        break;
      } catch (error) {
        this.#notSaved(error);
        await this.#delay.begin(growingDelay(failures));
      }
    }
    this.#unsaved = false;
    this.#changedAt = clock.now();
  }

  #notSaved(error: unknown): void {
    this.#deps.log.error({ err: error, system: this.#deps.system.id }, 'the state of the system was not saved');
  }
}

/** `delivery.batch` may ask for smaller batches than the connector takes. */
function togetherOf({ connection, limits }: RelaySystem, { settings }: ConnectorContext): Together {
  const { connector, abilities } = connection;
  const limit = connector.batches?.(settings);
  const size = Math.min(limit?.size ?? 1, limits.batch ?? Number.POSITIVE_INFINITY);
  return { limit: limit && size > 1 ? { ...limit, size } : undefined, repeatSafe: abilities.repeatSafe !== 'no' };
}

/** How many events may leave together; there is one such batch at a time. */
const streamBatch = 100;
const streamLimits = ({ rate, batch = streamBatch }: Limits): Limits => ({ rate, batch, concurrency: batch });

/** Only one of the processes over one database publishes to a system. */
export const publishLease = (system: string): string => `publish:${system}`;

const time = (ms: number | null): string | null => (ms === null ? null : instant(ms));
