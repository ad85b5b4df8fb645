// One keep-alive connection that sends a request and waits for its answer, on a bare socket.
import { connect, type Socket } from 'node:net';
import { type Answer, readAnswer } from './answer.ts';

const noBytes = Buffer.alloc(0);

export class Connection {
  readonly #socket: Socket;
  #unread: Buffer = noBytes;
  #answered: ((answer: Answer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the server closed a connection before it answered')));
  }

  static open({ hostname, port }: URL): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  /** `bytes` may be overwritten once the answer is there. */
  send(bytes: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      if (this.#socket.destroyed) reject(new Error('the server closed a connection that was idle'));
      else this.#socket.write(bytes);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    const answer = readAnswer(bytes);
    this.#unread = answer ? bytes.subarray(answer.size) : bytes;
    if (answer) this.#answered?.(answer);
  }
}
