// A token that is asked for when it is needed and used until it ends: one request for it at a time, in this process and among
// those that share what is kept of it; kept durably before it is used.
import type { Credential, Kept, KeptCredential } from './credential-store.ts';
import { ConnectorError } from './error.ts';
import { ExchangeFailure } from './exchange.ts';
import { authorizeAgain, type Before, beforeOf, judge, type Token, type Verdict } from './renewal.ts';

export interface TokenSource {
  /**
   * @param refused the token that the system has just refused
   * @throws ConnectorError, with `sent: false`: the request it was meant for never left
   */
  get(refused?: string): Promise<string>;
  /** Waits for what is under way: a token that a system has given out is lost if nobody keeps it. */
  settle(): Promise<void>;
}

export interface TokenOptions {
  system: string;
  kept: KeptCredential;
  /** @throws ConnectorError, with `sent: false` */
  ask(before: Before): Promise<Token>;
  /** The longest that {@link ask} takes (ms). */
  timeoutMs: number;
  now(): number;
  /** Told of each token, and of each refresh token, before it is used. */
  onSecret(text: string): void;
}

/** Between two looks at what another process is doing. */
const lookEveryMs = 100;
const writeAgainMs = 1_000;
/** For the ways to the store and back. */
const slackMs = 5_000;
const deadLimit = 8;

interface Unwritten {
  credential: Credential & { token: string };
  over: number;
}

export function createTokenSource(options: TokenOptions): TokenSource {
  const source = new Source(options);
  return { get: (refused) => source.get(refused), settle: () => source.settle() };
}

class Source implements TokenSource {
  readonly #options: TokenOptions;
  readonly #dead = new Set<string>();
  #current: { token: string; until: number } | undefined;
  #asking: Promise<string> | undefined;
  /** A refresh token that nothing but this process knows. */
  #unwritten: Unwritten | undefined;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  async get(refused?: string): Promise<string> {
    if (refused !== undefined) this.#bury(refused);
    const current = this.#current;
    if (current && this.#options.now() < current.until) return current.token;
    this.#asking ??= this.#renew(refused).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async settle(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#asking?.catch(() => undefined);
    if (!this.#unwritten || (await this.#writeAgain())) return;
    this.#options.kept.tell('error', `${this.#lost()}. The hub stops without it: ${this.#authorize()}`);
  }

  /** A token that others have replaced meanwhile is not asked about again. */
  #bury(refused: string): void {
    if (this.#current && this.#current.token !== refused) return;
    this.#current = undefined;
    this.#dead.add(refused);
    const [oldest] = this.#dead;
    if (this.#dead.size > deadLimit && oldest !== undefined) this.#dead.delete(oldest);
  }

  async #renew(refused: string | undefined): Promise<string> {
    if (this.#unwritten) return this.#useUnwritten();
    let since: number | undefined;
    for (;;) {
      const kept = await this.#reached(this.#options.kept.read());
      since ??= kept?.version ?? 0;
      const need = { refused, dead: this.#dead, since };
      const found = this.#taken(judge(kept, need), kept);
      if (found !== undefined) return found;
      const token = await this.#renewAlone(need);
      if (token !== undefined) return token;
      await this.#pause(lookEveryMs);
    }
  }

  /** @returns undefined: another process renews, or was quicker */
  async #renewAlone(need: Parameters<typeof judge>[1]): Promise<string | undefined> {
    const { kept, ask } = this.#options;
    const right = await this.#right();
    if (!right) return undefined;
    const verdict = judge(right, need);
    if (!('renew' in verdict)) {
      await kept.end().catch(() => undefined);
      return this.#taken(verdict, right);
    }
    const before = beforeOf(right);
    const asked = await ask(before).then(
      (token) => ({ token }),
      (error: unknown) => ({ error }),
    );
    return 'token' in asked ? this.#keep(asked.token, right) : this.#failed(asked.error, right, before);
  }

  /** One that came late may be another's by now. */
  async #right(): Promise<(Kept & { begun: number }) | undefined> {
    const { kept, timeoutMs, now } = this.#options;
    for (;;) {
      const asked = now();
      const right = await this.#reached(kept.begin(timeoutMs + slackMs));
      if (!right || now() - asked <= slackMs / 2) return right;
      await this.#reached(kept.end());
    }
  }

  async #keep({ refreshToken, ...token }: Token, right: Kept): Promise<string | undefined> {
    const { kept, now } = this.#options;
    const before = right.credential?.refreshToken;
    const next = refreshToken ?? before;
    const credential = { ...token, ...(next !== undefined && { refreshToken: next }), at: now() };
    if (next !== undefined) this.#options.onSecret(next);
    try {
      return (await kept.write(credential, right.version)) ? this.#use(credential, 0) : undefined;
    } catch (error) {
      // Without another refresh token nothing is lost with it.
      if (next === before) return this.#use(credential, 0);
      this.#unwritten = { credential, over: right.version };
      this.#writeLater();
      kept.tell(
        'error',
        `${this.#lost()}: ${wordsOf(error)}. It is written as soon as that can be done; ${this.#staying()}`,
      );
      throw this.#notWritten();
    }
  }

