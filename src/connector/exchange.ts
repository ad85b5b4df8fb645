// One request and its answer over a connection pool: counts what it reads, always lets go of the connection.
import type { Dispatcher } from 'undici';
import type { Deadline, StopReason, Watched } from './deadline.ts';
import type { RawHeaders } from './raw-headers.ts';

export interface Exchange {
  dispatcher: Dispatcher;
  request: Dispatcher.DispatchOptions;
  /** Bytes of the answer that are kept; at one more the connection is cut. */
  maxBytes: number;
  deadline: Deadline;
}

export interface RawAnswer {
  status: number;
  headers: RawHeaders;
  bytes: Buffer;
  truncated: boolean;
}

/** No whole answer came. */
export class ExchangeFailure extends Error {
  /** Node's or undici's code, or `timeout`, `stopped`. */
  readonly code: string;
  /** The request may have been written to the connection. */
  readonly started: boolean;
  /** The answer had begun. */
  readonly answered: boolean;

  constructor(code: string, at: { started: boolean; answered: boolean; cause?: unknown }) {
    super(code, { cause: at.cause });
    this.code = code;
    this.started = at.started;
    this.answered = at.answered;
  }
}

/** @throws ExchangeFailure */
export function exchange({ dispatcher, request, maxBytes, deadline }: Exchange): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader(maxBytes, resolve, reject);
    deadline.watch(reader);
    if (!reader.done) dispatcher.dispatch(request, reader);
  });
}

const noBytes = Buffer.alloc(0);

/** The older handler face: undici wraps the newer one, and makes every header text, at a thirtieth of the time of a push. */
class AnswerReader implements Dispatcher.DispatchHandler, Watched {
  done = false;
  readonly #maxBytes: number;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (failure: ExchangeFailure) => void;
  #abort: ((error: Error) => void) | undefined;
  #status = 0;
  #headers: RawHeaders = [];
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number, resolve: (answer: RawAnswer) => void, reject: (failure: ExchangeFailure) => void) {
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onConnect(abort: (error: Error) => void): void {
    // Given up while it waited for a connection: nothing of it may leave.
    if (this.done) abort(new Error('given up'));
    else this.#abort = abort;
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.#status = status;
    this.#headers = headers;
    return true;
  }

  onData(chunk: Buffer): boolean {
    const room = this.#maxBytes - this.#size;
    this.#size += chunk.length;
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (chunk.length > room) {
      this.#finish(true);
      this.#abort?.(new Error('answer too long'));
    }
    return true;
  }

  onComplete(): void {
    this.#finish(false);
  }

  onError(error: Error): void {
    this.#fail(codeOf(error), error);
  }

  stop(reason: StopReason): void {
    this.#fail(reason);
    this.#abort?.(new Error(reason));
  }

  #finish(truncated: boolean): void {
    if (this.done) return;
    this.done = true;
    const [only = noBytes] = this.#chunks;
    const bytes = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : only;
    this.#resolve({ status: this.#status, headers: this.#headers, bytes, truncated });
  }

  #fail(code: string, cause?: unknown): void {
    if (this.done) return;
    this.done = true;
    const started = this.#abort !== undefined;
    this.#reject(new ExchangeFailure(code, { started, answered: this.#status >= 200, cause }));
  }
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
