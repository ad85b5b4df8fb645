// One request and its answer over a connection pool: counts what it reads, always lets go of the connection.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Deadline, StopReason } from './deadline.ts';

export interface Exchange {
  dispatcher: Dispatcher;
  request: Dispatcher.DispatchOptions;
  /** Bytes of the answer that are kept; at one more the connection is cut. */
  maxBytes: number;
  deadline: Deadline;
}

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
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
    deadline.watch((reason) => reader.stop(reason));
    if (!reader.done) dispatcher.dispatch(request, reader);
  });
}

const noBytes = Buffer.alloc(0);

class AnswerReader implements Dispatcher.DispatchHandler {
  done = false;
  readonly #maxBytes: number;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (failure: ExchangeFailure) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number, resolve: (answer: RawAnswer) => void, reject: (failure: ExchangeFailure) => void) {
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection: nothing of it may leave.
    if (this.done) controller.abort(new Error('given up'));
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#maxBytes - this.#size;
    this.#size += chunk.length;
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (chunk.length <= room) return;
    this.#finish(true);
    controller.abort(new Error('answer too long'));
  }

  onResponseEnd(): void {
    this.#finish(false);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(codeOf(error), error);
  }

  stop(reason: StopReason): void {
    this.#fail(reason);
    this.#controller?.abort(new Error(reason));
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
    this.#reject(
      new ExchangeFailure(code, { started: this.#controller !== undefined, answered: this.#status >= 200, cause }),
    );
  }
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