  /** Told to those who wait for it elsewhere: one refusal is enough for all. */
  async #failed(error: unknown, right: Kept, before: Before): Promise<undefined> {
    const { kept, now } = this.#options;
    if (!(error instanceof ConnectorError) || right.foreign) {
      await kept.end().catch(() => undefined);
      throw error;
    }
    const { kind, message, status, retryAfterMs } = error;
    const failure = {
      ...{ kind, message },
      ...(status !== undefined && { status }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
    const doubt = before.doubt || (error.cause instanceof ExchangeFailure && error.cause.started);
    const credential = { at: now(), ...right.credential, failure, ...(doubt && { doubt: true as const }) };
    const written = await kept.write(credential, right.version).catch(() => true);
    if (written) throw error;
    return undefined;
  }

  #taken(verdict: Verdict, kept: Kept | undefined): string | undefined {
    if ('renew' in verdict) return undefined;
    if ('use' in verdict) return this.#use(verdict.use, kept?.age ?? 0);
    const { kind, message, ...detail } = verdict.fail;
    throw new ConnectorError(kind, message, { ...detail, sent: false });
  }

  #use(
    { token, lifeMs = Number.POSITIVE_INFINITY, refreshToken }: Credential & { token: string },
    age: number,
  ): string {
    const { onSecret, now } = this.#options;
    onSecret(token);
    if (refreshToken !== undefined) onSecret(refreshToken);
    // Some systems give out the same one again.
    this.#dead.delete(token);
    this.#current = { token, until: now() + lifeMs - age };
    return token;
  }

  async #useUnwritten(): Promise<string> {
    if (!(await this.#writeAgain())) throw this.#notWritten();
    return this.#current && this.#options.now() < this.#current.until ? this.#current.token : this.#renew(undefined);
  }

  #writeLater(): void {
    this.#options.kept.after(writeAgainMs, () => {
      if (this.#stopped || !this.#unwritten) return;
      void this.#writeAgain().then((done) => {
        if (!done) this.#writeLater();
      });
    });
  }

  /** @returns whether there is nothing left to write */
  async #writeAgain(): Promise<boolean> {
    const { kept, system } = this.#options;
    const unwritten = this.#unwritten;
    if (!unwritten) return true;
    try {
      const written = await kept.write(unwritten.credential, unwritten.over);
      if (this.#unwritten !== unwritten) return true;
      this.#unwritten = undefined;
      if (written) this.#use(unwritten.credential, 0);
      const end = written ? 'is stored now' : 'was dropped: another process has had a newer one meanwhile';
      kept.tell('info', `the new refresh token of ${system} ${end}`);
      return true;
    } catch {
      return this.#unwritten !== unwritten;
    }
  }

  #notWritten(): ConnectorError {
    return new ConnectorError('unavailable', `${this.#lost()}; ${this.#staying()}`, { sent: false });
  }

  #lost(): string {
    return `${this.#options.system} has replaced its refresh token, and the new one could not be stored`;
  }

  #staying(): string {
    return `if this process ends before that, ${this.#authorize()}`;
  }

  #authorize(): string {
    return authorizeAgain(this.#options.system);
  }

  /** Without what is kept nothing is asked: two processes would take the token away from each other. */
  async #reached<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (cause) {
      const { system } = this.#options;
      const words = `what is stored of the token of ${system} cannot be reached: ${wordsOf(cause)}`;
      throw new ConnectorError('unavailable', words, { sent: false, cause });
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void =>
        reject(
          new ConnectorError('unavailable', 'the hub stops while another process renews the token', { sent: false }),
        );
      if (this.#stopped) return stop();
      const cancel = this.#options.kept.after(ms, resolve);
      this.#wake = () => {
        cancel();
        stop();
      };
    });
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
